package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDetectors(t *testing.T) {
	t.Parallel()
	const two = `
variable "open" {}
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
resource "aws_sns_topic" "t" { name = "t" }
resource "aws_s3_bucket" "b" { bucket = "b" }
`
	paths := []string{"type", "enabled", "scope", "findings_destination", "capabilities"}
	want := func(typ string, enabled, destination any, can ...any) map[string]any {
		if can == nil {
			can = []any{}
		}
		return map[string]any{
			"type": typ, "enabled": enabled, "scope": "tf:t:account:eu-west-1", "findings_destination": destination, "capabilities": can,
		}
	}
	rule := `
resource "aws_cloudwatch_event_rule" "r" {
  name          = "r"
  event_pattern = jsonencode({ source = ["aws.guardduty"] })
  state         = "ENABLED"
}
resource "aws_cloudwatch_event_target" "r" {
  rule = aws_cloudwatch_event_rule.r.name
  arn  = aws_sns_topic.t.arn
}
`
	elsewhere := `
resource "aws_cloudwatch_event_rule" "r" {
  provider      = aws.us
  name          = "r"
  event_pattern = jsonencode({ source = ["aws.guardduty"] })
}
resource "aws_cloudwatch_event_target" "r" {
  provider = aws.us
  rule     = aws_cloudwatch_event_rule.r.name
  arn      = aws_sns_topic.t.arn
}
`
	for name, tc := range map[string]struct {
		hcl  string
		id   string
		want map[string]any
	}{
		"GuardDuty alone": {`resource "aws_guardduty_detector" "d" {}`, "aws_guardduty_detector.d", want("ids", true, nil, "ml_anomaly", "signature")},
		"GuardDuty off":   {`resource "aws_guardduty_detector" "d" { enable = false }`, "aws_guardduty_detector.d", want("ids", false, nil, "ml_anomaly", "signature")},
		"GuardDuty open": {
			`resource "aws_guardduty_detector" "d" { enable = var.open }`, "aws_guardduty_detector.d",
			want("ids", "unknown: unresolved", nil, "ml_anomaly", "signature"),
		},
		"GuardDuty with malware scans and a rule": {`
resource "aws_guardduty_detector" "d" {}
resource "aws_guardduty_detector_feature" "f" {
  detector_id = aws_guardduty_detector.d.id
  name        = "EBS_MALWARE_PROTECTION"
  status      = "ENABLED"
}` + rule, "aws_guardduty_detector.d", want("ids", true, "tf:t:aws_sns_topic.t", "malware", "ml_anomaly", "signature")},
		"a rule in another region": {
			`resource "aws_guardduty_detector" "d" {}` + elsewhere, "aws_guardduty_detector.d", want("ids", true, nil, "ml_anomaly", "signature"),
		},
		"findings to a bucket": {`
resource "aws_guardduty_detector" "d" {}
resource "aws_guardduty_publishing_destination" "p" {
  detector_id     = aws_guardduty_detector.d.id
  destination_arn = aws_s3_bucket.b.arn
}`, "aws_guardduty_detector.d", want("ids", true, "tf:t:aws_s3_bucket.b", "ml_anomaly", "signature")},
		"Security Hub collects": {`
resource "aws_securityhub_account" "h" {}
resource "aws_macie2_account" "m" {}
`, "aws_macie2_account.m", want("data_discovery", true, "tf:t:aws_securityhub_account.h", "dlp")},
		"Security Hub itself": {`resource "aws_securityhub_account" "h" {}`, "aws_securityhub_account.h", want("siem", true, nil)},
		"Macie paused": {
			`resource "aws_macie2_account" "m" { status = "PAUSED" }`, "aws_macie2_account.m", want("data_discovery", false, nil, "dlp"),
		},
		"Inspector": {`resource "aws_inspector2_enabler" "i" {}`, "aws_inspector2_enabler.i", want("vuln_scanner", true, nil, "signature")},
		"analyser":  {`resource "aws_accessanalyzer_analyzer" "a" { analyzer_name = "a" }`, "aws_accessanalyzer_analyzer.a", want("access_analyzer", true, nil)},
		"recorder that is not started": {
			`resource "aws_config_configuration_recorder" "c" { name = "c" }`, "aws_config_configuration_recorder.c", want("config_recorder", false, nil),
		},
		"recorder": {`
resource "aws_config_configuration_recorder" "c" { name = "c" }
resource "aws_config_configuration_recorder_status" "c" {
  name       = aws_config_configuration_recorder.c.name
  is_enabled = true
}
resource "aws_config_delivery_channel" "c" { s3_bucket_name = "b" }
`, "aws_config_configuration_recorder.c", want("config_recorder", true, "tf:t:aws_s3_bucket.b")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, attrs(scan(t, two+tc.hcl)[tc.id], paths...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
	if e := scan(t, two+`resource "aws_accessanalyzer_analyzer" "a" { type = "ACCOUNT_UNUSED_ACCESS" }`)["aws_accessanalyzer_analyzer.a"]; e != nil {
		t.Error("an analyser of unused access counts as one of external access")
	}
}
