package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// check scans a configuration and compares attributes of one entity.
type check struct {
	name, hcl string
	id        string
	want      map[string]any
}

func run(t *testing.T, checks []check) {
	t.Helper()
	for _, tt := range checks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, tt.hcl)[tt.id]
			if e == nil {
				t.Fatalf("there is no entity %s", tt.id)
			}
			if diff := cmp.Diff(tt.want, attrs(e, keysOf(tt.want)...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			decided(t, e)
		})
	}
}

// decided fails the test where the mapping left an attribute to chance: nothing was said of it although code can state it.
func decided(t *testing.T, e *evidence.Entity) {
	t.Helper()
	for path, u := range e.Unknown {
		if u.Reason == evidence.NotCollected && u.Detail == "the collector does not read it" {
			t.Errorf("%s: the mapping says nothing of %s", e.ID, path)
		}
	}
}

func TestKMS(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"defaults", `resource "aws_kms_key" "k" {}`, "aws_kms_key.k",
			map[string]any{
				"state": "enabled", "manager": "customer", "spec": "SYMMETRIC_DEFAULT", "rotation.enabled": false,
				"rotation.period_days": "n/a", "policy.public": false, "policy.wildcard_decrypt": false,
			},
		},
		{
			"good", `
data "aws_caller_identity" "me" {}
resource "aws_kms_key" "k" {
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid = "root", Effect = "Allow", Action = "kms:*", Resource = "*"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root" }
    }]
  })
}`, "aws_kms_key.k",
			map[string]any{
				"rotation.enabled": true, "rotation.period_days": int64(365), "policy.public": false, "policy.wildcard_decrypt": false,
			},
		},
		{
			"bad", `
resource "aws_kms_key" "k" {
  is_enabled = false
}
resource "aws_kms_key_policy" "k" {
  key_id = aws_kms_key.k.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:Decrypt", Resource = "*", Principal = "*" }] })
}`, "aws_kms_key.k",
			map[string]any{"state": "disabled", "policy.public": true, "policy.wildcard_decrypt": true},
		},
		{
			"asymmetric", `resource "aws_kms_key" "k" { customer_master_key_spec = "RSA_4096" }`, "aws_kms_key.k",
			map[string]any{"spec": "RSA_4096", "rotation.enabled": "n/a", "rotation.period_days": "n/a"},
		},
		{
			"unknown", `
variable "rotate" { type = bool }
variable "policy" {}
resource "aws_kms_key" "k" {
  enable_key_rotation = var.rotate
  policy              = var.policy
}`, "aws_kms_key.k",
			map[string]any{
				"rotation.enabled": "unknown: unresolved", "rotation.period_days": "unknown: unresolved", "policy.public": "unknown: unresolved",
			},
		},
		{
			"replica", `
resource "aws_kms_key" "k" {
  multi_region            = true
  enable_key_rotation     = true
  rotation_period_in_days = 180
}
resource "aws_kms_replica_key" "r" { primary_key_arn = aws_kms_key.k.arn }`, "aws_kms_replica_key.r",
			map[string]any{"state": "enabled", "rotation.enabled": true, "rotation.period_days": int64(180), "policy.public": false},
		},
		{
			"imported", `resource "aws_kms_external_key" "k" {}`, "aws_kms_external_key.k",
			map[string]any{"state": "disabled", "rotation.enabled": "n/a"},
		},
	})
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"rotated", `
resource "aws_secretsmanager_secret" "s" { name = "db" }
resource "aws_secretsmanager_secret_rotation" "s" {
  secret_id           = aws_secretsmanager_secret.s.id
  rotation_lambda_arn = "arn:aws:lambda:eu-west-1:111111111111:function:rotate"
  rotation_rules { automatically_after_days = 30 }
}`, "aws_secretsmanager_secret.s",
			map[string]any{"location": "secret_store", "rotation.enabled": true, "rotation.period_days": int64(30), "value_hmac": "n/a"},
		},
		{
			"scheduled", `
resource "aws_secretsmanager_secret" "s" {}
resource "aws_secretsmanager_secret_rotation" "s" {
  secret_id = aws_secretsmanager_secret.s.id
  rotation_rules { schedule_expression = "rate(10 days)" }
}`, "aws_secretsmanager_secret.s",
			map[string]any{"rotation.enabled": true, "rotation.period_days": int64(10)},
		},
		{
			"not rotated", `resource "aws_secretsmanager_secret" "s" {}`, "aws_secretsmanager_secret.s",
			map[string]any{"rotation.enabled": false, "rotation.period_days": "n/a"},
		},
		{
			"parameter", `
resource "aws_ssm_parameter" "p" {
  name  = "/db/password"
  type  = "SecureString"
  value = "hunter2"
}`, "aws_ssm_parameter.p",
			map[string]any{"location": "secret_store", "rotation.enabled": false},
		},
	})
	plain := scan(t, `
resource "aws_ssm_parameter" "p" {
  name  = "/region"
  type  = "String"
  value = "eu-west-1"
}`)
	if e := plain["aws_ssm_parameter.p"]; e != nil {
		t.Errorf("a plain parameter became %s %s", e.Kind, e.ID)
	}
}

func TestWhoseKey(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ key, want, relation string }{
		"a key here":          {`aws_kms_key.k.arn`, "customer", "aws_kms_key.k"},
		"an alias here":       {`aws_kms_alias.a.arn`, "customer", "aws_kms_key.k"},
		"AWS's own alias":     {`"alias/aws/secretsmanager"`, "provider", "alias/aws/secretsmanager"},
		"AWS's alias, read":   {`data.aws_kms_alias.own.target_key_arn`, "provider", "alias/aws/s3"},
		"a key elsewhere":     {`"arn:aws:kms:eu-west-1:111111111111:key/1"`, "customer", "arn:aws:kms:eu-west-1:111111111111:key/1"},
		"an unknown variable": {`var.key`, "unknown: unresolved", "?"},
		"no key":              {`null`, "provider", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scanAll(t, sprintf(`
variable "key" {}
data "aws_kms_alias" "own" { name = "alias/aws/s3" }
resource "aws_kms_key" "k" {}
resource "aws_kms_alias" "a" {
  name          = "alias/mine"
  target_key_id = aws_kms_key.k.id
}
resource "aws_kinesis_stream" "s" {
  name            = "events"
  encryption_type = "KMS"
  kms_key_id      = %s
}`, tt.key))
			if m := attr(got.entities["aws_kinesis_stream.s"], "encryption.key_management"); m != tt.want {
				t.Errorf("key_management is %v, want %s", m, tt.want)
			}
			want := []string{tt.relation}
			if tt.relation == "" {
				want = nil
			}
			if diff := cmp.Diff(want, got.relations["encrypted_by aws_kinesis_stream.s"]); diff != "" {
				t.Errorf("encrypted_by (-want +got):\n%s", diff)
			}
		})
	}
}
