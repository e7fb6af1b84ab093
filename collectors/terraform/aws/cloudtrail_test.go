package aws

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const trailBase = `
provider "aws" { region = "eu-west-1" }
variable "open" {}
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_kms_key" "k" {}
`

func TestTrail(t *testing.T) {
	t.Parallel()
	paths := []string{"type", "enabled", "multi_region", "validation", "encrypted", "scope", "destination", "retention_days", "forwarded"}
	want := func(more map[string]any) map[string]any {
		out := map[string]any{
			"type": "cloud_audit", "enabled": true, "multi_region": false, "validation": false, "encrypted": false, "scope": "tf:t:account:eu-west-1",
			"destination": "tf:t:aws_s3_bucket.logs", "retention_days": nil, "forwarded": true,
		}
		maps.Copy(out, more)
		return out
	}
	for name, tc := range map[string]struct {
		body string
		want map[string]any
	}{
		"defaults": {"", want(nil)},
		"good": {"is_multi_region_trail = true\nenable_log_file_validation = true\nkms_key_id = aws_kms_key.k.arn", want(map[string]any{
			"multi_region": true, "validation": true, "encrypted": true, "scope": "tf:t:account",
		})},
		"of an organisation": {"is_multi_region_trail = true\nis_organization_trail = true", want(map[string]any{
			"multi_region": true, "scope": "all",
		})},
		"off": {"enable_logging = false", want(map[string]any{
			"enabled": false, "encrypted": "n/a", "destination": "n/a", "retention_days": "n/a", "forwarded": false,
		})},
		"unknown": {"enable_logging = var.open\nis_multi_region_trail = var.open", want(map[string]any{
			"enabled": "unknown: unresolved", "multi_region": "unknown: unresolved", "scope": "unknown: unresolved", "forwarded": "unknown: unresolved",
		})},
		"data events only": {`event_selector {
  include_management_events = false
  data_resource {
    type   = "AWS::S3::Object"
    values = ["arn:aws:s3"]
  }
}`, want(map[string]any{
			"enabled": false, "encrypted": "n/a", "destination": "n/a", "retention_days": "n/a", "forwarded": false,
		})},
		"writes only": {"event_selector {\n read_write_type = \"WriteOnly\"\n}", want(map[string]any{
			"enabled": false, "encrypted": "n/a", "destination": "n/a", "retention_days": "n/a", "forwarded": false,
		})},
		"advanced management events": {`advanced_event_selector {
  field_selector {
    field  = "eventCategory"
    equals = ["Management"]
  }
}`, want(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hcl := trailBase + "resource \"aws_cloudtrail\" \"t\" {\n name = \"t\"\n s3_bucket_name = aws_s3_bucket.logs.id\n" + tc.body + "\n}\n"
			if diff := cmp.Diff(tc.want, attrs(scan(t, hcl)["aws_cloudtrail.t"], paths...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDataEvents(t *testing.T) {
	t.Parallel()
	const stores = `
resource "aws_s3_bucket" "a" { bucket = "a" }
resource "aws_s3_bucket" "b" {}
resource "aws_dynamodb_table" "d" { name = "d" }
`
	basic := func(mode, typ, values string) string {
		return sprintf("event_selector {\n read_write_type = %q\n data_resource {\n type = %q\n values = %s\n }\n}\n", mode, typ, values)
	}
	advanced := func(fields string) string {
		return `advanced_event_selector {
  field_selector {
    field  = "eventCategory"
    equals = ["Data"]
  }
` + fields + "}\n"
	}
	objects := "field_selector {\n field = \"resources.type\"\n equals = [\"AWS::S3::Object\"]\n}\n"
	arn := func(operator, values string) string {
		return sprintf("field_selector {\n field = \"resources.ARN\"\n %s = %s\n}\n", operator, values)
	}
	type answers struct{ a, b, d any }
	for name, tc := range map[string]struct {
		body string
		want answers
	}{
		"none":            {"", answers{false, false, false}},
		"all buckets":     {basic("All", "AWS::S3::Object", `["arn:aws:s3"]`), answers{true, true, false}},
		"by name":         {basic("All", "AWS::S3::Object", `["arn:aws:s3:::a/"]`), answers{true, "unknown: unresolved", false}},
		"by reference":    {basic("All", "AWS::S3::Object", "[\"${aws_s3_bucket.b.arn}/\"]"), answers{false, true, false}},
		"only a prefix":   {basic("All", "AWS::S3::Object", "[\"${aws_s3_bucket.b.arn}/in/\"]"), answers{false, false, false}},
		"only writes":     {basic("WriteOnly", "AWS::S3::Object", `["arn:aws:s3"]`), answers{false, false, false}},
		"reads and write": {basic("WriteOnly", "AWS::S3::Object", `["arn:aws:s3"]`) + basic("ReadOnly", "AWS::S3::Object", `["arn:aws:s3"]`), answers{true, true, false}},
		"a table":         {basic("All", "AWS::DynamoDB::Table", `[aws_dynamodb_table.d.arn]`), answers{false, false, true}},
		"unknown list":    {basic("All", "AWS::S3::Object", `var.open`), answers{"unknown: unresolved", "unknown: unresolved", false}},
		"logging off":     {"enable_logging = false\n" + basic("All", "AWS::S3::Object", `["arn:aws:s3"]`), answers{false, false, false}},
		"advanced, all":   {advanced(objects), answers{true, true, false}},
		"advanced, one":   {advanced(objects + arn("starts_with", "[\"${aws_s3_bucket.b.arn}/\"]")), answers{false, true, false}},
		"advanced, not":   {advanced(objects + arn("not_starts_with", `["arn:aws:s3:::a/"]`)), answers{false, "unknown: unresolved", false}},
		"advanced, reads": {advanced(objects + "field_selector {\n field = \"readOnly\"\n equals = [\"true\"]\n}\n"), answers{false, false, false}},
		"advanced, names": {advanced(objects + "field_selector {\n field = \"eventName\"\n equals = [\"GetObject\"]\n}\n"), answers{false, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hcl := trailBase + stores + "resource \"aws_cloudtrail\" \"t\" {\n name = \"t\"\n s3_bucket_name = \"logs\"\n" + tc.body + "\n}\n"
			got := scan(t, hcl)
			for id, want := range map[string]any{"aws_s3_bucket.a": tc.want.a, "aws_s3_bucket.b": tc.want.b, "aws_dynamodb_table.d": tc.want.d} {
				if on := attr(got[id], "logging.access"); on != want {
					t.Errorf("%s: logging.access is %v, want %v", id, on, want)
				}
			}
		})
	}
	for id, want := range map[string]any{"aws_s3_bucket.a": "unknown: not_in_plane", "aws_dynamodb_table.d": "unknown: not_in_plane"} {
		if on := attr(scan(t, trailBase+stores)[id], "logging.access"); on != want {
			t.Errorf("without a trail here %s has logging.access %v, want %v", id, on, want)
		}
	}
}

// TestRecordedStores declares a trail of management events that selects the data events of several kinds of stores.
func TestRecordedStores(t *testing.T) {
	t.Parallel()
	selectors := ""
	for _, typ := range []string{"AWS::SQS::Queue", "AWS::Cassandra::Table", "AWS::KinesisFirehose::DeliveryStream", "AWS::S3Express::Object"} {
		selectors += sprintf("advanced_event_selector {\n field_selector {\n field = \"eventCategory\"\n equals = [\"Data\"]\n }\n"+
			" field_selector {\n field = \"resources.type\"\n equals = [%q]\n }\n}\n", typ)
	}
	got := scan(t, trailBase+`
resource "aws_cloudtrail" "t" {
  name           = "t"
  s3_bucket_name = "logs"
  advanced_event_selector {
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }
`+selectors+`
}
resource "aws_sqs_queue" "q" { name = "q" }
resource "aws_sns_topic" "t" { name = "t" }
resource "aws_keyspaces_table" "k" {
  keyspace_name = "k"
  table_name    = "t"
}
resource "aws_kinesis_firehose_delivery_stream" "f" {
  name        = "f"
  destination = "extended_s3"
}
resource "aws_s3_directory_bucket" "d" { bucket = "d--euw1-az1--x-s3" }
resource "aws_s3tables_table_bucket" "s" { name = "s" }
resource "aws_ecr_repository" "e" { name = "e" }
`)
	for id, want := range map[string]any{
		"aws_sqs_queue.q": true, "aws_sns_topic.t": false, "aws_keyspaces_table.k": true, "aws_kinesis_firehose_delivery_stream.f": true,
		"aws_s3_directory_bucket.d": true, "aws_s3tables_table_bucket.s": false, "aws_ecr_repository.e": true,
	} {
		if on := attr(got[id], "logging.access"); on != want {
			t.Errorf("%s: logging.access is %v, want %v", id, on, want)
		}
	}
}

func TestLogSources(t *testing.T) {
	t.Parallel()
	got := scanAll(t, trailBase+`
resource "aws_cloudwatch_log_group" "app" { retention_in_days = 90 }
resource "aws_cloudwatch_log_group" "flow" {}
resource "aws_cloudwatch_log_group" "db" { name = "/aws/rds/cluster/x/audit" }
resource "aws_cloudwatch_log_group" "open" { retention_in_days = var.open }
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_flow_log" "f" {
  vpc_id          = aws_vpc.v.id
  log_destination = aws_cloudwatch_log_group.flow.arn
}
resource "aws_s3_bucket" "data" {}
resource "aws_s3_bucket_logging" "data" {
  bucket        = aws_s3_bucket.data.id
  target_bucket = aws_s3_bucket.logs.id
}
resource "aws_route53_resolver_query_log_config" "dns" {
  name            = "dns"
  destination_arn = aws_s3_bucket.logs.arn
}
resource "aws_route53_resolver_query_log_config_association" "dns" {
  resolver_query_log_config_id = aws_route53_resolver_query_log_config.dns.id
  resource_id                  = aws_vpc.v.id
}
`)
	for id, want := range map[string]map[string]any{
		"aws_cloudwatch_log_group.app#log":  {"type": "application", "retention_days": int64(90), "scope": "n/a", "destination": "tf:t:aws_cloudwatch_log_group.app"},
		"aws_cloudwatch_log_group.flow#log": {"type": "network_flow", "retention_days": nil, "scope": "n/a", "destination": "tf:t:aws_cloudwatch_log_group.flow"},
		"aws_cloudwatch_log_group.db#log":   {"type": "database", "retention_days": nil, "scope": "n/a", "destination": "tf:t:aws_cloudwatch_log_group.db"},
		"aws_cloudwatch_log_group.open#log": {
			"type": "application", "retention_days": "unknown: unresolved", "scope": "n/a", "destination": "tf:t:aws_cloudwatch_log_group.open",
		},
		"aws_s3_bucket_logging.data": {
			"type": "object_access", "retention_days": nil, "scope": "tf:t:aws_s3_bucket.data", "destination": "tf:t:aws_s3_bucket.logs",
		},
		"aws_route53_resolver_query_log_config.dns": {
			"type": "dns", "retention_days": nil, "scope": "tf:t:aws_vpc.v", "destination": "tf:t:aws_s3_bucket.logs",
		},
	} {
		if diff := cmp.Diff(want, attrs(got.entities[id], "type", "retention_days", "scope", "destination")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
