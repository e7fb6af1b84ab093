package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// The types that a reference to a network, a subnet or a route table can name.

func vpcTypes() []string        { return []string{"aws_vpc", "aws_default_vpc"} }
func subnetTypes() []string     { return []string{"aws_subnet", "aws_default_subnet"} }
func routeTableTypes() []string { return []string{"aws_route_table", "aws_default_route_table"} }

// subnetPlacement is where the subnets put what runs in them: "public" where one of them has a route to an internet gateway,
// "private" where none has, unknown where that cannot be told of one of them.
func subnetPlacement(c *mapping.Context, subnets mapping.Targets) kind.Attr[string] {
	public := make([]kind.Attr[bool], 0, len(subnets.Instances)+1)
	for _, s := range subnets.Instances {
		public = append(public, subnetPublic(c, c.View(s)))
	}
	switch {
	case subnets.Open != nil:
		public = append(public, kind.Because[bool](*subnets.Open))
	case len(subnets.Literals) > 0:
		public = append(public, kind.Unknown[bool](evidence.NotInPlane, "subnet "+subnets.Literals[0]+" is not declared here"))
	case len(public) == 0:
		public = append(public, kind.Unknown[bool](evidence.NotInPlane, "no subnet is named: the default network decides"))
	}
	return kind.Convert(kind.AnyOf(public), func(public bool) string {
		if public {
			return "public"
		}
		return "private"
	})
}

// subnetPublic says whether a subnet has a route to an internet gateway, through the route table that it is associated with or
// else the main one of its network.
func subnetPublic(c *mapping.Context, subnet mapping.View) kind.Attr[bool] {
	if subnet.Instance.Mode == resource.Data {
		return kind.Unknown[bool](evidence.NotInPlane, subnet.Instance.Address+" is not declared here").From(subnet.Provenance())
	}
	associations, open := subnet.Parts("aws_route_table_association", "subnet_id")
	switch {
	case len(associations) > 0: // a subnet has at most one
		return tablePublic(c, associations[0], "route_table_id")
	case open != nil:
		return kind.Because[bool](*open).From(subnet.Provenance())
	case subnet.Instance.Type == "aws_default_subnet":
		return defaultSubnetPublic(c, subnet)
	}
	vpc := subnet.Targets("vpc_id", vpcTypes()...)
	if r := vpc.First(); r != nil && r.Mode == resource.Managed {
		return mainTablePublic(c, c.View(r)).From(subnet.Provenance())
	}
	return notDeclared[bool](vpc, "the main route table of the subnet's network").From(subnet.Provenance())
}

// defaultSubnetPublic is for the subnets that AWS makes in the default network: the main route table leads to an internet gateway
// unless it is managed here.
func defaultSubnetPublic(c *mapping.Context, subnet mapping.View) kind.Attr[bool] {
	if vpcs := c.All("aws_default_vpc"); len(vpcs) == 1 {
		return mainTablePublic(c, vpcs[0]).From(subnet.Provenance())
	}
	return kind.Known(true).From(subnet.Provenance())
}

// tablePublic reads the route table that an argument names.
func tablePublic(c *mapping.Context, v mapping.View, arg string) kind.Attr[bool] {
	if vpc := mainTableOf(v, arg); vpc != nil {
		return mainTablePublic(c, c.View(vpc))
	}
	t := v.Targets(arg, routeTableTypes()...)
	if r := t.First(); r != nil && r.Mode == resource.Managed {
		return hasInternetRoute(c, c.View(r)).From(v.Provenance())
	}
	return notDeclared[bool](t, "the route table").From(v.Provenance())
}

// mainTablePublic says whether a network's main route table leads to an internet gateway. AWS makes it with local routes only,
// except in the default network.
func mainTablePublic(c *mapping.Context, vpc mapping.View) kind.Attr[bool] {
	if mains, open := vpc.Parts("aws_main_route_table_association", "vpc_id"); len(mains) > 0 {
		if mainTableOf(mains[0], "route_table_id") != nil { // another network's main table cannot be this one's
			return kind.Unknown[bool](evidence.Unsupported, "the main route table is that of a network").From(mains[0].Provenance())
		}
		return tablePublic(c, mains[0], "route_table_id")
	} else if open != nil {
		return kind.Because[bool](*open)
	}
	routes := internetRoutesOf(c)
	found := routes.of(vpc.Instance.Address)
	tables, open := vpc.Parts("aws_default_route_table", "default_route_table_id")
	if open != nil {
		found = append(found, kind.Because[bool](*open))
	}
	for _, t := range tables {
		found = append(found, hasInternetRoute(c, t))
	}
	if len(tables) == 0 && vpc.Instance.Type == "aws_default_vpc" {
		found = append(found, kind.Known(true).From(vpc.Provenance()))
	}
	return kind.AnyOf(found)
}

// hasInternetRoute says whether a declared route table leads to an internet gateway: by its own route blocks, or by routes that
// are resources of their own.
func hasInternetRoute(c *mapping.Context, table mapping.View) kind.Attr[bool] {
	found := internetRoutesOf(c).of(table.Instance.Address)
	inline, open := nested(table, "route")
	for _, r := range inline {
		found = append(found, leadsToInternet(r))
	}
	if open != nil {
		found = append(found, kind.Because[bool](*open).From(table.Provenance()))
	}
	return kind.AnyOf(found)
}

// internetRoutes are the routes that are resources of their own and lead, or may lead, to an internet gateway.
type internetRoutes struct {
	byTable map[string][]kind.Attr[bool] // by the address of the route table, or of the network whose main table it is
	open    []kind.Attr[bool]            // routes that may belong to any table
}

// of returns the routes of a table and those that may belong to it.
func (r internetRoutes) of(address string) []kind.Attr[bool] {
	return append(append([]kind.Attr[bool]{}, r.byTable[address]...), r.open...)
}

func internetRoutesOf(c *mapping.Context) internetRoutes {
	return mapping.Memo(c, "aws internet routes", func() internetRoutes {
		out := internetRoutes{byTable: make(map[string][]kind.Attr[bool])}
		for _, route := range c.All("aws_route") {
			out = out.with(route)
		}
		return out
	})
}

// with returns the routes with another one, unless it leads elsewhere.
func (r internetRoutes) with(route mapping.View) internetRoutes {
	leads := leadsToInternet(route)
	if yes, known := leads.Value(); known && !yes {
		return r
	}
	if why := route.Instance.Unexpanded; why != nil {
		leads = kind.Because[bool](*why).From(route.Provenance())
	}
	if vpc := mainTableOf(route, "route_table_id"); vpc != nil {
		r.byTable[vpc.Address] = append(r.byTable[vpc.Address], leads)
		return r
	}
	t := route.Targets("route_table_id", routeTableTypes()...)
	for _, table := range t.Instances {
		r.byTable[table.Address] = append(r.byTable[table.Address], leads)
	}
	if t.Open != nil {
		r.open = append(r.open, kind.Because[bool](*t.Open).From(route.Provenance()))
	}
	return r
}

// leadsToInternet says whether a route's target is an internet gateway. An egress-only gateway, a NAT gateway, an endpoint or a
// peering lets nobody in from the internet.
func leadsToInternet(route mapping.View) kind.Attr[bool] {
	prov := route.Provenance()
	t := route.Targets("gateway_id")
	types := make(map[string]bool)
	for _, r := range t.Instances {
		types[r.Type] = true
	}
	for _, id := range t.Literals {
		types[strings.SplitAfter(id, "-")[0]] = true
	}
	internet := types["aws_internet_gateway"] || types["igw-"]
	switch {
	case t.Open != nil:
		return kind.Because[bool](*t.Open).From(prov)
	case internet && len(types) > 1:
		return kind.Unknown[bool](evidence.Unresolved, "gateway_id is one of several gateways").From(prov)
	}
	return kind.Known(internet).From(prov)
}

// mainTableOf returns the network whose main route table an argument names by the network's own attribute, or nil.
func mainTableOf(v mapping.View, arg string) *resource.Instance {
	for _, ref := range v.Attr(arg).Refs {
		if ref.Attr == "main_route_table_id" || ref.Attr == "default_route_table_id" {
			if t := v.Targets(arg, vpcTypes()...); len(t.Instances) == 1 {
				return t.Instances[0]
			}
		}
	}
	return nil
}

// nested returns the blocks of a type, which may also be written as an argument that holds a list of objects, and why there may
// be more of them.
func nested(v mapping.View, name string) ([]mapping.View, *evidence.Unknown) {
	blocks, more := v.Blocks(name)
	if a := v.Attr(name); more == nil && len(blocks) == 0 && a.Set && a.Unknown != nil {
		why := *a.Unknown
		more = &why
	}
	return blocks, more
}

// notDeclared is unknown because the target of an argument lies outside of the configuration, or cannot be told.
func notDeclared[T any](t mapping.Targets, what string) kind.Attr[T] {
	switch {
	case t.Open != nil:
		return kind.Because[T](*t.Open)
	case len(t.Literals) > 0:
		return kind.Unknown[T](evidence.NotInPlane, what+" ("+t.Literals[0]+") is not declared here")
	case len(t.Instances) > 0:
		return kind.Unknown[T](evidence.NotInPlane, what+" ("+t.Instances[0].Address+") is not declared here")
	}
	return kind.Unknown[T](evidence.NotInPlane, what+" is not declared here")
}

// networksOf returns the UIDs of the networks in which the subnets lie, as far as they are known.
func networksOf(c *mapping.Context, subnets mapping.Targets) []string {
	var out []string
	for _, s := range subnets.Instances {
		for _, vpc := range c.View(s).Targets("vpc_id", vpcTypes()...).Instances {
			out = append(out, c.UID(vpc.Address))
		}
	}
	return out
}

// placeIn relates what runs in the subnets to the networks from which it can be reached.
func placeIn(c *mapping.Context, uid string, subnets mapping.Targets) {
	for _, network := range networksOf(c, subnets) {
		c.Relate("reaches", network, uid)
	}
	runsIn(c, uid, subnets)
}

// runsIn relates something to the subnets in which it runs.
func runsIn(c *mapping.Context, uid string, subnets mapping.Targets) {
	if subnets.Open != nil {
		c.RelateOpen("runs_in", uid, *subnets.Open)
	}
	for _, subnet := range subnets.UIDs(c) {
		c.Relate("runs_in", uid, subnet)
	}
}
