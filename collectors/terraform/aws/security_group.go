package aws

import (
	"maps"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// securityGroup maps security groups with their rules, in all three ways of writing them: blocks of the group,
// aws_security_group_rule, and aws_vpc_security_group_ingress_rule and _egress_rule. A group denies what no rule allows.
func securityGroup() mapping.Service {
	boundary := []string{"network_boundary"}
	groups := append(groupTypes(), vpcTypes()...)
	rule := func(name string) mapping.Type {
		return mapping.Type{Name: name, Kinds: boundary, PartOf: groups, Map: strayRule}
	}
	return mapping.Service{Name: "security_group", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_security_group", Kinds: boundary, Map: groupBoundary},
			{Name: "aws_default_security_group", Kinds: boundary, Map: groupBoundary},
			rule("aws_security_group_rule"), rule("aws_vpc_security_group_ingress_rule"), rule("aws_vpc_security_group_egress_rule"),
		},
		partsOf(boundary, groups, "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry", "aws_network_interface",
			"aws_network_interface_sg_attachment", "aws_network_interface_attachment", "aws_vpc_endpoint_security_group_association"),
		noted("which rules Terraform removes says nothing of those that it makes", "aws_vpc_security_group_rules_exclusive",
			"aws_vpc_security_group_vpc_association", "aws_network_interface_permission"),
	)}
}

func groupBoundary(c *mapping.Context, v mapping.View) {
	set := groupRules(c, v)
	rules := kind.Listed(set.rules, set.open).From(v.Provenance())
	attached := groupAttachments(c, v.Instance.Address)
	emitGroup(c, v, "", v.Instance.Type == "aws_default_security_group", rules, attached)
}

func emitGroup(
	c *mapping.Context, v mapping.View, suffix string, isDefault bool,
	rules kind.Attr[[]kind.NetworkBoundaryRule], attached attachment,
) {
	e := c.Emit(v, "network_boundary", v.Instance.Name, suffix, kind.NetworkBoundary{
		Type: kind.Known("security_group"), Enabled: kind.Known(true), IsDefault: kind.Known(isDefault),
		DefaultInbound: kind.Known("deny"), DefaultOutbound: kind.Known("deny"), Mode: kind.Known("na"),
		Rules: rules, AttachedTo: kind.Listed(attached.to, attached.open),
	})
	for _, to := range attached.to {
		c.Relate("attached_to", e.UID, to)
	}
	if attached.open != nil {
		c.RelateOpen("attached_to", e.UID, *attached.open)
	}
}

// ruleSet is the rules of a boundary, and why there may be more.
type ruleSet struct {
	rules []kind.NetworkBoundaryRule
	open  *evidence.Unknown
}

// groupRules are all rules of a group.
func groupRules(c *mapping.Context, group mapping.View) ruleSet {
	return mapping.Memo(c, "aws group rules "+group.Instance.Address, func() ruleSet {
		var rules []kind.NetworkBoundaryRule
		var open *evidence.Unknown
		for _, inline := range [][2]string{{"ingress", "in"}, {"egress", "out"}} {
			blocks, gap := nested(group, inline[0])
			open = evidence.FirstUnknown(open, gap)
			for _, b := range blocks {
				rules = append(rules, allowRule(c, b, kind.Known(inline[1]), group.UID(), inlineRuleArgs()))
			}
		}
		split, gap := splitRules(c, group)
		rules, open = append(rules, split...), evidence.FirstUnknown(open, gap)
		if group.Instance.Type == "aws_default_security_group" {
			split, gap := rulesOfDefaultGroup(c, group)
			rules, open = append(rules, split...), evidence.FirstUnknown(open, gap)
		}
		return ruleSet{rules, open}
	})
}

// rulesOfDefaultGroup are the rules that name the default group of a network by the network's attribute.
func rulesOfDefaultGroup(c *mapping.Context, group mapping.View) ([]kind.NetworkBoundaryRule, *evidence.Unknown) {
	vpc := group.Targets("vpc_id", vpcTypes()...).First()
	if vpc == nil || vpc.Mode == resource.Data {
		return nil, nil
	}
	return splitRules(c, c.View(vpc))
}

// splitRules are the rules that are resources of their own and name the group (or the network whose default group they are for).
func splitRules(c *mapping.Context, group mapping.View) (rules []kind.NetworkBoundaryRule, open *evidence.Unknown) {
	for _, typ := range []string{"aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"} {
		parts, gap := group.Parts(typ, "security_group_id")
		open = evidence.FirstUnknown(open, gap)
		for _, p := range parts {
			rules = append(rules, splitRule(c, p, group.UID()))
		}
	}
	return rules, open
}

func splitRule(c *mapping.Context, v mapping.View, self string) kind.NetworkBoundaryRule {
	switch v.Instance.Type {
	case "aws_vpc_security_group_ingress_rule":
		return allowRule(c, v, kind.Known("in"), self, vpcRuleArgs())
	case "aws_vpc_security_group_egress_rule":
		return allowRule(c, v, kind.Known("out"), self, vpcRuleArgs())
	}
	direction := kind.Choose(equals(v.String("type"), "ingress"), "in", "out")
	return allowRule(c, v, direction, self, groupRuleArgs())
}

// strayRule maps a rule whose group is not declared here, so that what it opens is seen: the rest of the group is unknown.
func strayRule(c *mapping.Context, v mapping.View) {
	t := v.Targets("security_group_id", append(groupTypes(), vpcTypes()...)...)
	for _, r := range t.Instances {
		if r.Mode == resource.Managed {
			return
		}
	}
	why := evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the rule's security group is not declared here"}
	if t.Open != nil {
		why = *t.Open
	}
	c.Emit(v, "network_boundary", v.Instance.Name, "", kind.NetworkBoundary{
		Type: kind.Known("security_group"), Enabled: kind.Known(true), IsDefault: kind.Because[bool](why),
		DefaultInbound: kind.Known("deny"), DefaultOutbound: kind.Known("deny"), Mode: kind.Known("na"),
		Rules:      kind.AtLeast([]kind.NetworkBoundaryRule{splitRule(c, v, v.UID())}, why),
		AttachedTo: kind.Because[[]string](why),
	})
}

// implicitDefaultGroup maps the default group that AWS makes with each network, where the code does not take it over: it allows
// everything among its members, and everything out.
func implicitDefaultGroup(c *mapping.Context, vpc mapping.View) {
	managed, open := vpc.Parts("aws_default_security_group", "vpc_id")
	if len(managed) > 0 {
		return
	}
	if vpc.Instance.Type == "aws_default_vpc" && slices.ContainsFunc(c.All("aws_default_security_group"), func(g mapping.View) bool {
		return !g.Has("vpc_id")
	}) {
		return
	}
	const suffix = "default_security_group"
	uid := vpc.UID() + "#" + suffix
	everything := func(direction string) kind.NetworkBoundaryRule {
		return kind.NetworkBoundaryRule{
			Direction: kind.Known(direction), Action: kind.Known("allow"), Protocol: kind.Known("any"), PortFrom: kind.Known[int64](0),
			PortTo: kind.Known[int64](awsnet.LastPort), CIDRs: kind.Known([]string{}), Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
		}
	}
	in, out := everything("in"), everything("out")
	in.Refs, out.CIDRs = kind.Known([]string{uid}), kind.Known([]string{"0.0.0.0/0"})
	split, gap := splitRules(c, vpc)
	attr := kind.Listed(slices.Concat([]kind.NetworkBoundaryRule{in, out}, split), gap)
	if open != nil {
		attr = kind.Because[[]kind.NetworkBoundaryRule](*open)
	}
	emitGroup(c, vpc, suffix, true, attr, groupAttachments(c, vpc.Instance.Address))
}

// attachment is to what a group is attached, as UIDs, and why it may be attached to more.
type attachment struct {
	to   []string
	open *evidence.Unknown
}

// groupAttachments looks a group up, by its address or, for a default group, by the address of its network.
func groupAttachments(c *mapping.Context, address string) attachment {
	all := mapping.Memo(c, "aws group attachments", func() map[string]attachment { return attachGroups(c) })
	found := all[address]
	slices.Sort(found.to)
	return attachment{to: slices.Compact(found.to), open: evidence.FirstUnknown(found.open, all[""].open)}
}

// attachGroups goes once through the arguments of all resources that name security groups.
func attachGroups(c *mapping.Context) map[string]attachment {
	all := make(map[string]attachment)
	for _, v := range c.Managed() {
		if !takesGroups(v.Instance.Type) {
			continue
		}
		t := groupsNamed(v)
		if t.Open != nil && all[""].open == nil {
			all[""] = attachment{open: t.Open}
		}
		if len(t.addresses) == 0 {
			continue
		}
		uids := protectedBy(c, v)
		for _, address := range t.addresses {
			a := all[address]
			a.to = append(a.to, uids...)
			all[address] = a
		}
	}
	return all
}

// takesGroups excludes the types that name groups without being attached to them.
func takesGroups(typ string) bool {
	return strings.HasPrefix(typ, "aws_") && !strings.HasPrefix(typ, "aws_security_group") &&
		!strings.HasPrefix(typ, "aws_vpc_security_group") && typ != "aws_default_security_group"
}

// namedGroups are the addresses of the groups (or, for a default group, of the network) that a resource names.
type namedGroups struct {
	addresses []string
	Open      *evidence.Unknown
}

// groupsNamed reads every argument that attaches groups, at every depth: AWS uses the same few names in all services.
func groupsNamed(v mapping.View) namedGroups {
	var out namedGroups
	for _, arg := range []string{
		"vpc_security_group_ids", "security_group_ids", "security_groups", "security_group_id_list", "security_group_id",
		"associate_security_group_ids", "additional_master_security_groups", "additional_slave_security_groups",
		"emr_managed_master_security_group", "emr_managed_slave_security_group", "service_access_security_group",
	} {
		if !v.Has(arg) {
			continue
		}
		for _, ref := range v.Attr(arg).Refs {
			if ref.Attr == "default_security_group_id" {
				out.addresses = append(out.addresses, ref.Address)
			}
		}
		t := v.Targets(arg, groupTypes()...)
		for _, r := range t.Instances {
			out.addresses = append(out.addresses, r.Address)
		}
		out.Open = evidence.FirstUnknown(out.Open, t.Open)
	}
	if v.Body == nil {
		return out
	}
	for _, typ := range slices.Sorted(maps.Keys(v.Body.Nested)) {
		blocks, _ := v.Blocks(typ)
		for _, b := range blocks {
			more := groupsNamed(b)
			out.addresses = append(out.addresses, more.addresses...)
			out.Open = evidence.FirstUnknown(out.Open, more.Open)
		}
	}
	return out
}

// protectedBy are the UIDs of what stands behind a resource that names security groups: usually its own.
func protectedBy(c *mapping.Context, v mapping.View) []string {
	switch v.Instance.Type {
	case "aws_lb", "aws_alb":
		if listeners := listenersOf(v); len(listeners) > 0 {
			return uidsOf(listeners)
		}
	case "aws_elb":
		return classicUIDs(v)
	case "aws_launch_template", "aws_launch_configuration":
		return machinesFrom(c, v)
	case "aws_network_interface":
		if hosts := interfaceHosts(c)[v.Instance.Address]; len(hosts) > 0 {
			return hosts
		}
	case "aws_network_interface_sg_attachment":
		return interfaceUIDs(c, v.Targets("network_interface_id", "aws_instance", "aws_network_interface"))
	case "aws_efs_mount_target":
		return v.Targets("file_system_id", "aws_efs_file_system").UIDs(c)
	case "aws_vpc_endpoint_security_group_association":
		return v.Targets("vpc_endpoint_id", "aws_vpc_endpoint").UIDs(c)
	}
	return []string{v.UID()}
}

func uidsOf(views []mapping.View) []string {
	out := make([]string, 0, len(views))
	for _, v := range views {
		out = append(out, v.UID())
	}
	return out
}

// interfaceUIDs are the hosts that have the network interfaces, or the interfaces themselves where no host is known.
func interfaceUIDs(c *mapping.Context, t mapping.Targets) []string {
	var out []string
	for _, r := range t.Instances {
		if hosts := interfaceHosts(c)[r.Address]; len(hosts) > 0 {
			out = append(out, hosts...)
			continue
		}
		out = append(out, c.UID(r.Address))
	}
	return append(out, t.Literals...)
}

// interfaceHosts are the hosts that each network interface is attached to, by the interface's address.
func interfaceHosts(c *mapping.Context) map[string][]string {
	return mapping.Memo(c, "aws interface hosts", func() map[string][]string {
		out := make(map[string][]string)
		add := func(v mapping.View, host string) {
			for _, eni := range v.Targets("network_interface_id", "aws_network_interface").Instances {
				out[eni.Address] = append(out[eni.Address], host)
			}
		}
		for _, host := range c.All("aws_instance") {
			for _, typ := range []string{"network_interface", "primary_network_interface"} {
				blocks, _ := host.Blocks(typ)
				for _, b := range blocks {
					add(b, host.UID())
				}
			}
		}
		for _, a := range c.All("aws_network_interface_attachment") {
			for _, host := range a.Targets("instance_id", "aws_instance").UIDs(c) {
				add(a, host)
			}
		}
		for _, eni := range c.All("aws_network_interface") {
			blocks, _ := eni.Blocks("attachment")
			for _, b := range blocks {
				hosts := b.Targets("instance", "aws_instance").UIDs(c)
				out[eni.Instance.Address] = append(out[eni.Instance.Address], hosts...)
			}
		}
		return out
	})
}
