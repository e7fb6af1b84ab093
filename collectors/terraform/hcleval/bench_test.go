package hcleval_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
)

// storeModule is a bucket with its split resources: 6 resources and 1 policy document.
const storeModule = `
variable "name" { type = string }
variable "kms_key_arn" {
  type    = string
  default = null
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "rules" {
  type = list(object({
    id   = string
    days = optional(number, 30)
  }))
  default = [{ id = "a" }, { id = "b", days = 90 }]
}
locals { tags = merge({ Name = var.name, Module = "store" }, var.tags) }
resource "aws_s3_bucket" "this" {
  bucket = "${var.name}-data"
  tags   = local.tags
}
resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      kms_master_key_id = var.kms_key_arn
      sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
    }
  }
}
resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  dynamic "rule" {
    for_each = var.rules
    content {
      id     = rule.value.id
      status = "Enabled"
      expiration { days = rule.value.days }
    }
  }
}
data "aws_iam_policy_document" "this" {
  statement {
    sid       = "DenyInsecure"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json
}
output "arn" { value = aws_s3_bucket.this.arn }
`

// repository writes a configuration of about n resources: modules with for_each, plain resources in many files, roles.
func repository(tb testing.TB, n int) string {
	tb.Helper()
	dir := tb.TempDir()
	put := func(name, text string) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	put("modules/store/main.tf", storeModule)
	put("variables.tf", `
variable "env" { default = "prod" }
locals { tags = { env = var.env, owner = "platform" } }
resource "aws_kms_key" "main" {
  description         = "key of ${var.env}"
  enable_key_rotation = true
}
`)
	// Each group has 100 instances: 10 stores of 7, 10 instances of 2 and 10 roles.
	for g := range max(n/100, 1) {
		var b strings.Builder
		fmt.Fprintf(&b, `
module "stores_%[1]d" {
  source      = "./modules/store"
  for_each    = toset([for i in range(10) : "store-%[1]d-${i}"])
  name        = each.key
  kms_key_arn = aws_kms_key.main.arn
  tags        = local.tags
}
resource "aws_iam_role" "r%[1]d" {
  for_each           = { for i in range(10) : "role-${i}" => { path = "/${i}/" } }
  name               = "${each.key}-%[1]d"
  path               = each.value.path
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
`, g)
		for i := range 10 {
			fmt.Fprintf(&b, `
resource "aws_security_group" "g%[1]d_%[2]d" {
  name        = "group-%[1]d-%[2]d"
  description = "group of ${var.env}"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [cidrsubnet("10.0.0.0/8", 8, %[2]d)]
  }
  tags = merge(local.tags, { Name = "g-%[2]d" })
}
resource "aws_db_instance" "d%[1]d_%[2]d" {
  identifier             = "db-%[1]d-%[2]d"
  storage_encrypted      = true
  kms_key_id             = aws_kms_key.main.arn
  vpc_security_group_ids = [aws_security_group.g%[1]d_%[2]d.id]
  tags                   = local.tags
}
`, g, i)
		}
		put(fmt.Sprintf("group_%d.tf", g), b.String())
	}
	return dir
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{10, 1000, 20000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := repository(b, n)
			b.ReportAllocs()
			instances := 0
			for b.Loop() {
				r, err := hcleval.Evaluate(b.Context(), dir, hcleval.Options{})
				if err != nil || len(r.Diagnostics) > 0 {
					b.Fatal(err, r.Diagnostics)
				}
				instances = len(r.Instances)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(instances), "us/resource")
		})
	}
}
