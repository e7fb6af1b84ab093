package aws

import (
	"cmp"
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// networkACL maps network access lists with their rules, which are tried in the order of their numbers. A list denies what no
// rule decides.
func networkACL() mapping.Service {
	boundary, lists := []string{"network_boundary"}, []string{"aws_network_acl", "aws_default_network_acl"}
	return mapping.Service{Name: "network_acl", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_network_acl", Kinds: boundary, Map: aclBoundary},
			{Name: "aws_default_network_acl", Kinds: boundary, Map: aclBoundary},
		},
		partsOf(boundary, lists, "aws_network_acl_rule", "aws_network_acl_association"),
	)}
}

func aclBoundary(c *mapping.Context, v mapping.View) {
	subnets, open := aclSubnets(c, v)
	c.Emit(v, "network_boundary", v.Instance.Name, "", kind.NetworkBoundary{
		Type: kind.Known("nacl"), Enabled: kind.Known(true), IsDefault: kind.Known(v.Instance.Type == "aws_default_network_acl"),
		DefaultInbound: kind.Known("deny"), DefaultOutbound: kind.Known("deny"), Mode: kind.Known("na"),
		Rules: aclRules(v), AttachedTo: kind.Listed(subnets, open),
	})
	for _, s := range subnets {
		c.Relate("attached_to", v.UID(), s)
	}
}

// aclSubnets are the subnets of a list. Those of the default list are all that no other list claims.
func aclSubnets(c *mapping.Context, v mapping.View) ([]string, *evidence.Unknown) {
	t := v.Targets("subnet_ids", subnetTypes()...)
	uids, open := t.UIDs(c), t.Open
	if v.Instance.Type == "aws_default_network_acl" && !v.Has("subnet_ids") {
		open = &evidence.Unknown{Reason: evidence.Computed, Detail: "every subnet that no other list claims"}
	}
	parts, gap := v.Parts("aws_network_acl_association", "network_acl_id")
	for _, p := range parts {
		uids = append(uids, p.Targets("subnet_id", subnetTypes()...).UIDs(c)...)
	}
	slices.Sort(uids)
	return slices.Compact(uids), evidence.FirstUnknown(open, gap)
}

// aclRule is a rule with its number; a number that is not known sorts last.
type aclRule struct {
	number int64
	rule   kind.NetworkBoundaryRule
}

func aclRules(v mapping.View) kind.Attr[[]kind.NetworkBoundaryRule] {
	var numbered []aclRule
	var open *evidence.Unknown
	for _, side := range [][2]string{{"ingress", "in"}, {"egress", "out"}} {
		blocks, gap := nested(v, side[0])
		open = evidence.FirstUnknown(open, gap)
		for _, b := range blocks {
			numbered = append(numbered, newACLRule(b, "rule_no", "action", kind.Known(side[1])))
		}
	}
	parts, gap := v.Parts("aws_network_acl_rule", "network_acl_id")
	for _, p := range parts {
		direction := kind.Choose(p.Bool("egress").Or(false), "out", "in")
		numbered = append(numbered, newACLRule(p, "rule_number", "rule_action", direction))
	}
	slices.SortStableFunc(numbered, func(a, b aclRule) int { return cmp.Compare(a.number, b.number) })
	rules := make([]kind.NetworkBoundaryRule, 0, len(numbered))
	for _, n := range numbered {
		rules = append(rules, n.rule)
	}
	return kind.Listed(rules, evidence.FirstUnknown(open, gap)).From(v.Provenance())
}

func newACLRule(v mapping.View, numberArg, actionArg string, direction kind.Attr[string]) aclRule {
	number, known := v.Int(numberArg).Known()
	if !known {
		number = 1 << 16
	}
	cidrs, open := gather(v, "cidr_block", "ipv6_cidr_block")
	protocol := kind.Convert(v.String("protocol").OrUnknown(evidence.ParseError, "protocol is required"), awsnet.Protocol)
	from, to := ports(protocol, v.Int("from_port"), v.Int("to_port"))
	action := kind.Choose(equals(v.String(actionArg), "allow"), "allow", "deny")
	return aclRule{number, kind.NetworkBoundaryRule{
		Direction: direction.From(v.Provenance()), Action: action, Protocol: protocol, PortFrom: from, PortTo: to,
		CIDRs: awsnet.Addresses(cidrs, open).From(v.Provenance()), Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
	}}
}
