package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// inbound is a rule that admits TCP ports from addresses, as policies read it.
func inbound(from, to int64, cidrs ...any) map[string]any {
	return map[string]any{
		"direction": "in", "action": "allow", "protocol": "tcp", "port_from": from, "port_to": to, "cidrs": append([]any{}, cidrs...),
		"refs": []any{}, "threat_group": false,
	}
}

func TestSecurityGroupRules(t *testing.T) {
	t.Parallel()
	const group = `resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_security_group" "g" { vpc_id = aws_vpc.v.id }
`
	for name, tc := range map[string]struct {
		hcl   string
		rules any
		line  int // of the first rule
	}{
		"none": {hcl: group, rules: []any{}},
		"block": {
			hcl: `resource "aws_security_group" "g" {
  ingress {
    from_port = 22
    to_port = 22
    protocol = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::0/0"]
  }
}`, rules: []any{inbound(22, 22, "0.0.0.0/0", "::/0")}, line: 2,
		},
		"list of objects": {
			hcl: `resource "aws_security_group" "g" {
  ingress = [{
    from_port = 443, to_port = 443, protocol = "tcp", cidr_blocks = ["10.0.0.0/8"], description = "", ipv6_cidr_blocks = [],
    prefix_list_ids = [], security_groups = [], self = false
  }]
}`, rules: []any{inbound(443, 443, "10.0.0.0/8")}, line: 2,
		},
		"rule resource": {
			hcl: group + `resource "aws_security_group_rule" "r" {
  type = "ingress"
  security_group_id = aws_security_group.g.id
  from_port = 3306
  to_port = 3306
  protocol = "6"
  cidr_blocks = ["10.0.0.0/8"]
}`, rules: []any{inbound(3306, 3306, "10.0.0.0/8")}, line: 3,
		},
		"ingress rule resource, all protocols": {
			hcl: group + `resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = aws_security_group.g.id
  ip_protocol = "-1"
  cidr_ipv4 = "0.0.0.0/0"
}`, rules: []any{map[string]any{
				"direction": "in", "action": "allow", "protocol": "any", "port_from": int64(0), "port_to": int64(65535),
				"cidrs": []any{"0.0.0.0/0"}, "refs": []any{}, "threat_group": false,
			}}, line: 3,
		},
		"groups, self and ping": {
			hcl: group + `resource "aws_security_group" "other" {}
resource "aws_security_group_rule" "peer" {
  type = "egress"
  security_group_id = aws_security_group.g.id
  from_port = 0
  to_port = 65535
  protocol = "tcp"
  source_security_group_id = aws_security_group.other.id
}
resource "aws_security_group_rule" "ping" {
  type = "ingress"
  security_group_id = aws_security_group.g.id
  from_port = -1
  to_port = -1
  protocol = "icmp"
  self = true
}`, rules: []any{
				map[string]any{
					"direction": "out", "action": "allow", "protocol": "tcp", "port_from": int64(0), "port_to": int64(65535),
					"cidrs": []any{}, "refs": []any{"tf:t:aws_security_group.other"}, "threat_group": false,
				},
				map[string]any{
					"direction": "in", "action": "allow", "protocol": "icmp", "port_from": int64(-1), "port_to": int64(-1),
					"cidrs": []any{}, "refs": []any{"tf:t:aws_security_group.g"}, "threat_group": false,
				},
			}, line: 4,
		},
		"prefix list declared here": {
			hcl: group + `resource "aws_ec2_managed_prefix_list" "p" {
  name = "office"
  address_family = "IPv4"
  max_entries = 1
  entry { cidr = "192.0.2.0/24" }
}
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = aws_security_group.g.id
  ip_protocol = "tcp"
  from_port = 22
  to_port = 22
  prefix_list_id = aws_ec2_managed_prefix_list.p.id
}`, rules: []any{map[string]any{
				"direction": "in", "action": "allow", "protocol": "tcp", "port_from": int64(22), "port_to": int64(22),
				"cidrs": []any{"192.0.2.0/24"}, "refs": []any{"tf:t:aws_ec2_managed_prefix_list.p"}, "threat_group": false,
			}}, line: 9,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, tc.hcl)["aws_security_group.g"]
			if diff := cmp.Diff(tc.rules, attr(e, "rules")); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			want := map[string]any{
				"type": "security_group", "enabled": true, "is_default": false, "default_inbound": "deny", "default_outbound": "deny",
				"mode": "na", "attached_to": []any{},
			}
			if diff := cmp.Diff(want, attrs(e, keysOf(want)...)); diff != "" {
				t.Errorf("boundary (-want +got):\n%s", diff)
			}
			if got := lineOf(e, "rules[0]"); tc.line != 0 && got != tc.line {
				t.Errorf("the first rule stands on line %d, want %d", got, tc.line)
			}
		})
	}
}

// lineOf is the line of a path's provenance.
func lineOf(e *evidence.Entity, path string) int {
	i, ok := e.AttrProv[path]
	if !ok {
		return e.Prov[0].Locator.Line
	}
	return e.Prov[i].Locator.Line
}

func TestSecurityGroupUnknowns(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ hcl, id, path, reason string }{
		"addresses": {`variable "c" { type = list(string) }
resource "aws_security_group" "g" {
  ingress {
    from_port = 22
    to_port = 22
    protocol = "tcp"
    cidr_blocks = var.c
  }
}`, "aws_security_group.g", "rules[].cidrs", "unresolved"},
		"some addresses": {`variable "c" {}
resource "aws_security_group" "g" {
  ingress {
    from_port = 22
    to_port = 22
    protocol = "tcp"
    cidr_blocks = ["10.0.0.0/8", var.c]
  }
}`, "aws_security_group.g", "rules[].cidrs[]", "unresolved"},
		"further rules": {`variable "rules" {}
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = var.rules
    content {
      from_port = ingress.value
      to_port = ingress.value
      protocol = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}`, "aws_security_group.g", "rules[]", "unresolved"},
		"prefix list elsewhere": {`resource "aws_security_group" "g" {
  ingress {
    from_port = 22
    to_port = 22
    protocol = "tcp"
    prefix_list_ids = ["pl-1"]
  }
}`, "aws_security_group.g", "rules[].cidrs", "not_in_plane"},
		"group elsewhere": {`resource "aws_security_group_rule" "r" {
  type = "ingress"
  security_group_id = "sg-1"
  from_port = 22
  to_port = 22
  protocol = "tcp"
  cidr_blocks = ["0.0.0.0/0"]
}`, "aws_security_group_rule.r", "rules[]", "not_in_plane"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, tc.hcl)[tc.id]
			if e == nil {
				t.Fatalf("no entity %s", tc.id)
			}
			if got := string(e.Unknown[tc.path].Reason); got != tc.reason {
				t.Errorf("%s is unknown for %q, want %q: %v", tc.path, got, tc.reason, e.Unknown)
			}
		})
	}
}

func TestDefaultSecurityGroup(t *testing.T) {
	t.Parallel()
	const vpc = `resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
`
	closed := scan(t, vpc+`resource "aws_default_security_group" "d" { vpc_id = aws_vpc.v.id }`)
	want := map[string]any{"is_default": true, "rules": []any{}}
	if diff := cmp.Diff(want, attrs(closed["aws_default_security_group.d"], keysOf(want)...)); diff != "" {
		t.Errorf("taken over (-want +got):\n%s", diff)
	}
	if closed["aws_vpc.v#default_security_group"] != nil {
		t.Error("the default group is there twice")
	}
	implicit := scan(t, vpc)["aws_vpc.v#default_security_group"]
	everything := func(direction string, cidrs, refs []any) map[string]any {
		return map[string]any{
			"direction": direction, "action": "allow", "protocol": "any", "port_from": int64(0), "port_to": int64(65535),
			"cidrs": cidrs, "refs": refs, "threat_group": false,
		}
	}
	want["rules"] = []any{
		everything("in", []any{}, []any{"tf:t:aws_vpc.v#default_security_group"}), everything("out", []any{"0.0.0.0/0"}, []any{}),
	}
	if diff := cmp.Diff(want, attrs(implicit, keysOf(want)...)); diff != "" {
		t.Errorf("as AWS makes it (-want +got):\n%s", diff)
	}
}

func TestSecurityGroupAttachments(t *testing.T) {
	t.Parallel()
	got := scanAll(t, `
resource "aws_security_group" "g" {}
resource "aws_instance" "web" { vpc_security_group_ids = [aws_security_group.g.id] }
resource "aws_instance" "eni" {
  network_interface {
    network_interface_id = aws_network_interface.n.id
    device_index = 0
  }
}
resource "aws_network_interface" "n" {
  subnet_id = "subnet-1"
  security_groups = [aws_security_group.g.id]
}
resource "aws_lb" "l" { security_groups = [aws_security_group.g.id] }
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.l.arn
  port = 443
  protocol = "HTTPS"
  default_action { type = "fixed-response" }
}
resource "aws_lambda_function" "f" {
  runtime = "python3.13"
  vpc_config {
    security_group_ids = [aws_security_group.g.id]
    subnet_ids = []
  }
}
resource "aws_efs_file_system" "e" {}
resource "aws_efs_mount_target" "m" {
  file_system_id = aws_efs_file_system.e.id
  subnet_id = "subnet-1"
  security_groups = [aws_security_group.g.id]
}
resource "aws_launch_template" "t" { vpc_security_group_ids = [aws_security_group.g.id] }
resource "aws_autoscaling_group" "a" {
  launch_template { id = aws_launch_template.t.id }
}
`)
	want := []any{
		"tf:t:aws_autoscaling_group.a", "tf:t:aws_efs_file_system.e", "tf:t:aws_instance.eni", "tf:t:aws_instance.web",
		"tf:t:aws_lambda_function.f", "tf:t:aws_lb_listener.https",
	}
	if diff := cmp.Diff(want, attr(got.entities["aws_security_group.g"], "attached_to")); diff != "" {
		t.Errorf("attached_to (-want +got):\n%s", diff)
	}
	if n := len(got.relations["attached_to aws_security_group.g"]); n != len(want) {
		t.Errorf("%d relations, want %d", n, len(want))
	}
}

func TestNetworkACL(t *testing.T) {
	t.Parallel()
	e := scan(t, `
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "s" {
  vpc_id = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_network_acl" "n" {
  vpc_id = aws_vpc.v.id
  subnet_ids = [aws_subnet.s.id]
  ingress {
    rule_no = 200
    action = "allow"
    protocol = "-1"
    from_port = 0
    to_port = 0
    cidr_block = "0.0.0.0/0"
  }
}
resource "aws_network_acl_rule" "ssh" {
  network_acl_id = aws_network_acl.n.id
  rule_number = 100
  rule_action = "deny"
  protocol = "tcp"
  from_port = 22
  to_port = 22
  cidr_block = "0.0.0.0/0"
}`)["aws_network_acl.n"]
	deny := inbound(22, 22, "0.0.0.0/0")
	deny["action"] = "deny"
	allow := inbound(0, 65535, "0.0.0.0/0")
	allow["protocol"] = "any"
	want := map[string]any{
		"type": "nacl", "is_default": false, "default_inbound": "deny", "attached_to": []any{"tf:t:aws_subnet.s"},
		"rules": []any{deny, allow},
	}
	if diff := cmp.Diff(want, attrs(e, keysOf(want)...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
