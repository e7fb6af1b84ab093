package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
	"github.com/assay-audit/assay/internal/reach"
	"github.com/assay-audit/assay/internal/reference/schedule"
)

// backup maps AWS Backup: plans, vaults, and which stores and hosts a plan selects. Jobs, recovery points and restore tests can only
// be observed.
func backup() mapping.Service {
	vaults := []string{"aws_backup_vault", "aws_backup_logically_air_gapped_vault"}
	types := slices.Concat(
		[]mapping.Type{
			{Name: "aws_backup_plan", Kinds: []string{"backup_plan"}, Map: backupPlan},
			{Name: "aws_backup_vault", Kinds: []string{"backup_vault"}, Map: backupVault},
			{Name: "aws_backup_logically_air_gapped_vault", Kinds: []string{"backup_vault"}, Map: airGappedVault},
			{Name: "aws_backup_selection", Kinds: []string{"backup_plan"}, PartOf: []string{"aws_backup_plan"}},
			{Name: "aws_backup_region_settings", Kinds: []string{"backup_plan"}, PartOf: []string{"aws_backup_plan"}},
		},
		partsOf([]string{"backup_vault"}, vaults, "aws_backup_vault_lock_configuration", "aws_backup_vault_policy"),
		noted("a test that is planned is no test: only observation shows one that was done",
			"aws_backup_restore_testing_plan", "aws_backup_restore_testing_selection"),
		noted("AWS Backup's own reports on what is mapped here", "aws_backup_framework", "aws_backup_report_plan"),
		noted("lets accounts of the organisation copy to each other; the copies of the plans are read",
			"aws_backup_global_settings"),
	)
	return mapping.Service{Name: "backup", Types: types, Finish: selectBackups}
}

// continuousSuffix names the second entity of a plan: its continuous backups, which only some of what it selects can have.
const continuousSuffix = "continuous"

func backupPlan(c *mapping.Context, v mapping.View) {
	rules, open := v.Blocks("rule")
	snapshots := make([]kind.BackupPlanRule, 0, len(rules))
	var continuous []kind.BackupPlanRule
	for _, r := range rules {
		rule := planRule(c, v, r)
		snapshots = append(snapshots, rule)
		if on := r.Bool("enable_continuous_backup").Or(false); !on.IsKnown() || is(on) {
			rule.Schedule, rule.IntervalMinutes = kind.Known("continuous"), kind.Convert(on, func(bool) int64 { return awsstore.ContinuousBackup().Minutes })
			rule.Type = kind.Known("continuous")
			continuous = append(continuous, rule)
		}
	}
	plan := kind.BackupPlan{
		Enabled: kind.Known(true).From(v.Provenance()), Automated: kind.Known(true).From(v.Provenance()), Rules: kind.Listed(snapshots, open),
	}
	c.Emit(v, "backup_plan", named(v, "name"), "", plan)
	if len(continuous) > 0 {
		plan.Rules = kind.Listed(continuous, open)
		c.Emit(v, "backup_plan", named(v, "name")+" (continuous)", continuousSuffix, plan)
	}
}

// is says whether an attribute is known to be true.
func is(a kind.Attr[bool]) bool {
	yes, known := a.Value()
	return known && yes
}

// planRule reads a rule. Without a schedule AWS Backup runs it daily at 5 o'clock; without delete_after it keeps the copies for
// ever.
func planRule(c *mapping.Context, v, r mapping.View) kind.BackupPlanRule {
	text := r.String("schedule").Or("cron(0 5 ? * * *)")
	return kind.BackupPlanRule{
		Schedule:        text.From(r.Provenance()),
		IntervalMinutes: kind.Then(text, intervalMinutes),
		Type:            kind.Known("snapshot"),
		RetentionDays:   r.Block("lifecycle").Int("delete_after").OrNull(),
		Vault:           vaultNamed(c, r, "target_vault_name"),
		Copies:          backupCopies(c, v, r),
	}
}

func intervalMinutes(expression string) kind.Attr[int64] {
	n, err := schedule.IntervalMinutes(expression)
	if err != nil {
		return kind.Unknown[int64](evidence.Unsupported, err.Error())
	}
	return kind.Known(int64(n))
}

// vaultNamed is the UID of the vault that an argument names: of one that is declared here, else the name or ARN itself.
func vaultNamed(c *mapping.Context, r mapping.View, arg string) kind.Attr[string] {
	t := r.Targets(arg, "aws_backup_vault", "aws_backup_logically_air_gapped_vault")
	uids := t.UIDs(c)
	if len(uids) == 1 && t.Open == nil {
		return kind.Known(uids[0]).From(r.ProvenanceOf(arg))
	}
	return notDeclared[string](t, "the vault").From(r.ProvenanceOf(arg))
}

func backupCopies(c *mapping.Context, v, r mapping.View) kind.Attr[[]kind.BackupPlanRuleCopy] {
	actions, open := r.Blocks("copy_action")
	var list []kind.BackupPlanRuleCopy
	for _, a := range actions {
		const arg = "destination_vault_arn"
		vault := kind.BackupPlanRuleCopy{Vault: vaultNamed(c, a, arg)}
		t := a.Targets(arg, "aws_backup_vault", "aws_backup_logically_air_gapped_vault")
		if dest := t.First(); dest != nil && dest.Mode == resource.Managed {
			vault.Region, vault.Account = c.View(dest).Region(), c.View(dest).Account()
		} else {
			vault.Region, vault.Account = placeOfARN(c, v, a.String(arg).OrNull())
		}
		list = append(list, vault)
	}
	if isolated := vaultNamed(c, r, "target_logically_air_gapped_backup_vault_arn"); r.Has("target_logically_air_gapped_backup_vault_arn") {
		list = append(list, kind.BackupPlanRuleCopy{Vault: isolated, Region: v.Region(), Account: v.Account()})
	}
	return kind.Listed(list, open)
}

// placeOfARN reads region and account from an ARN.
func placeOfARN(c *mapping.Context, v mapping.View, arn kind.Attr[string]) (where, account kind.Attr[string]) {
	const fields = 6
	field := func(i int) kind.Attr[string] {
		return kind.Then(arn, func(s string) kind.Attr[string] {
			parts := strings.SplitN(s, ":", fields)
			if len(parts) < fields || parts[i] == "" {
				return kind.Unknown[string](evidence.ParseError, s+" is not the ARN of a vault")
			}
			return kind.Known(parts[i])
		})
	}
	const regionField, accountField = 3, 4
	return field(regionField), kind.Convert(field(accountField), func(id string) string {
		if id == v.AccountID() {
			return accountUID(v)
		}
		if id == c.AccountID() {
			return c.AccountUID()
		}
		return "aws:" + id
	})
}

func backupVault(c *mapping.Context, v mapping.View) {
	lock := v.Part("aws_backup_vault_lock_configuration", "backup_vault_name")
	locked := kind.Known(lock.Exists()).From(lock.Provenance())
	if why := lock.Maybe(); why != nil {
		locked = kind.Because[bool](*why)
	}
	vault := cloudVault(c, v)
	vault.Locked = locked
	vault.LockMode = kind.Then(locked, func(on bool) kind.Attr[string] {
		if !on {
			return kind.Known("none")
		}
		return kind.Choose(written(lock, "changeable_for_days"), "compliance", "governance")
	})
	vault.LockMinRetentionDays = kind.Then(locked, func(on bool) kind.Attr[int64] {
		if !on {
			return kind.NA[int64]()
		}
		return lock.Int("min_retention_days").Or(0)
	})
	vault.DeleteDenied = deleteDenied(v)
	keyManager(c, v, "kms_key_arn", v.UID())
	c.Emit(v, "backup_vault", named(v, "name"), "", vault)
}

// cloudVault is what all vaults of AWS Backup share. They are always encrypted, and AWS does not say on what they keep the copies.
func cloudVault(c *mapping.Context, v mapping.View) kind.BackupVault {
	return kind.BackupVault{
		LocationType: kind.Known("cloud"), LocationRegion: v.Region(), Account: v.Account(), Media: kind.Known("vendor"),
		Encrypted: kind.Known(true).From(v.Provenance()), AdminPrincipals: vaultAdmins(c, v),
	}
}

// deleteDenied says whether the vault's policy denies everyone to delete recovery points.
func deleteDenied(v mapping.View) kind.Attr[bool] {
	policies, open := v.Parts("aws_backup_vault_policy", "backup_vault_name")
	denied := kind.Known(false).From(v.Provenance())
	for _, p := range policies {
		doc, gap := document(p, "policy")
		answer := iampolicy.DeniesDelete(doc, iampolicy.Resource{Service: "backup", ARNs: arnsOf(v)})
		why := evidence.Unknown{Reason: evidence.Unresolved, Detail: strings.Join(answer.Reasons, "; ")}
		if gap != nil {
			why = *gap
		}
		denied = kind.Either(denied, permission.Truth(answer.Verdict, why).From(p.Provenance()))
	}
	if open != nil {
		denied = kind.Either(denied, kind.Because[bool](*open))
	}
	return denied
}

// airGappedVault is in compliance mode by its nature, and AWS owns where it lies.
func airGappedVault(c *mapping.Context, v mapping.View) {
	vault := cloudVault(c, v)
	vault.Locked, vault.LockMode = kind.Known(true).From(v.Provenance()), kind.Known("compliance").From(v.Provenance())
	vault.LockMinRetentionDays = v.Int("min_retention_days").OrUnknown(evidence.ParseError, "min_retention_days is required")
	vault.DeleteDenied = kind.Known(true).From(v.Provenance())
	keyManager(c, v, "encryption_key_arn", v.UID())
	c.Emit(v, "backup_vault", named(v, "name"), "", vault)
}

// vaultAdmins lists the identities declared here that can administer a vault. Those that are declared elsewhere are not known.
func vaultAdmins(c *mapping.Context, v mapping.View) kind.Attr[[]string] {
	list := []string{}
	open := evidence.Unknown{Reason: evidence.NotInPlane, Detail: "identities that are not declared here are not known"}
	vault := reach.NewIndex([]reach.Asset{{
		Resource: iampolicy.Resource{Service: "backup", ARNs: arnsOf(v)}, UID: v.UID(), Account: accountUID(v), Policy: resourcePolicy(v),
	}})
	for _, holder := range identities(c) {
		found := vault.Of(reachOf(c, holder))
		for _, e := range found.Edges {
			if e.Level == iampolicy.Admin && e.Complete {
				list = append(list, holder.UID())
			}
		}
		if found.Open[iampolicy.Admin] {
			open = identityOf(c, holder).because()
		}
	}
	slices.Sort(list)
	return kind.AtLeast(list, open)
}
