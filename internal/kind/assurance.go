package kind

// Risk, assets and assurance.

// Asset is inventory row.
type Asset struct {
	Tag               Attr[string]   `attr:"tag"`
	Type              Attr[string]   `attr:"type" enum:"server,laptop,workstation,mobile,network_device,application,data,cloud_service,removable_media"`
	Owner             Attr[string]   `attr:"owner"` // entity UID
	Location          Attr[string]   `attr:"location"`
	Version           Attr[string]   `attr:"version"`
	Classification    Attr[string]   `attr:"classification"`
	Criticality       Attr[string]   `attr:"criticality" enum:"critical,high,medium,low"`
	Status            Attr[string]   `attr:"status" enum:"in_use,stored,retired,disposed"`
	Represents        Attr[[]string] `attr:"represents"` // uid or alias list
	HoldsPHI          Attr[bool]     `attr:"holds_phi"`
	Encrypted         Attr[bool]     `attr:"encrypted"` // attested
	FirmwareVersion   Attr[string]   `attr:"firmware_version"`
	FirmwareCheckedOn Attr[Date]     `attr:"firmware_checked_on"`
	LastVerifiedOn    Attr[Date]     `attr:"last_verified_on"`
}

// Risk is register row.
type Risk struct {
	Threat     Attr[string]   `attr:"threat"`
	AssetRefs  Attr[[]string] `attr:"asset_refs"` // list of entity UIDs
	Level      Attr[string]   `attr:"level" enum:"critical,high,medium,low"`
	Treatment  Attr[string]   `attr:"treatment" enum:"mitigate,accept,transfer,avoid"`
	Owner      Attr[string]   `attr:"owner"` // entity UID
	DueOn      Attr[Date]     `attr:"due_on"`
	Status     Attr[string]   `attr:"status" enum:"open,closed"`
	AcceptedBy Attr[string]   `attr:"accepted_by" null:"true"` // uid or null
	Controls   Attr[[]string] `attr:"controls"`                // check ids or detector uids
}

// RiskAssessment is one analysis.
type RiskAssessment struct {
	PerformedOn Attr[Date]                   `attr:"performed_on"`
	Method      Attr[string]                 `attr:"method"`
	ScopeAssets Attr[[]string]               `attr:"scope_assets"` // list of entity UIDs
	Threats     Attr[[]RiskAssessmentThreat] `attr:"threats"`      // list of {class, text}
}

// RiskAssessmentThreat is one element of RiskAssessment.Threats.
type RiskAssessmentThreat struct {
	Class Attr[string] `attr:"class"`
	Text  Attr[string] `attr:"text"`
}

// Evaluation is audit, pen test, review.
type Evaluation struct {
	Type         Attr[string]   `attr:"type" enum:"technical,nontechnical,audit,pentest,vuln_scan,tooling_review"`
	PerformedOn  Attr[Date]     `attr:"performed_on"`
	By           Attr[string]   `attr:"by"`    // entity UID
	Scope        Attr[[]string] `attr:"scope"` // list of entity UIDs
	Report       Attr[string]   `attr:"report"`
	FindingsOpen Attr[int64]    `attr:"findings_open"`
}

// ThreatFeed is intelligence source.
type ThreatFeed struct {
	Name           Attr[string] `attr:"name"`
	Type           Attr[string] `attr:"type" enum:"isac,national_cert,vendor,kev,other"`
	LastIngestedAt Attr[Time]   `attr:"last_ingested_at"`
}

// Advisory is one advisory or KEV entry.
type Advisory struct {
	Source      Attr[string]   `attr:"source" enum:"cisa_kev,vendor,isac"`
	CVE         Attr[[]string] `attr:"cve"` // list
	PublishedAt Attr[Time]     `attr:"published_at"`
	DueOn       Attr[Date]     `attr:"due_on"`
	Relevant    Attr[bool]     `attr:"relevant"`
	AssessedOn  Attr[Date]     `attr:"assessed_on"`
	ActionRef   Attr[string]   `attr:"action_ref"` // entity UID
}

// LogReview is one review.
type LogReview struct {
	SourceTypes Attr[[]string] `attr:"source_types" enum:"firewall,server,application,access"`
	PeriodStart Attr[Date]     `attr:"period_start"`
	PeriodEnd   Attr[Date]     `attr:"period_end"`
	PerformedOn Attr[Date]     `attr:"performed_on"`
	Reviewer    Attr[string]   `attr:"reviewer"` // entity UID
	Anomalies   Attr[int64]    `attr:"anomalies"`
	Tickets     Attr[[]string] `attr:"tickets"` // list of entity UIDs
}

// Exception is accepted failure or addressable decision.
type Exception struct {
	Check              Attr[string]             `attr:"check"`                     // check id
	Requirement        Attr[string]             `attr:"requirement"`               // catalogue id
	Subject            Attr[string]             `attr:"subject"`                   // uid or selector
	SubjectScope       Attr[string]             `attr:"subject_scope" null:"true"` // scope or pattern of scopes, or null for every scope
	Reason             Attr[string]             `attr:"reason"`
	AlternativeMeasure Attr[string]             `attr:"alternative_measure" null:"true"` // or null
	RequestedBy        Attr[string]             `attr:"requested_by"`                    // who asked for it
	Ticket             Attr[string]             `attr:"ticket" null:"true"`              // or null
	ApprovedBy         Attr[string]             `attr:"approved_by"`                     // entity UID, or who the record names
	ApprovedOn         Attr[Date]               `attr:"approved_on" null:"true"`
	Approval           Attr[string]             `attr:"approval" enum:"signature,commit,statement"` // what proves the approval
	ApprovalRef        Attr[string]             `attr:"approval_ref" null:"true"`                   // the key or the commit, in words
	ExpiresOn          Attr[Date]               `attr:"expires_on"`                                 // the last day on which it holds
	Matches            Attr[int64]              `attr:"derived.matches" derived:"true"`             // failing findings that it names
	Problems           Attr[[]ExceptionProblem] `attr:"derived.problems" derived:"true"`            // why it does not hold
}

// ExceptionProblem is one reason why an exception does not hold.
type ExceptionProblem struct {
	Problem   Attr[string] `attr:"problem" enum:"unreadable,incomplete,unapproved,expired,too_long,over_broad,orphaned"`
	Detail    Attr[string] `attr:"detail"`    // in words
	Attribute Attr[string] `attr:"attribute"` // the exception's attribute at fault
}

// MediaEvent is life of hardware and media.
type MediaEvent struct {
	Type        Attr[string] `attr:"type" enum:"disposal,sanitisation,movement"`
	Asset       Attr[string] `attr:"asset"` // entity UID
	At          Attr[Time]   `attr:"at"`
	Method      Attr[string] `attr:"method"`
	Certificate Attr[string] `attr:"certificate"`
	Responsible Attr[string] `attr:"responsible"`            // entity UID
	BackupRef   Attr[string] `attr:"backup_ref" null:"true"` // uid or null
}

// Facility is building or room.
type Facility struct {
	SecurityPlanDoc      Attr[string]   `attr:"security_plan_doc"` // entity UID
	AccessListReviewedOn Attr[Date]     `attr:"access_list_reviewed_on"`
	VisitorControl       Attr[bool]     `attr:"visitor_control"`
	MaintenanceLog       Attr[[]string] `attr:"maintenance_log"`        // list
	ContingencyAccessDoc Attr[string]   `attr:"contingency_access_doc"` // entity UID
}

// Vendor is third party.
type Vendor struct {
	Role          Attr[string]   `attr:"role" enum:"business_associate,processor,subprocessor,none"`
	Handles       Attr[[]string] `attr:"handles" enum:"phi,personal,none"`
	Countries     Attr[[]string] `attr:"countries"`     // list
	Principals    Attr[[]string] `attr:"principals"`    // external account ids or logins
	Subprocessors Attr[[]string] `attr:"subprocessors"` // list of entity UIDs
	AssuranceOn   Attr[Date]     `attr:"assurance_on"`
	AssuranceType Attr[string]   `attr:"assurance_type"`
	Exceptions    Attr[[]string] `attr:"exceptions"` // list
}

// Contract is agreement.
type Contract struct {
	Vendor                    Attr[string]   `attr:"vendor"` // entity UID
	Type                      Attr[string]   `attr:"type" enum:"baa,dpa,scc,dua,other"`
	ExecutedOn                Attr[Date]     `attr:"executed_on"`
	ExpiresOn                 Attr[Date]     `attr:"expires_on" null:"true"`    // or null
	TerminatedOn              Attr[Date]     `attr:"terminated_on" null:"true"` // or null
	Clauses                   Attr[[]string] `attr:"clauses"`                   // list
	SubprocessorAuthorisation Attr[string]   `attr:"subprocessor_authorisation" enum:"general,specific,none"`
	IncidentNoticeMinutes     Attr[int64]    `attr:"incident_notice_minutes"` // minutes
}

// ProcessingActivity is record of processing.
type ProcessingActivity struct {
	Role                  Attr[string]                       `attr:"role" enum:"controller,processor"`
	Purposes              Attr[string]                       `attr:"purposes"`
	LegalBasis            Attr[string]                       `attr:"legal_basis"`
	DataSubjectCategories Attr[[]string]                     `attr:"data_subject_categories"` // list
	DataCategories        Attr[[]string]                     `attr:"data_categories"`         // list
	Recipients            Attr[[]string]                     `attr:"recipients"`              // list
	Transfers             Attr[[]ProcessingActivityTransfer] `attr:"transfers"`
	ErasureLimits         Attr[map[string]any]               `attr:"erasure_limits"` // map
	SecurityDescription   Attr[string]                       `attr:"security_description"`
	HighRisk              Attr[bool]                         `attr:"high_risk"`
	StartedOn             Attr[Date]                         `attr:"started_on"`
	LastReviewedOn        Attr[Date]                         `attr:"last_reviewed_on"`
}

// ProcessingActivityTransfer is one element of ProcessingActivity.Transfers.
type ProcessingActivityTransfer struct {
	Country   Attr[string] `attr:"country"`
	Mechanism Attr[string] `attr:"mechanism" enum:"adequacy,scc,bcr,code,certification,public_instrument,derogation"`
	DocRef    Attr[string] `attr:"doc_ref"` // entity UID
}

// DPIA is impact assessment.
type DPIA struct {
	Activity            Attr[string]         `attr:"activity"` // entity UID
	PerformedOn         Attr[Date]           `attr:"performed_on"`
	Sections            Attr[map[string]any] `attr:"sections"` // map description, necessity, risks, measures
	DPOAdviceOn         Attr[Date]           `attr:"dpo_advice_on"`
	ResidualRisk        Attr[string]         `attr:"residual_risk" enum:"low,medium,high"`
	ReviewedOn          Attr[Date]           `attr:"reviewed_on"`
	PriorConsultationOn Attr[Date]           `attr:"prior_consultation_on"`
}

// Attestation is signed statement where nothing better exists.
type Attestation struct {
	Type      Attr[string] `attr:"type" enum:"deidentification,external_backup,physical_placement,requirement"`
	Subject   Attr[string] `attr:"subject"` // uid or requirement id
	Statement Attr[string] `attr:"statement"`
	By        Attr[string] `attr:"by"` // entity UID
	On        Attr[Date]   `attr:"on"`
	ExpiresOn Attr[Date]   `attr:"expires_on"`
	Signature Attr[string] `attr:"signature"`
}

// ChangeEvent is change that triggers re-evaluation.
type ChangeEvent struct {
	At    Attr[Time]   `attr:"at"`
	Major Attr[bool]   `attr:"major"`
	Topic Attr[string] `attr:"topic"`
}

// Vulnerability is scanner result folded into patch_state.pending when a fix exists.
type Vulnerability struct {
	CVE          Attr[string] `attr:"cve"`
	Severity     Attr[string] `attr:"severity" enum:"critical,high,medium,low"`
	FirstSeenAt  Attr[Time]   `attr:"first_seen_at"`
	FixedVersion Attr[string] `attr:"fixed_version" null:"true"` // or null
}

// Result is verdict of another check, readable by join.exceptions only.
type Result struct {
	Check   Attr[string] `attr:"check"`   // check id
	Subject Attr[string] `attr:"subject"` // entity UID
	Status  Attr[string] `attr:"status" enum:"pass,fail,unknown,not_applicable,review"`
}
