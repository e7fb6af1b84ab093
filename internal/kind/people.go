package kind

// Documents and people.

// Document is policy, standard, plan, procedure, playbook, map, register, notice.
type Document struct {
	DocType                             Attr[string]                                `attr:"doc_type" enum:"policy,standard,plan,procedure,playbook,map,register,notice"`
	Topics                              Attr[[]string]                              `attr:"topics"`        // list
	IncidentType                        Attr[string]                                `attr:"incident_type"` // for playbooks
	Status                              Attr[string]                                `attr:"status" enum:"draft,approved,superseded,retired"`
	Version                             Attr[string]                                `attr:"version"`
	Owner                               Attr[string]                                `attr:"owner"`       // entity UID
	ApprovedBy                          Attr[string]                                `attr:"approved_by"` // entity UID
	ApprovedOn                          Attr[Date]                                  `attr:"approved_on"`
	EffectiveOn                         Attr[Date]                                  `attr:"effective_on"`
	LastReviewedOn                      Attr[Date]                                  `attr:"last_reviewed_on"`
	RevisedOn                           Attr[Date]                                  `attr:"revised_on"`
	ReviewIntervalDays                  Attr[int64]                                 `attr:"review_interval_days"`      // days
	SupersededOn                        Attr[Date]                                  `attr:"superseded_on" null:"true"` // or null
	RetentionUntil                      Attr[Date]                                  `attr:"retention_until"`
	Audience                            Attr[[]string]                              `attr:"audience"` // list of job functions
	Acknowledgements                    Attr[[]DocumentAcknowledgement]             `attr:"acknowledgements"`
	Obligations                         Attr[[]string]                              `attr:"obligations"` // catalogue ids
	Scenarios                           Attr[[]string]                              `attr:"scenarios"`   // list
	Locations                           Attr[[]DocumentLocation]                    `attr:"locations"`
	SectionsLevels                      Attr[[]DocumentSectionsLevel]               `attr:"sections.levels"`
	SectionsTiers                       Attr[[]DocumentSectionsTier]                `attr:"sections.tiers"` // list of {criticality, interval_minutes, types[], retention_days, locations[], restore_test_days}
	SectionsRoles                       Attr[[]DocumentSectionsRole]                `attr:"sections.roles"`
	SectionsCommunicationMatrix         Attr[[]DocumentSectionsCommunicationMatrix] `attr:"sections.communication.matrix"` // list of {audience, owner, deadline_minutes, channel}
	SectionsCommunicationOutOfBand      Attr[string]                                `attr:"sections.communication.out_of_band"`
	SectionsFlows                       Attr[[]DocumentSectionsFlow]                `attr:"sections.flows"`                          // list of {from, to, data}
	SectionsImpactedApplicationsAndData Attr[[]string]                              `attr:"sections.impacted_applications_and_data"` // list
	SHA256                              Attr[string]                                `attr:"sha256"`
}

// DocumentAcknowledgement is one element of Document.Acknowledgements.
type DocumentAcknowledgement struct {
	Person Attr[string] `attr:"person"` // entity UID
	On     Attr[Date]   `attr:"on"`
}

// DocumentLocation is one element of Document.Locations.
type DocumentLocation struct {
	URI                     Attr[string] `attr:"uri"`
	IndependentOfProduction Attr[bool]   `attr:"independent_of_production"`
}

// DocumentSectionsLevel is one element of Document.SectionsLevels.
type DocumentSectionsLevel struct {
	Name  Attr[string]         `attr:"name"`  // the level's label, such as "restricted"
	Rank  Attr[int64]          `attr:"rank"`  // the higher, the more sensitive
	Rules Attr[map[string]any] `attr:"rules"` // map topic to requirement
}

// DocumentSectionsTier is one element of Document.SectionsTiers.
type DocumentSectionsTier struct {
	Criticality     Attr[string]   `attr:"criticality"`
	IntervalMinutes Attr[int64]    `attr:"interval_minutes"`
	Types           Attr[[]string] `attr:"types"`
	RetentionDays   Attr[int64]    `attr:"retention_days"`
	Locations       Attr[[]string] `attr:"locations"`
	RestoreTestDays Attr[int64]    `attr:"restore_test_days"`
}

// DocumentSectionsRole is one element of Document.SectionsRoles.
type DocumentSectionsRole struct {
	Role           Attr[string] `attr:"role"`
	Person         Attr[string] `attr:"person"` // entity UID
	Backup         Attr[string] `attr:"backup"` // entity UID
	Responsibility Attr[string] `attr:"responsibility"`
}

// DocumentSectionsCommunicationMatrix is one element of Document.SectionsCommunicationMatrix.
type DocumentSectionsCommunicationMatrix struct {
	Audience        Attr[string] `attr:"audience"`
	Owner           Attr[string] `attr:"owner"`
	DeadlineMinutes Attr[int64]  `attr:"deadline_minutes"`
	Channel         Attr[string] `attr:"channel"`
}

// DocumentSectionsFlow is one element of Document.SectionsFlows.
type DocumentSectionsFlow struct {
	From Attr[string] `attr:"from"`
	To   Attr[string] `attr:"to"`
	Data Attr[string] `attr:"data"`
}

// Person is HR roster entry.
type Person struct {
	Status                  Attr[string] `attr:"status" enum:"active,leave,terminated,pending"`
	Employment              Attr[string] `attr:"employment" enum:"employee,contractor,volunteer,trainee,vendor"`
	StartOn                 Attr[Date]   `attr:"start_on"`
	EndAt                   Attr[Time]   `attr:"end_at" null:"true"` // or null
	Department              Attr[string] `attr:"department"`
	JobFunction             Attr[string] `attr:"job_function"`
	JobChangedOn            Attr[Date]   `attr:"job_changed_on" null:"true"` // or null
	Manager                 Attr[string] `attr:"manager"`                    // entity UID
	Email                   Attr[string] `attr:"email"`
	ConfidentialitySignedOn Attr[Date]   `attr:"confidentiality_signed_on" null:"true"` // or null
	ClearanceApprovedOn     Attr[Date]   `attr:"clearance.approved_on" null:"true"`     // or null
}

// RoleAssignment is who holds a statutory or security role.
type RoleAssignment struct {
	Role              Attr[string]   `attr:"role" enum:"security_official,privacy_official,complaint_contact,dpo,eu_representative,data_owner"`
	Person            Attr[string]   `attr:"person"` // entity UID
	DocumentedOn      Attr[Date]     `attr:"documented_on"`
	ContactPublished  Attr[bool]     `attr:"contact_published"`
	AuthorityNotified Attr[bool]     `attr:"authority_notified"`
	ReportsTo         Attr[string]   `attr:"reports_to"`
	Conflicts         Attr[[]string] `attr:"conflicts"` // list of roles held
}

// RBACRole is row of the RBAC matrix.
type RBACRole struct {
	JobFunctions Attr[[]string]        `attr:"job_functions"` // list
	Grants       Attr[[]RBACRoleGrant] `attr:"grants"`
	ApprovedBy   Attr[string]          `attr:"approved_by"` // entity UID
}

// RBACRoleGrant is one element of RBACRole.Grants.
type RBACRoleGrant struct {
	CloudRole     Attr[string]   `attr:"cloud_role"` // uid or pattern
	Level         Attr[string]   `attr:"level" enum:"read,write,admin"`
	DataClasses   Attr[[]string] `attr:"data_classes"`   // list
	PHICategories Attr[[]string] `attr:"phi_categories"` // list
}

// AccessGrant is approved request.
type AccessGrant struct {
	Person     Attr[string] `attr:"person"`      // entity UID
	RBACRole   Attr[string] `attr:"rbac_role"`   // entity UID
	ApprovedBy Attr[string] `attr:"approved_by"` // entity UID
	ApprovedOn Attr[Date]   `attr:"approved_on"`
	ExpiresOn  Attr[Date]   `attr:"expires_on" null:"true"` // or null
	RevokedOn  Attr[Date]   `attr:"revoked_on" null:"true"` // or null
}

// AccessReview is one review campaign.
type AccessReview struct {
	Scope       Attr[string]                  `attr:"scope"` // list of entity UIDs
	PerformedOn Attr[Date]                    `attr:"performed_on"`
	Reviewer    Attr[string]                  `attr:"reviewer"` // entity UID
	Principals  Attr[[]AccessReviewPrincipal] `attr:"principals"`
}

// AccessReviewPrincipal is one element of AccessReview.Principals.
type AccessReviewPrincipal struct {
	UID        Attr[string] `attr:"uid"` // entity UID
	Decision   Attr[string] `attr:"decision" enum:"keep,modify,revoke"`
	ExecutedOn Attr[Date]   `attr:"executed_on" null:"true"` // or null
}

// Course is training content.
type Course struct {
	Topics    Attr[[]string] `attr:"topics"` // list
	VersionOn Attr[Date]     `attr:"version_on"`
}

// TrainingRecord is completion.
type TrainingRecord struct {
	Person      Attr[string] `attr:"person"` // entity UID
	Course      Attr[string] `attr:"course"` // entity UID
	CompletedOn Attr[Date]   `attr:"completed_on"`
	ExpiresOn   Attr[Date]   `attr:"expires_on" null:"true"` // or null
	Score       Attr[int64]  `attr:"score"`                  // percent
}

// AwarenessEvent is reminder, newsletter or simulation.
type AwarenessEvent struct {
	Type        Attr[string]         `attr:"type" enum:"reminder,phishing_simulation,newsletter"`
	SentOn      Attr[Date]           `attr:"sent_on"`
	AudiencePct Attr[int64]          `attr:"audience_pct"` // percent
	Metrics     Attr[map[string]any] `attr:"metrics"`      // map
}

// ConcernReport is suspicion reported by staff.
type ConcernReport struct {
	ReceivedAt     Attr[Time]   `attr:"received_at"`
	AcknowledgedAt Attr[Time]   `attr:"acknowledged_at"`
	ClosedAt       Attr[Time]   `attr:"closed_at" null:"true"` // or null
	Channel        Attr[string] `attr:"channel"`               // entity UID
}

// Sanction is disciplinary record (no personal detail beyond uid).
type Sanction struct {
	Date     Attr[Date]   `attr:"date"`
	Incident Attr[string] `attr:"incident"` // entity UID
	Outcome  Attr[string] `attr:"outcome"`
}
