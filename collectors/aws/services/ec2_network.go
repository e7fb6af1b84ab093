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
	"github.com/assay-audit/assay/internal/label"
)

// regionSubnets lists the subnets of the unit's region, once for all units.
func regionSubnets(ctx context.Context, c *api.Context) api.Listing[types.Subnet] {
	return api.Shared(c, "ec2 subnet list", func(c *api.Context) api.Listing[types.Subnet] {
		return api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeSubnets, &ec2.DescribeSubnetsInput{},
			func(o *ec2.DescribeSubnetsOutput) []types.Subnet { return o.Subnets })
	})
}

// regionRouteTables lists the route tables of the unit's region, once for all units.
func regionRouteTables(ctx context.Context, c *api.Context) api.Listing[types.RouteTable] {
	return api.Shared(c, "ec2 route tables", func(c *api.Context) api.Listing[types.RouteTable] {
		return api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeRouteTables, &ec2.DescribeRouteTablesInput{},
			func(o *ec2.DescribeRouteTablesOutput) []types.RouteTable { return o.RouteTables })
	})
}

// networks reads the VPCs and their subnets with the flow logs. Route tables, gateways and peerings are no entities of their own: they decide
// whether a subnet is public and which networks a network is joined to.
func networks(ctx context.Context, c *api.Context, client *ec2.Client) {
	flows := api.List(ctx, c, client.DescribeFlowLogs, &ec2.DescribeFlowLogsInput{},
		func(o *ec2.DescribeFlowLogsOutput) []types.FlowLog { return o.FlowLogs })
	for _, f := range flows.Items {
		flowLog(ctx, c, f, flows.Prov)
	}
	if c.Wants("network") {
		vpcs := api.List(ctx, c, client.DescribeVpcs, &ec2.DescribeVpcsInput{}, func(o *ec2.DescribeVpcsOutput) []types.Vpc { return o.Vpcs })
		joints := readJoints(ctx, c, client)
		for _, v := range vpcs.Items {
			network(ctx, c, v, flows, joints, vpcs.Prov)
		}
	}
	if !c.Wants("subnet") {
		return
	}
	list, facts := regionSubnets(ctx, c), subnetsPublic(ctx, c)
	for _, s := range list.Items {
		fact := facts.byID[aws.ToString(s.SubnetId)]
		c.Emit(api.Entity{
			Kind: "subnet", UID: fact.arn, Name: nameOf(s.Tags, s.SubnetId), Aliases: []string{aws.ToString(s.SubnetId)}, Prov: list.Prov,
		}, kind.Subnet{Public: fact.public})
		c.Relate("runs_in", fact.arn, fact.vpc)
	}
}

func network(ctx context.Context, c *api.Context, v types.Vpc, flows api.Listing[types.FlowLog], j joints, prov *evidence.Provenance) {
	uid := ec2ARN(c, v.OwnerId, "vpc", v.VpcId)
	c.Emit(api.Entity{Kind: "network", UID: uid, Name: nameOf(v.Tags, v.VpcId), Aliases: []string{aws.ToString(v.VpcId)}, Prov: prov}, kind.Network{
		Environment:     environmentOf(c, ec2Tags(v.Tags)),
		CIDRs:           kind.Known(vpcCIDRs(v)),
		Peerings:        j.of(ctx, c, aws.ToString(v.VpcId)),
		FlowLogsEnabled: flowLogsOn(ctx, c, aws.ToString(v.VpcId), flows),
	})
}

// environmentOf is the environment that the tags of something state that is no store; unknown where they state none.
func environmentOf(c *api.Context, tags api.Tags) kind.Attr[string] {
	env := kind.Convert(tags.Label(c.Labels.Environment), label.Environment)
	if env.IsNull() {
		return kind.Unknown[string](evidence.NotAttested, "no tag states the environment")
	}
	return env
}

func vpcCIDRs(v types.Vpc) []string {
	out := []string{}
	for _, b := range v.CidrBlockAssociationSet {
		if b.CidrBlockState == nil || b.CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			out = append(out, aws.ToString(b.CidrBlock))
		}
	}
	for _, b := range v.Ipv6CidrBlockAssociationSet {
		if b.Ipv6CidrBlockState == nil || b.Ipv6CidrBlockState.State == types.VpcCidrBlockStateCodeAssociated {
			out = append(out, aws.ToString(b.Ipv6CidrBlock))
		}
	}
	slices.Sort(out)
	return out
}

// joints are what joins networks: peering connections and the attachments of transit gateways.
type joints struct {
	peerings    api.Listing[types.VpcPeeringConnection]
	attachments api.Listing[types.TransitGatewayAttachment]
}

func readJoints(ctx context.Context, c *api.Context, client *ec2.Client) joints {
	return joints{
		peerings: api.List(ctx, c, client.DescribeVpcPeeringConnections, &ec2.DescribeVpcPeeringConnectionsInput{},
			func(o *ec2.DescribeVpcPeeringConnectionsOutput) []types.VpcPeeringConnection {
				return o.VpcPeeringConnections
			}),
		attachments: api.List(ctx, c, client.DescribeTransitGatewayAttachments, &ec2.DescribeTransitGatewayAttachmentsInput{},
			func(o *ec2.DescribeTransitGatewayAttachmentsOutput) []types.TransitGatewayAttachment {
				return o.TransitGatewayAttachments
			}),
	}
}

// of are the networks to which a network is joined, with the routes that lead there.
func (j joints) of(ctx context.Context, c *api.Context, vpc string) kind.Attr[[]kind.NetworkPeering] {
	tables := regionRouteTables(ctx, c)
	list, open := []kind.NetworkPeering{}, firstFailure(j.peerings.Fail, j.attachments.Fail)
	for _, p := range j.peerings.Items {
		if p.Status == nil || p.Status.Code != types.VpcPeeringConnectionStateReasonCodeActive || p.AccepterVpcInfo == nil || p.RequesterVpcInfo == nil {
			continue
		}
		other := p.AccepterVpcInfo
		switch vpc {
		case aws.ToString(p.RequesterVpcInfo.VpcId):
		case aws.ToString(p.AccepterVpcInfo.VpcId):
			other = p.RequesterVpcInfo
		default:
			continue
		}
		id := aws.ToString(p.VpcPeeringConnectionId)
		list = append(list, kind.NetworkPeering{
			Network: kind.Known(peerARN(c, other)).From(j.peerings.Prov),
			Routes:  routesThrough(tables, vpc, func(r types.Route) bool { return aws.ToString(r.VpcPeeringConnectionId) == id }),
		})
	}
	for _, a := range j.attachments.Items {
		if a.ResourceType == types.TransitGatewayAttachmentResourceTypeVpc && aws.ToString(a.ResourceId) == vpc {
			more, gap := j.transit(c, a, tables)
			list, open = append(list, more...), evidence.FirstUnknown(open, gap)
		}
	}
	return kind.Listed(list, open).From(j.peerings.Prov)
}

// peerARN is the ARN of the other network of a peering, which may lie in another region.
func peerARN(c *api.Context, other *types.VpcPeeringConnectionVpcInfo) string {
	if r := aws.ToString(other.Region); r != "" {
		c = c.In(r)
	}
	return ec2ARN(c, other.OwnerId, "vpc", other.VpcId)
}

// transit are the other networks attached to the transit gateway of an attachment. Only the gateway's owner sees the attachments of others.
func (j joints) transit(c *api.Context, own types.TransitGatewayAttachment, tables api.Listing[types.RouteTable]) (list []kind.NetworkPeering, open *evidence.Unknown) {
	gateway := aws.ToString(own.TransitGatewayId)
	if aws.ToString(own.TransitGatewayOwnerId) != c.Account.ID {
		open = &evidence.Unknown{Reason: evidence.NotCollected, Detail: "what else is attached to " + gateway + " is seen by its owner only"}
	}
	for _, a := range j.attachments.Items {
		if aws.ToString(a.TransitGatewayId) != gateway || aws.ToString(a.ResourceId) == aws.ToString(own.ResourceId) {
			continue
		}
		switch a.ResourceType {
		case types.TransitGatewayAttachmentResourceTypeVpc:
			list = append(list, kind.NetworkPeering{
				Network: kind.Known(ec2ARN(c, a.ResourceOwnerId, "vpc", a.ResourceId)).From(j.attachments.Prov),
				Routes: routesThrough(tables, aws.ToString(own.ResourceId), func(r types.Route) bool {
					return aws.ToString(r.TransitGatewayId) == gateway
				}),
			})
		case types.TransitGatewayAttachmentResourceTypePeering:
			open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.NotCollected, Detail: gateway + " is joined to another transit gateway, whose networks are not read"})
		}
	}
	return list, open
}

// routesThrough are the destinations for which a network's route tables lead through a peering connection or gateway.
func routesThrough(tables api.Listing[types.RouteTable], vpc string, through func(types.Route) bool) kind.Attr[[]string] {
	var list []string
	for _, t := range tables.Items {
		if aws.ToString(t.VpcId) != vpc {
			continue
		}
		for _, r := range t.Routes {
			if !through(r) || r.State == types.RouteStateBlackhole {
				continue
			}
			for _, to := range []*string{r.DestinationCidrBlock, r.DestinationIpv6CidrBlock, r.DestinationPrefixListId} {
				if to != nil {
					list = append(list, *to)
				}
			}
		}
	}
	slices.Sort(list)
	return kind.Listed(slices.Compact(list), firstFailure(tables.Fail)).From(tables.Prov)
}

// records reports whether a flow log is on and delivers.
func records(f types.FlowLog) bool {
	return aws.ToString(f.FlowLogStatus) == "ACTIVE" && aws.ToString(f.DeliverLogsStatus) != "FAILED"
}

// flowLogsOn says whether a network's traffic is recorded: by a flow log on the network, or on every one of its subnets.
func flowLogsOn(ctx context.Context, c *api.Context, vpc string, flows api.Listing[types.FlowLog]) kind.Attr[bool] {
	watched := make(map[string]bool, len(flows.Items))
	for _, f := range flows.Items {
		if records(f) {
			watched[aws.ToString(f.ResourceId)] = true
		}
	}
	if watched[vpc] {
		return kind.Known(true).From(flows.Prov)
	}
	if flows.Fail != nil {
		return kind.Because[bool](flows.Fail.Unknown()).From(flows.Prov)
	}
	subnets := regionSubnets(ctx, c)
	some := false
	for _, s := range subnets.Items {
		if aws.ToString(s.VpcId) != vpc {
			continue
		}
		if !watched[aws.ToString(s.SubnetId)] {
			return kind.Known(false).From(flows.Prov)
		}
		some = true
	}
	if subnets.Fail != nil {
		return kind.Because[bool](subnets.Fail.Unknown()).From(flows.Prov)
	}
	return kind.Known(some).From(flows.Prov)
}

// flowsHeard completes a flow log whose records go to a log group: each interface writes a stream that begins with its id. Where what it
// watches has no interface there is nothing to record.
func flowsHeard(ctx context.Context, c *api.Context, l *kind.LogSource, watched string) {
	interfaces := regionInterfaces(ctx, c)
	heard(ctx, c, l, func(stream string) bool {
		return slices.ContainsFunc(interfaces.Items, func(i types.NetworkInterface) bool {
			return strings.HasPrefix(stream, aws.ToString(i.NetworkInterfaceId)+"-") && isAt(i, watched)
		})
	})
	inVPC := strings.HasPrefix(watched, "vpc-") || strings.HasPrefix(watched, "subnet-")
	if inVPC && interfaces.OK() && !slices.ContainsFunc(interfaces.Items, func(i types.NetworkInterface) bool { return isAt(i, watched) }) {
		l.LastEventAt = kind.NA[kind.Time]()
	}
}

// isAt reports whether an interface is the one with the id, or lies in the subnet or VPC with it.
func isAt(i types.NetworkInterface, id string) bool {
	return aws.ToString(i.NetworkInterfaceId) == id || aws.ToString(i.SubnetId) == id || aws.ToString(i.VpcId) == id
}

// flowLog is a flow log as a source of records. Its scope is what it watches: a network, a subnet, an interface or a gateway.
func flowLog(ctx context.Context, c *api.Context, f types.FlowLog, prov *evidence.Provenance) {
	id := aws.ToString(f.ResourceId)
	watched := ""
	for prefix, typ := range map[string]string{
		"vpc-": "vpc", "subnet-": "subnet", "eni-": "network-interface", "tgw-attach-": "transit-gateway-attachment", "tgw-": "transit-gateway",
	} {
		if strings.HasPrefix(id, prefix) && (watched == "" || prefix == "tgw-attach-") {
			watched = c.ARN("ec2", typ+"/"+id)
		}
	}
	if fact, found := subnetsPublic(ctx, c).byID[id]; found {
		watched = fact.arn
	}
	uid := c.ARN("ec2", "vpc-flow-log/"+aws.ToString(f.FlowLogId))
	destination := aws.ToString(f.LogDestination)
	if destination == "" && f.LogGroupName != nil {
		destination = c.ARN("logs", "log-group:"+*f.LogGroupName)
	}
	l := delivered(ctx, c, "network_flow", kind.Known(records(f)), watched, destination)
	if c.Wants("last_event_at") {
		flowsHeard(ctx, c, &l, id)
	}
	c.Emit(api.Entity{
		Kind: "log_source", UID: uid, Name: nameOf(f.Tags, f.FlowLogId), Aliases: []string{aws.ToString(f.FlowLogId)}, Prov: prov,
	}, l)
	relateLogs(c, watched, uid, l)
}
