package aws

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// iamBase is a role that a test gives policies.
const iamBase = `
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
data "aws_caller_identity" "me" {}
variable "open" {}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
`

func TestIAMUser(t *testing.T) {
	t.Parallel()
	paths := []string{"type", "interactive", "direct_policy_count", "privileged", "groups", "groups[]", "mfa.enabled", "purpose", "source"}
	for name, tc := range map[string]struct {
		hcl  string
		want map[string]any
	}{
		"person with a group": {`
resource "aws_iam_user" "u" {
  name = "ann"
  tags = { purpose = "break-glass" }
}
resource "aws_iam_user_login_profile" "u" { user = aws_iam_user.u.name }
resource "aws_iam_group" "g" { name = "readers" }
resource "aws_iam_user_group_membership" "m" {
  user   = aws_iam_user.u.name
  groups = [aws_iam_group.g.name]
}
resource "aws_iam_group_policy_attachment" "g" {
  group      = aws_iam_group.g.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}`, map[string]any{
			"type": "human", "interactive": true, "direct_policy_count": int64(0), "privileged": false, "groups": []any{"tf:t:aws_iam_group.g"},
			"groups[]": "missing", "mfa.enabled": "unknown: not_in_plane", "purpose": "break_glass", "source": "aws_iam",
		}},
		"administrator through a group": {`
resource "aws_iam_user" "u" { name = "ann" }
resource "aws_iam_group" "g" { name = "admins" }
resource "aws_iam_group_membership" "m" {
  name  = "m"
  group = aws_iam_group.g.name
  users = [aws_iam_user.u.name]
}
data "aws_partition" "current" {}
resource "aws_iam_group_policy_attachment" "g" {
  group      = aws_iam_group.g.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/AdministratorAccess"
}`, map[string]any{
			"type": "unknown: unresolved", "interactive": false, "direct_policy_count": int64(0), "privileged": true,
			"groups": []any{"tf:t:aws_iam_group.g"}, "groups[]": "missing", "mfa.enabled": "unknown: not_in_plane",
			"purpose": "unknown: not_in_plane", "source": "aws_iam",
		}},
		"workload with policies of all forms": {`
resource "aws_iam_user" "u" { name = "app" }
resource "aws_iam_access_key" "k" { user = aws_iam_user.u.name }
resource "aws_iam_user_policy" "p" {
  user   = aws_iam_user.u.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "iam:PutUserPolicy", Resource = "*" }] })
}
resource "aws_iam_policy_attachment" "a" {
  name       = "a"
  users      = [aws_iam_user.u.name]
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}
resource "aws_iam_user_policy_attachments_exclusive" "x" {
  user_name   = aws_iam_user.u.name
  policy_arns = ["arn:aws:iam::aws:policy/IAMReadOnlyAccess"]
}`, map[string]any{
			"type": "workload", "interactive": false, "direct_policy_count": int64(3), "privileged": true, "groups": []any{}, "groups[]": "missing",
			"mfa.enabled": "unknown: not_in_plane", "purpose": "unknown: not_in_plane", "source": "aws_iam",
		}},
		"attachments that may not exist": {`
variable "n" { type = number }
resource "aws_iam_user" "u" { name = "app" }
resource "aws_iam_user_login_profile" "u" {
  count = var.n
  user  = aws_iam_user.u.name
}
resource "aws_iam_user_policy_attachment" "a" {
  count      = var.n
  user       = aws_iam_user.u.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_iam_user_group_membership" "m" {
  user   = aws_iam_user.u.name
  groups = ["known", var.open]
}`, map[string]any{
			"type": "unknown: unresolved", "interactive": "unknown: unresolved", "direct_policy_count": "unknown: unresolved",
			"privileged": "unknown: unresolved", "groups": []any{"known"}, "groups[]": "unknown: unresolved",
			"mfa.enabled": "unknown: not_in_plane", "purpose": "unknown: not_in_plane", "source": "aws_iam",
		}},
		"limited by a boundary": {`
resource "aws_iam_policy" "b" {
  name   = "boundary"
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "aws_iam_user" "u" {
  name                 = "app"
  permissions_boundary = aws_iam_policy.b.arn
}
resource "aws_iam_user_policy_attachment" "a" {
  user       = aws_iam_user.u.name
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}`, map[string]any{
			"type": "unknown: unresolved", "interactive": false, "direct_policy_count": int64(1), "privileged": false, "groups": []any{},
			"groups[]": "missing", "mfa.enabled": "unknown: not_in_plane", "purpose": "unknown: not_in_plane", "source": "aws_iam",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, attrs(scan(t, iamBase+tc.hcl)["aws_iam_user.u"], paths...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	got := scanAll(t, iamBase+`
resource "aws_iam_user" "u" { name = "app" }
resource "aws_iam_access_key" "on" { user = aws_iam_user.u.name }
resource "aws_iam_access_key" "off" {
  user   = "app"
  status = "Inactive"
}
resource "aws_iam_access_key" "maybe" {
  user   = var.open
  status = var.open
}
resource "aws_iam_user_login_profile" "p" { user = aws_iam_user.u.name }
resource "aws_iam_virtual_mfa_device" "m" { virtual_mfa_device_name = "m" }
resource "aws_iam_user_ssh_key" "s" {
  username   = aws_iam_user.u.name
  encoding   = "SSH"
  public_key = "ssh-ed25519 AAAA someone"
}
resource "aws_iam_service_specific_credential" "c" {
  user_name    = aws_iam_user.u.name
  service_name = "codecommit.amazonaws.com"
}
resource "aws_iam_signing_certificate" "c" {
  user_name        = aws_iam_user.u.name
  certificate_body = "x"
}
resource "aws_iam_server_certificate" "c" {
  name             = "web"
  certificate_body = "x"
}
`)
	for id, want := range map[string]map[string]any{
		"aws_iam_access_key.on":                 {"type": "access_key", "active": true, "expires_at": nil, "key_spec": "n/a"},
		"aws_iam_access_key.off":                {"type": "access_key", "active": false, "expires_at": nil, "key_spec": "n/a"},
		"aws_iam_access_key.maybe":              {"type": "access_key", "active": "unknown: unresolved", "expires_at": nil, "key_spec": "n/a"},
		"aws_iam_user_login_profile.p":          {"type": "password", "active": true, "expires_at": "unknown: not_in_plane", "key_spec": "n/a"},
		"aws_iam_virtual_mfa_device.m":          {"type": "mfa_device", "active": "unknown: not_in_plane", "expires_at": nil, "key_spec": "n/a"},
		"aws_iam_user_ssh_key.s":                {"type": "ssh_key", "active": true, "expires_at": nil, "key_spec": "ssh-ed25519"},
		"aws_iam_service_specific_credential.c": {"type": "api_token", "active": true, "expires_at": nil, "key_spec": "n/a"},
		"aws_iam_signing_certificate.c": {
			"type": "certificate", "active": true, "expires_at": "unknown: not_in_plane", "key_spec": "unknown: not_in_plane",
		},
		"aws_iam_server_certificate.c": {
			"type": "certificate", "active": true, "expires_at": "unknown: not_in_plane", "key_spec": "unknown: not_in_plane",
		},
	} {
		if diff := cmp.Diff(want, attrs(got.entities[id], "type", "active", "expires_at", "key_spec")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for key, want := range map[string][]string{
		"credential_of aws_iam_access_key.on": {"aws_iam_user.u"}, "credential_of aws_iam_access_key.off": {"aws_iam_user.u"},
		"credential_of aws_iam_access_key.maybe": {"?"}, "credential_of aws_iam_user_ssh_key.s": {"aws_iam_user.u"},
	} {
		if diff := cmp.Diff(want, got.relations[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
}

func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	paths := []string{"scope", "min_length", "reuse_prevention", "max_age_days", "lockout.threshold", "mfa_required"}
	for name, tc := range map[string]struct {
		body string
		want map[string]any
	}{
		"strict": {"minimum_password_length = 16\npassword_reuse_prevention = 24\nmax_password_age = 90", map[string]any{
			"scope": "tf:t:account", "min_length": int64(16), "reuse_prevention": int64(24), "max_age_days": int64(90),
			"lockout.threshold": "n/a", "mfa_required": "unknown: not_in_plane",
		}},
		"defaults": {"max_password_age = 0", map[string]any{
			"scope": "tf:t:account", "min_length": int64(6), "reuse_prevention": int64(0), "max_age_days": nil,
			"lockout.threshold": "n/a", "mfa_required": "unknown: not_in_plane",
		}},
		"unknown": {"minimum_password_length = var.open", map[string]any{
			"scope": "tf:t:account", "min_length": "unknown: unresolved", "reuse_prevention": int64(0), "max_age_days": nil,
			"lockout.threshold": "n/a", "mfa_required": "unknown: not_in_plane",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scan(t, iamBase+"resource \"aws_iam_account_password_policy\" \"p\" {\n"+tc.body+"\n}\n")["aws_iam_account_password_policy.p"]
			if diff := cmp.Diff(tc.want, attrs(got, paths...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoleTrust(t *testing.T) {
	t.Parallel()
	trusting := func(principal, conditions string) string {
		return sprintf(`
resource "aws_iam_user" "u" { name = "u" }
resource "aws_iam_saml_provider" "idp" { name = "idp" }
resource "aws_iam_role" "t" {
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["sts:AssumeRole", "sts:AssumeRoleWithSAML"], Principal = %s%s }] })
}`, principal, conditions)
	}
	entry := func(principal, typ string, more map[string]any) map[string]any {
		out := map[string]any{
			"principal": principal, "principal_type": typ, "conditions.mfa": false, "conditions.external_id": false, "conditions.org_id": false,
		}
		maps.Copy(out, more)
		return out
	}
	for name, tc := range map[string]struct {
		hcl      string
		trust    any
		human    any
		external any // of trust[].external where it is unknown
	}{
		"service": {
			trusting(`{ Service = "lambda.amazonaws.com" }`, ""),
			[]any{entry("lambda.amazonaws.com", "service", map[string]any{"external": false})},
			false, "missing",
		},
		"own account by its id": {
			trusting(`{ AWS = "arn:aws:iam::111122223333:root" }`, `, Condition = { Bool = { "aws:MultiFactorAuthPresent" = "true" } }`),
			[]any{entry("arn:aws:iam::111122223333:root", "account", map[string]any{"external": false, "conditions.mfa": true})},
			true, "missing",
		},
		"own account by the caller": {
			trusting("{ AWS = \"arn:aws:iam::${data.aws_caller_identity.me.account_id}:root\" }", ""),
			[]any{entry("arn:aws:iam::111122223333:root", "account", map[string]any{"external": false})},
			true, "missing",
		},
		"a user declared here": {
			trusting(`{ AWS = aws_iam_user.u.arn }`, ""),
			[]any{entry("${aws_iam_user.u.arn}", "account", map[string]any{"external": false})},
			true, "missing",
		},
		"another account": {
			trusting(`{ AWS = "arn:aws:iam::999900001111:root" }`, `, Condition = { StringEquals = { "sts:ExternalId" = "x" } }`),
			[]any{entry("arn:aws:iam::999900001111:root", "account", map[string]any{"conditions.external_id": true})},
			true, "unknown: not_in_plane",
		},
		"everyone": {
			trusting(`"*"`, ""), []any{entry("*", "any", map[string]any{"external": true})}, true, "missing",
		},
		"SAML has no subject": {
			trusting(`{ Federated = aws_iam_saml_provider.idp.arn }`, ""),
			[]any{entry("${aws_iam_saml_provider.idp.arn}", "federated", map[string]any{"external": false})},
			true, "missing",
		},
		"unknown document": {
			`resource "aws_iam_role" "t" { assume_role_policy = var.open }`, []any{}, "unknown: unresolved", "missing",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scan(t, iamBase+tc.hcl)["aws_iam_role.t"]
			want := map[string]any{"trust": tc.trust, "human_assumable": tc.human, "trust[].external": tc.external, "max_session_seconds": int64(3600)}
			if diff := cmp.Diff(want, attrs(got, "trust", "human_assumable", "trust[].external", "max_session_seconds")); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCanAssume(t *testing.T) {
	t.Parallel()
	got := scanAll(t, iamBase+`
resource "aws_iam_user" "by_ref" { name = "by-ref" }
resource "aws_iam_user" "by_arn" { name = "by-arn" }
resource "aws_iam_role" "t" {
  assume_role_policy = jsonencode({ Statement = [{
    Effect    = "Allow"
    Action    = "sts:AssumeRole"
    Principal = { AWS = [aws_iam_user.by_ref.arn, "arn:aws:iam::111122223333:user/by-arn"] }
  }] })
}
`).relations
	for _, id := range []string{"by_ref", "by_arn"} {
		if diff := cmp.Diff([]string{"aws_iam_role.t"}, got["can_assume aws_iam_user."+id]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	got := scan(t, iamBase+`
resource "aws_s3_bucket" "b" {}
resource "aws_iam_policy" "held" {
  name   = "held"
  policy = jsonencode({ Statement = [{
    Effect    = "Allow"
    NotAction = "iam:*"
    Resource  = ["${aws_s3_bucket.b.arn}/*", var.open]
    Condition = { "ForAnyValue:StringLikeIfExists" = { "aws:TagKeys" = "x" } }
  }] })
}
resource "aws_iam_policy" "idle" {
  name   = "idle"
  policy = jsonencode({ Statement = [{ Effect = "Deny", Action = "*", NotResource = "arn:aws:s3:::keep" }] })
}
resource "aws_iam_policy" "secret" {
  name   = "secret"
  policy = var.open
}
resource "aws_iam_role_policy_attachment" "held" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.held.arn
}
resource "aws_iam_role_policy_attachment" "elsewhere" {
  role       = "made-by-hand"
  policy_arn = aws_iam_policy.held.arn
}
resource "aws_iam_role_policy_attachment" "aws" {
  role       = aws_iam_role.r.name
  policy_arn = "arn:aws:iam::aws:policy/NotInAnyTable"
}
`)
	statement := func(effect string, more map[string]any) []any {
		out := map[string]any{
			"effect": effect, "actions": []any{}, "not_actions": []any{}, "resources": []any{}, "not_resources": []any{}, "conditions": map[string]any{},
		}
		maps.Copy(out, more)
		return []any{out}
	}
	for id, want := range map[string]map[string]any{
		"aws_iam_policy.held": {
			"managed_by": "customer", "attached_to": []any{"made-by-hand", "tf:t:aws_iam_role.r"}, "statements[].resources[]": "unknown: unresolved",
			"statements": statement("Allow", map[string]any{
				"not_actions": []any{"iam:*"}, "resources": []any{"arn:aws:s3:::${aws_s3_bucket.b.id}/*"},
				"conditions": map[string]any{"ForAnyValue:StringLikeIfExists": map[string]any{"aws:TagKeys": []any{"x"}}},
			}),
		},
		"aws_iam_policy.idle": {
			"managed_by": "customer", "attached_to": []any{}, "statements[].resources[]": "missing",
			"statements": statement("Deny", map[string]any{"actions": []any{"*"}, "not_resources": []any{"arn:aws:s3:::keep"}}),
		},
		"aws_iam_policy.secret": {
			"managed_by": "customer", "attached_to": []any{}, "statements[].resources[]": "missing", "statements": "unknown: unresolved",
		},
		"arn:aws:iam::aws:policy/NotInAnyTable": {
			"managed_by": "provider", "attached_to": []any{"tf:t:aws_iam_role.r"}, "statements[].resources[]": "missing",
			"statements": "unknown: unsupported",
		},
	} {
		if diff := cmp.Diff(want, attrs(got[id], "managed_by", "attached_to", "statements", "statements[].resources[]")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	for name, extra := range map[string]string{
		"policy": `resource "aws_iam_role_policy_attachment" "x" {
  role       = aws_iam_role.r.name
  policy_arn = var.open
}`,
		"holder": `resource "aws_iam_policy_attachment" "x" {
  name       = "x"
  roles      = var.open
  policy_arn = aws_iam_policy.p.arn
}`,
	} {
		p := scan(t, iamBase+`
resource "aws_iam_policy" "p" {
  name   = "p"
  policy = jsonencode({ Statement = [] })
}
`+extra)["aws_iam_policy.p"]
		if got := attr(p, "attached_to[]"); got != "unknown: unresolved" {
			t.Errorf("an attachment whose %s is not known: attached_to[] is %v", name, got)
		}
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	const stores = `
resource "aws_s3_bucket" "a" { bucket = "a" }
resource "aws_s3_bucket" "named_later" {}
resource "aws_dynamodb_table" "t" { name = "t" }
resource "aws_kms_key" "k" {}
`
	grant := func(statements string) string {
		return sprintf(`
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.name
  policy = jsonencode({ Statement = [%s] })
}`, statements)
	}
	for name, tc := range map[string]struct {
		hcl               string
		read, write, full []string
	}{
		"nothing": {"", nil, nil, nil},
		"one bucket by name": {
			grant(`{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::a/*" }`), []string{"aws_s3_bucket.a", "?"}, nil, nil,
		},
		"one bucket by reference": {
			grant("{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"${aws_s3_bucket.a.arn}/*\" }"),
			[]string{"aws_s3_bucket.a", "?"},
			nil, nil,
		},
		"a bucket that is named later": {
			grant("{ Effect = \"Allow\", Action = \"s3:PutObject\", Resource = \"${aws_s3_bucket.named_later.arn}/*\" }"),
			nil,
			[]string{"aws_s3_bucket.named_later"},
			nil,
		},
		"a table in the own account": {
			grant("{ Effect = \"Allow\", Action = \"dynamodb:*\", Resource = \"arn:aws:dynamodb:eu-west-1:${data.aws_caller_identity.me.account_id}:table/t\" }"),
			[]string{"aws_dynamodb_table.t"},
			[]string{"aws_dynamodb_table.t"},
			[]string{"aws_dynamodb_table.t"},
		},
		"unknown policy": {
			"resource \"aws_iam_role_policy\" \"p\" {\n role = aws_iam_role.r.name\n policy = var.open\n}", []string{"?"}, []string{"?"}, []string{"?"},
		},
		"denied": {
			grant(`{ Effect = "Allow", Action = "dynamodb:Query", Resource = "*" }, { Effect = "Deny", Action = "dynamodb:*", Resource = "*" }`), nil, nil, nil,
		},
		"through the bucket's policy": {`
resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::a/*", Principal = { AWS = aws_iam_role.r.arn } }] })
}`, []string{"aws_s3_bucket.a"}, nil, nil},
		"what is public is nobody's in particular": {`
resource "aws_s3_bucket_policy" "a" {
  bucket = aws_s3_bucket.a.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::a/*", Principal = "*" }] })
}`, nil, nil, nil},
		"a key that does not leave it to the account": {`
resource "aws_kms_key_policy" "k" {
  key_id = aws_kms_key.k.key_id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "kms:*", Resource = "*", Principal = { AWS = "arn:aws:iam::111122223333:role/other" } }] })
}` + grant(`{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*" }`), nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scanAll(t, iamBase+stores+tc.hcl).relations
			for relation, want := range map[string][]string{"can_read": tc.read, "can_write": tc.write, "can_admin": tc.full} {
				if diff := cmp.Diff(want, got[relation+" aws_iam_role.r"], asSet); diff != "" {
					t.Errorf("%s (-want +got):\n%s", relation, diff)
				}
			}
		})
	}
}

func TestIdentityCenter(t *testing.T) {
	t.Parallel()
	got := scanAll(t, `
variable "open" {}
resource "aws_ssoadmin_permission_set" "admin" {
  name             = "admin"
  instance_arn     = "arn:aws:sso:::instance/x"
  session_duration = "PT8H"
}
resource "aws_ssoadmin_managed_policy_attachment" "admin" {
  instance_arn       = "arn:aws:sso:::instance/x"
  permission_set_arn = aws_ssoadmin_permission_set.admin.arn
  managed_policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_ssoadmin_permission_set" "reader" {
  name         = "reader"
  instance_arn = "arn:aws:sso:::instance/x"
}
resource "aws_ssoadmin_permission_set_inline_policy" "reader" {
  instance_arn       = "arn:aws:sso:::instance/x"
  permission_set_arn = aws_ssoadmin_permission_set.reader.arn
  inline_policy      = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }] })
}
resource "aws_iam_role_policy_attachment" "of_some_role" {
  role       = var.open
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
resource "aws_ssoadmin_permission_set" "odd" {
  name             = "odd"
  session_duration = "8 hours"
}
resource "aws_ssoadmin_customer_managed_policy_attachment" "odd" {
  permission_set_arn = aws_ssoadmin_permission_set.odd.arn
  customer_managed_policy_reference { name = "made-elsewhere" }
}
resource "aws_identitystore_user" "ann" {
  user_name = "ann"
  emails { value = "ann@example.org" }
}
resource "aws_ssoadmin_account_assignment" "a" {
  permission_set_arn = aws_ssoadmin_permission_set.reader.arn
  principal_id       = aws_identitystore_user.ann.user_id
  principal_type     = "USER"
  target_id          = "111122223333"
}
`)
	for id, want := range map[string]map[string]any{
		"aws_ssoadmin_permission_set.admin":  {"max_session_seconds": int64(28800), "privileged": true, "human_assumable": true},
		"aws_ssoadmin_permission_set.reader": {"max_session_seconds": int64(3600), "privileged": false, "human_assumable": true},
		"aws_ssoadmin_permission_set.odd": {
			"max_session_seconds": "unknown: parse_error", "privileged": "unknown: not_in_plane", "human_assumable": true,
		},
	} {
		if diff := cmp.Diff(want, attrs(got.entities[id], "max_session_seconds", "privileged", "human_assumable")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	person := map[string]any{"type": "human", "source": "aws_identity_center", "interactive": true, "email": "ann@example.org", "name": "ann"}
	if diff := cmp.Diff(person, attrs(got.entities["aws_identitystore_user.ann"], "type", "source", "interactive", "email", "name")); diff != "" {
		t.Errorf("person (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"aws_ssoadmin_permission_set.reader"}, got.relations["can_assume aws_identitystore_user.ann"]); diff != "" {
		t.Errorf("can_assume (-want +got):\n%s", diff)
	}
}
