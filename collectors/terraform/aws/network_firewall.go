package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

const (
	firewallPolicyType    = "aws_networkfirewall_firewall_policy"
	firewallRuleGroupType = "aws_networkfirewall_rule_group"
)

// networkFirewall maps Network Firewall. A firewall does what its policy says, so policies and rule groups are parts of it.
func networkFirewall() mapping.Service {
	boundary, firewall := []string{"network_boundary"}, []string{"aws_networkfirewall_firewall"}
	return mapping.Service{Name: "networkfirewall", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_networkfirewall_firewall", Kinds: boundary, Map: firewallBoundary},
			{Name: "aws_networkfirewall_logging_configuration", Kinds: []string{"log_source"}, Map: firewallLogs},
		},
		partsOf(boundary, firewall, firewallPolicyType, firewallRuleGroupType),
		noted("it shares or tunes a firewall that is read by itself", "aws_networkfirewall_resource_policy",
			"aws_networkfirewall_tls_inspection_configuration", "aws_networkfirewall_firewall_transit_gateway_attachment_accepter",
			"aws_networkfirewall_vpc_endpoint_association"),
		noted("a central policy is not judged by itself: the firewalls that it makes are", "aws_fms_admin_account", "aws_fms_policy",
			"aws_fms_resource_set"),
		noted("name resolution rules are no network boundary of a kind that is judged", "aws_route53_resolver_firewall_config",
			"aws_route53_resolver_firewall_domain_list", "aws_route53_resolver_firewall_rule",
			"aws_route53_resolver_firewall_rule_group", "aws_route53_resolver_firewall_rule_group_association"),
	)}
}

func firewallBoundary(c *mapping.Context, v mapping.View) {
	subnets, open := firewallSubnets(c, v)
	b := kind.NetworkBoundary{
		Type: kind.Known("network_firewall"), Enabled: kind.Known(true), IsDefault: kind.NA[bool](), AttachedTo: kind.Listed(subnets, open),
	}
	t := v.Targets("firewall_policy_arn", firewallPolicyType)
	if r := t.First(); r != nil && r.Mode == resource.Managed {
		policy := c.View(r).Block("firewall_policy")
		b.DefaultInbound = kind.Choose(firewallDrops(policy), "deny", "allow")
		b.Rules = firewallRules(c, policy)
		b.Mode = firewallMode(c, policy)
	} else {
		why := notDeclared[string](t, "the firewall policy")
		b.DefaultInbound, b.Mode = why, why
		reason, _ := why.Reason()
		b.Rules = kind.Because[[]kind.NetworkBoundaryRule](reason)
	}
	b.DefaultOutbound = b.DefaultInbound
	c.Emit(v, "network_boundary", v.Instance.Name, "", b)
	for _, s := range subnets {
		c.Relate("attached_to", v.UID(), s)
	}
}

func firewallSubnets(c *mapping.Context, v mapping.View) ([]string, *evidence.Unknown) {
	blocks, open := nested(v, "subnet_mapping")
	uids := make([]string, 0, len(blocks))
	for _, b := range blocks {
		t := b.Targets("subnet_id", subnetTypes()...)
		uids, open = append(uids, t.UIDs(c)...), evidence.FirstUnknown(open, t.Open)
	}
	slices.Sort(uids)
	return slices.Compact(uids), open
}

// firewallDrops says whether a policy drops what no rule decides: at the stateless stage, or, where that forwards, at the
// stateful stage, which passes by default unless it is told to drop.
func firewallDrops(policy mapping.View) kind.Attr[bool] {
	drop := contains(policy, "stateless_default_actions", "aws:drop")
	forward := contains(policy, "stateless_default_actions", "aws:forward_to_sfe")
	stateful := contains(policy, "stateful_default_actions", "aws:drop_strict", "aws:drop_established", "aws:drop_established_app_layer")
	return kind.Either(drop, kind.Both(forward, stateful))
}

// firewallRules has one rule for each rule group of the policy: whether it stops what it matches, and whether its signatures are
// managed by AWS or a vendor.
func firewallRules(c *mapping.Context, policy mapping.View) kind.Attr[[]kind.NetworkBoundaryRule] {
	groups, open := nested(policy, "stateful_rule_group_reference")
	rules := make([]kind.NetworkBoundaryRule, 0, len(groups))
	for _, g := range groups {
		rules = append(rules, kind.NetworkBoundaryRule{
			Direction: kind.Known("in").From(g.Provenance()), Action: kind.Choose(firewallGroupStops(c, g), "deny", "allow"),
			Protocol: kind.Known("any"), PortFrom: kind.Known[int64](0), PortTo: kind.Known[int64](awsnet.LastPort),
			CIDRs: kind.Known([]string{}), Refs: kind.Known([]string{}), ThreatGroup: firewallManaged(g),
		})
	}
	return kind.Listed(rules, open).From(policy.Provenance())
}

// firewallManaged says whether a rule group is a managed one, which its ARN tells.
func firewallManaged(ref mapping.View) kind.Attr[bool] {
	if t := ref.Targets("resource_arn", firewallRuleGroupType); t.First() != nil {
		return kind.Known(false)
	}
	a := ref.Attr("resource_arn")
	for _, p := range a.Parts {
		if strings.Contains(p.Text, ":aws-managed:") {
			return kind.Known(true)
		}
	}
	return kind.Convert(ref.String("resource_arn").OrUnknown(evidence.ParseError, "resource_arn is required"), func(arn string) bool {
		return strings.Contains(arn, ":aws-managed:")
	})
}

// firewallGroupStops says whether a rule group drops what it matches.
func firewallGroupStops(c *mapping.Context, ref mapping.View) kind.Attr[bool] {
	override := ref.Block("override")
	if alerts := equals(override.String("action"), "DROP_TO_ALERT"); !alerts.IsKnown() {
		return alerts
	} else if yes, _ := alerts.Value(); yes {
		return kind.Known(false).From(override.Provenance())
	}
	t := ref.Targets("resource_arn", firewallRuleGroupType)
	if r := t.First(); r != nil && r.Mode == resource.Managed {
		return firewallGroupDrops(c.View(r))
	}
	managed := firewallManaged(ref)
	if yes, _ := managed.Value(); yes {
		return kind.Known(true)
	}
	return notDeclared[bool](t, "the rule group")
}

// firewallGroupDrops looks for a rule that drops or rejects, in the three ways of writing stateful rules.
func firewallGroupDrops(group mapping.View) kind.Attr[bool] {
	source := group.Block("rule_group").Block("rules_source")
	found := []kind.Attr[bool]{
		equals(source.Block("rules_source_list").String("generated_rules_type"), "DENYLIST", "REJECTLIST", "ALLOWLIST"),
		awsnet.SuricataDrops(source.String("rules_string").Else(group.String("rules")).Or("")),
	}
	rules, open := nested(source, "stateful_rule")
	for _, r := range rules {
		found = append(found, equals(r.String("action"), "DROP", "REJECT"))
	}
	if open != nil {
		found = append(found, kind.Because[bool](*open))
	}
	return kind.AnyOf(found)
}

// firewallMode is prevent where the policy stops something: by default, or by one of its rule groups.
func firewallMode(c *mapping.Context, policy mapping.View) kind.Attr[string] {
	stops := []kind.Attr[bool]{firewallDrops(policy)}
	groups, open := nested(policy, "stateful_rule_group_reference")
	for _, g := range groups {
		stops = append(stops, firewallGroupStops(c, g))
	}
	if open != nil {
		stops = append(stops, kind.Because[bool](*open))
	}
	return kind.Choose(kind.AnyOf(stops), "prevent", "detect")
}

// firewallLogs is the firewall as a source of records.
func firewallLogs(c *mapping.Context, v mapping.View) {
	dest := v.Block("logging_configuration").Block("log_destination_config")
	scope := one(c, v, "firewall_arn", "aws_networkfirewall_firewall")
	l := logSource(c, "firewall", kind.Known(true).From(v.Provenance()), "", dest, "log_destination")
	l.Scope = scope
	where, names := firewallLogStore(c, dest)
	l.Destination = where
	if len(names) > 0 {
		l.Encrypted, l.RetentionDays = storedLogs(c, names[0], where)
	}
	c.Emit(v, "log_source", v.Instance.Name, "", l)
	if from, known := scope.Value(); known {
		c.Relate("logs_to", from, v.UID())
	}
}

// firewallLogStore reads the map argument log_destination, whose keys depend on the kind of store.
func firewallLogStore(c *mapping.Context, dest mapping.View) (kind.Attr[string], []*resource.Instance) {
	stores := dest.Mentions("log_destination", bucketType, logGroupType, firehoseType)
	if len(stores) > 0 {
		return kind.Known(c.UID(stores[0].Address)).From(dest.ProvenanceOf("log_destination")), stores
	}
	names, open := dest.StringMap("log_destination")
	for _, key := range []string{"bucketName", "logGroup", "deliveryStream"} {
		if name, ok := names[key]; ok {
			return kind.Known(name).From(dest.ProvenanceOf("log_destination")), nil
		}
	}
	if open != nil {
		return kind.Because[string](*open), nil
	}
	return outside[string]("the destination is not declared here"), nil
}
