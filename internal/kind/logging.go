package kind

// Logging and detection.

// LogSource is anything that produces security records: a trail, flow logs, a firewall's or load balancer's log, a database's or
// application's log, a host's auth and audit logs.
type LogSource struct {
	// What it records.
	Type Attr[string] `attr:"type" enum:"cloud_audit,network_flow,firewall,os_auth,os_audit,application,database,object_access,lb_access,dns,edr"`
	// Whether it records.
	Enabled Attr[bool] `attr:"enabled"`
	// What it covers: UIDs joined by a space, an account's UID with ":" and a region for a part of an account, or "all" for
	// everything of its type.
	Scope Attr[string] `attr:"scope"`
	// Whether a trail records all regions; not applicable to other sources.
	MultiRegion Attr[bool] `attr:"multi_region"`
	// Whether it signs what it wrote, as CloudTrail's digest files do; not applicable to sources that cannot.
	Validation Attr[bool] `attr:"validation"`
	// Whether its records are encrypted at rest; for a trail, with a key of the customer. Not applicable while it is off.
	Encrypted Attr[bool] `attr:"encrypted"`
	// Whether the records leave the system that wrote them.
	Forwarded Attr[bool] `attr:"forwarded"`
	// UID of the store that receives the records; not applicable while it is off.
	Destination Attr[string] `attr:"destination"`
	// Days for which the destination keeps the records; null = without limit. Not applicable while it is off.
	RetentionDays Attr[int64] `attr:"retention_days" null:"true"`
	// When the newest record arrived; not applicable to what has nothing to record, and to records that come with those of another source.
	LastEventAt Attr[Time] `attr:"last_event_at" plane:"observed"`
}

// Detector is a tool that turns signals into findings, such as GuardDuty, Inspector, Macie, Security Hub, AWS Config or a SIEM.
type Detector struct {
	// What it looks for.
	Type Attr[string] `attr:"type" enum:"ids,access_analyzer,data_discovery,vuln_scanner,config_recorder,siem,edr_console,fim"`
	// Name of the product, such as "Amazon GuardDuty".
	Product Attr[string] `attr:"product"`
	// Whether it works.
	Enabled Attr[bool] `attr:"enabled"`
	// What it covers, written as the scope of a log_source: accounts, regions of accounts, networks or groups of hosts.
	Scope Attr[string] `attr:"scope"`
	// How it recognises what it looks for; empty = none of the listed.
	Capabilities Attr[[]string] `attr:"capabilities" enum:"signature,ml_anomaly,malware,dlp"`
	// UID of what receives its findings; null = nobody is told.
	FindingsDestination Attr[string] `attr:"findings_destination" null:"true"`
	// When it last reported anything.
	LastEventAt Attr[Time] `attr:"last_event_at" plane:"observed"`
}

// Finding is the output of a detector about a resource. It is evidence, not a verdict of Assay's checks.
type Finding struct {
	// The detector's rating, on the common scale.
	Severity Attr[string] `attr:"severity" enum:"critical,high,medium,low"`
	// The detector's name of what it found.
	Type Attr[string] `attr:"type"`
	// Whether it still stands.
	Status Attr[string] `attr:"status" enum:"open,suppressed,closed"`
	// Why it was suppressed, as the detector records it; null = no reason is recorded. Not applicable to one that is not suppressed.
	SuppressionReason Attr[string] `attr:"suppression_reason" null:"true"`
	// When the detector first reported it.
	OpenedAt Attr[Time] `attr:"opened_at"`
	// When it was resolved; null = it still stands.
	ClosedAt Attr[Time] `attr:"closed_at" null:"true"`
	// UID of the entity that it is about.
	Resource Attr[string] `attr:"resource"`
}

// AlertRule is a rule that interrupts a person: an alarm on a log metric, an event rule, a backup vault's notification.
type AlertRule struct {
	// Whether it fires.
	Enabled Attr[bool] `attr:"enabled"`
	// Classes of events that it reports.
	Watches Attr[[]string] `attr:"watches" enum:"root_use,auth_failure,no_mfa_login,iam_change,trail_change,key_deletion,bucket_policy_change,network_change,unauthorised_call,org_change,backup_failure,break_glass_use"`
	// Who is told; empty = nobody.
	Targets Attr[[]AlertRuleTarget] `attr:"targets"`
	// When it last fired; null = never.
	LastFiredAt Attr[Time] `attr:"last_fired_at" null:"true" plane:"observed"`
	// When somebody last tested it; null = never.
	LastTestedAt Attr[Time] `attr:"last_tested_at" null:"true" plane:"observed"`
}

// AlertRuleTarget is one recipient of an alert rule.
type AlertRuleTarget struct {
	// How the recipient is reached.
	Type Attr[string] `attr:"type" enum:"email,sms,pager,chat,ticket"`
	// Whether the recipient confirmed the subscription; only observation can tell for e-mail.
	Confirmed Attr[bool] `attr:"confirmed"`
}
