package defaults_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/reference/defaults"
	"github.com/assay-audit/assay/internal/reference/table"
)

func TestDefault(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		resource, attribute string
		want                any
	}{
		{"aws_dynamodb_table", "@encryption.at_rest", true},
		{"aws_s3_bucket", "@encryption.at_rest", true},
		{"aws_s3_bucket", "@encryption.key_management", "provider"},
		{"aws_sqs_queue", "sqs_managed_sse_enabled", true},
		{"aws_sns_topic", "@encryption.at_rest", false},
		{"aws_kinesis_stream", "encryption_type", "NONE"},
		{"aws_ebs_volume", "encrypted", false},
		{"aws_efs_file_system", "encrypted", false},
		{"aws_cloudwatch_log_group", "retention_in_days", 0},
		{"aws_cloudwatch_log_group", "@encryption.at_rest", true},
		{"aws_ecr_repository", "encryption_configuration.encryption_type", "AES256"},
		{"aws_redshift_cluster", "encrypted", true},
		{"aws_redshift_cluster", "publicly_accessible", false},
		{"aws_redshift_cluster", "manual_snapshot_retention_period", -1},
		{"aws_db_instance", "storage_encrypted", false},
		{"aws_db_instance", "backup_retention_period", 0},
		{"aws_db_instance", "auto_minor_version_upgrade", true},
		{"aws_db_instance", "enabled_cloudwatch_logs_exports", []string{}},
		{"aws_elasticache_replication_group", "at_rest_encryption_enabled", false},
		{"aws_elasticache_replication_group", "at_rest_encryption_enabled?engine=valkey", true},
		{"aws_kms_key", "enable_key_rotation", false},
		{"aws_kms_key", "rotation_period_in_days", 365},
		{"aws_kms_key", "deletion_window_in_days", 30},
		{"aws_iam_role", "max_session_duration", 3600},
		{"aws_iam_account_password_policy", "minimum_password_length", 6},
		{"aws_lb", "drop_invalid_header_fields", false},
		{"aws_lb_listener", "ssl_policy", "ELBSecurityPolicy-2016-08"},
		{"aws_cloudtrail", "is_multi_region_trail", false},
		{"aws_cloudtrail", "enable_log_file_validation", false},
		{"aws_eks_cluster", "vpc_config.public_access_cidrs", []string{"0.0.0.0/0"}},
		{"aws_vpn_connection", "tunnel1_ike_versions", []string{"ikev1", "ikev2"}},
	} {
		t.Run(test.resource+" "+test.attribute, func(t *testing.T) {
			t.Parallel()

			got, _, ok := defaults.Default(test.resource, test.attribute)
			if diff := cmp.Diff(test.want, got); diff != "" || !ok {
				t.Errorf("ok = %v, value (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestDefaultThatCodeCannotTell(t *testing.T) {
	t.Parallel()

	for _, test := range [][2]string{
		{"aws_instance", "metadata_options.http_tokens"},
		{"aws_rds_cluster", "storage_encrypted"},
		{"aws_s3_bucket", "@public_access_block"},
	} {
		value, note, ok := defaults.Default(test[0], test[1])
		if value != nil || ok || note == "" {
			t.Errorf("Default(%q, %q) = %v, %q, %v; want a note and no value", test[0], test[1], value, note, ok)
		}
	}
}

func TestUnknownAttributeIsNotFound(t *testing.T) {
	t.Parallel()

	for _, test := range [][2]string{{"", ""}, {"aws_db_instance", "identifier"}, {"google_storage_bucket", "versioning"}} {
		if value, note, ok := defaults.Default(test[0], test[1]); ok || value != nil || note != "" {
			t.Errorf("Default(%q, %q) = %v, %q, %v; want nothing", test[0], test[1], value, note, ok)
		}
	}
}

func TestLookupTellsWhatOverrides(t *testing.T) {
	t.Parallel()

	got, ok := defaults.Lookup("aws_redshift_cluster", "encrypted")
	want := defaults.Fact{
		Value:  true,
		Since:  "6.0",
		Unless: []string{"snapshot_identifier", "snapshot_arn"},
		Note:   "false before provider 6.0; new clusters are always encrypted since 10 January 2025",
	}

	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("ok = %v, fact (-want +got):\n%s", ok, diff)
	}
}

func TestTableIsWellFormed(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("defaults.csv")
	if err != nil {
		t.Fatal(err)
	}

	rows := table.MustParse(string(text), "resource", "attribute", "value", "since", "unless", "note").Rows
	resource := regexp.MustCompile(`^aws_[a-z0-9_]+$`)
	attribute := regexp.MustCompile(`^@?[a-zA-Z0-9_.]+(\?[a-z_.]+=[A-Za-z]+)?$`)
	override := regexp.MustCompile(`^[a-z0-9_.]+(=[A-Za-z]+)?$`)
	version := regexp.MustCompile(`^(\d+\.\d+)?$`)
	previous := ""

	for _, row := range rows {
		name := row[0] + " " + row[1]
		if name <= previous {
			t.Errorf("row %q does not come after %q: sort the table and leave no row twice", name, previous)
		}

		previous = name

		if !resource.MatchString(row[0]) || !attribute.MatchString(row[1]) || !version.MatchString(row[3]) {
			t.Errorf("row %q is malformed", row)
		}

		if row[2] == "" || (row[2] == "unknown" && row[5] == "") {
			t.Errorf("row %q has no value, or is unknown without a reason", row)
		}

		for entry := range strings.FieldsSeq(row[4]) {
			if !override.MatchString(entry) {
				t.Errorf("row %q: %q is neither an argument nor a resource type", row, entry)
			}
		}
	}
}

func BenchmarkDefault(b *testing.B) {
	for b.Loop() {
		defaults.Default("aws_db_instance", "storage_encrypted")
	}
}
