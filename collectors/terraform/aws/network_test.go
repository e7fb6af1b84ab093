package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const twoTierNetwork = `
provider "aws" { region = "eu-west-1" }
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = { Environment = "production" }
}
resource "aws_internet_gateway" "igw" { vpc_id = aws_vpc.main.id }
resource "aws_nat_gateway" "nat" { subnet_id = aws_subnet.public[0].id }
resource "aws_egress_only_internet_gateway" "eigw" { vpc_id = aws_vpc.main.id }
resource "aws_subnet" "public" {
  count      = 2
  vpc_id     = aws_vpc.main.id
  cidr_block = cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)
}
resource "aws_subnet" "private" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.10.0/24"
}
resource "aws_subnet" "isolated" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.11.0/24"
}
resource "aws_route_table" "public" { vpc_id = aws_vpc.main.id }
resource "aws_route" "out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.igw.id
}
resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.nat.id
  }
  route {
    ipv6_cidr_block        = "::/0"
    egress_only_gateway_id = aws_egress_only_internet_gateway.eigw.id
  }
}
resource "aws_route_table_association" "private" {
  subnet_id      = aws_subnet.private.id
  route_table_id = aws_route_table.private.id
}
`

func TestSubnetPublic(t *testing.T) {
	t.Parallel()
	const vpc = `resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "s" {
  vpc_id = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
}
`
	const table = `resource "aws_route_table" "t" { vpc_id = aws_vpc.v.id }
resource "aws_route_table_association" "a" {
  subnet_id = aws_subnet.s.id
  route_table_id = aws_route_table.t.id
}
`
	const viaGateway = `  destination_cidr_block = "0.0.0.0/0"
  gateway_id = aws_internet_gateway.g.id
}`
	for name, tc := range map[string]struct {
		hcl  string
		want map[string]any
	}{
		"split route": {twoTierNetwork, map[string]any{
			"aws_subnet.public[0]": true, "aws_subnet.public[1]": true, "aws_subnet.private": false, "aws_subnet.isolated": false,
		}},
		"main table by route resource": {
			vpc + `resource "aws_route" "r" {
  route_table_id = aws_vpc.v.main_route_table_id
` + viaGateway, map[string]any{"aws_subnet.s": true},
		},
		"main table taken over": {
			vpc + `resource "aws_default_route_table" "d" {
  default_route_table_id = aws_vpc.v.default_route_table_id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}`, map[string]any{"aws_subnet.s": true},
		},
		"main table replaced": {
			vpc + table + `resource "aws_subnet" "other" {
  vpc_id = aws_vpc.v.id
  cidr_block = "10.0.2.0/24"
}
resource "aws_main_route_table_association" "m" {
  vpc_id = aws_vpc.v.id
  route_table_id = aws_route_table.t.id
}
resource "aws_route" "r" {
  route_table_id = aws_route_table.t.id
` + viaGateway, map[string]any{"aws_subnet.other": true},
		},
		"routes as a list": {
			vpc + `resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route = [{ cidr_block = "0.0.0.0/0", gateway_id = aws_internet_gateway.g.id }]
}
resource "aws_route_table_association" "a" {
  subnet_id = aws_subnet.s.id
  route_table_id = aws_route_table.t.id
}`, map[string]any{"aws_subnet.s": true},
		},
		"unknown gateway": {
			vpc + table + `variable "gw" {}
resource "aws_route" "r" {
  route_table_id = aws_route_table.t.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id = var.gw
}`, map[string]any{"aws_subnet.s": "unknown: unresolved"},
		},
		"internet route of an unknown table": {
			vpc + table + `variable "t" {}
resource "aws_route" "r" {
  route_table_id = var.t
` + viaGateway, map[string]any{"aws_subnet.s": "unknown: unresolved"},
		},
		"NAT route of an unknown table": {
			vpc + table + `variable "t" {}
resource "aws_route" "r" {
  route_table_id = var.t
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id = "nat-1"
}`, map[string]any{"aws_subnet.s": false},
		},
		"gateway by its id": {
			vpc + table + `resource "aws_route" "r" {
  route_table_id = aws_route_table.t.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id = "igw-12345"
}`, map[string]any{"aws_subnet.s": true},
		},
		"route that may not exist": {
			vpc + table + `variable "n" {}
resource "aws_route" "r" {
  count = var.n
  route_table_id = aws_route_table.t.id
` + viaGateway, map[string]any{"aws_subnet.s": "unknown: unresolved"},
		},
		"network elsewhere": {
			`resource "aws_subnet" "s" {
  vpc_id = "vpc-1"
  cidr_block = "10.0.1.0/24"
}`, map[string]any{"aws_subnet.s": "unknown: not_in_plane"},
		},
		"default subnet": {
			`resource "aws_default_subnet" "s" { availability_zone = "eu-west-1a" }`, map[string]any{"aws_default_subnet.s": true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entities := scan(t, tc.hcl)
			got := make(map[string]any)
			for id := range tc.want {
				got[id] = attr(entities[id], "public")
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("public (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	const extra = `
resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id = aws_vpc.main.id
  cidr_block = "10.1.0.0/16"
}
resource "aws_vpc" "dev" {
  cidr_block = "10.9.0.0/16"
  tags = { env = "dev" }
}
resource "aws_vpc_peering_connection" "p" {
  vpc_id = aws_vpc.main.id
  peer_vpc_id = aws_vpc.dev.id
}
resource "aws_route" "to_dev" {
  route_table_id = aws_route_table.private.id
  destination_cidr_block = "10.9.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.p.id
}
resource "aws_cloudwatch_log_group" "flow" {
  name = "flow"
  retention_in_days = 400
}
resource "aws_flow_log" "f" {
  vpc_id = aws_vpc.main.id
  traffic_type = "ALL"
  log_destination = aws_cloudwatch_log_group.flow.arn
}
resource "aws_vpc" "bare" { cidr_block = "10.8.0.0/16" }
`
	entities := scan(t, twoTierNetwork+extra)
	paths := []string{"environment", "cidrs", "peerings", "flow_logs.enabled"}
	for id, want := range map[string]map[string]any{
		"aws_vpc.main": {
			"environment": "prod", "cidrs": []any{"10.0.0.0/16", "10.1.0.0/16"}, "flow_logs.enabled": true,
			"peerings": []any{map[string]any{"network": "tf:t:aws_vpc.dev", "routes": []any{"10.9.0.0/16"}}},
		},
		"aws_vpc.dev": {
			"environment": "nonprod", "cidrs": []any{"10.9.0.0/16"}, "flow_logs.enabled": false,
			"peerings": []any{map[string]any{"network": "tf:t:aws_vpc.main", "routes": []any{}}},
		},
		"aws_vpc.bare": {
			"environment": "unknown: not_attested", "cidrs": []any{"10.8.0.0/16"}, "flow_logs.enabled": false, "peerings": []any{},
		},
	} {
		if diff := cmp.Diff(want, attrs(entities[id], paths...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	want := map[string]any{
		"type": "network_flow", "enabled": true, "scope": "tf:t:aws_vpc.main", "destination": "tf:t:aws_cloudwatch_log_group.flow",
		"retention_days": int64(400), "encrypted": true, "forwarded": true, "multi_region": "n/a",
	}
	if diff := cmp.Diff(want, attrs(entities["aws_flow_log.f"], keysOf(want)...)); diff != "" {
		t.Errorf("flow log (-want +got):\n%s", diff)
	}
}

func TestTransitGatewayJoinsNetworks(t *testing.T) {
	t.Parallel()
	e := scan(t, `
resource "aws_vpc" "a" { cidr_block = "10.0.0.0/16" }
resource "aws_vpc" "b" { cidr_block = "10.1.0.0/16" }
resource "aws_ec2_transit_gateway" "t" {}
resource "aws_ec2_transit_gateway_vpc_attachment" "a" {
  vpc_id = aws_vpc.a.id
  transit_gateway_id = aws_ec2_transit_gateway.t.id
  subnet_ids = []
}
resource "aws_ec2_transit_gateway_vpc_attachment" "b" {
  vpc_id = aws_vpc.b.id
  transit_gateway_id = aws_ec2_transit_gateway.t.id
  subnet_ids = []
}`)["aws_vpc.a"]
	want := []any{map[string]any{"network": "tf:t:aws_vpc.b", "routes": []any{}}}
	if diff := cmp.Diff(want, e.Attrs["peerings"]); diff != "" {
		t.Errorf("peerings (-want +got):\n%s", diff)
	}
	if got := e.Unknown["peerings[]"].Reason; got != "not_in_plane" {
		t.Errorf("further peerings are %q, want not_in_plane", got)
	}
}

func TestPeeringMayHaveMoreRoutes(t *testing.T) {
	t.Parallel()
	for name, route := range map[string]string{
		"unknown table":      "route_table_id = var.x\n vpc_peering_connection_id = aws_vpc_peering_connection.p.id",
		"unknown connection": "route_table_id = aws_route_table.t.id\n vpc_peering_connection_id = var.x",
		"unknown count":      "count = var.x\n route_table_id = aws_route_table.t.id\n vpc_peering_connection_id = aws_vpc_peering_connection.p.id",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, `
variable "x" {}
resource "aws_vpc" "a" { cidr_block = "10.0.0.0/16" }
resource "aws_vpc" "b" { cidr_block = "10.1.0.0/16" }
resource "aws_route_table" "t" { vpc_id = aws_vpc.a.id }
resource "aws_vpc_peering_connection" "p" {
  vpc_id = aws_vpc.a.id
  peer_vpc_id = aws_vpc.b.id
}
resource "aws_route" "r" {
  destination_cidr_block = "10.1.0.0/16"
  `+route+`
}`)["aws_vpc.a"]
			want := []any{map[string]any{"network": "tf:t:aws_vpc.b", "routes": []any{}}}
			if diff := cmp.Diff(want, e.Attrs["peerings"]); diff != "" {
				t.Errorf("peerings (-want +got):\n%s", diff)
			}
			if got := e.Unknown["peerings[].routes[]"].Reason; got != "unresolved" {
				t.Errorf("further routes are unknown for %q: %v", got, e.Unknown)
			}
		})
	}
}
