package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHost(t *testing.T) {
	t.Parallel()
	const groups = `
resource "aws_security_group" "ssh" {
  ingress {
    from_port = 20
    to_port = 30
    protocol = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "web" {
  ingress {
    from_port = 443
    to_port = 443
    protocol = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port = 0
    to_port = 0
    protocol = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_iam_role" "r" {}
resource "aws_iam_role_policy_attachment" "ssm" {
  role = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}
resource "aws_iam_instance_profile" "p" { role = aws_iam_role.r.name }
`
	path := func(via, source string) map[string]any { return map[string]any{"via": via, "source": source} }
	for name, tc := range map[string]struct {
		hcl, id string
		want    map[string]any
	}{
		"bare": {`resource "aws_instance" "i" {}`, "aws_instance.i", map[string]any{
			"kind": "vm", "instance_role": nil, "static_cloud_keys": []any{}, "stateless": false, "os.eol_on": "unknown: not_in_plane",
			"environment": "unknown: not_attested", "remote_access_paths": []any{},
		}},
		"open, with a key in user data": {groups + `resource "aws_instance" "i" {
  vpc_security_group_ids = [aws_security_group.ssh.id, aws_security_group.web.id]
  tags = { Environment = "prod" }
  user_data = <<-S
    #!/bin/sh
    export AWS_ACCESS_KEY_ID=AKIAQYLPMN5HFIQR7XYA
  S
}`, "aws_instance.i", map[string]any{
			"environment": "prod", "remote_access_paths": []any{path("ssh", "0.0.0.0/0")},
			"static_cloud_keys": []any{map[string]any{"path": "user_data:2"}},
		}},
		"managed by Session Manager": {groups + `resource "aws_instance" "i" {
  vpc_security_group_ids = [aws_security_group.web.id]
  iam_instance_profile = aws_iam_instance_profile.p.name
  root_block_device { encrypted = true }
}`, "aws_instance.i", map[string]any{
			"instance_role": "tf:t:aws_iam_role.r", "remote_access_paths": []any{path("session_manager", "aws:ssm")}, "disk.encrypted": true,
		}},
		"from a launch template": {groups + `resource "aws_launch_template" "t" {
  vpc_security_group_ids = [aws_security_group.ssh.id]
  iam_instance_profile { arn = aws_iam_instance_profile.p.arn }
}
resource "aws_instance" "i" {
  launch_template {
    id = aws_launch_template.t.id
    version = "$Latest"
  }
}`, "aws_instance.i", map[string]any{
			"instance_role":       "tf:t:aws_iam_role.r",
			"remote_access_paths": []any{path("ssh", "0.0.0.0/0"), path("session_manager", "aws:ssm")},
		}},
		"autoscaling group": {groups + `resource "aws_launch_configuration" "t" { security_groups = [aws_security_group.ssh.id] }
resource "aws_autoscaling_group" "g" {
  launch_configuration = aws_launch_configuration.t.name
  tag {
    key = "env"
    value = "dev"
    propagate_at_launch = true
  }
}`, "aws_autoscaling_group.g", map[string]any{
			"environment": "nonprod", "stateless": true, "kind": "vm", "remote_access_paths": []any{path("ssh", "0.0.0.0/0")},
		}},
		"unknown": {`variable "x" {}
resource "aws_instance" "i" {
  iam_instance_profile = var.x
  user_data = var.x
  vpc_security_group_ids = var.x
}`, "aws_instance.i", map[string]any{"instance_role": "unknown: unresolved", "static_cloud_keys": []any{}, "remote_access_paths": []any{}}},
		"in a closed default group": {twoTierNetwork + `resource "aws_default_security_group" "d" { vpc_id = aws_vpc.main.id }
resource "aws_instance" "i" {
  subnet_id = aws_subnet.private.id
  vpc_security_group_ids = []
}`, "aws_instance.i", map[string]any{"remote_access_paths": []any{}}},
		"Kubernetes nodes with a key pair": {`resource "aws_eks_node_group" "n" {
  node_role_arn = "arn:aws:iam::111111111111:role/n"
  remote_access { ec2_ssh_key = "me" }
}`, "aws_eks_node_group.n", map[string]any{
			"kind": "container_host", "remote_access_paths": []any{path("ssh", "0.0.0.0/0")}, "instance_role": "arn:aws:iam::111111111111:role/n",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entities := scan(t, tc.hcl)
			e := entities[tc.id]
			if e == nil {
				t.Fatalf("no entity %s", tc.id)
			}
			if diff := cmp.Diff(tc.want, attrs(e, keysOf(tc.want)...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, template := range []string{"aws_launch_template.t", "aws_launch_configuration.t"} {
				if entities[template] != nil && entities[template].Kind == "host" {
					t.Errorf("%s is a host of its own", template)
				}
			}
			if why, open := e.Unknown["remote_access_paths[]"]; open && name == "in a closed default group" {
				t.Errorf("there may be further paths: %v", why)
			}
			if name == "unknown" {
				for _, p := range []string{"static_cloud_keys[]", "remote_access_paths[]"} {
					if got := e.Unknown[p].Reason; got != "unresolved" {
						t.Errorf("%s is unknown for %q", p, got)
					}
				}
			}
		})
	}
}

func TestSessionManager(t *testing.T) {
	t.Parallel()
	const role = `resource "aws_iam_role" "r" {
  name = "r"
}
data "aws_partition" "p" {}
resource "aws_iam_role_policy_attachment" "a" {
  role = aws_iam_role.r.name
  policy_arn = "arn:${data.aws_partition.p.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"
}
resource "aws_iam_role_policy_attachment" "b" {
  role = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}
`
	got := scan(t, role)
	want := map[string]any{"type": "session_service", "enabled": true, "logging": "unknown: not_in_plane"}
	if diff := cmp.Diff(want, attrs(got["aws_iam_role_policy_attachment.a#session_manager"], keysOf(want)...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got["aws_iam_role_policy_attachment.b#session_manager"] != nil {
		t.Error("one service has two entities")
	}
	declared := scan(t, role+`resource "aws_ssm_document" "s" {
  name = "SSM-SessionManagerRunShell"
  document_type = "Session"
  content = "{}"
}`)
	if declared["aws_iam_role_policy_attachment.a#session_manager"] != nil || declared["aws_ssm_document.s"] == nil {
		t.Error("the declared settings should be the only entity")
	}
}

func TestHostLiesInItsNetwork(t *testing.T) {
	t.Parallel()
	got := scanAll(t, twoTierNetwork+`resource "aws_instance" "i" { subnet_id = aws_subnet.private.id }`).relations
	if diff := cmp.Diff([]string{"aws_subnet.private"}, got["runs_in aws_instance.i"]); diff != "" {
		t.Errorf("runs_in (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"aws_instance.i"}, got["reaches aws_vpc.main"]); diff != "" {
		t.Errorf("reaches (-want +got):\n%s", diff)
	}
}

func TestCluster(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_cloudwatch_log_group" "g" {
  name = "/aws/eks/main/cluster"
  retention_in_days = 365
}
resource "aws_eks_cluster" "closed" {
  name = "main"
  version = "1.34"
  enabled_cluster_log_types = ["api", "audit"]
  vpc_config {
    subnet_ids = ["subnet-1", "subnet-2"]
    endpoint_public_access = false
  }
}
resource "aws_eks_cluster" "open" {
  name = "other"
  vpc_config { subnet_ids = ["subnet-1"] }
}
resource "aws_eks_cluster" "office" {
  name = "third"
  version = "1.28"
  vpc_config {
    subnet_ids = ["subnet-1"]
    public_access_cidrs = ["192.0.2.0/24"]
  }
}`)
	for id, want := range map[string]map[string]any{
		"aws_eks_cluster.closed":               {"runtime": "kubernetes 1.34", "runtime_eol_on": "2026-12-02"},
		"aws_eks_cluster.closed#api":           {"exposure": "internal", "tls.enabled": true, "zones": int64(2)},
		"aws_eks_cluster.closed#logs":          {"enabled": true, "retention_days": int64(365), "destination": "tf:t:aws_cloudwatch_log_group.g"},
		"aws_eks_cluster.open":                 {"runtime": "unknown: computed", "runtime_eol_on": "unknown: computed"},
		"aws_eks_cluster.open#api":             {"exposure": "internet"},
		"aws_eks_cluster.open#logs":            {"enabled": false},
		"aws_eks_cluster.open#public_access":   {"rules": []any{inbound(443, 443, "0.0.0.0/0")}},
		"aws_eks_cluster.office":               {"runtime_eol_on": "2024-11-26"},
		"aws_eks_cluster.office#public_access": {"rules": []any{inbound(443, 443, "192.0.2.0/24")}},
	} {
		if diff := cmp.Diff(want, attrs(got[id], keysOf(want)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if got["aws_eks_cluster.closed#public_access"] != nil {
		t.Error("a closed endpoint has a public boundary")
	}
}

func TestVPN(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_customer_gateway" "g" { type = "ipsec.1" }
resource "aws_vpn_connection" "strong" {
  customer_gateway_id = aws_customer_gateway.g.id
  tunnel1_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel2_phase1_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase2_encryption_algorithms = ["AES256-GCM-16"]
  tunnel2_phase2_encryption_algorithms = ["AES256-GCM-16"]
  tunnel1_phase1_integrity_algorithms = ["SHA2-256"]
  tunnel2_phase1_integrity_algorithms = ["SHA2-256"]
  tunnel1_phase2_integrity_algorithms = ["SHA2-256"]
  tunnel2_phase2_integrity_algorithms = ["SHA2-256"]
  tunnel1_phase1_dh_group_numbers = [20]
  tunnel2_phase1_dh_group_numbers = [20]
  tunnel1_phase2_dh_group_numbers = [20]
  tunnel2_phase2_dh_group_numbers = [20]
  tunnel1_ike_versions = ["ikev2"]
  tunnel2_ike_versions = ["ikev2"]
  tunnel1_log_options {
    cloudwatch_log_options { log_enabled = true }
  }
  tunnel2_log_options {
    cloudwatch_log_options { log_enabled = true }
  }
}
resource "aws_vpn_connection" "default" { customer_gateway_id = aws_customer_gateway.g.id }
resource "aws_ec2_client_vpn_endpoint" "one_factor" {
  authentication_options { type = "certificate-authentication" }
  connection_log_options { enabled = false }
}
resource "aws_ec2_client_vpn_endpoint" "two_factors" {
  authentication_options { type = "certificate-authentication" }
  authentication_options { type = "directory-service-authentication" }
  connection_log_options { enabled = true }
}
resource "aws_ec2_client_vpn_endpoint" "federated" {
  authentication_options { type = "federated-authentication" }
  connection_log_options { enabled = true }
}
resource "aws_ec2_instance_connect_endpoint" "c" { subnet_id = "subnet-1" }
resource "aws_ssm_document" "session" {
  name = "SSM-SessionManagerRunShell"
  document_type = "Session"
  content = jsonencode({ schemaVersion = "1.0", inputs = { s3BucketName = "sessions", cloudWatchLogGroupName = "" } })
}
resource "aws_ssm_document" "silent" {
  name = "silent"
  document_type = "Session"
  content = jsonencode({ schemaVersion = "1.0", inputs = { s3BucketName = "" } })
}
resource "aws_ssm_document" "command" {
  name = "c"
  document_type = "Command"
  content = "{}"
}
resource "aws_verifiedaccess_instance" "v" {}
`)
	const weak = "AES128 AES128-GCM-16 AES256 AES256-GCM-16 DH14 DH15 DH16 DH17 DH18 DH19 DH2 DH20 DH21 DH22 DH23 DH24 DH5 " +
		"SHA1 SHA2-256 SHA2-384 SHA2-512 ikev1 ikev2"
	for id, want := range map[string]map[string]any{
		"aws_vpn_connection.strong": {
			"type": "site_to_site", "cipher_suite": "AES256-GCM-16 DH20 SHA2-256 ikev2", "logging": true, "auth_method": "psk",
			"mfa_required": "n/a", "tunnels": []any{map[string]any{}, map[string]any{}},
		},
		"aws_vpn_connection.default":              {"cipher_suite": weak, "logging": false},
		"aws_ec2_client_vpn_endpoint.one_factor":  {"type": "client", "mfa_required": false, "auth_method": "certificate", "logging": false},
		"aws_ec2_client_vpn_endpoint.two_factors": {"mfa_required": true, "auth_method": "certificate", "logging": true},
		"aws_ec2_client_vpn_endpoint.federated":   {"mfa_required": "unknown: not_in_plane", "auth_method": "federated", "logging": true},
		"aws_ec2_instance_connect_endpoint.c":     {"type": "session_service", "enabled": true},
		"aws_ssm_document.session":                {"type": "session_service", "enabled": true, "logging": true},
		"aws_ssm_document.silent":                 {"logging": false},
		"aws_verifiedaccess_instance.v":           {"type": "ztna", "logging": false},
	} {
		if diff := cmp.Diff(want, attrs(got[id], keysOf(want)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if got["aws_ssm_document.command"] != nil {
		t.Error("a command document is no session service")
	}
}

func TestPatching(t *testing.T) {
	t.Parallel()
	got := scanAll(t, `
resource "aws_instance" "i" { tags = { Patch = "weekly" } }
resource "aws_ssm_association" "install" {
  name = "AWS-RunPatchBaseline"
  parameters = { Operation = "Install" }
  targets {
    key = "InstanceIds"
    values = ["*"]
  }
}
resource "aws_ssm_association" "scan" {
  name = "AWS-RunPatchBaseline"
  parameters = { Operation = "Scan" }
  targets {
    key = "InstanceIds"
    values = [aws_instance.i.id]
  }
}
resource "aws_ssm_association" "other" { name = "AWS-GatherSoftwareInventory" }
resource "aws_ssm_maintenance_window" "w" {
  name = "w"
  schedule = "cron(0 2 ? * SUN *)"
  duration = 2
  cutoff = 1
}
resource "aws_ssm_maintenance_window_target" "t" {
  window_id = aws_ssm_maintenance_window.w.id
  resource_type = "INSTANCE"
  targets {
    key = "tag:Patch"
    values = ["weekly"]
  }
}
resource "aws_ssm_maintenance_window_task" "t" {
  window_id = aws_ssm_maintenance_window.w.id
  task_arn = "AWS-RunPatchBaseline"
  task_type = "RUN_COMMAND"
  targets {
    key = "WindowTargetIds"
    values = [aws_ssm_maintenance_window_target.t.id]
  }
  task_invocation_parameters {
    run_command_parameters {
      parameter {
        name = "Operation"
        values = ["Install"]
      }
    }
  }
}`)
	for id, want := range map[string]string{
		"aws_ssm_association.install": "ssm_patch_policy", "aws_ssm_association.scan": "none", "aws_ssm_maintenance_window_task.t": "ssm_patch_policy",
	} {
		if mechanism := attr(got.entities[id], "auto_mechanism"); mechanism != want {
			t.Errorf("%s: %v, want %s", id, mechanism, want)
		}
		if diff := cmp.Diff([]string{"aws_instance.i"}, got.relations["runs_on "+id]); diff != "" {
			t.Errorf("%s runs_on (-want +got):\n%s", id, diff)
		}
	}
	if got.entities["aws_ssm_association.other"] != nil {
		t.Error("an inventory association patches nothing")
	}
}

func TestUnknownTagHidesNoOther(t *testing.T) {
	t.Parallel()
	got := scan(t, `
variable "x" {}
resource "aws_vpc" "known" { tags = { Environment = "prod", Name = var.x } }
resource "aws_vpc" "none" { tags = { Name = var.x } }
resource "aws_vpc" "unknown" { tags = { environment = var.x } }
`)
	for id, want := range map[string]any{
		"aws_vpc.known": "prod", "aws_vpc.none": "unknown: not_attested", "aws_vpc.unknown": "unknown: unresolved",
	} {
		if env := attr(got[id], "environment"); env != want {
			t.Errorf("%s: environment is %v, want %v", id, env, want)
		}
	}
}

func TestReferenceToAnotherTypeIsNoPart(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_lb" "l" {}
resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 80
  default_action { type = "forward" }
}
resource "aws_api_gateway_stage" "s" { rest_api_id = "x" }
resource "aws_wafv2_web_acl" "w" {}
resource "aws_wafv2_web_acl_association" "a" {
  web_acl_arn = aws_wafv2_web_acl.w.arn
  resource_arn = aws_api_gateway_stage.s.arn
}`)
	if acl := attr(got["aws_lb_listener.x"], "waf"); acl != nil {
		t.Errorf("the listener's web access list is %v, want none", acl)
	}
	if acl := attr(got["aws_api_gateway_stage.s"], "waf"); acl != "tf:t:aws_wafv2_web_acl.w" {
		t.Errorf("the stage's web access list is %v", acl)
	}
}

func TestLightsail(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_lightsail_instance" "i" {
  name = "blog"
}
resource "aws_lightsail_instance_public_ports" "p" {
  instance_name = aws_lightsail_instance.i.name
  port_info {
    protocol = "tcp"
    from_port = 22
    to_port = 22
  }
  port_info {
    protocol = "tcp"
    from_port = 443
    to_port = 443
    cidrs = ["192.0.2.0/24"]
  }
}
resource "aws_lightsail_instance" "silent" { name = "silent" }`)
	want := map[string]any{
		"attached_to": []any{"tf:t:aws_lightsail_instance.i"}, "default_inbound": "deny",
		"rules": []any{inbound(22, 22, "0.0.0.0/0", "::/0"), inbound(443, 443, "192.0.2.0/24")},
	}
	if diff := cmp.Diff(want, attrs(got["aws_lightsail_instance_public_ports.p"], keysOf(want)...)); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	paths := []any{map[string]any{"via": "ssh", "source": "0.0.0.0/0"}, map[string]any{"via": "ssh", "source": "::/0"}}
	if diff := cmp.Diff(paths, attr(got["aws_lightsail_instance.i"], "remote_access_paths")); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if why := got["aws_lightsail_instance.silent"].Unknown["remote_access_paths[]"]; why.Reason != "not_in_plane" {
		t.Errorf("without ports here the paths are unknown for %q", why.Reason)
	}
}
