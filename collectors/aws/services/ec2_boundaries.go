package services

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// boundaries reads security groups and network access lists.
func boundaries(ctx context.Context, c *api.Context, client *ec2.Client) {
	if !c.Wants("network_boundary") {
		return
	}
	groups := securityGroups(ctx, c)
	attached := behindGroups(ctx, c)
	for _, g := range groups.list.Items {
		uid := securityGroupUID(c, g)
		c.Emit(api.Entity{
			Kind: "network_boundary", UID: uid, Name: aws.ToString(g.GroupName), Aliases: []string{aws.ToString(g.GroupId)}, Prov: groups.list.Prov,
		}, kind.NetworkBoundary{
			Type: kind.Known("security_group"), Enabled: kind.Known(true), IsDefault: kind.Known(aws.ToString(g.GroupName) == "default"),
			DefaultInbound: kind.Known("deny"), DefaultOutbound: kind.Known("deny"), Mode: kind.Known("na"),
			Rules: kind.Known(groups.rules[aws.ToString(g.GroupId)]), AttachedTo: attached.of(aws.ToString(g.GroupId)),
		})
		for _, host := range attached.hosts[aws.ToString(g.GroupId)] {
			c.Relate("attached_to", uid, host)
		}
	}
	lists := api.List(ctx, c, client.DescribeNetworkAcls, &ec2.DescribeNetworkAclsInput{},
		func(o *ec2.DescribeNetworkAclsOutput) []types.NetworkAcl { return o.NetworkAcls })
	for _, l := range lists.Items {
		accessList(ctx, c, l, lists.Prov)
	}
}

func securityGroupUID(c *api.Context, g types.SecurityGroup) string {
	return ec2ARN(c, g.OwnerId, "security-group", g.GroupId)
}

// groupFacts are the security groups of a region with their rules.
type groupFacts struct {
	list  api.Listing[types.SecurityGroup]
	rules map[string][]kind.NetworkBoundaryRule // by the group's id
}

// securityGroups reads the security groups of the unit's region once.
func securityGroups(ctx context.Context, c *api.Context) groupFacts {
	return api.Shared(c, "ec2 security groups", func(c *api.Context) groupFacts {
		client := ec2.NewFromConfig(c.AWS())
		out := groupFacts{
			list: api.List(ctx, c, client.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{},
				func(o *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return o.SecurityGroups }),
			rules: map[string][]kind.NetworkBoundaryRule{},
		}
		lists := prefixLists(ctx, c, client, out.list.Items)
		for _, g := range out.list.Items {
			rules := make([]kind.NetworkBoundaryRule, 0, len(g.IpPermissions)+len(g.IpPermissionsEgress))
			for _, p := range g.IpPermissions {
				rules = append(rules, groupRule(c, "in", p, lists, out.list.Prov))
			}
			for _, p := range g.IpPermissionsEgress {
				rules = append(rules, groupRule(c, "out", p, lists, out.list.Prov))
			}
			out.rules[aws.ToString(g.GroupId)] = rules
		}
		return out
	})
}

// groupRule is one permission of a group, which speaks of one range of ports and of any number of addresses, lists and groups.
func groupRule(c *api.Context, direction string, p types.IpPermission, lists map[string]prefixList, prov *evidence.Provenance) kind.NetworkBoundaryRule {
	var cidrs, refs []string
	var open *evidence.Unknown
	for _, r := range p.IpRanges {
		cidrs = append(cidrs, aws.ToString(r.CidrIp))
	}
	for _, r := range p.Ipv6Ranges {
		cidrs = append(cidrs, aws.ToString(r.CidrIpv6))
	}
	for _, l := range p.PrefixListIds {
		list := lists[aws.ToString(l.PrefixListId)]
		cidrs, open = append(cidrs, list.cidrs...), evidence.FirstUnknown(open, list.open)
		refs = append(refs, cmp.Or(list.arn, ec2ARN(c, nil, "prefix-list", l.PrefixListId)))
	}
	for _, g := range p.UserIdGroupPairs {
		refs = append(refs, ec2ARN(c, g.UserId, "security-group", g.GroupId))
	}
	slices.Sort(refs)
	protocol := awsnet.Protocol(aws.ToString(p.IpProtocol))
	from, to := portRange(protocol, p.FromPort, p.ToPort)
	return kind.NetworkBoundaryRule{
		Direction: kind.Known(direction).From(prov), Action: kind.Known("allow"), Protocol: kind.Known(protocol), PortFrom: from, PortTo: to,
		CIDRs: awsnet.Addresses(cidrs, open), Refs: kind.Listed(slices.Compact(refs), nil), ThreatGroup: kind.Known(false),
	}
}

// portRange is the range that a rule admits: all where the protocol is any or the range is written as -1 or not at all, and awsnet.NoPort
// where the protocol has no ports.
func portRange(protocol string, from, to *int32) (first, last kind.Attr[int64]) {
	switch {
	case protocol == "any":
		return kind.Known[int64](0), kind.Known[int64](awsnet.LastPort)
	case !awsnet.HasPorts(protocol):
		return kind.Known[int64](awsnet.NoPort), kind.Known[int64](awsnet.NoPort)
	case from == nil || to == nil || *from == awsnet.NoPort:
		return kind.Known[int64](0), kind.Known[int64](awsnet.LastPort)
	}
	return kind.Known(int64(*from)), kind.Known(int64(*to))
}

// prefixList is a named list of address ranges.
type prefixList struct {
	arn   string
	cidrs []string
	open  *evidence.Unknown // why it may hold more
}

// prefixLists resolves the prefix lists that rules name. What AWS's own lists hold is the addresses of a service, and never everybody.
func prefixLists(ctx context.Context, c *api.Context, client *ec2.Client, groups []types.SecurityGroup) map[string]prefixList {
	named := namedLists(groups)
	if len(named) == 0 {
		return nil
	}
	out := make(map[string]prefixList, len(named))
	all := api.List(ctx, c, client.DescribeManagedPrefixLists, &ec2.DescribeManagedPrefixListsInput{},
		func(o *ec2.DescribeManagedPrefixListsOutput) []types.ManagedPrefixList { return o.PrefixLists })
	for _, l := range all.Items {
		id := aws.ToString(l.PrefixListId)
		if !slices.Contains(named, id) {
			continue
		}
		p := prefixList{arn: aws.ToString(l.PrefixListArn)}
		if aws.ToString(l.OwnerId) != "AWS" {
			entries := api.List(ctx, c, client.GetManagedPrefixListEntries, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: l.PrefixListId},
				func(o *ec2.GetManagedPrefixListEntriesOutput) []types.PrefixListEntry { return o.Entries })
			for _, e := range entries.Items {
				p.cidrs = append(p.cidrs, aws.ToString(e.Cidr))
			}
			p.open = firstFailure(entries.Fail)
		}
		out[id] = p
	}
	for _, id := range named {
		if _, found := out[id]; !found {
			why := evidence.FirstUnknown(firstFailure(all.Fail), &evidence.Unknown{Reason: evidence.Unlinked, Detail: "prefix list " + id + " was not found"})
			out[id] = prefixList{open: why}
		}
	}
	return out
}

func namedLists(groups []types.SecurityGroup) []string {
	var out []string
	for _, g := range groups {
		for _, p := range slices.Concat(g.IpPermissions, g.IpPermissionsEgress) {
			for _, l := range p.PrefixListIds {
				out = append(out, aws.ToString(l.PrefixListId))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// guarded is what stands behind security groups, by the group's id.
type guarded struct {
	all, hosts map[string][]string // UIDs
	open       *evidence.Unknown
}

// of is what stands behind a group.
func (g guarded) of(id string) kind.Attr[[]string] {
	list := slices.Clone(g.all[id])
	slices.Sort(list)
	return kind.Listed(slices.Compact(list), g.open)
}

// behindGroups reads the network interfaces: everything that a security group stands before has one.
func behindGroups(ctx context.Context, c *api.Context) guarded {
	list := regionInterfaces(ctx, c)
	out := guarded{all: map[string][]string{}, hosts: map[string][]string{}, open: firstFailure(list.Fail)}
	for _, i := range list.Items {
		uid, host := interfaceOwner(c, i)
		for _, g := range i.Groups {
			id := aws.ToString(g.GroupId)
			out.all[id] = append(out.all[id], uid)
			if host {
				out.hosts[id] = append(out.hosts[id], uid)
			}
		}
	}
	for id, hosts := range out.hosts {
		slices.Sort(hosts)
		out.hosts[id] = slices.Compact(hosts)
	}
	return out
}

// interfaceOwner is the UID of what a network interface belongs to, where AWS says it: an instance by its attachment, a load balancer or a file
// system by the description that the service gives the interface. Others stand for themselves.
func interfaceOwner(c *api.Context, i types.NetworkInterface) (uid string, host bool) {
	if a := i.Attachment; a != nil && aws.ToString(a.InstanceId) != "" {
		return ec2ARN(c, i.OwnerId, "instance", a.InstanceId), true
	}
	description := aws.ToString(i.Description)
	if name, found := strings.CutPrefix(description, "ELB "); found && strings.Contains(name, "/") {
		return c.ARN("elasticloadbalancing", "loadbalancer/"+name), false
	}
	if rest, found := strings.CutPrefix(description, "EFS mount target for "); found {
		id, _, _ := strings.Cut(rest, " ")
		return c.ARN("elasticfilesystem", "file-system/"+id), false
	}
	return ec2ARN(c, i.OwnerId, "network-interface", i.NetworkInterfaceId), false
}

// lastEntry is the number of the entry that ends every access list: it denies what no other decides, and cannot be changed. IPv6 has its own.
const lastEntry = 32767

// accessList is a network access list, whose rules are tried in the order of their numbers.
func accessList(ctx context.Context, c *api.Context, l types.NetworkAcl, prov *evidence.Provenance) {
	uid := ec2ARN(c, l.OwnerId, "network-acl", l.NetworkAclId)
	facts := subnetsPublic(ctx, c)
	subnets := make([]string, 0, len(l.Associations))
	for _, a := range l.Associations {
		arn := facts.byID[aws.ToString(a.SubnetId)].arn
		subnets = append(subnets, cmp.Or(arn, c.ARN("ec2", "subnet/"+aws.ToString(a.SubnetId))))
	}
	slices.Sort(subnets)
	entries := slices.DeleteFunc(slices.Clone(l.Entries), func(e types.NetworkAclEntry) bool { return aws.ToInt32(e.RuleNumber) >= lastEntry })
	slices.SortStableFunc(entries, func(a, b types.NetworkAclEntry) int {
		return cmp.Compare(aws.ToInt32(a.RuleNumber), aws.ToInt32(b.RuleNumber))
	})
	rules := make([]kind.NetworkBoundaryRule, 0, len(entries))
	for _, e := range entries {
		rules = append(rules, accessRule(e, prov))
	}
	c.Emit(api.Entity{
		Kind: "network_boundary", UID: uid, Name: nameOf(l.Tags, l.NetworkAclId), Aliases: []string{aws.ToString(l.NetworkAclId)}, Prov: prov,
	}, kind.NetworkBoundary{
		Type: kind.Known("nacl"), Enabled: kind.Known(true), IsDefault: kind.Known(aws.ToBool(l.IsDefault)), DefaultInbound: kind.Known("deny"),
		DefaultOutbound: kind.Known("deny"), Mode: kind.Known("na"), Rules: kind.Known(rules), AttachedTo: kind.Known(slices.Compact(subnets)),
	})
	for _, s := range subnets {
		c.Relate("attached_to", uid, s)
	}
}

func accessRule(e types.NetworkAclEntry, prov *evidence.Provenance) kind.NetworkBoundaryRule {
	direction, action := "in", "deny"
	if aws.ToBool(e.Egress) {
		direction = "out"
	}
	if e.RuleAction == types.RuleActionAllow {
		action = "allow"
	}
	var cidrs []string
	for _, cidr := range []*string{e.CidrBlock, e.Ipv6CidrBlock} {
		if cidr != nil {
			cidrs = append(cidrs, *cidr)
		}
	}
	var first, last *int32
	if e.PortRange != nil {
		first, last = e.PortRange.From, e.PortRange.To
	}
	protocol := awsnet.Protocol(aws.ToString(e.Protocol))
	from, to := portRange(protocol, first, last)
	return kind.NetworkBoundaryRule{
		Direction: kind.Known(direction).From(prov), Action: kind.Known(action), Protocol: kind.Known(protocol), PortFrom: from, PortTo: to,
		CIDRs: awsnet.Addresses(cidrs, nil), Refs: kind.Known([]string{}), ThreatGroup: kind.Known(false),
	}
}
