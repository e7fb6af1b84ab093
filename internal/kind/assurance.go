package kind

// Risk, assets and assurance.

// Asset is a row of the asset inventory. What it stands for in the collected evidence is the relation represents.
type Asset struct {
	// The inventory number.
	Tag Attr[string] `attr:"tag"`
	// What sort of asset it is.
	Type Attr[string] `attr:"type" enum:"server,laptop,workstation,mobile,network_device,application,data,cloud_service,removable_media"`
	// UID of the person or team that answers for it.
	Owner Attr[string] `attr:"owner"`
	// Where it is.
	Location Attr[string] `attr:"location"`
	// Model or version.
	Version Attr[string] `attr:"version"`
	// Level of its data, a member of the classification scheme.
	Classification Attr[string] `attr:"classification"`
	// How critical it is.
	Criticality Attr[string] `attr:"criticality" enum:"critical,high,medium,low"`
	// Where it stands in its life.
	Status Attr[string] `attr:"status" enum:"in_use,stored,retired,disposed"`
	// UIDs or aliases of the entities that it stands for, such as ARNs, host names or serial numbers.
	Represents Attr[[]string] `attr:"represents"`
	// Whether it holds protected health information.
	HoldsPHI Attr[bool] `attr:"holds_phi"`
	// Whether it is encrypted, as somebody attests; what is observed counts for more.
	Encrypted Attr[bool] `attr:"encrypted"`
	// Version of its firmware; not applicable to assets without firmware.
	FirmwareVersion Attr[string] `attr:"firmware_version"`
	// Day on which firmware updates were last looked for; not applicable to assets without firmware.
	FirmwareCheckedOn Attr[Date] `attr:"firmware_checked_on"`
	// Day on which somebody last verified the row.
	LastVerifiedOn Attr[Date] `attr:"last_verified_on"`
}

// Risk is a row of the risk register.
type Risk struct {
	// What could happen.
	Threat Attr[string] `attr:"threat"`
	// UIDs of the assets that it threatens.
	AssetRefs Attr[[]string] `attr:"asset_refs"`
	// Its level after assessment.
	Level Attr[string] `attr:"level" enum:"critical,high,medium,low"`
	// What is done about it.
	Treatment Attr[string] `attr:"treatment" enum:"mitigate,accept,transfer,avoid"`
	// UID of the person who answers for it.
	Owner Attr[string] `attr:"owner"`
	// Day by which the treatment is to be done.
	DueOn Attr[Date] `attr:"due_on"`
	// Whether it still stands.
	Status Attr[string] `attr:"status" enum:"open,closed"`
	// UID of the person who accepted it; null = it was not accepted.
	AcceptedBy Attr[string] `attr:"accepted_by" null:"true"`
	// What would detect it: ids of checks or UIDs of detectors.
	Controls Attr[[]string] `attr:"controls"`
}

// RiskAssessment is one risk analysis.
type RiskAssessment struct {
	// Day of the analysis.
	PerformedOn Attr[Date] `attr:"performed_on"`
	// The method, such as "NIST SP 800-30".
	Method Attr[string] `attr:"method"`
	// UIDs of the assets and stores that it covered.
	ScopeAssets Attr[[]string] `attr:"scope_assets"`
	// Threats that it considered.
	Threats Attr[[]RiskAssessmentThreat] `attr:"threats"`
}

// RiskAssessmentThreat is one threat that a risk analysis considered.
type RiskAssessmentThreat struct {
	// Whether it is malicious, accidental or environmental.
	Class Attr[string] `attr:"class"`
	// What the threat is.
	Text Attr[string] `attr:"text"`
}

// Evaluation is an audit, penetration test, vulnerability scan or review.
type Evaluation struct {
	// What sort of evaluation it was.
	Type Attr[string] `attr:"type" enum:"technical,nontechnical,audit,pentest,vuln_scan,tooling_review"`
	// Day of the evaluation.
	PerformedOn Attr[Date] `attr:"performed_on"`
	// UID of the person or vendor who did it.
	By Attr[string] `attr:"by"`
	// UIDs of what was evaluated.
	Scope Attr[[]string] `attr:"scope"`
	// Where the report is.
	Report Attr[string] `attr:"report"`
	// Number of its findings that are still open.
	FindingsOpen Attr[int64] `attr:"findings_open"`
}

// ThreatFeed is a source of threat intelligence.
type ThreatFeed struct {
	// Its name.
	Name Attr[string] `attr:"name"`
	// Who publishes it; kev is CISA's catalogue of known exploited vulnerabilities.
	Type Attr[string] `attr:"type" enum:"isac,national_cert,vendor,kev,other"`
	// When it was last read.
	LastIngestedAt Attr[Time] `attr:"last_ingested_at"`
}

// Advisory is one security advisory, or one entry of CISA's catalogue of known exploited vulnerabilities.
type Advisory struct {
	// Who published it.
	Source Attr[string] `attr:"source" enum:"cisa_kev,vendor,isac"`
	// CVE numbers that it speaks of.
	CVE Attr[[]string] `attr:"cve"`
	// When it was published.
	PublishedAt Attr[Time] `attr:"published_at"`
	// Day by which the catalogue wants it mended; not applicable to advisories without one.
	DueOn Attr[Date] `attr:"due_on"`
	// Whether it concerns something that is installed here.
	Relevant Attr[bool] `attr:"relevant"`
	// Day on which somebody decided about it; null = nobody has.
	AssessedOn Attr[Date] `attr:"assessed_on" null:"true"`
	// UID of the risk, incident or change that followed; not applicable where nothing had to.
	ActionRef Attr[string] `attr:"action_ref"`
}

// LogReview is one review of logs.
type LogReview struct {
	// Classes of logs that were reviewed.
	SourceTypes Attr[[]string] `attr:"source_types" enum:"firewall,server,application,access"`
	// First day of the period.
	PeriodStart Attr[Date] `attr:"period_start"`
	// Last day of the period.
	PeriodEnd Attr[Date] `attr:"period_end"`
	// Day of the review.
	PerformedOn Attr[Date] `attr:"performed_on"`
	// UID of the person who reviewed.
	Reviewer Attr[string] `attr:"reviewer"`
	// Number of anomalies found.
	Anomalies Attr[int64] `attr:"anomalies"`
	// UIDs of the tickets or incidents that followed; empty = none.
	Tickets Attr[[]string] `attr:"tickets"`
}

// Exception is an accepted failure, or the decision on an addressable specification. It comes from the governance records, or from a
// suppression in code with its file and line.
type Exception struct {
	// Id of the check; not applicable to a decision on a requirement.
	Check Attr[string] `attr:"check"`
	// Catalogue id of the requirement; not applicable to a failure of one check.
	Requirement Attr[string] `attr:"requirement"`
	// UID of the entity, or a selector that matches several.
	Subject Attr[string] `attr:"subject"`
	// Scope, or pattern of scopes, in which it holds; null = in every scope.
	SubjectScope Attr[string] `attr:"subject_scope" null:"true"`
	// Why it is accepted.
	Reason Attr[string] `attr:"reason"`
	// What is done instead; null = nothing, which an addressable specification does not allow.
	AlternativeMeasure Attr[string] `attr:"alternative_measure" null:"true"`
	// Who asked for it, as the record names them.
	RequestedBy Attr[string] `attr:"requested_by"`
	// Ticket in which it was discussed; null = none is named.
	Ticket Attr[string] `attr:"ticket" null:"true"`
	// UID of the person who approved it, or the name that the record gives.
	ApprovedBy Attr[string] `attr:"approved_by"`
	// Day of the approval; null = no day is stated.
	ApprovedOn Attr[Date] `attr:"approved_on" null:"true"`
	// What proves the approval.
	Approval Attr[string] `attr:"approval" enum:"signature,commit,statement"`
	// The key or the commit that proves it, in words; null = none.
	ApprovalRef Attr[string] `attr:"approval_ref" null:"true"`
	// Last day on which it holds.
	ExpiresOn Attr[Date] `attr:"expires_on"`
	// Number of failing findings that it names.
	Matches Attr[int64] `attr:"derived.matches" derived:"true"`
	// Why it does not hold; empty = it holds.
	Problems Attr[[]ExceptionProblem] `attr:"derived.problems" derived:"true"`
}

// ExceptionProblem is one reason why an exception does not hold.
type ExceptionProblem struct {
	// What is wrong with it.
	Problem Attr[string] `attr:"problem" enum:"unreadable,incomplete,unapproved,expired,too_long,over_broad,orphaned"`
	// What is wrong, in words.
	Detail Attr[string] `attr:"detail"`
	// The exception's attribute at fault.
	Attribute Attr[string] `attr:"attribute"`
}

// MediaEvent is an event in the life of hardware or media: disposal, sanitisation or movement.
type MediaEvent struct {
	// What was done.
	Type Attr[string] `attr:"type" enum:"disposal,sanitisation,movement"`
	// UID of the asset.
	Asset Attr[string] `attr:"asset"`
	// When.
	At Attr[Time] `attr:"at"`
	// How it was destroyed, wiped or carried.
	Method Attr[string] `attr:"method"`
	// Where the certificate or the witness's record is.
	Certificate Attr[string] `attr:"certificate"`
	// UID of the person who answers for it.
	Responsible Attr[string] `attr:"responsible"`
	// UID of the copy that was made before a move; null = none was made.
	BackupRef Attr[string] `attr:"backup_ref" null:"true"`
}

// Facility is a building or room that houses sensitive systems.
type Facility struct {
	// UID of its security plan.
	SecurityPlanDoc Attr[string] `attr:"security_plan_doc"`
	// Day on which the list of who may enter was last reviewed.
	AccessListReviewedOn Attr[Date] `attr:"access_list_reviewed_on"`
	// Whether visitors are registered and accompanied.
	VisitorControl Attr[bool] `attr:"visitor_control"`
	// Repairs to doors, locks, walls and the like; empty = none was needed.
	MaintenanceLog Attr[[]string] `attr:"maintenance_log"`
	// UID of the document that says who may enter for recovery.
	ContingencyAccessDoc Attr[string] `attr:"contingency_access_doc"`
}

// Vendor is a third party.
type Vendor struct {
	// Its role under HIPAA or the GDPR.
	Role Attr[string] `attr:"role" enum:"business_associate,processor,subprocessor,none"`
	// What data of the organisation it handles.
	Handles Attr[[]string] `attr:"handles" enum:"phi,personal,none"`
	// Countries in which it handles the data, as ISO 3166-1 alpha-2.
	Countries Attr[[]string] `attr:"countries"`
	// Its account numbers or logins in the organisation's systems; trust in any other outsider is unexplained.
	Principals Attr[[]string] `attr:"principals"`
	// UIDs of the vendors that it uses in turn; empty = none.
	Subprocessors Attr[[]string] `attr:"subprocessors"`
	// Day of its last assurance of security.
	AssuranceOn Attr[Date] `attr:"assurance_on"`
	// What the assurance was, such as "SOC 2 type 2".
	AssuranceType Attr[string] `attr:"assurance_type"`
	// Exceptions that the assurance notes; empty = none.
	Exceptions Attr[[]string] `attr:"exceptions"`
}

// Contract is an agreement with a vendor.
type Contract struct {
	// UID of the vendor.
	Vendor Attr[string] `attr:"vendor"`
	// What it is: business associate agreement (baa), data processing agreement (dpa), standard contractual clauses (scc), data use
	// agreement (dua) or other.
	Type Attr[string] `attr:"type" enum:"baa,dpa,scc,dua,other"`
	// Day on which both sides had signed.
	ExecutedOn Attr[Date] `attr:"executed_on"`
	// Day on which it ends; null = it has no end.
	ExpiresOn Attr[Date] `attr:"expires_on" null:"true"`
	// Day on which it was ended; null = it was not.
	TerminatedOn Attr[Date] `attr:"terminated_on" null:"true"`
	// Required clauses that it contains, such as "audit" or "delete_or_return".
	Clauses Attr[[]string] `attr:"clauses"`
	// How the vendor may bring in others.
	SubprocessorAuthorisation Attr[string] `attr:"subprocessor_authorisation" enum:"general,specific,none"`
	// Minutes within which incidents must be reported; not applicable where the contract sets no limit.
	IncidentNoticeMinutes Attr[int64] `attr:"incident_notice_minutes"`
}

// ProcessingActivity is an entry of the record of processing (Art. 30 GDPR). The relation processes leads to its stores and vendors.
type ProcessingActivity struct {
	// Whether the organisation is controller or processor here.
	Role Attr[string] `attr:"role" enum:"controller,processor"`
	// Why the data is processed.
	Purposes Attr[string] `attr:"purposes"`
	// Legal basis of Art. 6, and of Art. 9 for special categories.
	LegalBasis Attr[string] `attr:"legal_basis"`
	// Whose data it is.
	DataSubjectCategories Attr[[]string] `attr:"data_subject_categories"`
	// What data it is.
	DataCategories Attr[[]string] `attr:"data_categories"`
	// Who receives it.
	Recipients Attr[[]string] `attr:"recipients"`
	// Transfers to third countries; empty = none.
	Transfers Attr[[]ProcessingActivityTransfer] `attr:"transfers"`
	// Maps a category of data to the number of days after which it is erased.
	ErasureLimits Attr[map[string]any] `attr:"erasure_limits"`
	// Its security measures in general words.
	SecurityDescription Attr[string] `attr:"security_description"`
	// Whether it is likely to result in a high risk, so that Art. 35 asks for an impact assessment.
	HighRisk Attr[bool] `attr:"high_risk"`
	// First day of the processing.
	StartedOn Attr[Date] `attr:"started_on"`
	// Day on which the entry was last reviewed.
	LastReviewedOn Attr[Date] `attr:"last_reviewed_on"`
}

// ProcessingActivityTransfer is one transfer to a third country.
type ProcessingActivityTransfer struct {
	// The country, as ISO 3166-1 alpha-2.
	Country Attr[string] `attr:"country"`
	// What allows it (Art. 45 to 49 GDPR).
	Mechanism Attr[string] `attr:"mechanism" enum:"adequacy,scc,bcr,code,certification,public_instrument,derogation"`
	// UID of the document that shows it.
	DocRef Attr[string] `attr:"doc_ref"`
}

// DPIA is a data protection impact assessment (Art. 35 GDPR).
type DPIA struct {
	// UID of the processing activity.
	Activity Attr[string] `attr:"activity"`
	// Day of the assessment.
	PerformedOn Attr[Date] `attr:"performed_on"`
	// Maps its four sections (description, necessity, risks, measures) to their text.
	Sections Attr[map[string]any] `attr:"sections"`
	// Day on which the data protection officer advised; not applicable without such an officer.
	DPOAdviceOn Attr[Date] `attr:"dpo_advice_on"`
	// The risk that remains.
	ResidualRisk Attr[string] `attr:"residual_risk" enum:"low,medium,high"`
	// Day of its last review.
	ReviewedOn Attr[Date] `attr:"reviewed_on"`
	// Day on which the authority was consulted (Art. 36); not applicable where the remaining risk is not high.
	PriorConsultationOn Attr[Date] `attr:"prior_consultation_on"`
}

// Attestation is a signed statement, where no better evidence exists.
type Attestation struct {
	// What is attested.
	Type Attr[string] `attr:"type" enum:"deidentification,external_backup,physical_placement,requirement"`
	// UID of the entity, or id of the requirement, that it is about.
	Subject Attr[string] `attr:"subject"`
	// What is attested, in words.
	Statement Attr[string] `attr:"statement"`
	// UID of the person who attests.
	By Attr[string] `attr:"by"`
	// Day of the statement.
	On Attr[Date] `attr:"on"`
	// Last day on which it counts.
	ExpiresOn Attr[Date] `attr:"expires_on"`
	// How it is signed, such as the digest of a signed commit.
	Signature Attr[string] `attr:"signature"`
}

// ChangeEvent is a change that calls for another evaluation.
type ChangeEvent struct {
	// When.
	At Attr[Time] `attr:"at"`
	// Whether it is a major change.
	Major Attr[bool] `attr:"major"`
	// What changed.
	Topic Attr[string] `attr:"topic"`
}

// Vulnerability is a scanner's result. Where a fix exists it is also in pending of the patch_state.
type Vulnerability struct {
	// Its CVE number.
	CVE Attr[string] `attr:"cve"`
	// The scanner's rating, on the common scale.
	Severity Attr[string] `attr:"severity" enum:"critical,high,medium,low"`
	// When it was first seen here.
	FirstSeenAt Attr[Time] `attr:"first_seen_at"`
	// Version that mends it; null = there is none.
	FixedVersion Attr[string] `attr:"fixed_version" null:"true"`
}

// Result is the verdict of another check. The engine adds it, for checks about exceptions alone.
type Result struct {
	// Id of the check.
	Check Attr[string] `attr:"check"`
	// UID of the entity that was judged.
	Subject Attr[string] `attr:"subject"`
	// The verdict.
	Status Attr[string] `attr:"status" enum:"pass,fail,unknown,not_applicable,review"`
}
