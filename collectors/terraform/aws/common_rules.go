package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ruleArgs names the arguments in which a kind of rule says what it admits; "" where it has no such argument.
type ruleArgs struct {
	protocol string
	cidrs    []string
	groups   []string // security groups
	prefixes []string // prefix lists
	self     string
}

func inlineRuleArgs() ruleArgs {
	return ruleArgs{"protocol", []string{"cidr_blocks", "ipv6_cidr_blocks"}, []string{"security_groups"}, []string{"prefix_list_ids"}, "self"}
}

func groupRuleArgs() ruleArgs {
	return ruleArgs{
		"protocol", []string{"cidr_blocks", "ipv6_cidr_blocks"}, []string{"source_security_group_id"}, []string{"prefix_list_ids"}, "self",
	}
}

func vpcRuleArgs() ruleArgs {
	return ruleArgs{
		"ip_protocol", []string{"cidr_ipv4", "cidr_ipv6"}, []string{"referenced_security_group_id"}, []string{"prefix_list_id"}, "",
	}
}

// allowRule reads a security-group rule. Its provenance is the rule's own block or resource. Self is the UID of the group.
func allowRule(c *mapping.Context, v mapping.View, direction kind.Attr[string], self string, args ruleArgs) kind.NetworkBoundaryRule {
	cidrs, openCIDRs := gather(v, args.cidrs...)
	refs, openRefs := groupRefs(c, v, args.groups)
	listedCIDRs, lists, openList := prefixLists(c, v, args.prefixes)
	openCIDRs = evidence.FirstUnknown(openCIDRs, openList)
	if args.self != "" {
		own := v.Bool(args.self).Or(false)
		if yes, _ := own.Value(); yes {
			refs = append(refs, self)
		}
		if why, unknown := own.Reason(); unknown {
			openRefs = evidence.FirstUnknown(openRefs, &why)
		}
	}
	protocol := kind.Convert(v.String(args.protocol).OrUnknown(evidence.ParseError, args.protocol+" is required"), awsnet.Protocol)
	from, to := ports(protocol, v.Int("from_port"), v.Int("to_port"))
	return kind.NetworkBoundaryRule{
		Direction: direction.From(v.Provenance()), Action: kind.Known("allow"), Protocol: protocol, PortFrom: from, PortTo: to,
		CIDRs: awsnet.Addresses(append(cidrs, listedCIDRs...), openCIDRs).From(v.Provenance()), Refs: awsnet.Addresses(append(refs, lists...), openRefs),
		ThreatGroup: kind.Known(false),
	}
}

func groupTypes() []string { return []string{"aws_security_group", "aws_default_security_group"} }

// groupRefs are the UIDs of the security groups that a rule admits. In lists, "self" may stand for the group itself.
func groupRefs(c *mapping.Context, v mapping.View, args []string) (refs []string, open *evidence.Unknown) {
	for _, arg := range args {
		t := v.Targets(arg, groupTypes()...)
		refs, open = append(refs, t.UIDs(c)...), evidence.FirstUnknown(open, t.Open)
	}
	return refs, open
}

// prefixLists resolves prefix lists: the addresses of those that are declared here, and the names of the others. What AWS's own
// lists hold is never everybody; what another list holds is not known.
func prefixLists(c *mapping.Context, v mapping.View, args []string) (cidrs, refs []string, open *evidence.Unknown) {
	for _, arg := range args {
		t := v.Targets(arg, "aws_ec2_managed_prefix_list", "aws_prefix_list", "aws_vpc_endpoint")
		open = evidence.FirstUnknown(open, t.Open)
		refs = append(refs, t.UIDs(c)...)
		for _, r := range t.Instances {
			list := c.View(r)
			own, gap := prefixEntries(list)
			cidrs, open = append(cidrs, own...), evidence.FirstUnknown(open, gap)
		}
		for _, id := range t.Literals {
			open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "prefix list " + id + " is not declared here"})
		}
	}
	return cidrs, refs, open
}

func prefixEntries(list mapping.View) ([]string, *evidence.Unknown) {
	switch {
	case list.Instance.Type == "aws_prefix_list", list.Instance.Type == "aws_vpc_endpoint":
		return nil, nil // an AWS service's addresses
	case list.Instance.Mode == resource.Data:
		if name, known := list.String("name").Known(); known && strings.HasPrefix(name, "com.amazonaws.") {
			return nil, nil
		}
		return nil, &evidence.Unknown{Reason: evidence.NotInPlane, Detail: list.Instance.Address + " is not declared here"}
	}
	var cidrs []string
	entries, open := nested(list, "entry")
	parts, gap := list.Parts("aws_ec2_managed_prefix_list_entry", "prefix_list_id")
	open = evidence.FirstUnknown(open, gap)
	for _, e := range append(entries, parts...) {
		own, gap := gather(e, "cidr")
		cidrs, open = append(cidrs, own...), evidence.FirstUnknown(open, gap)
	}
	return cidrs, open
}

// ports is the range that a rule admits: all where the protocol is any, or the range is written as -1, and awsnet.NoPort where the
// protocol has no ports.
func ports(protocol kind.Attr[string], from, to mapping.Read[int64]) (first, last kind.Attr[int64]) {
	name, known := protocol.Value()
	switch {
	case known && name == "any":
		return kind.Known[int64](0), kind.Known[int64](awsnet.LastPort)
	case known && !awsnet.HasPorts(name):
		return kind.Known[int64](awsnet.NoPort), kind.Known[int64](awsnet.NoPort)
	}
	if n, ok := from.Known(); ok && n == awsnet.NoPort {
		return kind.Known[int64](0), kind.Known[int64](awsnet.LastPort)
	}
	return from.OrUnknown(evidence.ParseError, "from_port is required"), to.OrUnknown(evidence.ParseError, "to_port is required")
}
