package kind

// Logging and detection.

// LogSource is anything that produces security records.
type LogSource struct {
	Type          Attr[string] `attr:"type" enum:"cloud_audit,network_flow,firewall,os_auth,os_audit,application,database,object_access,lb_access,dns,edr"`
	Enabled       Attr[bool]   `attr:"enabled"`
	Scope         Attr[string] `attr:"scope"` // list of entity UIDs or all
	MultiRegion   Attr[bool]   `attr:"multi_region"`
	Validation    Attr[bool]   `attr:"validation"`
	Encrypted     Attr[bool]   `attr:"encrypted"`
	Forwarded     Attr[bool]   `attr:"forwarded"`                  // leaves the system that wrote it
	Destination   Attr[string] `attr:"destination"`                // uid of a datastore
	RetentionDays Attr[int64]  `attr:"retention_days" null:"true"` // days, null = unlimited
	LastEventAt   Attr[Time]   `attr:"last_event_at" plane:"observed"`
}

// Detector is tool that turns signals into findings.
type Detector struct {
	Type                Attr[string]   `attr:"type" enum:"ids,access_analyzer,data_discovery,vuln_scanner,config_recorder,siem,edr_console,fim"`
	Product             Attr[string]   `attr:"product"`
	Enabled             Attr[bool]     `attr:"enabled"`
	Scope               Attr[string]   `attr:"scope"` // list of entity UIDs (account+region, network, host group)
	Capabilities        Attr[[]string] `attr:"capabilities" enum:"signature,ml_anomaly,malware,dlp"`
	FindingsDestination Attr[string]   `attr:"findings_destination" null:"true"` // uid or null
	LastEventAt         Attr[Time]     `attr:"last_event_at" plane:"observed"`
}

// Finding is detector output.
type Finding struct {
	Severity Attr[string] `attr:"severity" enum:"critical,high,medium,low"`
	Type     Attr[string] `attr:"type"`
	Status   Attr[string] `attr:"status" enum:"open,suppressed,closed"`
	OpenedAt Attr[Time]   `attr:"opened_at"`
	ClosedAt Attr[Time]   `attr:"closed_at" null:"true"` // or null
	Resource Attr[string] `attr:"resource"`              // entity UID
}

// AlertRule is rule that interrupts a person.
type AlertRule struct {
	Enabled      Attr[bool]              `attr:"enabled"`
	Watches      Attr[[]string]          `attr:"watches" enum:"root_use,auth_failure,no_mfa_login,iam_change,trail_change,key_deletion,bucket_policy_change,network_change,unauthorised_call,org_change,backup_failure,break_glass_use"`
	Targets      Attr[[]AlertRuleTarget] `attr:"targets"`
	LastFiredAt  Attr[Time]              `attr:"last_fired_at" null:"true" plane:"observed"`  // or null
	LastTestedAt Attr[Time]              `attr:"last_tested_at" null:"true" plane:"observed"` // or null
}

// AlertRuleTarget is one element of AlertRule.Targets.
type AlertRuleTarget struct {
	Type      Attr[string] `attr:"type" enum:"email,sms,pager,chat,ticket"`
	Confirmed Attr[bool]   `attr:"confirmed"`
}
