package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

const webACLType = "aws_wafv2_web_acl"

// waf maps web access lists, of the present WAF and of WAF Classic.
//
// A list prevents where one of its managed threat rule groups blocks what it matches; where it has no such group, where any of its
// rules or its default blocks. Counted rules and groups only detect: their action is allow.
func waf() mapping.Service {
	boundary, acl := []string{"network_boundary"}, []string{webACLType}
	endpoints := []string{"aws_lb_listener", "aws_alb_listener", "aws_api_gateway_stage", "aws_appsync_graphql_api", "aws_apprunner_service"}
	classic := []string{"aws_waf_web_acl", "aws_wafregional_web_acl"}
	return mapping.Service{Name: "waf", Types: slices.Concat(
		[]mapping.Type{
			{Name: webACLType, Kinds: boundary, Map: webACL},
			{Name: "aws_waf_web_acl", Kinds: boundary, Map: classicWebACL},
			{Name: "aws_wafregional_web_acl", Kinds: boundary, Map: classicWebACL},
			{Name: "aws_wafv2_web_acl_logging_configuration", Kinds: []string{"log_source"}, Map: webACLLogs},
		},
		partsOf(boundary, acl, "aws_wafv2_web_acl_rule_group_association", "aws_wafv2_web_acl_rule", "aws_wafv2_rule_group"),
		partsOf([]string{"endpoint", "network_boundary"}, append(endpoints, acl...), "aws_wafv2_web_acl_association"),
		partsOf([]string{"endpoint", "network_boundary"}, append(endpoints, classic...), "aws_wafregional_web_acl_association"),
		noted("what a rule matches does not decide whether the list blocks", "aws_wafv2_ip_set", "aws_wafv2_regex_pattern_set",
			"aws_wafv2_api_key", "aws_waf_byte_match_set", "aws_waf_geo_match_set", "aws_waf_ipset", "aws_waf_rate_based_rule",
			"aws_waf_regex_match_set", "aws_waf_regex_pattern_set", "aws_waf_rule", "aws_waf_rule_group",
			"aws_waf_size_constraint_set", "aws_waf_sql_injection_match_set", "aws_waf_xss_match_set",
			"aws_wafregional_byte_match_set", "aws_wafregional_geo_match_set", "aws_wafregional_ipset",
			"aws_wafregional_rate_based_rule", "aws_wafregional_regex_match_set", "aws_wafregional_regex_pattern_set",
			"aws_wafregional_rule", "aws_wafregional_rule_group", "aws_wafregional_size_constraint_set",
			"aws_wafregional_sql_injection_match_set", "aws_wafregional_xss_match_set"),
		noted("protection from floods is no check of the catalogue", "aws_shield_protection", "aws_shield_protection_group",
			"aws_shield_protection_health_check_association", "aws_shield_subscription", "aws_shield_proactive_engagement",
			"aws_shield_application_layer_automatic_response", "aws_shield_drt_access_log_bucket_association",
			"aws_shield_drt_access_role_arn_association"),
	)}
}

// wafRule is what decides of one rule: whether it blocks, and whether it is a managed threat rule group.
type wafRule struct {
	view           mapping.View
	blocks, threat kind.Attr[bool]
}

func webACL(c *mapping.Context, v mapping.View) {
	rules, open := webACLRules(v)
	emitWebACL(c, v, rules, open, written(v.Block("default_action"), "block"))
}

func emitWebACL(c *mapping.Context, v mapping.View, rules []wafRule, open *evidence.Unknown, blocksAll kind.Attr[bool]) {
	list := make([]kind.NetworkBoundaryRule, 0, len(rules))
	for _, r := range rules {
		list = append(list, kind.NetworkBoundaryRule{
			Direction: kind.Known("in").From(r.view.Provenance()), Action: kind.Choose(r.blocks, "deny", "allow"), Protocol: kind.Known("any"),
			PortFrom: kind.Known[int64](0), PortTo: kind.Known[int64](awsnet.LastPort), CIDRs: kind.Known([]string{}),
			Refs: kind.Known([]string{}), ThreatGroup: r.threat,
		})
	}
	attached := webACLTargets(c, v)
	c.Emit(v, "network_boundary", v.Instance.Name, "", kind.NetworkBoundary{
		Type: kind.Known("waf"), Enabled: kind.Known(true), IsDefault: kind.NA[bool](),
		DefaultInbound: kind.Choose(blocksAll, "deny", "allow"), DefaultOutbound: kind.NA[string](),
		Mode: wafMode(rules, open, blocksAll), Rules: kind.Listed(list, open).From(v.Provenance()), AttachedTo: kind.Listed(attached.to, attached.open),
	})
	for _, to := range attached.to {
		c.Relate("attached_to", v.UID(), to)
	}
}

// wafMode is as the service's comment says.
func wafMode(rules []wafRule, open *evidence.Unknown, blocksAll kind.Attr[bool]) kind.Attr[string] {
	var threats, others []kind.Attr[bool]
	for _, r := range rules {
		if yes, known := r.threat.Value(); known && yes {
			threats = append(threats, r.blocks)
			continue
		}
		others = append(others, r.blocks)
	}
	decisive := threats
	if len(threats) == 0 {
		decisive = slices.Concat(others, []kind.Attr[bool]{blocksAll})
	}
	if open != nil {
		decisive = append(decisive, kind.Because[bool](*open))
	}
	return kind.Choose(kind.AnyOf(decisive), "prevent", "detect")
}

// webACLRules are the list's own rules and those that other resources add to it.
func webACLRules(v mapping.View) (rules []wafRule, open *evidence.Unknown) {
	blocks, open := nested(v, "rule")
	for _, b := range blocks {
		rules = append(rules, newWAFRule(b))
	}
	if v.Has("rule_json") {
		open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.Unsupported, Detail: "rules in rule_json are not read"})
	}
	split, gap := v.Parts("aws_wafv2_web_acl_rule", "web_acl_arn")
	open = evidence.FirstUnknown(open, gap)
	for _, p := range split {
		rules = append(rules, newWAFRule(p))
	}
	added, gap := v.Parts("aws_wafv2_web_acl_rule_group_association", "web_acl_arn")
	for _, p := range added {
		rules = append(rules, wafRule{
			view: p, blocks: kind.Not(equals(p.String("override_action"), "count")), threat: written(p, "managed_rule_group"),
		})
	}
	return rules, evidence.FirstUnknown(open, gap)
}

// newWAFRule reads a rule: a group blocks unless its action is overridden to count, any other rule where its action is one that
// stops a request.
func newWAFRule(v mapping.View) wafRule {
	statement := v.Block("statement")
	threat := written(statement, "managed_rule_group_statement")
	group := kind.Either(threat, written(statement, "rule_group_reference_statement"))
	action := v.Block("action")
	stops := kind.AnyOf([]kind.Attr[bool]{written(action, "block"), written(action, "captcha"), written(action, "challenge")})
	unmuted := kind.Not(written(v.Block("override_action"), "count"))
	return wafRule{view: v, threat: threat, blocks: kind.Either(kind.Both(group, unmuted), kind.Both(kind.Not(group), stops))}
}

// webACLTargets are the endpoints that a list stands before.
func webACLTargets(c *mapping.Context, v mapping.View) attachment {
	var out attachment
	for _, join := range [][2]string{
		{"aws_wafv2_web_acl_association", "web_acl_arn"}, {"aws_wafregional_web_acl_association", "web_acl_id"},
	} {
		parts, open := v.Parts(join[0], join[1])
		out.open = evidence.FirstUnknown(out.open, open)
		for _, p := range parts {
			t := p.Targets("resource_arn")
			for _, r := range t.Instances {
				out.to = append(out.to, protectedBy(c, c.View(r))...)
			}
			out.to = append(out.to, t.Literals...)
			out.open = evidence.FirstUnknown(out.open, t.Open)
		}
	}
	distributions, open := v.Parts("aws_cloudfront_distribution", "web_acl_id")
	out.to = append(out.to, uidsOf(distributions)...)
	out.open = evidence.FirstUnknown(out.open, open)
	slices.Sort(out.to)
	out.to = slices.Compact(out.to)
	return out
}

// wafOf is the web access list that stands before a resource; null where there is none.
func wafOf(c *mapping.Context, v mapping.View) kind.Attr[string] {
	out := kind.Null[string]().From(v.Provenance())
	for _, join := range [][2]string{
		{"aws_wafv2_web_acl_association", "web_acl_arn"}, {"aws_wafregional_web_acl_association", "web_acl_id"},
	} {
		parts, open := v.Parts(join[0], "resource_arn")
		switch {
		case len(parts) > 0:
			return one(c, parts[0], join[1], webACLType, "aws_wafregional_web_acl")
		case open != nil:
			out = kind.Because[string](*open).From(v.Provenance())
		}
	}
	return out
}

// webACLLogs is the list as a source of records.
func webACLLogs(c *mapping.Context, v mapping.View) {
	l := logSource(c, "firewall", kind.Known(true).From(v.Provenance()), "", v, "log_destination_configs")
	l.Scope = one(c, v, "resource_arn", webACLType)
	c.Emit(v, "log_source", v.Instance.Name, "", l)
	if from, known := l.Scope.Value(); known {
		c.Relate("logs_to", from, v.UID())
	}
}

// classicWebACL is a list of WAF Classic, whose rules are references with an action.
func classicWebACL(c *mapping.Context, v mapping.View) {
	blocks, open := nested(v, "rules")
	if len(blocks) == 0 && open == nil {
		blocks, open = nested(v, "rule") // aws_wafregional_web_acl
	}
	rules := make([]wafRule, 0, len(blocks))
	for _, b := range blocks {
		group := equals(b.String("type"), "GROUP")
		stops := kind.Either(
			kind.Both(group, equals(b.Block("override_action").String("type"), "NONE")),
			kind.Both(kind.Not(group), equals(b.Block("action").String("type"), "BLOCK")))

		rules = append(rules, wafRule{view: b, blocks: stops, threat: group})
	}
	emitWebACL(c, v, rules, open, equals(v.Block("default_action").String("type"), "BLOCK"))
}
