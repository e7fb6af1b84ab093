package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// vpc maps networks, subnets and their routes. Route tables, gateways and peerings are no entities of their own: they decide
// whether a subnet is public and which networks a network is joined to.
func vpc() mapping.Service {
	network, both := []string{"network"}, []string{"network", "subnet"}
	vpcs, subnets := vpcTypes(), subnetTypes()
	return mapping.Service{Name: "vpc", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_vpc", Kinds: []string{"network", "network_boundary"}, Map: vpcNetwork},
			{Name: "aws_default_vpc", Kinds: []string{"network", "network_boundary"}, Map: vpcNetwork},
			{Name: "aws_subnet", Kinds: []string{"subnet"}, Map: vpcSubnet},
			{Name: "aws_default_subnet", Kinds: []string{"subnet"}, Map: vpcSubnet},
			{Name: "aws_flow_log", Kinds: []string{"log_source", "network"}, Map: vpcFlowLog},
		},
		partsOf(network, vpcs, "aws_vpc_ipv4_cidr_block_association", "aws_vpc_ipv6_cidr_block_association",
			"aws_vpc_peering_connection", "aws_vpc_peering_connection_accepter", "aws_ec2_transit_gateway_vpc_attachment",
			"aws_ec2_transit_gateway_vpc_attachment_accepter"),
		partsOf(both, append(subnets, vpcs...), "aws_route_table", "aws_default_route_table", "aws_route",
			"aws_route_table_association", "aws_main_route_table_association", "aws_internet_gateway",
			"aws_internet_gateway_attachment", "aws_egress_only_internet_gateway"),
		noted("a network address translator lets nobody in, and holds no data", "aws_nat_gateway", "aws_nat_gateway_eip_association"),
		noted("an address says nothing of what may reach it", "aws_eip", "aws_eip_association", "aws_eip_domain_name",
			"aws_vpc_ipam", "aws_vpc_ipam_pool", "aws_vpc_ipam_pool_cidr", "aws_vpc_ipam_pool_cidr_allocation",
			"aws_vpc_ipam_preview_next_cidr", "aws_vpc_ipam_scope", "aws_vpc_ipam_organization_admin_account",
			"aws_vpc_ipam_resource_discovery", "aws_vpc_ipam_resource_discovery_association", "aws_vpc_byoip_cidr"),
		noted("a transit gateway joins networks through its attachments, which are read", "aws_ec2_transit_gateway",
			"aws_ec2_transit_gateway_connect", "aws_ec2_transit_gateway_connect_peer",
			"aws_ec2_transit_gateway_default_route_table_association", "aws_ec2_transit_gateway_default_route_table_propagation",
			"aws_ec2_transit_gateway_multicast_domain", "aws_ec2_transit_gateway_multicast_domain_association",
			"aws_ec2_transit_gateway_multicast_group_member", "aws_ec2_transit_gateway_multicast_group_source",
			"aws_ec2_transit_gateway_peering_attachment", "aws_ec2_transit_gateway_peering_attachment_accepter",
			"aws_ec2_transit_gateway_policy_table", "aws_ec2_transit_gateway_policy_table_association",
			"aws_ec2_transit_gateway_prefix_list_reference", "aws_ec2_transit_gateway_route",
			"aws_ec2_transit_gateway_route_table", "aws_ec2_transit_gateway_route_table_association",
			"aws_ec2_transit_gateway_route_table_propagation"),
		noted("an endpoint or a setting inside a network opens it to nobody outside", "aws_vpc_dhcp_options",
			"aws_default_vpc_dhcp_options", "aws_vpc_dhcp_options_association", "aws_vpc_endpoint", "aws_vpc_endpoint_policy",
			"aws_vpc_endpoint_route_table_association", "aws_vpc_endpoint_subnet_association", "aws_vpc_endpoint_service",
			"aws_vpc_endpoint_service_allowed_principal", "aws_vpc_endpoint_service_private_dns_verification",
			"aws_vpc_endpoint_connection_accepter", "aws_vpc_endpoint_connection_notification", "aws_vpc_endpoint_private_dns",
			"aws_vpc_peering_connection_options", "aws_vpc_network_performance_metric_subscription",
			"aws_vpc_block_public_access_exclusion", "aws_vpc_block_public_access_options", "aws_ec2_subnet_cidr_reservation",
			"aws_ec2_network_insights_path", "aws_ec2_network_insights_analysis", "aws_ec2_traffic_mirror_filter",
			"aws_ec2_traffic_mirror_filter_rule", "aws_ec2_traffic_mirror_session", "aws_ec2_traffic_mirror_target",
			"aws_route_server", "aws_vpc_route_server", "aws_vpc_route_server_endpoint", "aws_vpc_route_server_peer",
			"aws_vpc_route_server_propagation", "aws_vpc_route_server_vpc_association", "aws_ec2_carrier_gateway",
			"aws_ec2_local_gateway_route", "aws_ec2_local_gateway_route_table_vpc_association"),
	)}
}

func vpcNetwork(c *mapping.Context, v mapping.View) {
	c.Emit(v, "network", v.Instance.Name, "", kind.Network{
		Environment:     environmentOf(v),
		CIDRs:           vpcCIDRs(v),
		Peerings:        vpcPeerings(c, v),
		FlowLogsEnabled: vpcFlowLogs(v),
	})
	implicitDefaultGroup(c, v)
}

// vpcCIDRs are the network's own blocks and those that are added to it. The default network has the same block everywhere.
func vpcCIDRs(v mapping.View) kind.Attr[[]string] {
	list, open := gather(v, "cidr_block", "ipv6_cidr_block")
	if v.Instance.Type == "aws_default_vpc" {
		list = append(list, "172.31.0.0/16")
	}
	if v.Has("ipv4_ipam_pool_id") || v.Has("ipv6_ipam_pool_id") || v.Has("assign_generated_ipv6_cidr_block") {
		open = evidence.FirstUnknown(open, &evidence.Unknown{Reason: evidence.Computed, Detail: "AWS assigns an address block"})
	}
	for _, typ := range []string{"aws_vpc_ipv4_cidr_block_association", "aws_vpc_ipv6_cidr_block_association"} {
		more, gap := v.Parts(typ, "vpc_id")
		open = evidence.FirstUnknown(open, gap)
		for _, m := range more {
			blocks, gap := gather(m, "cidr_block", "ipv6_cidr_block")
			list, open = append(list, blocks...), evidence.FirstUnknown(open, gap)
		}
	}
	slices.Sort(list)
	return kind.Listed(list, open).From(v.Provenance())
}

// vpcPeerings are the networks to which a network is joined, with the routes that lead there: by peering connections, and by
// transit gateways to which both are attached.
func vpcPeerings(c *mapping.Context, v mapping.View) kind.Attr[[]kind.NetworkPeering] {
	var list []kind.NetworkPeering
	var open *evidence.Unknown
	for _, side := range [][2]string{{"vpc_id", "peer_vpc_id"}, {"peer_vpc_id", "vpc_id"}} {
		connections, gap := v.Parts("aws_vpc_peering_connection", side[0])
		open = evidence.FirstUnknown(open, gap)
		for _, p := range connections {
			list = append(list, kind.NetworkPeering{
				Network: one(c, p, side[1], vpcTypes()...).From(p.Provenance()),
				Routes:  routesThrough(c, v, "vpc_peering_connection_id", p),
			})
		}
	}
	attachments, gap := v.Parts("aws_ec2_transit_gateway_vpc_attachment", "vpc_id")
	open = evidence.FirstUnknown(open, gap)
	for _, a := range attachments {
		more, gap := transitPeerings(c, v, a)
		list, open = append(list, more...), evidence.FirstUnknown(open, gap)
	}
	return kind.Listed(list, open).From(v.Provenance())
}

// transitPeerings are the other networks attached to the transit gateway of an attachment. Others may be attached elsewhere.
func transitPeerings(c *mapping.Context, v, attachment mapping.View) ([]kind.NetworkPeering, *evidence.Unknown) {
	gateway := attachment.Targets("transit_gateway_id", "aws_ec2_transit_gateway").First()
	if gateway == nil {
		return nil, &evidence.Unknown{
			Reason: evidence.NotInPlane, Detail: "the transit gateway of " + attachment.Instance.Address + " is not declared here",
		}
	}
	all, open := c.View(gateway).Parts("aws_ec2_transit_gateway_vpc_attachment", "transit_gateway_id")
	var list []kind.NetworkPeering
	for _, other := range all {
		if other.Instance == attachment.Instance {
			continue
		}
		list = append(list, kind.NetworkPeering{
			Network: one(c, other, "vpc_id", vpcTypes()...).From(attachment.Provenance()),
			Routes:  routesThrough(c, v, "transit_gateway_id", c.View(gateway)),
		})
	}
	return list, evidence.FirstUnknown(open, &evidence.Unknown{
		Reason: evidence.NotInPlane, Detail: "further networks may be attached to " + gateway.Address,
	})
}

// routesThrough are the destinations for which the network's route tables lead through a peering connection or gateway.
func routesThrough(c *mapping.Context, network mapping.View, arg string, through mapping.View) kind.Attr[[]string] {
	var list []string
	var open *evidence.Unknown
	add := func(route mapping.View, args ...string) {
		if why := route.Instance.Unexpanded; why != nil {
			open = evidence.FirstUnknown(open, why)
			return
		}
		cidrs, gap := gather(route, args...)
		list, open = append(list, cidrs...), evidence.FirstUnknown(open, gap)
	}
	for _, table := range routeTablesOf(network) {
		inline, gap := nested(table, "route")
		open = evidence.FirstUnknown(open, gap)
		for _, r := range inline {
			if slices.Contains(r.Targets(arg, through.Instance.Type).Instances, through.Instance) {
				add(r, "cidr_block", "ipv6_cidr_block", "destination_prefix_list_id")
			}
		}
	}
	routes := routesByTarget(c, arg)
	open = evidence.FirstUnknown(open, routes.open)
	for _, r := range routes.byTarget[through.Instance.Address] {
		switch own, known := belongsTo(r, network).Value(); {
		case known && own:
			add(r, "destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
		case !known:
			open = evidence.FirstUnknown(open, r.Targets("route_table_id").Open)
		}
	}
	slices.Sort(list)
	return kind.Listed(slices.Compact(list), open)
}

// targetedRoutes are the routes that are resources of their own, by the address of the connection or gateway that they lead
// through, and why there may be more.
type targetedRoutes struct {
	byTarget map[string][]mapping.View
	open     *evidence.Unknown
}

func routesByTarget(c *mapping.Context, arg string) targetedRoutes {
	return mapping.Memo(c, "aws routes by "+arg, func() targetedRoutes {
		out := targetedRoutes{byTarget: make(map[string][]mapping.View)}
		for _, r := range c.All("aws_route") {
			t := r.Targets(arg)
			for _, target := range t.Instances {
				out.byTarget[target.Address] = append(out.byTarget[target.Address], r)
			}
			out.open = evidence.FirstUnknown(out.open, t.Open)
		}
		return out
	})
}

// routeTablesOf are the declared route tables of a network.
func routeTablesOf(network mapping.View) []mapping.View {
	tables, _ := network.Parts("aws_route_table", "vpc_id")
	mains, _ := network.Parts("aws_default_route_table", "default_route_table_id")
	return append(tables, mains...)
}

// belongsTo says whether a route is in one of the network's route tables.
func belongsTo(route, network mapping.View) kind.Attr[bool] {
	if vpc := mainTableOf(route, "route_table_id"); vpc != nil {
		return kind.Known(vpc == network.Instance)
	}
	t := route.Targets("route_table_id", routeTableTypes()...)
	for _, table := range t.Instances {
		for _, own := range routeTablesOf(network) {
			if own.Instance == table {
				return kind.Known(true)
			}
		}
	}
	if t.Open != nil {
		return kind.Because[bool](*t.Open)
	}
	return kind.Known(false)
}

// vpcFlowLogs says whether the network's traffic is recorded: by a flow log on the network, or on every one of its subnets.
func vpcFlowLogs(v mapping.View) kind.Attr[bool] {
	logs, open := v.Parts("aws_flow_log", "vpc_id")
	if len(logs) > 0 {
		return kind.Known(true).From(logs[0].Provenance())
	}
	if open != nil {
		return kind.Because[bool](*open).From(v.Provenance())
	}
	subnets, open := v.Parts("aws_subnet", "vpc_id")
	unwatched := make([]kind.Attr[bool], 0, len(subnets)+1)
	for _, s := range subnets {
		own, gap := s.Parts("aws_flow_log", "subnet_id")
		switch {
		case len(own) > 0:
		case gap != nil:
			unwatched = append(unwatched, kind.Because[bool](*gap))
		default:
			unwatched = append(unwatched, kind.Known(true))
		}
	}
	if open != nil {
		unwatched = append(unwatched, kind.Because[bool](*open))
	}
	if len(subnets) == 0 {
		return kind.Known(false).From(v.Provenance())
	}
	return kind.Not(kind.AnyOf(unwatched)).From(v.Provenance())
}

// vpcFlowLog is the flow log as a source of records. Its scope is what it watches: a network, a subnet, an interface or a gateway.
func vpcFlowLog(c *mapping.Context, v mapping.View) {
	scope := kind.Unknown[string](evidence.ParseError, "the flow log names nothing to watch")
	for _, arg := range []string{"vpc_id", "subnet_id", "eni_id", "transit_gateway_id", "transit_gateway_attachment_id"} {
		if v.Has(arg) {
			scope = one(c, v, arg)
		}
	}
	arg := "log_destination"
	if !v.Has(arg) {
		arg = "log_group_name" // removed in version 6 of the provider
	}
	l := logSource(c, "network_flow", kind.Known(true).From(v.Provenance()), "", v, arg)
	l.Scope = scope
	c.Emit(v, "log_source", v.Instance.Name, "", l)
	if to, known := l.Destination.Value(); known {
		c.Relate("logs_to", v.UID(), to)
	}
	if from, known := scope.Value(); known {
		c.Relate("logs_to", from, v.UID())
	}
}

func vpcSubnet(c *mapping.Context, v mapping.View) {
	c.Emit(v, "subnet", v.Instance.Name, "", kind.Subnet{Public: subnetPublic(c, v)})
	for _, vpc := range v.Targets("vpc_id", vpcTypes()...).UIDs(c) {
		c.Relate("runs_in", v.UID(), vpc)
	}
}
