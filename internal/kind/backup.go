package kind

// Backup and recovery.

// BackupPlan is a schedule on which copies are made: an AWS Backup plan, a lifecycle policy, a service's own automated backups, a
// restic or borg timer, a vendor's job. Stores and hosts lead to it by the relation selected_by.
type BackupPlan struct {
	// Whether it runs.
	Enabled Attr[bool] `attr:"enabled"`
	// Whether it runs without anybody starting it.
	Automated Attr[bool] `attr:"automated"`
	// Its rules; each makes copies of its own.
	Rules Attr[[]BackupPlanRule] `attr:"rules"`
}

// BackupPlanRule is one rule of a backup plan.
type BackupPlanRule struct {
	// The schedule as found: a cron expression, an interval or words.
	Schedule Attr[string] `attr:"schedule"`
	// Longest time between two runs, in minutes; continuous backup counts as 5.
	IntervalMinutes Attr[int64] `attr:"interval_minutes"`
	// What sort of copies it makes; a snapshot restores as a full copy.
	Type Attr[string] `attr:"type" enum:"full,incremental,differential,snapshot,continuous"`
	// Days for which the copies are kept; null = for ever.
	RetentionDays Attr[int64] `attr:"retention_days" null:"true"`
	// UID of the vault that receives the copies; not applicable to services that keep their own.
	Vault Attr[string] `attr:"vault"`
	// Further places to which each copy goes; empty = none.
	Copies Attr[[]BackupPlanRuleCopy] `attr:"copies"`
}

// BackupPlanRuleCopy is one further place to which a rule's copies go.
type BackupPlanRuleCopy struct {
	// UID of the vault there; not applicable to services that keep their own.
	Vault Attr[string] `attr:"vault"`
	// The provider's name of the region there.
	Region Attr[string] `attr:"region"`
	// UID of the account there.
	Account Attr[string] `attr:"account"`
}

// BackupVault is a place where copies live: a vault of AWS Backup, a bucket or disk that receives backups, tapes in a safe.
type BackupVault struct {
	// What sort of place it is; offline = not reachable over a network.
	LocationType Attr[string] `attr:"location.type" enum:"onprem,cloud,offsite,offline"`
	// The provider's name of the region; not applicable outside of the cloud.
	LocationRegion Attr[string] `attr:"location.region"`
	// UID of the account that owns it.
	Account Attr[string] `attr:"account"`
	// What the copies lie on; vendor where the provider does not say.
	Media Attr[string] `attr:"media" enum:"object,block,disk,tape,vendor"`
	// Whether copies in it are encrypted.
	Encrypted Attr[bool] `attr:"encrypted"`
	// Whether a lock keeps copies from being deleted before they expire.
	Locked Attr[bool] `attr:"locked"`
	// Whom the lock binds: compliance everybody, governance all without a special permission.
	LockMode Attr[string] `attr:"lock.mode" enum:"none,governance,compliance"`
	// Least retention that the lock enforces, in days; not applicable without a lock.
	LockMinRetentionDays Attr[int64] `attr:"lock.min_retention_days"`
	// Whether its policy denies everybody to delete copies.
	DeleteDenied Attr[bool] `attr:"delete_denied"`
	// When what lies in it was last examined for damage as a whole (restic check, borg check, pgbackrest verify). Unknown where no run is seen:
	// another machine may examine it. Not applicable to services that look after their copies themselves.
	VerifiedAt Attr[Time] `attr:"verified.at" plane:"observed"`
	// What that examination found.
	VerifiedStatus Attr[string] `attr:"verified.status" enum:"passed,failed" plane:"observed"`
	// UIDs of the principals and roles that can change or delete it.
	AdminPrincipals Attr[[]string] `attr:"admin_principals"`
}

// BackupJob is one attempt to make a copy. The relation protects leads to what it copied.
type BackupJob struct {
	// How it ended.
	Status Attr[string] `attr:"status" enum:"completed,failed,expired,running"`
	// Whether the schedule or a person started it.
	Trigger Attr[string] `attr:"trigger" enum:"scheduled,manual"`
	// When it started.
	StartedAt Attr[Time] `attr:"started_at"`
	// When it ended; not applicable while it runs.
	EndedAt Attr[Time] `attr:"ended_at"`
}

// RecoveryPoint is one stored copy from which something can be restored. The relation protects leads to what it is a copy of.
type RecoveryPoint struct {
	// Whether it can be restored: only completed can.
	Status Attr[string] `attr:"status" enum:"completed,partial,expired,deleting"`
	// What sort of copy it is.
	Type Attr[string] `attr:"type" enum:"full,incremental,differential,snapshot,continuous"`
	// When the copying began: the state of the data that it holds.
	CreatedAt Attr[Time] `attr:"created_at" plane:"observed"`
	// When the copy was complete; not applicable while it is not.
	CompletedAt Attr[Time] `attr:"completed_at"`
	// When it will be deleted; null = never.
	ExpiresAt Attr[Time] `attr:"expires_at" null:"true"`
	// Whether it is encrypted.
	Encrypted Attr[bool] `attr:"encrypted"`
	// UID of the key that encrypts it; null = none.
	Key Attr[string] `attr:"key" null:"true"`
	// UID of the vault in which it lies; not applicable to services that keep their own copies.
	Vault Attr[string] `attr:"vault"`
	// UID of the copy that an incremental one continues; null = it continues none.
	ChainParent Attr[string] `attr:"chain.parent" null:"true"`
	// UID of the full copy on which its chain rests; null = it stands alone.
	ChainBase Attr[string] `attr:"chain.base" null:"true"`
	// Its size in bytes.
	SizeBytes Attr[int64] `attr:"size_bytes" plane:"observed"`
}

// RestoreTest is one restore, whether a test or in earnest, as the provider, a log or a record shows it.
type RestoreTest struct {
	// UID of the store or host whose copy was restored.
	Protects Attr[string] `attr:"protects"`
	// UID of the copy that was restored.
	RecoveryPoint Attr[string] `attr:"recovery_point"`
	// How it ended.
	Status Attr[string] `attr:"status" enum:"completed,failed"`
	// When it started.
	StartedAt Attr[Time] `attr:"started_at"`
	// When it ended.
	CompletedAt Attr[Time] `attr:"completed_at"`
	// How long it took, in minutes: what the recovery time objective is measured against.
	DurationMinutes Attr[int64] `attr:"duration_minutes"`
	// Whether all or a sample of the data was restored.
	Scope Attr[string] `attr:"scope" enum:"full,sample"`
	// Whether somebody or something examined the restored data, and what came of it.
	ValidationStatus Attr[string] `attr:"validation.status" enum:"successful,failed,timed_out,none"`
	// How the restored data was examined; not applicable where it was not.
	ValidationMethod Attr[string] `attr:"validation.method" enum:"checksum,app_check,row_count,provider_validation,manual"`
	// UID of the person who did or answers for it.
	PerformedBy Attr[string] `attr:"performed_by"`
}
