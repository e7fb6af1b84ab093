package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	region := func(name string, used bool, encrypted any) map[string]any {
		out := map[string]any{"name": name, "enabled": true, "used": used}
		if encrypted != nil {
			out["ebs_default_encryption"] = encrypted
		}
		return out
	}
	for name, tc := range map[string]struct {
		hcl     string
		want    map[string]any
		aliases []string
	}{
		"one region, nothing about volumes": {`
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
  default_tags { tags = { environment = "production" } }
}
resource "aws_sqs_queue" "q" {}
resource "aws_iam_role" "r" {}
`, map[string]any{
			"environment": "prod", "contacts.security": "unknown: not_in_plane", "regions[].ebs_default_encryption": "unknown: not_in_plane",
			"regions": []any{region("eu-west-1", true, nil)}, "regions[]": "missing",
		}, []string{"aws:111122223333"}},
		"two regions, one with encrypted volumes, and a guardrail": {`
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "us"
  region = "us-east-1"
}
provider "aws" {
  alias  = "paris"
  region = "eu-west-3"
}
resource "aws_sqs_queue" "q" {}
resource "aws_sqs_queue" "us" { provider = aws.us }
resource "aws_ebs_encryption_by_default" "e" {}
resource "aws_guardduty_detector" "g" { provider = aws.paris }
resource "aws_account_alternate_contact" "c" {
  alternate_contact_type = "SECURITY"
  email_address          = "soc@example.org"
}
`, map[string]any{
			"environment": "unknown: not_in_plane", "contacts.security": "soc@example.org", "regions[].ebs_default_encryption": "missing",
			"regions": []any{region("eu-west-1", true, true), region("us-east-1", true, false)}, "regions[]": "missing",
		}, nil},
		"another account is not this one": {`
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias  = "other"
  region = "eu-central-1"
  assume_role { role_arn = "arn:aws:iam::444455556666:role/deploy" }
}
resource "aws_sqs_queue" "q" {}
resource "aws_sqs_queue" "o" { provider = aws.other }
`, map[string]any{
			"environment": "unknown: not_in_plane", "contacts.security": "unknown: not_in_plane",
			"regions[].ebs_default_encryption": "unknown: not_in_plane", "regions": []any{region("eu-west-1", true, nil)}, "regions[]": "missing",
		}, []string{"aws:111122223333"}},
		"region not known": {`
variable "region" {}
provider "aws" { region = var.region }
resource "aws_sqs_queue" "q" {}
`, map[string]any{
			"environment": "unknown: not_in_plane", "contacts.security": "unknown: not_in_plane", "regions[].ebs_default_encryption": "missing",
			"regions": []any{}, "regions[]": "unknown: unresolved",
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := scan(t, tc.hcl)["account"]
			paths := []string{"environment", "contacts.security", "regions", "regions[]", "regions[].ebs_default_encryption"}
			if diff := cmp.Diff(tc.want, attrs(e, paths...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.aliases, e.Aliases); diff != "" {
				t.Errorf("aliases (-want +got):\n%s", diff)
			}
		})
	}
	if e := scan(t, `resource "random_id" "r" {}`)["account"]; e != nil {
		t.Error("a configuration without AWS has an account")
	}
}

func TestAccountOfResources(t *testing.T) {
	t.Parallel()
	got := scan(t, `
variable "role" {}
provider "aws" { allowed_account_ids = ["111122223333"] }
provider "aws" {
  alias  = "same"
  region = "eu-central-1"
}
provider "aws" {
  alias = "other"
  assume_role { role_arn = "arn:aws:iam::444455556666:role/deploy" }
}
provider "aws" {
  alias = "open"
  assume_role { role_arn = var.role }
}
resource "aws_s3_bucket" "default" {}
resource "aws_s3_bucket" "same" { provider = aws.same }
resource "aws_s3_bucket" "other" { provider = aws.other }
resource "aws_s3_bucket" "open" { provider = aws.open }
`)
	want := map[string]any{
		"aws_s3_bucket.default": "tf:t:account", "aws_s3_bucket.same": "tf:t:account", "aws_s3_bucket.other": "aws:444455556666",
		"aws_s3_bucket.open": "unknown: unresolved",
	}
	for id, uid := range want {
		if a := attr(got[id], "account"); a != uid {
			t.Errorf("%s: account is %v, want %v", id, a, uid)
		}
	}
}
