package kind

// Backup and recovery.

// BackupPlan is schedule (AWS Backup plan, RDS automated backup, restic or borg timer, vendor job).
type BackupPlan struct {
	Enabled   Attr[bool]             `attr:"enabled"`
	Automated Attr[bool]             `attr:"automated"`
	Rules     Attr[[]BackupPlanRule] `attr:"rules"`
}

// BackupPlanRule is one element of BackupPlan.Rules.
type BackupPlanRule struct {
	Schedule        Attr[string]               `attr:"schedule"`         // cron or interval as found
	IntervalMinutes Attr[int64]                `attr:"interval_minutes"` // minutes, continuous = 5
	Type            Attr[string]               `attr:"type" enum:"full,incremental,differential,snapshot,continuous"`
	RetentionDays   Attr[int64]                `attr:"retention_days" null:"true"` // days, null = for ever
	Vault           Attr[string]               `attr:"vault"`                      // entity UID
	Copies          Attr[[]BackupPlanRuleCopy] `attr:"copies"`
}

// BackupPlanRuleCopy is one element of BackupPlanRule.Copies.
type BackupPlanRuleCopy struct {
	Vault   Attr[string] `attr:"vault"` // entity UID
	Region  Attr[string] `attr:"region"`
	Account Attr[string] `attr:"account"`
}

// BackupVault is where copies live.
type BackupVault struct {
	LocationType         Attr[string]   `attr:"location.type" enum:"onprem,cloud,offsite,offline"`
	LocationRegion       Attr[string]   `attr:"location.region"`
	Account              Attr[string]   `attr:"account"` // entity UID
	Media                Attr[string]   `attr:"media" enum:"object,block,disk,tape,vendor"`
	Encrypted            Attr[bool]     `attr:"encrypted"`
	Locked               Attr[bool]     `attr:"locked"`
	LockMode             Attr[string]   `attr:"lock.mode" enum:"none,governance,compliance"`
	LockMinRetentionDays Attr[int64]    `attr:"lock.min_retention_days"` // days
	DeleteDenied         Attr[bool]     `attr:"delete_denied"`
	AdminPrincipals      Attr[[]string] `attr:"admin_principals"` // list of entity UIDs
}

// BackupJob is one attempt.
type BackupJob struct {
	Status    Attr[string] `attr:"status" enum:"completed,failed,expired,running"`
	Trigger   Attr[string] `attr:"trigger" enum:"scheduled,manual"`
	StartedAt Attr[Time]   `attr:"started_at"`
	EndedAt   Attr[Time]   `attr:"ended_at"`
}

// RecoveryPoint is one stored copy.
type RecoveryPoint struct {
	Status      Attr[string] `attr:"status" enum:"completed,partial,expired,deleting"`
	Type        Attr[string] `attr:"type" enum:"full,incremental,differential,snapshot,continuous"`
	CreatedAt   Attr[Time]   `attr:"created_at" plane:"observed"`
	CompletedAt Attr[Time]   `attr:"completed_at"`
	ExpiresAt   Attr[Time]   `attr:"expires_at" null:"true"` // or null
	Encrypted   Attr[bool]   `attr:"encrypted"`
	Key         Attr[string] `attr:"key" null:"true"`             // uid or null
	Vault       Attr[string] `attr:"vault"`                       // entity UID
	ChainParent Attr[string] `attr:"chain.parent" null:"true"`    // uid or null
	ChainBase   Attr[string] `attr:"chain.base" null:"true"`      // uid or null
	SizeBytes   Attr[int64]  `attr:"size_bytes" plane:"observed"` // bytes
}

// RestoreTest is one restore.
type RestoreTest struct {
	Protects         Attr[string] `attr:"protects"`       // entity UID
	RecoveryPoint    Attr[string] `attr:"recovery_point"` // entity UID
	Status           Attr[string] `attr:"status" enum:"completed,failed"`
	StartedAt        Attr[Time]   `attr:"started_at"`
	CompletedAt      Attr[Time]   `attr:"completed_at"`
	DurationMinutes  Attr[int64]  `attr:"duration_minutes"` // minutes
	Scope            Attr[string] `attr:"scope" enum:"full,sample"`
	ValidationStatus Attr[string] `attr:"validation.status" enum:"successful,failed,timed_out,none"`
	ValidationMethod Attr[string] `attr:"validation.method" enum:"checksum,app_check,row_count,provider_validation,manual"`
	PerformedBy      Attr[string] `attr:"performed_by"` // entity UID
}
