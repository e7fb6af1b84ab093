package aws

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/label"
)

// scanFixture maps a directory under fixtures/terraform.
func scanFixture(t *testing.T, name string) scanned {
	t.Helper()
	result, err := hcleval.Evaluate(t.Context(), "../../../fixtures/terraform/"+name, hcleval.Options{DisplayDir: "."})
	if err != nil {
		t.Fatal(err)
	}
	c := mapping.NewContext("tf:t", "s1", label.Default(), result.Instances)
	c.Map(Services())
	entities, relations, _ := c.Result()
	return index(t, entities, relations)
}

type fact struct {
	id, path string
	want     any
}

// TestHospital holds the mapping to the facts on which the verdicts of fixtures/terraform/hospital/expected.yaml rest.
func TestHospital(t *testing.T) {
	t.Parallel()
	got := scanFixture(t, "hospital")
	const documents = "module.records.module.documents.module.bucket.aws_s3_bucket.this"
	for _, f := range []fact{
		{`module.identity.aws_iam_user.staff["aoife.byrne"]`, "type", "human"},
		{`module.identity.aws_iam_user.staff["aoife.byrne"]`, "mfa.enabled", "unknown: not_in_plane"},
		{`module.identity.aws_iam_user.staff["aoife.byrne"]`, "direct_policy_count", int64(0)},
		{`module.identity.aws_iam_user.staff["ciaran.walsh"]`, "escalation_paths", []any{}},
		{"module.legacy_lab.aws_iam_user.lims_admin", "direct_policy_count", int64(1)},
		{"module.legacy_lab.aws_iam_user.export", "type", "workload"},
		{"module.legacy_lab.aws_iam_user.export", "privileged", true},
		{"module.identity.aws_iam_account_password_policy.strict", "min_length", int64(16)},
		{"module.identity.aws_iam_policy.pathology_migration", "attached_to", []any{}},
		{"module.legacy_lab.aws_iam_policy.full_access", "attached_to", []any{"tf:t:module.legacy_lab.aws_iam_user.lims_admin"}},
		{"module.legacy_lab.aws_iam_role_policy.analyser", "statements", "unknown: unresolved"},
		{"module.identity.aws_iam_role.records_office", "privileged", false},
		{"module.identity.aws_iam_role.records_office", "max_session_seconds", int64(14400)},
		{"module.identity.aws_iam_role.break_glass", "privileged", true},
		{"module.legacy_lab.aws_iam_role.vendor_support", "privileged", "unknown: unresolved"},
		{"module.legacy_lab.aws_iam_role.vendor_support", "human_assumable", true},
		{"module.audit.aws_iam_role.trail", "human_assumable", false},
		{"module.backup.aws_backup_vault.economy", "locked", false},
		{"module.backup.aws_backup_vault.isolated", "lock.mode", "compliance"},
		{"module.backup.aws_backup_vault.isolated", "account", "aws:444455556666"},
		{"module.backup.aws_backup_vault.primary", "lock.mode", "governance"},
		{"module.audit.aws_cloudtrail.main", "multi_region", true},
		{"module.audit.aws_cloudtrail.main", "encrypted", true},
		{"module.audit.aws_cloudtrail.main", "destination", "tf:t:module.audit.module.trail_bucket.aws_s3_bucket.this"},
		{"module.legacy_lab.aws_cloudtrail.lab", "validation", false},
		{"module.legacy_lab.aws_cloudtrail.lab", "encrypted", false},
		{"module.legacy_lab.aws_cloudwatch_log_group.lims#log", "retention_days", int64(14)},
		{"module.audit.aws_cloudwatch_log_group.trail#log", "retention_days", int64(731)},
		{"module.guardrails_sydney.aws_guardduty_detector.main", "scope", "tf:t:account:ap-southeast-2"},
		{"module.guardrails_sydney.aws_guardduty_detector.main", "findings_destination", "tf:t:module.audit.aws_sns_topic.alerts"},
		{"module.guardrails_frankfurt.aws_accessanalyzer_analyzer.external", "enabled", true},
		{"module.guardrails_frankfurt.aws_config_configuration_recorder.main", "enabled", true},
		{documents, "logging.access", true},
		{`module.imaging.aws_s3_bucket.archive["ct"]`, "logging.access", true},
		{`module.imaging.aws_s3_bucket.archive["teaching"]`, "logging.access", false},
		{"module.imaging.aws_s3_bucket.teleradiology", "logging.access", false},
		{"module.legacy_lab.aws_s3_bucket.results", "logging.access", false},
		{"aws_dynamodb_table.appointments[0]", "logging.access", false},
		{"account", "object_public_access_block", false},
	} {
		if diff := cmp.Diff(f.want, attr(got.entities[f.id], f.path)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", f.id, f.path, diff)
		}
	}
	const gold = `module.backup.aws_backup_plan.tier["gold"]`
	for key, want := range map[string][]string{
		"can_read module.identity.aws_iam_role.records_office":            {documents},
		"can_read module.legacy_lab.aws_iam_role.lab_staff":               {"module.legacy_lab.aws_s3_bucket.results"},
		"can_read module.legacy_lab.aws_iam_role.vendor_support":          {"?", "module.legacy_lab.aws_s3_bucket.results"},
		"selected_by " + documents:                                        {gold},
		`selected_by module.imaging.aws_s3_bucket.archive["ultrasound"]`:  {`module.backup.aws_backup_plan.tier["silver"]`},
		`selected_by module.imaging.aws_s3_bucket.archive["teaching"]`:    {`module.backup.aws_backup_plan.tier["bronze"]`},
		"selected_by module.imaging.aws_efs_file_system.dicom_cache":      {gold},
		"selected_by module.imaging.aws_instance.router":                  {gold},
		"selected_by module.records.aws_rds_cluster.main":                 {gold, "module.records.aws_rds_cluster.main#automated-backups"},
		"selected_by module.imaging.aws_s3_bucket.teleradiology":          nil, // its tag is right, but a plan selects in its own region
		"selected_by module.legacy_lab.aws_db_instance.lims":              nil,
		"selected_by module.legacy_lab.aws_s3_bucket.results":             nil,
		"selected_by module.legacy_lab.aws_efs_file_system.instruments":   nil,
		"selected_by module.legacy_lab.aws_s3_bucket.calibration":         nil,
		"selected_by module.legacy_lab.aws_instance.lims":                 nil,
		"selected_by module.records.aws_sqs_queue.adt":                    nil, // AWS Backup protects no queues
		"credential_of module.legacy_lab.aws_iam_access_key.export":       {"module.legacy_lab.aws_iam_user.export"},
		`member_of module.identity.aws_iam_user.staff["aoife.byrne"]`:     {`module.identity.aws_iam_group.team["platform"]`},
		"selected_by module.audit.module.trail_bucket.aws_s3_bucket.this": {gold},
		"logs_to account": {"module.audit.aws_cloudtrail.main", "module.legacy_lab.aws_cloudtrail.lab"},
	} {
		if diff := cmp.Diff(want, got.relations[key], asSet); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	var watched []string
	for _, e := range got.entities {
		if e.Kind == "alert_rule" && e.Attrs["enabled"] == true {
			for _, w := range e.Attrs["watches"].([]any) {
				watched = append(watched, w.(string))
			}
		}
	}
	slices.Sort(watched)
	if diff := cmp.Diff([]string{
		"auth_failure", "bucket_policy_change", "iam_change", "key_deletion", "network_change", "no_mfa_login", "org_change", "root_use",
		"trail_change", "unauthorised_call",
	}, slices.Compact(watched)); diff != "" {
		t.Errorf("watched classes (-want +got):\n%s", diff)
	}
}

// TestAccountBaseline does the same for the account that its owners forgot.
func TestAccountBaseline(t *testing.T) {
	t.Parallel()
	got := scanFixture(t, "account-baseline")
	region := []any{map[string]any{"name": "eu-west-1", "enabled": true, "used": true, "ebs_default_encryption": false}}
	for _, f := range []fact{
		{"aws_iam_account_password_policy.default", "min_length", int64(8)},
		{"aws_iam_account_password_policy.default", "reuse_prevention", int64(0)},
		{"account", "object_public_access_block", true},
		{"account", "regions", region},
		{"aws_guardduty_detector.main", "enabled", false},
		{"aws_cloudtrail.regional", "multi_region", false},
		{"aws_cloudtrail.regional", "enabled", true},
		{"aws_cloudtrail.regional", "encrypted", false},
		{"aws_cloudwatch_log_group.trail#log", "retention_days", int64(30)},
		{"aws_cloudwatch_metric_alarm.root_use", "watches", []any{"root_use"}},
		{"aws_cloudwatch_metric_alarm.root_use", "enabled", true},
		{"aws_cloudwatch_metric_alarm.root_use", "targets", []any{}},
		{"aws_s3_bucket.trail", "logging.access", false},
	} {
		if diff := cmp.Diff(f.want, attr(got.entities[f.id], f.path)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", f.id, f.path, diff)
		}
	}
}
