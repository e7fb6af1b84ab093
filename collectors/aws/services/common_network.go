package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// subnetFact is what other entities need to know of a subnet.
type subnetFact struct {
	arn    string
	vpc    string          // ARN of its network, which another account may own
	public kind.Attr[bool] // whether it has a route to an internet gateway
}

// subnetFacts are the subnets of a region by their ids.
type subnetFacts struct {
	byID map[string]subnetFact
	prov *evidence.Provenance
	fail *api.Failure // why subnets may be missing; nil where all were read
}

// subnetsPublic reads the subnets and route tables of the unit's region, once for all units.
func subnetsPublic(ctx context.Context, c *api.Context) subnetFacts {
	return api.Shared(c, "ec2 subnets", func(c *api.Context) subnetFacts {
		subnets, tables := regionSubnets(ctx, c), regionRouteTables(ctx, c)
		out := subnetFacts{byID: make(map[string]subnetFact, len(subnets.Items)), prov: subnets.Prov, fail: subnets.Fail}
		for _, s := range subnets.Items {
			owner := aws.ToString(s.OwnerId)
			if owner == "" {
				owner = c.Account.ID
			}
			out.byID[aws.ToString(s.SubnetId)] = subnetFact{
				arn:    aws.ToString(s.SubnetArn),
				vpc:    vpcARN(c, owner, aws.ToString(s.VpcId)),
				public: subnetPublic(aws.ToString(s.SubnetId), aws.ToString(s.VpcId), tables),
			}
		}
		return out
	})
}

// vpcARN is the ARN of a network that the account with the id owns.
func vpcARN(c *api.Context, owner, id string) string {
	if id == "" {
		return ""
	}
	return "arn:" + c.Account.Partition + ":ec2:" + c.Region + ":" + owner + ":vpc/" + id
}

// subnetPublic says whether the route table that a subnet is associated with, or else the main one of its network, leads to an internet
// gateway. A subnet that another account shares may have a table that this account does not see.
func subnetPublic(subnet, vpc string, tables api.Listing[types.RouteTable]) kind.Attr[bool] {
	var main *types.RouteTable
	for i := range tables.Items {
		t := &tables.Items[i]
		for _, a := range t.Associations {
			switch {
			case aws.ToString(a.SubnetId) == subnet:
				return kind.Known(leadsToInternet(*t)).From(tables.Prov)
			case aws.ToBool(a.Main) && aws.ToString(t.VpcId) == vpc:
				main = t
			}
		}
	}
	switch {
	case tables.Fail != nil: // the table of the subnet may be among those that were not read
		return kind.Because[bool](tables.Fail.Unknown()).From(tables.Prov)
	case main == nil:
		return kind.Unknown[bool](evidence.Unlinked, "the account does not see a route table of subnet "+subnet).From(tables.Prov)
	}
	return kind.Known(leadsToInternet(*main)).From(tables.Prov)
}

// leadsToInternet reports whether a route table has a route to an internet gateway.
func leadsToInternet(t types.RouteTable) bool {
	return slices.ContainsFunc(t.Routes, func(r types.Route) bool { return strings.HasPrefix(aws.ToString(r.GatewayId), "igw-") })
}

// placement is where subnets put what runs in them: "public" where one of them has a route to an internet gateway, "private" where none
// has, unknown where that cannot be told of one of them.
func placement(ctx context.Context, c *api.Context, subnetIDs []string) kind.Attr[string] {
	if len(subnetIDs) == 0 {
		return kind.Unknown[string](evidence.Unlinked, "AWS names no subnet")
	}
	facts := subnetsPublic(ctx, c)
	public := make([]kind.Attr[bool], 0, len(subnetIDs))
	for _, id := range subnetIDs {
		s, found := facts.byID[id]
		switch {
		case found:
			public = append(public, s.public)
		case facts.fail != nil:
			public = append(public, kind.Because[bool](facts.fail.Unknown()).From(facts.prov))
		default:
			public = append(public, kind.Unknown[bool](evidence.Unlinked, "subnet "+id+" was not found").From(facts.prov))
		}
	}
	return kind.Choose(kind.AnyOf(public), "public", "private")
}

// vpcOfSubnets are the ARNs of the networks that the subnets are parts of, sorted; those of subnets that were not read are missing.
func vpcOfSubnets(ctx context.Context, c *api.Context, subnetIDs []string) []string {
	facts := subnetsPublic(ctx, c)
	var out []string
	for _, id := range subnetIDs {
		if vpc := facts.byID[id].vpc; vpc != "" {
			out = append(out, vpc)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// runIn relates something to the subnets in which it has interfaces, and to the networks from which it can be reached.
func runIn(ctx context.Context, c *api.Context, uid string, subnetIDs []string) {
	facts := subnetsPublic(ctx, c)
	for _, id := range subnetIDs {
		if s, found := facts.byID[id]; found {
			c.Relate("runs_in", uid, s.arn)
		} else {
			c.Relate("runs_in", uid, c.ARN("ec2", "subnet/"+id))
		}
	}
	for _, vpc := range vpcOfSubnets(ctx, c, subnetIDs) {
		c.Relate("reaches", vpc, uid)
	}
}

// guard relates security groups to what they stand before.
func guard(c *api.Context, uid string, groupIDs []string) {
	for _, id := range groupIDs {
		if id != "" {
			c.Relate("attached_to", c.ARN("ec2", "security-group/"+id), uid)
		}
	}
}

// place fills where subnets put a store, and relates it to its networks and security groups.
func place(ctx context.Context, c *api.Context, d *kind.Datastore, uid string, subnetIDs, groupIDs []string) {
	d.NetworkPlacement = placement(ctx, c, subnetIDs)
	runIn(ctx, c, uid, subnetIDs)
	guard(c, uid, groupIDs)
}

// subnetGroups are the subnets of a service's subnet groups, by the group's name.
type subnetGroups struct {
	of   map[string][]string
	prov *evidence.Provenance
	fail *api.Failure
}

// subnetGroupsOf sorts the subnet groups that a service listed by their names.
func subnetGroupsOf[G any](l api.Listing[G], read func(G) (name *string, subnets []string)) subnetGroups {
	out := subnetGroups{of: make(map[string][]string, len(l.Items)), prov: l.Prov, fail: l.Fail}
	for _, g := range l.Items {
		name, subnets := read(g)
		out.of[aws.ToString(name)] = subnets
	}
	return out
}

// placeByGroup is place for a store that names a subnet group.
func placeByGroup(ctx context.Context, c *api.Context, d *kind.Datastore, uid string, groups subnetGroups, name *string, groupIDs []string) {
	subnets := groups.of[aws.ToString(name)]
	place(ctx, c, d, uid, subnets, groupIDs)
	if len(subnets) == 0 && groups.fail != nil {
		d.NetworkPlacement = kind.Because[string](groups.fail.Unknown()).From(groups.prov)
		c.RelateOpen("runs_in", uid)
	}
}

// idsOf are the ids of things that the SDK has in structures.
func idsOf[T any](list []T, id func(T) *string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = aws.ToString(id(x))
	}
	return out
}

// regionInterfaces reads the network interfaces of the unit's region, once for all units: they tell the security groups of what the services
// themselves do not.
func regionInterfaces(ctx context.Context, c *api.Context) api.Listing[types.NetworkInterface] {
	return api.Shared(c, "ec2 network interfaces", func(c *api.Context) api.Listing[types.NetworkInterface] {
		return api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{},
			func(o *ec2.DescribeNetworkInterfacesOutput) []types.NetworkInterface { return o.NetworkInterfaces })
	})
}

// groupsOfInterfaces are the security groups of the network interfaces with the ids, sorted.
func groupsOfInterfaces(ctx context.Context, c *api.Context, ids []string) []string {
	if len(ids) == 0 {
		return nil
	}
	var out []string
	for _, i := range regionInterfaces(ctx, c).Items {
		if slices.Contains(ids, aws.ToString(i.NetworkInterfaceId)) {
			for _, g := range i.Groups {
				out = append(out, aws.ToString(g.GroupId))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
