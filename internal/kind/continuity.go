package kind

// Continuity, escalation and communication.

// BusinessProcess is a row of the business impact analysis. What depends on what is the relation depends_on.
type BusinessProcess struct {
	// How critical the process is.
	Criticality Attr[string] `attr:"criticality" enum:"critical,high,medium,low"`
	// Maps a kind of impact (financial, legal, safety, operational, reputational) to its rating.
	Impacts Attr[map[string]any] `attr:"impacts"`
	// Recovery point objective: the data that may be lost, in minutes. Not applicable where the analysis states, with a reason, that none
	// is required.
	RPOMinutes Attr[int64] `attr:"rpo_minutes"`
	// Recovery time objective: the outage that is planned for, in minutes.
	RTOMinutes Attr[int64] `attr:"rto_minutes"`
	// Longest outage that can be borne, in minutes.
	MTDMinutes Attr[int64] `attr:"mtd_minutes"`
	// UIDs or aliases of the assets, stores, hosts, vendors and other processes that it needs.
	DependsOn Attr[[]string] `attr:"depends_on"`
	// Its place in the order of recovery; 1 comes first.
	RestoreRank Attr[int64] `attr:"restore_rank"`
	// UID of the person who answers for it.
	Owner Attr[string] `attr:"owner"`
}

// RecoveryProcedure is documented steps to recover something.
type RecoveryProcedure struct {
	// What is recovered.
	TargetType Attr[string] `attr:"target_type" enum:"software,hardware,data,process"`
	// UIDs of the processes, assets, stores or hosts that it recovers.
	Covers Attr[[]string] `attr:"covers"`
	// Its steps, in order.
	Steps Attr[[]string] `attr:"steps"`
	// Its place in the order of recovery; 1 comes first.
	Order Attr[int64] `attr:"order"`
	// UID of the person who answers for it.
	Owner Attr[string] `attr:"owner"`
	// Day on which it was last tested.
	LastTestedOn Attr[Date] `attr:"last_tested_on"`
	// Where replacement hardware comes from; not applicable to other targets.
	SpareStrategy Attr[string] `attr:"spare_strategy" enum:"hot_spare,cold_spare,contract,cloud_failover,none"`
	// Minutes until replacement hardware is there; not applicable to other targets.
	LeadTimeMinutes Attr[int64] `attr:"lead_time_minutes"`
	// Whom to call for replacement hardware; not applicable to other targets.
	VendorContact Attr[string] `attr:"vendor_contact"`
}

// Team is a continuity, recovery or incident response team.
type Team struct {
	// What it is for: continuity (bcp), disaster recovery (dr) or incident response (ir).
	Type Attr[string] `attr:"type" enum:"bcp,dr,ir"`
	// Its members.
	Members Attr[[]TeamMember] `attr:"members"`
}

// TeamMember is one member of a team.
type TeamMember struct {
	// UID of the person.
	Person Attr[string] `attr:"person"`
	// The person's part in the team.
	Role Attr[string] `attr:"role"`
	// UID of the person who stands in; null = nobody.
	Alternate Attr[string] `attr:"alternate" null:"true"`
}

// Exercise is a drill or training exercise.
type Exercise struct {
	// What was exercised.
	Type Attr[string] `attr:"type" enum:"tabletop,ir_exercise,bcp_training,dr_drill,break_glass,call_tree"`
	// Day on which it was held.
	HeldOn Attr[Date] `attr:"held_on"`
	// Scenarios that were played, such as "ransomware".
	Scenarios Attr[[]string] `attr:"scenarios"`
	// UIDs of the people who took part.
	Participants Attr[[]string] `attr:"participants"`
	// Defects that it showed; empty = none.
	Findings Attr[[]ExerciseFinding] `attr:"findings"`
	// Time that the recovery took, in minutes; not applicable where nothing was recovered.
	AchievedRTOMinutes Attr[int64] `attr:"achieved_rto_minutes"`
	// UIDs of the plans, processes or systems that were exercised.
	Covers Attr[[]string] `attr:"covers"`
}

// ExerciseFinding is one defect that an exercise showed.
type ExerciseFinding struct {
	// What is wrong.
	Text Attr[string] `attr:"text"`
	// Who mends it.
	Owner Attr[string] `attr:"owner"`
	// Day by which it is to be mended.
	DueOn Attr[Date] `attr:"due_on"`
	// Day on which it was mended; null = it was not.
	ClosedOn Attr[Date] `attr:"closed_on" null:"true"`
}

// EscalationRule is a row of the escalation policy: who is told of an incident of a type and severity, and what is done.
type EscalationRule struct {
	// Type of incident, as incident.type.
	IncidentType Attr[string] `attr:"incident_type"`
	// Severity of the incident.
	Severity Attr[string] `attr:"severity" enum:"critical,high,medium,low"`
	// Who is told, in rising order.
	Levels Attr[[]EscalationRuleLevel] `attr:"levels"`
	// What is done about the incident.
	Actions Attr[[]string] `attr:"actions"`
}

// EscalationRuleLevel is one level of an escalation rule.
type EscalationRuleLevel struct {
	// Its number; 1 is told first.
	Level Attr[int64] `attr:"level"`
	// The role that is told.
	Role Attr[string] `attr:"role"`
	// UID of the person who is told.
	Person Attr[string] `attr:"person"`
	// UID of the person who is told where the first does not answer; null = nobody.
	BackupPerson Attr[string] `attr:"backup_person" null:"true"`
	// Minutes within which the level is told.
	WithinMinutes Attr[int64] `attr:"within_minutes"`
	// UID of the channel that is used.
	Channel Attr[string] `attr:"channel"`
}

// Contact is how to reach a person.
type Contact struct {
	// UID of the person.
	Person Attr[string] `attr:"person"`
	// The ways to reach the person.
	Methods Attr[[]ContactMethod] `attr:"methods"`
}

// ContactMethod is one way to reach a person.
type ContactMethod struct {
	// What sort of way it is.
	Type Attr[string] `attr:"type" enum:"phone,sms,email,chat,pager"`
	// Number or address; reports do not show it.
	Address Attr[string] `attr:"address"`
	// Day on which it was last tried; null = never.
	VerifiedOn Attr[Date] `attr:"verified_on" null:"true"`
}

// Stakeholder is a person to whom security is reported: risk manager, chief officers, operations manager and others.
type Stakeholder struct {
	// The person's role.
	Role Attr[string] `attr:"role" enum:"risk_manager,ceo,cfo,ciso,operations_manager,legal,communications,data_owner"`
	// UID of the person.
	Person Attr[string] `attr:"person"`
	// Roles to which this one reports.
	ReportsTo Attr[[]string] `attr:"reports_to"`
	// What the person wants to know.
	InformationNeeds Attr[string] `attr:"information_needs"`
	// Days between two regular reports.
	CadenceDays Attr[int64] `attr:"cadence_days"`
}

// CommsTemplate is the form of a message to stakeholders; it answers four questions.
type CommsTemplate struct {
	// The stakeholder role that it is for.
	AudienceRole Attr[string] `attr:"audience_role"`
	// What happened.
	FieldsWhat Attr[string] `attr:"fields.what"`
	// Why it matters to the reader.
	FieldsWhy Attr[string] `attr:"fields.why"`
	// Until when the reader must act.
	FieldsActBy Attr[string] `attr:"fields.act_by"`
	// The message in words without technical terms.
	FieldsPlainLanguage Attr[string] `attr:"fields.plain_language"`
}

// Channel is a means of communication.
type Channel struct {
	// What sort of means it is.
	Type Attr[string] `attr:"type" enum:"instant_message,email,video_call,phone,spreadsheet,slideshow,pager"`
	// What it is for.
	Purpose Attr[string] `attr:"purpose" enum:"general,incident,security_reporting"`
	// Classifications of data that may be sent over it; empty = it is excluded.
	ApprovedFor Attr[[]string] `attr:"approved_for"`
	// Whether it is encrypted.
	Encrypted Attr[bool] `attr:"encrypted"`
	// Whether it works when the production systems are down.
	IndependentOfProduction Attr[bool] `attr:"independent_of_production"`
}

// Capability is something that the responders can do.
type Capability struct {
	// What they can do.
	Type Attr[string] `attr:"type" enum:"isolation,forensics,failover"`
	// Whether it is written down how.
	Documented Attr[bool] `attr:"documented"`
	// Day on which it was last tried.
	LastTestedOn Attr[Date] `attr:"last_tested_on"`
}
