package kind

// Continuity, escalation and communication.

// BusinessProcess is row of the impact analysis.
type BusinessProcess struct {
	Criticality Attr[string]         `attr:"criticality" enum:"critical,high,medium,low"`
	Impacts     Attr[map[string]any] `attr:"impacts"`     // map financial, legal, safety, operational, reputational
	RPOMinutes  Attr[int64]          `attr:"rpo_minutes"` // minutes
	RTOMinutes  Attr[int64]          `attr:"rto_minutes"` // minutes
	MTDMinutes  Attr[int64]          `attr:"mtd_minutes"` // minutes
	DependsOn   Attr[[]string]       `attr:"depends_on"`  // list of entity UIDs
	RestoreRank Attr[int64]          `attr:"restore_rank"`
	Owner       Attr[string]         `attr:"owner"` // entity UID
}

// RecoveryProcedure is documented steps.
type RecoveryProcedure struct {
	TargetType      Attr[string]   `attr:"target_type" enum:"software,hardware,data,process"`
	Covers          Attr[[]string] `attr:"covers"` // list of entity UIDs
	Steps           Attr[[]string] `attr:"steps"`  // list
	Order           Attr[int64]    `attr:"order"`
	Owner           Attr[string]   `attr:"owner"` // entity UID
	LastTestedOn    Attr[Date]     `attr:"last_tested_on"`
	SpareStrategy   Attr[string]   `attr:"spare_strategy" enum:"hot_spare,cold_spare,contract,cloud_failover,none"`
	LeadTimeMinutes Attr[int64]    `attr:"lead_time_minutes"` // minutes
	VendorContact   Attr[string]   `attr:"vendor_contact"`
}

// Team is continuity, recovery or response team.
type Team struct {
	Type    Attr[string]       `attr:"type" enum:"bcp,dr,ir"`
	Members Attr[[]TeamMember] `attr:"members"`
}

// TeamMember is one element of Team.Members.
type TeamMember struct {
	Person    Attr[string] `attr:"person"` // entity UID
	Role      Attr[string] `attr:"role"`
	Alternate Attr[string] `attr:"alternate"` // entity UID
}

// Exercise is drill or training exercise.
type Exercise struct {
	Type               Attr[string]            `attr:"type" enum:"tabletop,ir_exercise,bcp_training,dr_drill,break_glass,call_tree"`
	HeldOn             Attr[Date]              `attr:"held_on"`
	Scenarios          Attr[[]string]          `attr:"scenarios"`            // list
	Participants       Attr[[]string]          `attr:"participants"`         // list of entity UIDs
	Findings           Attr[[]ExerciseFinding] `attr:"findings"`             // list of {text, owner, due_on, closed_on}
	AchievedRTOMinutes Attr[int64]             `attr:"achieved_rto_minutes"` // minutes
	Covers             Attr[[]string]          `attr:"covers"`               // list of entity UIDs
}

// ExerciseFinding is one element of Exercise.Findings.
type ExerciseFinding struct {
	Text     Attr[string] `attr:"text"`
	Owner    Attr[string] `attr:"owner"`
	DueOn    Attr[Date]   `attr:"due_on"`
	ClosedOn Attr[Date]   `attr:"closed_on"`
}

// EscalationRule is row of the escalation policy.
type EscalationRule struct {
	IncidentType Attr[string]                `attr:"incident_type"`
	Severity     Attr[string]                `attr:"severity" enum:"critical,high,medium,low"`
	Levels       Attr[[]EscalationRuleLevel] `attr:"levels"`
	Actions      Attr[[]string]              `attr:"actions"` // list
}

// EscalationRuleLevel is one element of EscalationRule.Levels.
type EscalationRuleLevel struct {
	Level         Attr[int64]  `attr:"level"`
	Role          Attr[string] `attr:"role"`
	Person        Attr[string] `attr:"person"`         // entity UID
	BackupPerson  Attr[string] `attr:"backup_person"`  // entity UID
	WithinMinutes Attr[int64]  `attr:"within_minutes"` // minutes
	Channel       Attr[string] `attr:"channel"`        // entity UID
}

// Contact is how to reach a person.
type Contact struct {
	Person  Attr[string]          `attr:"person"` // entity UID
	Methods Attr[[]ContactMethod] `attr:"methods"`
}

// ContactMethod is one element of Contact.Methods.
type ContactMethod struct {
	Type       Attr[string] `attr:"type" enum:"phone,sms,email,chat,pager"`
	Address    Attr[string] `attr:"address"` // redacted in reports
	VerifiedOn Attr[Date]   `attr:"verified_on"`
}

// Stakeholder is risk manager, CEO, CFO, CISO, operations manager and others.
type Stakeholder struct {
	Role             Attr[string]   `attr:"role" enum:"risk_manager,ceo,cfo,ciso,operations_manager,legal,communications,data_owner"`
	Person           Attr[string]   `attr:"person"`     // entity UID
	ReportsTo        Attr[[]string] `attr:"reports_to"` // roles
	InformationNeeds Attr[string]   `attr:"information_needs"`
	CadenceDays      Attr[int64]    `attr:"cadence_days"` // days
}

// CommsTemplate is message form.
type CommsTemplate struct {
	AudienceRole        Attr[string] `attr:"audience_role"`
	FieldsWhat          Attr[string] `attr:"fields.what"`
	FieldsWhy           Attr[string] `attr:"fields.why"`
	FieldsActBy         Attr[string] `attr:"fields.act_by"`
	FieldsPlainLanguage Attr[string] `attr:"fields.plain_language"`
}

// Channel is communication channel.
type Channel struct {
	Type                    Attr[string]   `attr:"type" enum:"instant_message,email,video_call,phone,spreadsheet,slideshow,pager"`
	Purpose                 Attr[string]   `attr:"purpose" enum:"general,incident,security_reporting"`
	ApprovedFor             Attr[[]string] `attr:"approved_for"` // classifications
	Encrypted               Attr[bool]     `attr:"encrypted"`
	IndependentOfProduction Attr[bool]     `attr:"independent_of_production"`
}

// Capability is thing the team can do.
type Capability struct {
	Type         Attr[string] `attr:"type" enum:"isolation,forensics,failover"`
	Documented   Attr[bool]   `attr:"documented"`
	LastTestedOn Attr[Date]   `attr:"last_tested_on"`
}
