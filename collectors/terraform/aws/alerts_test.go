package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAlarms(t *testing.T) {
	t.Parallel()
	const base = `
provider "aws" { region = "eu-west-1" }
variable "open" {}
resource "aws_cloudwatch_log_group" "trail" { name = "trail" }
resource "aws_cloudtrail" "t" {
  name                       = "t"
  s3_bucket_name             = "logs"
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
}
resource "aws_cloudwatch_log_group" "other" { name = "other" }
resource "aws_sns_topic" "t" { name = "alerts" }
`
	filter := func(group, pattern string) string {
		return sprintf(`
resource "aws_cloudwatch_log_metric_filter" "f" {
  name           = "root"
  log_group_name = %s
  pattern        = %s
  metric_transformation {
    name      = "root"
    namespace = "Audit"
    value     = "1"
  }
}
`, group, pattern)
	}
	alarm := func(body string) string {
		return "resource \"aws_cloudwatch_metric_alarm\" \"a\" {\n alarm_name = \"a\"\n" + body + "\n}\n"
	}
	const root = `"{ $.userIdentity.type = \"Root\" }"`
	const joined = "namespace = \"Audit\"\nmetric_name = \"root\"\nalarm_actions = [aws_sns_topic.t.arn]"
	subscribe := func(body string) string {
		return "resource \"aws_sns_topic_subscription\" \"s\" {\n topic_arn = aws_sns_topic.t.arn\n" + body + "\n}\n"
	}
	group := "aws_cloudwatch_log_group.trail.name"
	target := func(typ string) []any { return []any{map[string]any{"type": typ}} }
	for name, tc := range map[string]struct {
		hcl  string
		want map[string]any // nil: no alert
	}{
		"mail": {filter(group, root) + alarm(joined) + subscribe("protocol = \"email\"\nendpoint = \"soc@example.org\""), map[string]any{
			"enabled": true, "watches": []any{"root_use"}, "targets": target("email"), "targets[]": "missing", "targets[].confirmed": "unknown: not_in_plane",
		}},
		"pager": {filter(group, root) + alarm(joined) + subscribe("protocol = \"https\"\nendpoint = \"https://events.pagerduty.com/x\""), map[string]any{
			"enabled": true, "watches": []any{"root_use"}, "targets": target("pager"), "targets[]": "missing", "targets[].confirmed": "unknown: not_in_plane",
		}},
		"nobody": {filter(group, root) + alarm(joined), map[string]any{
			"enabled": true, "watches": []any{"root_use"}, "targets": []any{}, "targets[]": "missing", "targets[].confirmed": "missing",
		}},
		"only moved": {filter(group, root) + alarm(joined) + subscribe("protocol = \"firehose\"\nendpoint = \"arn:x\""), map[string]any{
			"enabled": true, "watches": []any{"root_use"}, "targets": []any{}, "targets[]": "missing", "targets[].confirmed": "missing",
		}},
		"a subscription to a topic that is not known": {
			filter(group, root) + alarm(joined) + "resource \"aws_sns_topic_subscription\" \"s\" {\n topic_arn = var.open\n protocol = \"email\"\n}\n", map[string]any{
				"enabled": true, "watches": []any{"root_use"}, "targets": []any{}, "targets[]": "unknown: unresolved", "targets[].confirmed": "missing",
			},
		},
		"by reference to the filter": {filter(group, root) + alarm(`
namespace     = aws_cloudwatch_log_metric_filter.f.metric_transformation[0].namespace
metric_name   = aws_cloudwatch_log_metric_filter.f.metric_transformation[0].name
alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:elsewhere"]`), map[string]any{
			"enabled": true, "watches": []any{"root_use"}, "targets": []any{}, "targets[]": "unknown: not_in_plane", "targets[].confirmed": "missing",
		}},
		"actions off": {filter(group, root) + alarm(joined+"\nactions_enabled = false"), map[string]any{
			"enabled": false, "watches": []any{"root_use"}, "targets": []any{}, "targets[]": "missing", "targets[].confirmed": "missing",
		}},
		"a group that no trail here writes into": {filter("aws_cloudwatch_log_group.other.name", root) + alarm(joined), map[string]any{
			"enabled": "unknown: unresolved", "watches": []any{"root_use"}, "targets": []any{}, "targets[]": "missing", "targets[].confirmed": "missing",
		}},
		"unknown pattern": {filter(group, "var.open") + alarm(joined), map[string]any{
			"enabled": "unknown: unresolved", "watches": []any{}, "targets": []any{}, "targets[]": "missing", "targets[].confirmed": "missing",
		}},
		"failed backups": {alarm("namespace = \"AWS/Backup\"\nmetric_name = \"NumberOfBackupJobsFailed\""), map[string]any{
			"enabled": true, "watches": []any{"backup_failure"}, "targets": []any{}, "targets[]": "missing", "targets[].confirmed": "missing",
		}},
		"an alarm of operations": {alarm("namespace = \"AWS/EC2\"\nmetric_name = \"CPUUtilization\""), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, base+tc.hcl)["aws_cloudwatch_metric_alarm.a"]
			if tc.want == nil {
				if e != nil {
					t.Errorf("there is an alert: %v", e.Attrs)
				}
				return
			}
			if diff := cmp.Diff(tc.want, attrs(e, "enabled", "watches", "targets", "targets[]", "targets[].confirmed")); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventRules(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body             string
		enabled, watches any
	}{
		"root": {
			`event_pattern = jsonencode({ detail-type = ["AWS Console Sign In via CloudTrail"], detail = { userIdentity = { type = ["Root"] } } })`,
			true,
			[]any{"root_use"},
		},
		"calls": {`event_pattern = jsonencode({ detail = { eventName = ["StopLogging", { prefix = "DeleteTrail" }] } })`, true, []any{"trail_change"}},
		"failed backups": {
			"state = \"DISABLED\"\n" + `event_pattern = jsonencode({ source = ["aws.backup"], detail = { state = ["FAILED"] } })`, false, []any{"backup_failure"},
		},
		"finished backups": {`event_pattern = jsonencode({ source = ["aws.backup"], detail = { state = ["COMPLETED"] } })`, nil, nil},
		"findings":         {`event_pattern = jsonencode({ source = ["aws.guardduty"] })`, nil, nil},
		"schedule":         {`schedule_expression = "rate(1 day)"`, nil, nil},
		"unknown":          {`event_pattern = var.open`, true, "unknown: unresolved"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, "variable \"open\" {}\nresource \"aws_cloudwatch_event_rule\" \"r\" {\n name = \"r\"\n"+tc.body+"\n}\n")["aws_cloudwatch_event_rule.r"]
			if tc.enabled == nil {
				if e != nil {
					t.Errorf("there is an alert: %v", e.Attrs)
				}
				return
			}
			if diff := cmp.Diff(map[string]any{"enabled": tc.enabled, "watches": tc.watches}, attrs(e, "enabled", "watches")); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
	got := scan(t, `
resource "aws_sns_topic" "t" { name = "t" }
resource "aws_chatbot_slack_channel_configuration" "c" { sns_topic_arns = [aws_sns_topic.t.arn] }
resource "aws_backup_vault_notifications" "n" {
  backup_vault_name   = "v"
  sns_topic_arn       = aws_sns_topic.t.arn
  backup_vault_events = ["BACKUP_JOB_FAILED"]
}
`)["aws_backup_vault_notifications.n"]
	want := map[string]any{"watches": []any{"backup_failure"}, "targets": []any{map[string]any{"type": "chat"}}}
	if diff := cmp.Diff(want, attrs(got, "watches", "targets")); diff != "" {
		t.Errorf("vault notifications (-want +got):\n%s", diff)
	}
}
