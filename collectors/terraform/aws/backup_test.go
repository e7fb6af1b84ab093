package aws

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const backupBase = `
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
  default_tags { tags = { team = "records" } }
}
provider "aws" {
  alias  = "vault"
  region = "eu-central-1"
  assume_role { role_arn = "arn:aws:iam::444455556666:role/deploy" }
}
variable "open" {}
`

func TestBackupPlan(t *testing.T) {
	t.Parallel()
	got := scan(t, backupBase+`
resource "aws_backup_vault" "v" { name = "v" }
resource "aws_backup_vault" "far" {
  provider = aws.vault
  name     = "far"
}
resource "aws_backup_plan" "p" {
  name = "gold"
  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.v.name
    schedule          = "cron(0 2 * * ? *)"
    lifecycle { delete_after = 35 }
    copy_action { destination_vault_arn = aws_backup_vault.far.arn }
    copy_action { destination_vault_arn = "arn:aws:backup:eu-west-3:777788889999:backup-vault:x" }
  }
  rule {
    rule_name                = "defaults"
    target_vault_name        = "Default"
    enable_continuous_backup = true
  }
  rule {
    rule_name         = "unknown"
    target_vault_name = var.open
    schedule          = var.open
  }
}
`)
	daily := map[string]any{
		"schedule": "cron(0 2 * * ? *)", "interval_minutes": int64(1440), "type": "snapshot", "retention_days": int64(35),
		"vault": "tf:t:aws_backup_vault.v",
		"copies": []any{
			map[string]any{"vault": "tf:t:aws_backup_vault.far", "region": "eu-central-1", "account": "aws:444455556666"},
			map[string]any{"vault": "arn:aws:backup:eu-west-3:777788889999:backup-vault:x", "region": "eu-west-3", "account": "aws:777788889999"},
		},
	}
	defaults := map[string]any{
		"schedule": "cron(0 5 ? * * *)", "interval_minutes": int64(1440), "type": "snapshot", "retention_days": nil, "vault": "Default", "copies": []any{},
	}
	continuous := map[string]any{
		"schedule": "continuous", "interval_minutes": int64(5), "type": "continuous", "retention_days": nil, "vault": "Default", "copies": []any{},
	}
	open := map[string]any{"type": "snapshot", "retention_days": nil, "copies": []any{}}
	for id, want := range map[string]map[string]any{
		"aws_backup_plan.p": {
			"enabled": true, "automated": true, "rules": []any{daily, defaults, open}, "rules[].vault": "unknown: unresolved",
			"rules[].interval_minutes": "unknown: unresolved",
		},
		"aws_backup_plan.p#continuous": {
			"enabled": true, "automated": true, "rules": []any{continuous}, "rules[].vault": "missing", "rules[].interval_minutes": "missing",
		},
	} {
		if diff := cmp.Diff(want, attrs(got[id], "enabled", "automated", "rules", "rules[].vault", "rules[].interval_minutes")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

func TestBackupVault(t *testing.T) {
	t.Parallel()
	const deny = `
resource "aws_backup_vault_policy" "p" {
  backup_vault_name = aws_backup_vault.v.name
  policy = jsonencode({ Statement = [{ Effect = "Deny", Principal = "*", Resource = "*", Action = [
    "backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy",
  ] }] })
}`
	paths := []string{"locked", "lock.mode", "lock.min_retention_days", "delete_denied", "account", "location.region", "encrypted", "admin_principals"}
	want := func(more map[string]any) map[string]any {
		out := map[string]any{
			"locked": false, "lock.mode": "none", "lock.min_retention_days": "n/a", "delete_denied": false, "account": "tf:t:account",
			"location.region": "eu-west-1", "encrypted": true, "admin_principals": []any{},
		}
		maps.Copy(out, more)
		return out
	}
	vault := `resource "aws_backup_vault" "v" { name = "v" }` + "\n"
	lock := func(body string) string {
		return "resource \"aws_backup_vault_lock_configuration\" \"l\" {\n backup_vault_name = aws_backup_vault.v.name\n" + body + "\n}\n"
	}
	for name, tc := range map[string]struct {
		hcl  string
		want map[string]any
	}{
		"plain": {vault, want(nil)},
		"governance and denied": {vault + lock("min_retention_days = 7") + deny, want(map[string]any{
			"locked": true, "lock.mode": "governance", "lock.min_retention_days": int64(7), "delete_denied": true,
		})},
		"compliance": {vault + lock("changeable_for_days = 3"), want(map[string]any{
			"locked": true, "lock.mode": "compliance", "lock.min_retention_days": int64(0),
		})},
		"a lock that may be for it": {vault + "resource \"aws_backup_vault_lock_configuration\" \"l\" {\n backup_vault_name = var.open\n}\n", want(map[string]any{
			"locked": "unknown: unresolved", "lock.mode": "unknown: unresolved", "lock.min_retention_days": "unknown: unresolved",
		})},
		"another account": {`
resource "aws_backup_vault" "v" {
  provider = aws.vault
  name     = "v"
}
resource "aws_iam_user" "root" { name = "root" }
resource "aws_iam_user_policy_attachment" "root" {
  user       = aws_iam_user.root.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}`, want(map[string]any{"account": "aws:444455556666", "location.region": "eu-central-1"})},
		"administered": {vault + `
resource "aws_iam_user" "root" { name = "root" }
resource "aws_iam_user_policy_attachment" "root" {
  user       = aws_iam_user.root.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}`, want(map[string]any{"admin_principals": []any{"tf:t:aws_iam_user.root"}})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, attrs(scan(t, backupBase+tc.hcl)["aws_backup_vault.v"], paths...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
	gapped := attrs(scan(t, backupBase+`
resource "aws_backup_logically_air_gapped_vault" "v" {
  name               = "v"
  min_retention_days = 30
  max_retention_days = 90
}`)["aws_backup_logically_air_gapped_vault.v"], paths...)
	if diff := cmp.Diff(want(map[string]any{
		"locked": true, "lock.mode": "compliance", "lock.min_retention_days": int64(30), "delete_denied": true,
	}), gapped); diff != "" {
		t.Errorf("air-gapped vault (-want +got):\n%s", diff)
	}
}

func TestBackupSelection(t *testing.T) {
	t.Parallel()
	const stores = `
resource "aws_s3_bucket" "b" {
  bucket = "b"
  tags   = { backup = "gold" }
}
resource "aws_s3_bucket" "far" {
  provider = aws.vault
  bucket   = "far"
  tags     = { backup = "gold" }
}
resource "aws_efs_file_system" "f" {}
resource "aws_sqs_queue" "q" { tags = { backup = "gold" } }
resource "aws_backup_plan" "p" {
  name = "p"
  rule {
    rule_name                = "r"
    target_vault_name        = "v"
    enable_continuous_backup = true
  }
}
`
	selection := func(body string) string {
		return "resource \"aws_backup_selection\" \"s\" {\n name = \"s\"\n plan_id = aws_backup_plan.p.id\n" + body + "\n}\n"
	}
	tag := func(key, value string) string {
		return sprintf("selection_tag {\n type = \"STRINGEQUALS\"\n key = %s\n value = %s\n}\n", key, value)
	}
	both := []string{"aws_backup_plan.p", "aws_backup_plan.p#continuous"}
	plan, open := []string{"aws_backup_plan.p"}, []string{"?"}
	for name, tc := range map[string]struct {
		hcl          string
		bucket, file []string
	}{
		"no selection":          {"", nil, nil},
		"by tag":                {selection(tag(`"backup"`, `"gold"`)), both, nil},
		"by another tag value":  {selection(tag(`"backup"`, `"silver"`)), nil, nil},
		"by a default tag":      {selection(tag(`"team"`, `"records"`)), both, plan},
		"by a tag not known":    {selection(tag(`"backup"`, `var.open`)), open, open},
		"one of two tags":       {selection(tag(`"backup"`, `"silver"`) + tag(`"backup"`, `"gold"`)), both, nil},
		"by reference":          {selection(`resources = [aws_efs_file_system.f.arn]`), nil, plan},
		"by name":               {selection(`resources = ["arn:aws:s3:::b"]`), both, nil},
		"by wildcard":           {selection(`resources = ["arn:aws:elasticfilesystem:*:*:file-system/*"]`), nil, plan},
		"by the id of some":     {selection(`resources = ["arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1"]`), nil, open},
		"everything":            {selection(`resources = ["*"]`), both, plan},
		"everything but":        {selection("resources = [\"*\"]\nnot_resources = [aws_s3_bucket.b.arn]"), nil, plan},
		"nothing named":         {selection(""), both, plan},
		"unknown list":          {selection(`resources = var.open`), open, open},
		"ARN and tag, one true": {selection("resources = [aws_efs_file_system.f.arn]\n" + tag(`"backup"`, `"gold"`)), open, open},
		"condition": {selection("resources = [\"*\"]\n" + `condition {
  string_like {
    key   = "aws:ResourceTag/backup"
    value = "go*"
  }
}`), both, nil},
		"negated condition": {selection("resources = [\"*\"]\n" + `condition {
  string_not_equals {
    key   = "aws:ResourceTag/backup"
    value = "gold"
  }
}`), nil, open},
		"may not exist": {selection("count = var.open\nresources = [\"*\"]"), open, open},
		"plan elsewhere": {
			"resource \"aws_backup_selection\" \"s\" {\n plan_id = \"abc\"\n resources = [\"*\"]\n}\n", open, open,
		},
		"not opted in": {selection(tag(`"team"`, `"records"`)) + `
resource "aws_backup_region_settings" "r" {
  resource_type_opt_in_preference = { S3 = false, EFS = true }
}`, nil, plan},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scanAll(t, backupBase+stores+tc.hcl).relations
			for id, want := range map[string][]string{
				"aws_s3_bucket.b": tc.bucket, "aws_efs_file_system.f": tc.file, "aws_sqs_queue.q": nil, "aws_s3_bucket.far": nil,
			} {
				if diff := cmp.Diff(want, got["selected_by "+id], asSet); diff != "" {
					t.Errorf("%s (-want +got):\n%s", id, diff)
				}
			}
		})
	}
}

func TestLifecyclePolicy(t *testing.T) {
	t.Parallel()
	got := scanAll(t, backupBase+`
resource "aws_ebs_volume" "tagged" { tags = { snapshot = "yes" } }
resource "aws_ebs_volume" "plain" {}
resource "aws_instance" "tagged" { tags = { snapshot = "yes" } }
resource "aws_dlm_lifecycle_policy" "p" {
  description = "snapshots"
  policy_details {
    resource_types = ["VOLUME"]
    target_tags    = { snapshot = "yes" }
    schedule {
      name = "twice a day"
      create_rule { interval = 12 }
      retain_rule { count = 14 }
      cross_region_copy_rule {
        target    = "eu-central-1"
        encrypted = true
      }
    }
    schedule {
      name = "weekly"
      create_rule { cron_expression = "cron(0 3 ? * SUN *)" }
      retain_rule {
        interval      = 2
        interval_unit = "MONTHS"
      }
    }
  }
}
resource "aws_dlm_lifecycle_policy" "off" {
  description = "off"
  state       = "DISABLED"
  policy_details {
    resource_types = ["INSTANCE"]
    target_tags    = { snapshot = "yes" }
  }
}
`)
	want := []any{
		map[string]any{
			"schedule": "every 12 hours", "interval_minutes": int64(720), "type": "snapshot", "retention_days": int64(7),
			"copies": []any{map[string]any{"region": "eu-central-1", "account": "tf:t:account"}},
		},
		map[string]any{
			"schedule": "cron(0 3 ? * SUN *)", "interval_minutes": int64(10080), "type": "snapshot", "retention_days": int64(60), "copies": []any{},
		},
	}
	if diff := cmp.Diff(want, attr(got.entities["aws_dlm_lifecycle_policy.p"], "rules")); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if on := attr(got.entities["aws_dlm_lifecycle_policy.off"], "enabled"); on != false {
		t.Errorf("a disabled policy is enabled: %v", on)
	}
	for id, want := range map[string][]string{
		"aws_ebs_volume.tagged": {"aws_dlm_lifecycle_policy.p"}, "aws_ebs_volume.plain": nil, "aws_instance.tagged": {"aws_dlm_lifecycle_policy.off"},
	} {
		if diff := cmp.Diff(want, got.relations["selected_by "+id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
