package services

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/schedule"
)

// jobHistory is how far back jobs and restores are read. AWS Backup keeps them no longer than 30 days by itself; restore tests are kept longer
// where they are asked for by date.
const jobHistory = 30 * 24 * time.Hour

// restoreHistory is how far back restores are read: a yearly test must be found.
const restoreHistory = 400 * 24 * time.Hour

// backupService reads AWS Backup: plans and what they select, vaults, jobs, recovery points and restores.
func backupService() api.Service {
	return api.Service{
		Name: "backup", Collect: backups, Finish: selectBackups,
		Kinds: []string{"backup_plan", "backup_vault", "backup_job", "recovery_point", "restore_test", "alert_rule"},
		Operations: []api.Operation{
			{Name: "ListBackupPlans", Tells: []string{"backup_plan"}},
			{Name: "GetBackupPlan", Tells: []string{"rules", "selected_by", "enabled"}},
			{Name: "ListBackupSelections", Tells: []string{"selected_by"}},
			{Name: "GetBackupSelection", Tells: []string{"selected_by"}},
			{Name: "DescribeRegionSettings", Tells: []string{"selected_by"}},
			{Name: "ListBackupVaults", Tells: []string{"backup_vault", "recovery_point", "alert_rule"}},
			{Name: "GetBackupVaultAccessPolicy", Tells: []string{"delete_denied", "can_read", "can_write", "can_admin"}},
			{Name: "GetBackupVaultNotifications", Tells: []string{"watches", "targets"}},
			{Name: "ListRecoveryPointsByBackupVault", Tells: []string{"recovery_point"}},
			{Name: "ListProtectedResources", Tells: []string{"recovery_point"}},
			{Name: "ListBackupJobs", Tells: []string{"backup_job"}},
			{Name: "ListRestoreJobs", Tells: []string{"restore_test"}},
		},
	}
}

func backups(ctx context.Context, c *api.Context) {
	client := backup.NewFromConfig(c.AWS())
	for _, p := range backupPlans(ctx, c).plans {
		backupPlan(c, p)
	}
	vaults := api.List(ctx, c, client.ListBackupVaults, &backup.ListBackupVaultsInput{},
		func(o *backup.ListBackupVaultsOutput) []types.BackupVaultListMember { return o.BackupVaultList })
	copied := make([]map[string]bool, len(vaults.Items))
	index := make([]int, len(vaults.Items))
	for i := range index {
		index[i] = i
	}
	api.Each(ctx, c, index, func(ctx context.Context, i int) {
		backupVault(ctx, c, client, vaults.Items[i], vaults.Prov)
		copied[i] = recoveryPoints(ctx, c, client, vaults.Items[i])
	})
	reconcilePoints(ctx, c, client, copied)
	backupJobs(ctx, c, client)
	restoreTests(ctx, c, client)
}

// plan is a plan of AWS Backup with its selections.
type plan struct {
	arn, name  string
	prov       *evidence.Provenance
	body       api.Answer[backup.GetBackupPlanOutput]
	selections []types.BackupSelection
	// unread is why selections of it are not known; nil where all are.
	unread *api.Failure
}

// plans are the plans of a region.
type plans struct {
	plans []plan
	fail  *api.Failure
}

// backupPlans reads the plans and selections of the region, once for both steps of the service.
func backupPlans(ctx context.Context, c *api.Context) plans {
	return api.Shared(c, "backup plans", func(c *api.Context) plans {
		client := backup.NewFromConfig(c.AWS())
		list := api.List(ctx, c, client.ListBackupPlans, &backup.ListBackupPlansInput{},
			func(o *backup.ListBackupPlansOutput) []types.BackupPlansListMember { return o.BackupPlansList })
		out := plans{fail: list.Fail}
		for _, item := range list.Items {
			p := plan{arn: aws.ToString(item.BackupPlanArn), name: aws.ToString(item.BackupPlanName), prov: list.Prov}
			p.body = api.Ask(ctx, c, client.GetBackupPlan, &backup.GetBackupPlanInput{BackupPlanId: item.BackupPlanId})
			p.selections, p.unread = backupSelections(ctx, c, client, item.BackupPlanId)
			out.plans = append(out.plans, p)
		}
		return out
	})
}

func backupSelections(ctx context.Context, c *api.Context, client *backup.Client, id *string) (out []types.BackupSelection, unread *api.Failure) {
	list := api.List(ctx, c, client.ListBackupSelections, &backup.ListBackupSelectionsInput{BackupPlanId: id},
		func(o *backup.ListBackupSelectionsOutput) []types.BackupSelectionsListMember {
			return o.BackupSelectionsList
		})
	unread = list.Fail
	for _, item := range list.Items {
		a := api.Ask(ctx, c, client.GetBackupSelection, &backup.GetBackupSelectionInput{BackupPlanId: id, SelectionId: item.SelectionId})
		switch {
		case !a.OK():
			unread = a.Fail
		case a.Out.BackupSelection != nil:
			out = append(out, *a.Out.BackupSelection)
		}
	}
	return out, unread
}

// continuousSuffix names the second entity of a plan: its continuous backups, which only some of what it selects can have.
const continuousSuffix = "#continuous"

func backupPlan(c *api.Context, p plan) {
	rules := api.Read(p.body, func(o *backup.GetBackupPlanOutput) kind.Attr[[]kind.BackupPlanRule] {
		return kind.Known(planRules(c, o, false))
	})
	entity := api.Entity{Kind: "backup_plan", UID: p.arn, Name: p.name, Prov: p.prov}
	c.Emit(entity, kind.BackupPlan{Enabled: kind.Known(true).From(p.prov), Automated: kind.Known(true).From(p.prov), Rules: rules})
	if continuous := planRules(c, p.body.Out, true); len(continuous) > 0 {
		entity.UID, entity.ID, entity.Name = p.arn+continuousSuffix, p.arn, p.name+" (continuous)"
		c.Emit(entity, kind.BackupPlan{
			Enabled: kind.Known(true).From(p.prov), Automated: kind.Known(true).From(p.prov), Rules: kind.Known(continuous).From(p.body.Prov),
		})
	}
}

// planRules are the rules of a plan: all of them as they make snapshots, or those that back up continuously.
func planRules(c *api.Context, o *backup.GetBackupPlanOutput, continuous bool) []kind.BackupPlanRule {
	out := []kind.BackupPlanRule{}
	if o.BackupPlan == nil {
		return out
	}
	for _, r := range o.BackupPlan.Rules {
		if continuous && !aws.ToBool(r.EnableContinuousBackup) {
			continue
		}
		text := aws.ToString(r.ScheduleExpression)
		if text == "" {
			text = "cron(0 5 ? * * *)" // AWS Backup's own
		}
		rule := kind.BackupPlanRule{
			Schedule: kind.Known(text), IntervalMinutes: interval(text), Type: kind.Known("snapshot"), RetentionDays: retention(r.Lifecycle),
			Vault: kind.Known(c.ARN("backup", "backup-vault:"+aws.ToString(r.TargetBackupVaultName))), Copies: kind.Known(planCopies(r)),
		}
		if continuous {
			b := awsstore.ContinuousBackup()
			rule.Schedule, rule.IntervalMinutes, rule.Type = kind.Known(b.Text), kind.Known(b.Minutes), kind.Known(b.Type)
		}
		out = append(out, rule)
	}
	return out
}

func interval(expression string) kind.Attr[int64] {
	n, err := schedule.IntervalMinutes(expression)
	if err != nil {
		return kind.Unknown[int64](evidence.Unsupported, err.Error())
	}
	return kind.Known(int64(n))
}

// retention is for how many days a rule keeps its copies; null is for ever.
func retention(l *types.Lifecycle) kind.Attr[int64] {
	if l == nil || aws.ToInt64(l.DeleteAfterDays) <= 0 {
		return kind.Null[int64]()
	}
	return kind.Known(*l.DeleteAfterDays)
}

func planCopies(r types.BackupRule) []kind.BackupPlanRuleCopy {
	out := []kind.BackupPlanRuleCopy{}
	add := func(arn string) {
		const fields, region, account = 6, 3, 4
		parts := strings.SplitN(arn, ":", fields)
		if len(parts) < fields {
			return
		}
		out = append(out, kind.BackupPlanRuleCopy{Vault: kind.Known(arn), Region: kind.Known(parts[region]), Account: kind.Known("aws:" + parts[account])})
	}
	for _, a := range r.CopyActions {
		add(aws.ToString(a.DestinationBackupVaultArn))
	}
	if isolated := aws.ToString(r.TargetLogicallyAirGappedBackupVaultArn); isolated != "" {
		add(isolated)
	}
	return out
}

// backupVault: vaults of AWS Backup are always encrypted, and AWS does not say on what they keep the copies. A lock binds everybody once the
// day is past from which it cannot be changed.
func backupVault(ctx context.Context, c *api.Context, client *backup.Client, v types.BackupVaultListMember, prov *evidence.Provenance) {
	arn := aws.ToString(v.BackupVaultArn)
	vault := kind.BackupVault{
		LocationType: kind.Known("cloud"), LocationRegion: kind.Known(c.Region), Account: kind.Known(c.Account.UID()), Media: kind.Known("vendor"),
		Encrypted: kind.Known(true), LockMode: kind.Known("none"), LockMinRetentionDays: kind.NA[int64](), VerifiedAt: kind.NA[kind.Time](), VerifiedStatus: kind.NA[string](),
		AdminPrincipals: kind.Unknown[[]string](evidence.NotCollected, "who can administer the vault stands in the relation can_admin"),
	}
	isolated := v.VaultType == types.VaultTypeLogicallyAirGappedBackupVault
	locked := aws.ToBool(v.Locked) || isolated
	vault.Locked = kind.Known(locked)
	if locked {
		vault.LockMode = kind.Known("governance")
		vault.LockMinRetentionDays = kind.Known(aws.ToInt64(v.MinRetentionDays))
		if isolated || v.LockDate != nil && !c.Clock().Before(*v.LockDate) {
			vault.LockMode = kind.Known("compliance")
		}
	}
	policy := api.Ask(ctx, c, client.GetBackupVaultAccessPolicy, &backup.GetBackupVaultAccessPolicyInput{BackupVaultName: v.BackupVaultName}, "ResourceNotFoundException")
	c.ResourcePolicy(arn, policy.Out.Policy, policy.Fail)
	vault.DeleteDenied = asks(api.Read(policy, func(o *backup.GetBackupVaultAccessPolicyOutput) kind.Attr[iampolicy.Document] {
		return document(o.Policy)
	}),
		func(doc iampolicy.Document) iampolicy.Result {
			return iampolicy.DeniesDelete(doc, iampolicy.Resource{Service: "backup", ARNs: []iampolicy.Str{iampolicy.Literal(arn)}})
		})
	if isolated {
		vault.DeleteDenied = kind.Known(true)
	}
	vaultNotifications(ctx, c, client, v)
	c.Relate("encrypted_by", arn, aws.ToString(v.EncryptionKeyArn))
	c.Emit(api.Entity{Kind: "backup_vault", UID: arn, Name: aws.ToString(v.BackupVaultName), Prov: prov}, vault)
}

// recoveryPoints reads the copies in a vault, and returns what they protect.
func recoveryPoints(ctx context.Context, c *api.Context, client *backup.Client, v types.BackupVaultListMember) map[string]bool {
	list := api.List(ctx, c, client.ListRecoveryPointsByBackupVault, &backup.ListRecoveryPointsByBackupVaultInput{BackupVaultName: v.BackupVaultName},
		func(o *backup.ListRecoveryPointsByBackupVaultOutput) []types.RecoveryPointByBackupVault {
			return o.RecoveryPoints
		})
	if !list.OK() {
		c.RelateOpen("protects", aws.ToString(v.BackupVaultArn))
	}
	protected := make(map[string]bool)
	for _, p := range list.Items {
		if p.IsParent {
			continue // a composite: its members are listed by themselves
		}
		protected[aws.ToString(p.ResourceArn)] = true
		recoveryPoint(c, p, list.Prov)
	}
	return protected
}

func recoveryPoint(c *api.Context, p types.RecoveryPointByBackupVault, prov *evidence.Provenance) {
	arn := aws.ToString(p.RecoveryPointArn)
	r := kind.RecoveryPoint{
		Type: kind.Known("snapshot"), CreatedAt: api.Time(p.CreationDate), Encrypted: kind.Known(p.IsEncrypted), ExpiresAt: kind.Null[kind.Time](),
		Vault: kind.Known(aws.ToString(p.BackupVaultArn)), ChainParent: kind.Null[string](), ChainBase: kind.Null[string](),
		Key: kind.Null[string](), SizeBytes: kind.Known(aws.ToInt64(p.BackupSizeInBytes)),
	}
	if key := aws.ToString(p.EncryptionKeyArn); key != "" {
		r.Key = kind.Known(key)
		c.Relate("encrypted_by", arn, key)
	}
	if p.CalculatedLifecycle != nil && p.CalculatedLifecycle.DeleteAt != nil {
		r.ExpiresAt = api.Time(p.CalculatedLifecycle.DeleteAt)
	}
	r.Status, r.CompletedAt = kind.Known("partial"), kind.NA[kind.Time]()
	switch p.Status {
	case types.RecoveryPointStatusCompleted, types.RecoveryPointStatusStopped:
		r.Status, r.CompletedAt = kind.Known("completed"), api.Time(p.CompletionDate)
	case types.RecoveryPointStatusAvailable: // a continuous backup, which restores to any time up to minutes ago
		r.Status, r.Type = kind.Known("completed"), kind.Known("continuous")
		r.CompletedAt = kind.Unknown[kind.Time](evidence.NotCollected, "AWS Backup does not list the newest time to which a continuous backup restores")
	case types.RecoveryPointStatusExpired:
		r.Status = kind.Known("expired")
	case types.RecoveryPointStatusDeleting:
		r.Status = kind.Known("deleting")
	case types.RecoveryPointStatusPartial, types.RecoveryPointStatusCreating:
	}
	c.Relate("protects", arn, aws.ToString(p.ResourceArn))
	if from := aws.ToString(p.SourceBackupVaultArn); from != "" {
		c.RelateOpen("copy_of", arn) // AWS names the vault of the original, not the original
	}
	c.Emit(api.Entity{Kind: "recovery_point", UID: arn, Name: aws.ToString(p.ResourceName), Prov: prov}, r)
}

// reconcilePoints compares two sources of the same fact: the resources with copies by vault, and those that AWS Backup calls protected.
func reconcilePoints(ctx context.Context, c *api.Context, client *backup.Client, byVault []map[string]bool) {
	list := api.List(ctx, c, client.ListProtectedResources, &backup.ListProtectedResourcesInput{},
		func(o *backup.ListProtectedResourcesOutput) []types.ProtectedResource { return o.Results })
	if !list.OK() || c.Trial {
		return
	}
	var missing []string
	for _, r := range list.Items {
		arn := aws.ToString(r.ResourceArn)
		if !slices.ContainsFunc(byVault, func(m map[string]bool) bool { return m[arn] }) {
			missing = append(missing, arn)
		}
	}
	if len(missing) == 0 {
		return
	}
	slices.Sort(missing)
	c.Problem(evidence.Problem{
		Severity: "warning", Code: "reconciliation",
		Summary: c.Scope() + ": resources that AWS Backup calls protected have no recovery point in any vault that was read: " + strings.Join(missing, ", "),
		Detail:  "their copies may have expired, or lie in a vault that could not be listed",
	})
}

func backupJobs(ctx context.Context, c *api.Context, client *backup.Client) {
	list := api.List(ctx, c, client.ListBackupJobs, &backup.ListBackupJobsInput{ByCreatedAfter: aws.Time(c.Clock().Add(-jobHistory))},
		func(o *backup.ListBackupJobsOutput) []types.BackupJob { return o.BackupJobs })
	for _, j := range list.Items {
		if j.IsParent {
			continue
		}
		job := kind.BackupJob{Status: kind.Known(jobStatus(j.State)), Trigger: kind.Known("manual"), StartedAt: api.Time(j.CreationDate), EndedAt: kind.NA[kind.Time]()}
		if by := j.CreatedBy; by != nil && aws.ToString(by.BackupPlanId) != "" {
			job.Trigger = kind.Known("scheduled")
		}
		if j.CompletionDate != nil {
			job.EndedAt = api.Time(j.CompletionDate)
		}
		uid := c.ARN("backup", "job:"+aws.ToString(j.BackupJobId))
		c.Relate("protects", uid, aws.ToString(j.ResourceArn))
		c.Emit(api.Entity{Kind: "backup_job", UID: uid, Name: aws.ToString(j.BackupJobId), Prov: list.Prov}, job)
	}
}

func jobStatus(s types.BackupJobState) string {
	switch s {
	case types.BackupJobStateCompleted:
		return "completed"
	case types.BackupJobStateFailed, types.BackupJobStateAborted, types.BackupJobStateAborting, types.BackupJobStatePartial:
		return "failed"
	case types.BackupJobStateExpired:
		return "expired"
	case types.BackupJobStateCreated, types.BackupJobStatePending, types.BackupJobStateRunning:
	}
	return "running"
}

// restoreTests reads the restores, whether a restore testing plan or a person began them. What is still running has no outcome.
func restoreTests(ctx context.Context, c *api.Context, client *backup.Client) {
	list := api.List(ctx, c, client.ListRestoreJobs, &backup.ListRestoreJobsInput{ByCreatedAfter: aws.Time(c.Clock().Add(-restoreHistory))},
		func(o *backup.ListRestoreJobsOutput) []types.RestoreJobsListMember { return o.RestoreJobs })
	for _, j := range list.Items {
		if j.IsParent || j.Status == types.RestoreJobStatusPending || j.Status == types.RestoreJobStatusRunning {
			continue
		}
		restoreTest(c, j, list.Prov)
	}
}

func restoreTest(c *api.Context, j types.RestoreJobsListMember, prov *evidence.Provenance) {
	uid := c.ARN("backup", "restore-job:"+aws.ToString(j.RestoreJobId))
	source := aws.ToString(j.SourceResourceArn)
	r := kind.RestoreTest{
		Protects: kind.Unknown[string](evidence.Unlinked, "AWS Backup does not name the source of the restore"), RecoveryPoint: kind.Known(aws.ToString(j.RecoveryPointArn)),
		Status: kind.Known("failed"), StartedAt: api.Time(j.CreationDate), CompletedAt: kind.NA[kind.Time](), DurationMinutes: kind.NA[int64](),
		Scope: kind.Known("full"), ValidationStatus: kind.Known("none"), ValidationMethod: kind.NA[string](),
		PerformedBy: kind.Unknown[string](evidence.NotCollected, "AWS Backup names no person"),
	}
	if source != "" {
		r.Protects = kind.Known(source)
		c.Relate("protects", uid, source)
	} else {
		c.RelateOpen("protects", uid)
	}
	if j.Status == types.RestoreJobStatusCompleted {
		r.Status = kind.Known("completed")
	}
	if j.CompletionDate != nil && j.CreationDate != nil {
		r.CompletedAt = api.Time(j.CompletionDate)
		r.DurationMinutes = kind.Known(int64((j.CompletionDate.Sub(*j.CreationDate) + time.Minute - 1) / time.Minute))
	}
	switch j.ValidationStatus {
	case types.RestoreValidationStatusSuccessful:
		r.ValidationStatus, r.ValidationMethod = kind.Known("successful"), kind.Known("provider_validation")
	case types.RestoreValidationStatusFailed:
		r.ValidationStatus, r.ValidationMethod = kind.Known("failed"), kind.Known("provider_validation")
	case types.RestoreValidationStatusTimedOut:
		r.ValidationStatus, r.ValidationMethod = kind.Known("timed_out"), kind.Known("provider_validation")
	case types.RestoreValidationStatusValidating:
		r.ValidationStatus = kind.Unknown[string](evidence.NotCollected, "the validation is still running")
	}
	c.Emit(api.Entity{Kind: "restore_test", UID: uid, Name: aws.ToString(j.RestoreJobId), Prov: prov}, r)
}
