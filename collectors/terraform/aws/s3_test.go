package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestS3Bucket(t *testing.T) {
	t.Parallel()
	const policy = `
resource "aws_s3_bucket" "b" { bucket = "records" }
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [%s] })
}
`
	const point = `
resource "aws_s3_access_point" "p" {
  bucket = aws_s3_bucket.b.id
  name   = "p"
  public_access_block_configuration { restrict_public_buckets = %s }
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "*" }] })
}
`
	tests := map[string]struct {
		hcl  string
		want map[string]any
	}{
		"defaults": {
			hcl: `resource "aws_s3_bucket" "b" {}`,
			want: map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "provider", "encryption.source": "provider_default",
				"encryption.in_transit_required": false, "exposure.public": false, "exposure.public_paths": []any{},
				"versioning": false, "immutability.mode": "none", "immutability.days": "n/a", "lifecycle.expire_days": nil,
				"logging.access": "unknown: not_in_plane", "redundancy": "multi_az", "location.region": "unknown: unresolved", "deletion_protection": "n/a",
				"data.classification": nil, "backup.pitr": false, "network.placement": "none",
			},
		},
		"good, split resources": {
			hcl: `
provider "aws" { region = "eu-west-1" }
resource "aws_kms_key" "k" {}
resource "aws_s3_bucket" "b" {
  bucket = "records"
  tags   = { data-classification = "Confidential", data-categories = "phi, personal" }
}
resource "aws_s3_bucket" "logs" { bucket = "logs" }
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.bucket
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_object_lock_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    default_retention {
      mode  = "COMPLIANCE"
      years = 6
    }
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    id     = "expire"
    status = "Enabled"
    filter {}
    expiration { days = 2555 }
    noncurrent_version_expiration { noncurrent_days = 30 }
  }
}
resource "aws_s3_bucket_logging" "b" {
  bucket        = aws_s3_bucket.b.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "s3/"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Deny", Principal = "*", Action = "s3:*"
      Resource  = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
`,
			want: map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.source": "explicit",
				"encryption.in_transit_required": true, "exposure.public": false, "versioning": true,
				"immutability.mode": "compliance", "immutability.days": int64(2190), "lifecycle.expire_days": int64(2585),
				"logging.access": true, "location.region": "eu-west-1", "location.country": "IE",
				"data.classification": "confidential", "data.categories": []any{"phi", "personal"},
			},
		},
		"legacy blocks of provider 3": {
			hcl: `
resource "aws_s3_bucket" "b" {
  acl = "public-read"
  versioning { enabled = true }
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = "alias/aws/s3"
      }
    }
  }
  logging { target_bucket = "somewhere" }
  lifecycle_rule {
    enabled = true
    expiration { days = 10 }
  }
}`,
			want: map[string]any{
				"encryption.key_management": "provider", "encryption.source": "explicit", "exposure.public": true,
				"exposure.public_paths": []any{"acl"}, "versioning": true, "logging.access": true, "lifecycle.expire_days": nil,
			},
		},
		"public policy": {
			hcl: sprintf(policy, `{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }`),
			want: map[string]any{
				"exposure.public": true, "exposure.public_paths": []any{"policy"}, "encryption.in_transit_required": false,
			},
		},
		"public policy, blocked": {
			hcl: sprintf(policy, `{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }`) + `
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_policy     = true
  restrict_public_buckets = true
}`,
			want: map[string]any{"exposure.public": false, "exposure.public_paths": []any{}},
		},
		"public policy, refused but not restricted": {
			hcl: sprintf(policy, `{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }`) + `
resource "aws_s3_bucket_public_access_block" "b" {
  bucket              = aws_s3_bucket.b.id
  block_public_policy = true
}`,
			want: map[string]any{"exposure.public": "unknown: unresolved"},
		},
		"public policy, blocked for the account": {
			hcl: sprintf(policy, `{ Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*" }`) + `
resource "aws_s3_account_public_access_block" "a" { restrict_public_buckets = true }`,
			want: map[string]any{"exposure.public": false},
		},
		"policy from an unknown variable": {
			hcl: `
variable "policy" {}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = var.policy
}`,
			want: map[string]any{"exposure.public": "unknown: unresolved", "encryption.in_transit_required": "unknown: unresolved"},
		},
		"public ACL, ACLs turned off": {
			hcl: `
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  acl    = "public-read-write"
}
resource "aws_s3_bucket_ownership_controls" "b" {
  bucket = aws_s3_bucket.b.id
  rule { object_ownership = "BucketOwnerEnforced" }
}`,
			want: map[string]any{"exposure.public": false},
		},
		"grant to everyone": {
			hcl: `
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_acl" "b" {
  bucket = aws_s3_bucket.b.id
  access_control_policy {
    owner { id = "x" }
    grant {
      permission = "READ"
      grantee {
        type = "Group"
        uri  = "http://acs.amazonaws.com/groups/global/AllUsers"
      }
    }
  }
}`,
			want: map[string]any{"exposure.public": true, "exposure.public_paths": []any{"acl"}},
		},
		"public access point of a bucket whose policy may delegate to it": {
			hcl:  sprintf(policy, `{ Effect = "Allow", Principal = { AWS = "111111111111" }, Action = "s3:*", Resource = "*" }`) + sprintf(point, "false"),
			want: map[string]any{"exposure.public": "unknown: unsupported"},
		},
		"public access point, blocked": {
			hcl:  sprintf(policy, `{ Effect = "Allow", Principal = { AWS = "111111111111" }, Action = "s3:*", Resource = "*" }`) + sprintf(point, "true"),
			want: map[string]any{"exposure.public": false},
		},
		"public access point, but the bucket has no policy": {
			hcl:  `resource "aws_s3_bucket" "b" {}` + sprintf(point, "false"),
			want: map[string]any{"exposure.public": false},
		},
		"algorithm unknown, key known": {
			hcl: `
variable "algorithm" {}
resource "aws_kms_key" "k" {}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = var.algorithm
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}`,
			want: map[string]any{"encryption.at_rest": true, "encryption.key_management": unresolved},
		},
		"policy made by a data source": {
			hcl: `
resource "aws_s3_bucket" "b" {}
data "aws_iam_policy_document" "p" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.p.json
}`,
			want: map[string]any{"exposure.public": true},
		},
		"settings that may not exist": {
			hcl: `
variable "on" { type = bool }
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_versioning" "b" {
  count  = var.on ? 1 : 0
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  count  = var.on ? 1 : 0
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default { sse_algorithm = "AES256" }
  }
}`,
			want: map[string]any{
				"versioning": "unknown: unresolved", "encryption.at_rest": true, "encryption.key_management": "unknown: unresolved",
				"encryption.source": "unknown: unresolved",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := scan(t, tt.hcl)["aws_s3_bucket.b"]
			if diff := cmp.Diff(tt.want, attrs(b, keysOf(tt.want)...)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestS3Relations(t *testing.T) {
	t.Parallel()
	got := scanAll(t, `
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}
resource "aws_kms_key" "k" {}
resource "aws_kms_alias" "k" {
  name          = "alias/records"
  target_key_id = aws_kms_key.k.key_id
}
resource "aws_s3_bucket" "b" { bucket = "records" }
resource "aws_s3_bucket" "copy" {
  provider = aws.dr
  bucket   = "copy"
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_alias.k.arn
    }
  }
}
resource "aws_s3_bucket_replication_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  role   = "arn:aws:iam::111111111111:role/replicate"
  rule {
    status = "Enabled"
    destination { bucket = aws_s3_bucket.copy.arn }
  }
}`)
	if diff := cmp.Diff([]string{"aws_kms_key.k"}, got.relations["encrypted_by aws_s3_bucket.b"]); diff != "" {
		t.Errorf("encrypted_by (-want +got):\n%s", diff)
	}
	if got := attr(got.entities["aws_s3_bucket.b"], "redundancy"); got != "multi_region" {
		t.Errorf("redundancy is %v, want multi_region", got)
	}
}

func TestAccountFacts(t *testing.T) {
	t.Parallel()
	const none = `resource "aws_s3_bucket" "b" {}`
	const all = `
provider "aws" { region = "eu-west-1" }
resource "aws_s3_account_public_access_block" "a" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = %s
}
resource "aws_ebs_encryption_by_default" "e" {}
`
	for want, hcl := range map[any]string{
		"unknown: not_in_plane": none, true: sprintf(all, "true"), false: sprintf(all, "false"),
	} {
		if got := attr(scan(t, hcl)["account"], "object_public_access_block"); got != want {
			t.Errorf("object_public_access_block is %v, want %v", got, want)
		}
	}
	regions := attr(scan(t, sprintf(all, "true"))["account"], "regions")
	want := []any{map[string]any{"name": "eu-west-1", "enabled": true, "ebs_default_encryption": true, "used": false}}
	if diff := cmp.Diff(want, regions); diff != "" {
		t.Errorf("regions (-want +got):\n%s", diff)
	}
}
