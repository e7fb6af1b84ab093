package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWebACL(t *testing.T) {
	t.Parallel()
	const managed = `  rule {
    name = "common"
    priority = 1
    override_action {
      %s {}
    }
    statement {
      managed_rule_group_statement {
        name = "AWSManagedRulesCommonRuleSet"
        vendor_name = "AWS"
      }
    }
  }
`
	const rate = `  rule {
    name = "rate"
    priority = 2
    action {
      block {}
    }
    statement {
      rate_based_statement { limit = 100 }
    }
  }
`
	const start = `resource "aws_wafv2_web_acl" "w" {
  default_action {
    allow {}
  }
`
	wafRule := func(action string, threat bool) map[string]any {
		return map[string]any{
			"direction": "in", "action": action, "protocol": "any", "port_from": int64(0), "port_to": int64(65535), "cidrs": []any{},
			"refs": []any{}, "threat_group": threat,
		}
	}
	for name, tc := range map[string]struct {
		hcl, mode string
		rules     any
	}{
		"blocks":               {start + sprintf(managed, "none") + "}", "prevent", []any{wafRule("deny", true)}},
		"counts":               {start + sprintf(managed, "count") + rate + "}", "detect", []any{wafRule("allow", true), wafRule("deny", false)}},
		"a limit only":         {start + rate + "}", "prevent", []any{wafRule("deny", false)}},
		"nothing":              {start + "}", "detect", []any{}},
		"blocks all but rules": {"resource \"aws_wafv2_web_acl\" \"w\" {\n default_action {\n block {}\n }\n}", "prevent", []any{}},
		"unknown rules": {`variable "r" {}
` + start + `  dynamic "rule" {
    for_each = var.r
    content { name = rule.key }
  }
}`, "unknown: unresolved", []any{}},
		"group of another resource": {start + `}
resource "aws_wafv2_web_acl_rule_group_association" "a" {
  web_acl_arn = aws_wafv2_web_acl.w.arn
  override_action = "none"
  managed_rule_group {
    name = "AWSManagedRulesSQLiRuleSet"
    vendor_name = "AWS"
  }
}`, "prevent", []any{wafRule("deny", true)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, tc.hcl)["aws_wafv2_web_acl.w"]
			want := map[string]any{"type": "waf", "mode": tc.mode, "rules": tc.rules, "attached_to": []any{}}
			if diff := cmp.Diff(want, attrs(e, keysOf(want)...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestClassicWebACL(t *testing.T) {
	t.Parallel()
	e := scan(t, `resource "aws_wafregional_web_acl" "w" {
  default_action { type = "ALLOW" }
  rule {
    priority = 1
    rule_id = "x"
    action { type = "BLOCK" }
  }
}`)["aws_wafregional_web_acl.w"]
	want := map[string]any{"mode": "prevent", "default_inbound": "allow"}
	if diff := cmp.Diff(want, attrs(e, keysOf(want)...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWebACLAttachmentAndLogs(t *testing.T) {
	t.Parallel()
	got := scanAll(t, `
resource "aws_wafv2_web_acl" "w" {}
resource "aws_lb" "l" {}
resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 80
  default_action { type = "forward" }
}
resource "aws_wafv2_web_acl_association" "a" {
  web_acl_arn = aws_wafv2_web_acl.w.arn
  resource_arn = aws_lb.l.arn
}
resource "aws_cloudfront_distribution" "d" { web_acl_id = aws_wafv2_web_acl.w.arn }
resource "aws_cloudwatch_log_group" "g" { name = "aws-waf-logs-x" }
resource "aws_wafv2_web_acl_logging_configuration" "c" {
  resource_arn = aws_wafv2_web_acl.w.arn
  log_destination_configs = [aws_cloudwatch_log_group.g.arn]
}`)
	want := []any{"tf:t:aws_cloudfront_distribution.d", "tf:t:aws_lb_listener.x"}
	if diff := cmp.Diff(want, attr(got.entities["aws_wafv2_web_acl.w"], "attached_to")); diff != "" {
		t.Errorf("attached_to (-want +got):\n%s", diff)
	}
	logs := map[string]any{
		"type": "firewall", "enabled": true, "scope": "tf:t:aws_wafv2_web_acl.w", "destination": "tf:t:aws_cloudwatch_log_group.g",
		"retention_days": nil,
	}
	if diff := cmp.Diff(logs, attrs(got.entities["aws_wafv2_web_acl_logging_configuration.c"], keysOf(logs)...)); diff != "" {
		t.Errorf("logs (-want +got):\n%s", diff)
	}
}

func TestNetworkFirewall(t *testing.T) {
	t.Parallel()
	const firewall = `resource "aws_networkfirewall_firewall" "f" {
  firewall_policy_arn = aws_networkfirewall_firewall_policy.p.arn
  subnet_mapping { subnet_id = aws_subnet.s.id }
}
resource "aws_subnet" "s" { vpc_id = "vpc-1" }
`
	const policy = `resource "aws_networkfirewall_firewall_policy" "p" {
  firewall_policy {
    stateless_default_actions = ["aws:forward_to_sfe"]
    stateless_fragment_default_actions = ["aws:forward_to_sfe"]
`
	for name, tc := range map[string]struct {
		hcl  string
		want map[string]any
	}{
		"drops by default": {firewall + policy + `    stateful_default_actions = ["aws:drop_established"]
    stateful_engine_options { rule_order = "STRICT_ORDER" }
  }
}`, map[string]any{"default_inbound": "deny", "mode": "prevent", "rules": []any{}, "attached_to": []any{"tf:t:aws_subnet.s"}}},
		"passes by default": {firewall + policy + `  }
}`, map[string]any{"default_inbound": "allow", "mode": "detect"}},
		"managed threats": {firewall + policy + `    stateful_rule_group_reference {
      resource_arn = "arn:aws:network-firewall:eu-west-1:aws-managed:stateful-rulegroup/ThreatSignaturesBotnetActionOrder"
    }
  }
}`, map[string]any{"default_inbound": "allow", "mode": "prevent"}},
		"managed threats, alerts only": {firewall + policy + `    stateful_rule_group_reference {
      resource_arn = "arn:aws:network-firewall:eu-west-1:aws-managed:stateful-rulegroup/ThreatSignaturesBotnetActionOrder"
      override { action = "DROP_TO_ALERT" }
    }
  }
}`, map[string]any{"default_inbound": "allow", "mode": "detect"}},
		"own rules that drop": {firewall + policy + `    stateful_rule_group_reference { resource_arn = aws_networkfirewall_rule_group.g.arn }
  }
}
resource "aws_networkfirewall_rule_group" "g" {
  type = "STATEFUL"
  capacity = 10
  rules = <<-R
    pass tcp any any -> any 443 (sid:1;)
    drop tcp any any -> any 23 (sid:2;)
  R
}`, map[string]any{"mode": "prevent"}},
		"policy elsewhere": {`resource "aws_networkfirewall_firewall" "f" {
  firewall_policy_arn = "arn:aws:network-firewall:eu-west-1:111111111111:firewall-policy/p"
}`, map[string]any{"default_inbound": "unknown: not_in_plane", "mode": "unknown: not_in_plane", "rules": "unknown: not_in_plane"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, tc.hcl)["aws_networkfirewall_firewall.f"]
			if diff := cmp.Diff(tc.want, attrs(e, keysOf(tc.want)...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
