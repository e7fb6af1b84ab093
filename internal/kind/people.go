package kind

// Documents and people.

// Document is a policy, standard, plan, procedure, playbook, map, register or notice, as the front matter of the governance
// directory's documents states it. Sections that checks judge are structured.
type Document struct {
	// What sort of document it is.
	DocType Attr[string] `attr:"doc_type" enum:"policy,standard,plan,procedure,playbook,map,register,notice"`
	// What it speaks of, such as "incident_response" or "backup".
	Topics Attr[[]string] `attr:"topics"`
	// The type of incident that a playbook is for; not applicable to other documents.
	IncidentType Attr[string] `attr:"incident_type"`
	// Where it stands in its life; only approved ones count.
	Status Attr[string] `attr:"status" enum:"draft,approved,superseded,retired"`
	// Its version, as it states it.
	Version Attr[string] `attr:"version"`
	// UID of the person who answers for it.
	Owner Attr[string] `attr:"owner"`
	// UID of the person who approved it.
	ApprovedBy Attr[string] `attr:"approved_by"`
	// Day of its approval.
	ApprovedOn Attr[Date] `attr:"approved_on"`
	// Day from which it holds.
	EffectiveOn Attr[Date] `attr:"effective_on"`
	// Day on which somebody last reviewed it.
	LastReviewedOn Attr[Date] `attr:"last_reviewed_on"`
	// Day on which its text last changed.
	RevisedOn Attr[Date] `attr:"revised_on"`
	// Days after which it must be reviewed again, by its own words.
	ReviewIntervalDays Attr[int64] `attr:"review_interval_days"`
	// Day on which a newer version replaced it; null = it was not replaced.
	SupersededOn Attr[Date] `attr:"superseded_on" null:"true"`
	// Day until which it is kept.
	RetentionUntil Attr[Date] `attr:"retention_until"`
	// Job functions that must know it.
	Audience Attr[[]string] `attr:"audience"`
	// Who acknowledged it, and when.
	Acknowledgements Attr[[]DocumentAcknowledgement] `attr:"acknowledgements"`
	// Catalogue ids of the controls that it implements.
	Obligations Attr[[]string] `attr:"obligations"`
	// Scenarios that a plan covers, such as "ransomware".
	Scenarios Attr[[]string] `attr:"scenarios"`
	// Where copies of it are kept.
	Locations Attr[[]DocumentLocation] `attr:"locations"`
	// Levels of the classification scheme, in a standard on classification.
	SectionsLevels Attr[[]DocumentSectionsLevel] `attr:"sections.levels"`
	// Tiers of the backup standard, in a standard on backup.
	SectionsTiers Attr[[]DocumentSectionsTier] `attr:"sections.tiers"`
	// Roles that a plan names, with who fills them.
	SectionsRoles Attr[[]DocumentSectionsRole] `attr:"sections.roles"`
	// Who is told by whom, how fast and over which channel, in a plan for incidents.
	SectionsCommunicationMatrix Attr[[]DocumentSectionsCommunicationMatrix] `attr:"sections.communication.matrix"`
	// How people talk to each other when the usual channels are down or not trusted.
	SectionsCommunicationOutOfBand Attr[string] `attr:"sections.communication.out_of_band"`
	// Flows of data, in a map.
	SectionsFlows Attr[[]DocumentSectionsFlow] `attr:"sections.flows"`
	// Applications and stores that an incident could affect, in a plan for recovery.
	SectionsImpactedApplicationsAndData Attr[[]string] `attr:"sections.impacted_applications_and_data"`
	// What a policy on workstations lays down: the functions to be performed, the manner of performing them, and the surroundings.
	SectionsWorkstation Attr[[]string] `attr:"sections.workstation" enum:"functions,manner,surroundings"`
	// Digest of its file, in hexadecimal.
	SHA256 Attr[string] `attr:"sha256"`
}

// DocumentAcknowledgement is one acknowledgement of a document.
type DocumentAcknowledgement struct {
	// UID of the person.
	Person Attr[string] `attr:"person"`
	// Day on which the person acknowledged the document.
	On Attr[Date] `attr:"on"`
}

// DocumentLocation is one place where a copy of a document is kept.
type DocumentLocation struct {
	// Address or description of the place.
	URI Attr[string] `attr:"uri"`
	// Whether the copy can be reached when the production systems are down.
	IndependentOfProduction Attr[bool] `attr:"independent_of_production"`
}

// DocumentSectionsLevel is one level of the classification scheme.
type DocumentSectionsLevel struct {
	// The level's label, such as "restricted".
	Name Attr[string] `attr:"name"`
	// Its place in the order: the higher, the more sensitive.
	Rank Attr[int64] `attr:"rank"`
	// Maps a topic, such as encryption or backup, to what the level requires.
	Rules Attr[map[string]any] `attr:"rules"`
}

// DocumentSectionsTier is one tier of the backup standard.
type DocumentSectionsTier struct {
	// The criticality that it is for: critical, high, medium or low.
	Criticality Attr[string] `attr:"criticality"`
	// Longest time between two backups, in minutes.
	IntervalMinutes Attr[int64] `attr:"interval_minutes"`
	// Types of copies that it asks for, as in backup_plan.rules[].type.
	Types Attr[[]string] `attr:"types"`
	// Days for which copies must be kept.
	RetentionDays Attr[int64] `attr:"retention_days"`
	// Types of places that must hold a copy, as in backup_vault.location.type.
	Locations Attr[[]string] `attr:"locations"`
	// Days within which a restore must be tested.
	RestoreTestDays Attr[int64] `attr:"restore_test_days"`
}

// DocumentSectionsRole is one role that a plan names.
type DocumentSectionsRole struct {
	// Name of the role, such as "lead".
	Role Attr[string] `attr:"role"`
	// UID of the person who fills it.
	Person Attr[string] `attr:"person"`
	// UID of the person who stands in; null = nobody.
	Backup Attr[string] `attr:"backup" null:"true"`
	// What the role does.
	Responsibility Attr[string] `attr:"responsibility"`
}

// DocumentSectionsCommunicationMatrix is one row of a plan's communication matrix.
type DocumentSectionsCommunicationMatrix struct {
	// Who is told.
	Audience Attr[string] `attr:"audience"`
	// Who tells them.
	Owner Attr[string] `attr:"owner"`
	// Minutes within which they are told.
	DeadlineMinutes Attr[int64] `attr:"deadline_minutes"`
	// How they are told.
	Channel Attr[string] `attr:"channel"`
}

// DocumentSectionsFlow is one flow of data in a map.
type DocumentSectionsFlow struct {
	// Where the data comes from.
	From Attr[string] `attr:"from"`
	// Where it goes.
	To Attr[string] `attr:"to"`
	// What it is.
	Data Attr[string] `attr:"data"`
}

// Person is an entry of the staff roster: employees, contractors, volunteers and trainees, as the personnel system exports them.
// Findings show the key, not the name.
type Person struct {
	// Whether the person works here now; active and leave both count as present.
	Status Attr[string] `attr:"status" enum:"active,leave,terminated,pending"`
	// How the person is bound to the organisation.
	Employment Attr[string] `attr:"employment" enum:"employee,contractor,volunteer,trainee,vendor"`
	// First day of work.
	StartOn Attr[Date] `attr:"start_on"`
	// When the person left, or will leave; null = no end is set.
	EndAt Attr[Time] `attr:"end_at" null:"true"`
	// Department, as the roster writes it.
	Department Attr[string] `attr:"department"`
	// Job function, which the RBAC matrix maps to access.
	JobFunction Attr[string] `attr:"job_function"`
	// Day of the last change of job function; null = never changed.
	JobChangedOn Attr[Date] `attr:"job_changed_on" null:"true"`
	// UID of the person's manager.
	Manager Attr[string] `attr:"manager"`
	// E-mail address by which logins are linked to the person.
	Email Attr[string] `attr:"email"`
	// Day on which the person signed the undertaking of confidentiality; null = not signed.
	ConfidentialitySignedOn Attr[Date] `attr:"confidentiality_signed_on" null:"true"`
	// Day on which the person was cleared for access; null = not cleared.
	ClearanceApprovedOn Attr[Date] `attr:"clearance.approved_on" null:"true"`
}

// RoleAssignment is who holds a role that a law or policy demands, such as the security official or the data protection officer.
type RoleAssignment struct {
	// The role.
	Role Attr[string] `attr:"role" enum:"security_official,privacy_official,complaint_contact,dpo,eu_representative,data_owner"`
	// UID of the person who holds it.
	Person Attr[string] `attr:"person"`
	// Day on which the assignment was put in writing.
	DocumentedOn Attr[Date] `attr:"documented_on"`
	// Whether the contact details are published, as Art. 37(7) GDPR asks for the data protection officer.
	ContactPublished Attr[bool] `attr:"contact_published"`
	// Whether the supervisory authority was told of the contact (Art. 37(7) GDPR).
	AuthorityNotified Attr[bool] `attr:"authority_notified"`
	// To whom the holder reports.
	ReportsTo Attr[string] `attr:"reports_to"`
	// Other roles that the holder has and that conflict with this one (Art. 38(6) GDPR); empty = none.
	Conflicts Attr[[]string] `attr:"conflicts"`
}

// RBACRole is a row of the RBAC matrix: what people of a job function may access.
type RBACRole struct {
	// Job functions that have the role.
	JobFunctions Attr[[]string] `attr:"job_functions"`
	// What the role may access.
	Grants Attr[[]RBACRoleGrant] `attr:"grants"`
	// UID of the person who approved the row.
	ApprovedBy Attr[string] `attr:"approved_by"`
}

// RBACRoleGrant is one access that a row of the RBAC matrix allows.
type RBACRoleGrant struct {
	// UID or pattern of the technical role that gives it.
	CloudRole Attr[string] `attr:"cloud_role"`
	// How far it goes.
	Level Attr[string] `attr:"level" enum:"read,write,admin"`
	// Classifications of data to which it extends.
	DataClasses Attr[[]string] `attr:"data_classes"`
	// Categories of health information to which it extends; empty = none.
	PHICategories Attr[[]string] `attr:"phi_categories"`
}

// AccessGrant is an approved request for access.
type AccessGrant struct {
	// UID of the person who has it.
	Person Attr[string] `attr:"person"`
	// UID of the row of the RBAC matrix that was granted.
	RBACRole Attr[string] `attr:"rbac_role"`
	// UID of the person who approved it.
	ApprovedBy Attr[string] `attr:"approved_by"`
	// Day of the approval.
	ApprovedOn Attr[Date] `attr:"approved_on"`
	// Day on which it ends by itself; null = it does not.
	ExpiresOn Attr[Date] `attr:"expires_on" null:"true"`
	// Day on which it was taken back; null = it was not.
	RevokedOn Attr[Date] `attr:"revoked_on" null:"true"`
}

// AccessReview is one campaign in which accesses were reviewed.
type AccessReview struct {
	// UIDs of what was reviewed, joined by a space.
	Scope Attr[string] `attr:"scope"`
	// Day of the review.
	PerformedOn Attr[Date] `attr:"performed_on"`
	// UID of the person who reviewed.
	Reviewer Attr[string] `attr:"reviewer"`
	// The principals that were looked at, each with the decision.
	Principals Attr[[]AccessReviewPrincipal] `attr:"principals"`
}

// AccessReviewPrincipal is one decision of an access review.
type AccessReviewPrincipal struct {
	// UID of the principal.
	UID Attr[string] `attr:"uid"`
	// What was decided.
	Decision Attr[string] `attr:"decision" enum:"keep,modify,revoke"`
	// Day on which the decision was carried out; null = not yet, or nothing was to be done.
	ExecutedOn Attr[Date] `attr:"executed_on" null:"true"`
}

// Course is the content of a training.
type Course struct {
	// What it teaches, such as "phishing" or "data_handling".
	Topics Attr[[]string] `attr:"topics"`
	// Day of its last revision.
	VersionOn Attr[Date] `attr:"version_on"`
}

// TrainingRecord is one completion of a course by one person.
type TrainingRecord struct {
	// UID of the person.
	Person Attr[string] `attr:"person"`
	// UID of the course.
	Course Attr[string] `attr:"course"`
	// Day of completion.
	CompletedOn Attr[Date] `attr:"completed_on"`
	// Day on which it must be repeated; null = no day is set.
	ExpiresOn Attr[Date] `attr:"expires_on" null:"true"`
	// Result in percent.
	Score Attr[int64] `attr:"score"`
}

// AwarenessEvent is a security reminder, newsletter or phishing simulation sent to staff.
type AwarenessEvent struct {
	// What was sent.
	Type Attr[string] `attr:"type" enum:"reminder,phishing_simulation,newsletter"`
	// Day on which it was sent.
	SentOn Attr[Date] `attr:"sent_on"`
	// Share of the workforce that it reached, in percent.
	AudiencePct Attr[int64] `attr:"audience_pct"`
	// Maps what was measured, such as clicks or reports, to numbers.
	Metrics Attr[map[string]any] `attr:"metrics"`
}

// ConcernReport is a suspicion that somebody reported.
type ConcernReport struct {
	// When it arrived.
	ReceivedAt Attr[Time] `attr:"received_at"`
	// When the reporter got an answer.
	AcknowledgedAt Attr[Time] `attr:"acknowledged_at"`
	// When it was settled; null = it is open.
	ClosedAt Attr[Time] `attr:"closed_at" null:"true"`
	// UID of the channel over which it came.
	Channel Attr[string] `attr:"channel"`
}

// Sanction is a disciplinary record, without personal detail beyond references.
type Sanction struct {
	// Day of the decision.
	Date Attr[Date] `attr:"date"`
	// UID of the incident that it answers.
	Incident Attr[string] `attr:"incident"`
	// What was decided; a decision for no sanction gives its reason.
	Outcome Attr[string] `attr:"outcome"`
}
