// Package repo writes Terraform repositories of a given size, for measuring. They look like what platform teams write: a module per
// team, for_each over maps, S3 buckets in split resources, security-group rules of their own, IAM policy documents, databases, keys
// and log groups; a part of it has faults.
package repo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// perModule is how many managed resources one call of the team module makes.
const perModule = 50

// Write writes a repository with about n managed resources into the directory, and returns how many it makes.
func Write(dir string, n int) (int, error) {
	if err := os.MkdirAll(filepath.Join(dir, "modules", "team"), 0o750); err != nil {
		return 0, err
	}
	teams := max(1, n/perModule)
	var main strings.Builder
	main.WriteString(header)
	for i := range teams {
		fmt.Fprintf(&main, call, i, i, []string{"confidential", "internal", "public"}[i%3], []string{"high", "medium", "low"}[i%3], i%4 == 0)
	}
	files := map[string]string{
		"main.tf":                   main.String(),
		"modules/team/main.tf":      module,
		"modules/team/variables.tf": variables,
		"modules/team/outputs.tf":   outputs,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(text), 0o600); err != nil {
			return 0, err
		}
	}
	return teams * perModule, nil
}

const header = `terraform {
  required_version = ">= 1.5"
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = {
      environment = "prod"
      managed-by  = "terraform"
    }
  }
}
`

const call = `
module "team_%d" {
  source         = "./modules/team"
  name           = "team-%d"
  classification = "%s"
  criticality    = "%s"
  legacy         = %t
}
`

const variables = `variable "name" {
  type = string
}

variable "classification" {
  type    = string
  default = "internal"
}

variable "criticality" {
  type    = string
  default = "low"
}

variable "legacy" {
  type    = bool
  default = false
}

variable "buckets" {
  type = map(object({
    versioned = optional(bool, true)
    days      = optional(number, 365)
  }))
  default = {
    raw     = {}
    curated = { days = 730 }
    export  = { versioned = false }
    logs    = { days = 90 }
  }
}

variable "ports" {
  type    = list(number)
  default = [443, 8443, 5432]
}
`

const module = `locals {
  prefix = "hospital-${var.name}"
  tags = {
    data-classification = var.classification
    criticality         = var.criticality
    data-owner          = var.name
  }
  subnets = { for i, zone in ["a", "b", "c"] : zone => cidrsubnet("10.0.0.0/16", 4, i) }
}

resource "aws_kms_key" "data" {
  description         = "data of ${var.name}"
  enable_key_rotation = !var.legacy
  tags                = local.tags
}

resource "aws_s3_bucket" "data" {
  for_each = var.buckets
  bucket   = "${local.prefix}-${each.key}"
  tags     = merge(local.tags, { purpose = each.key })
}

resource "aws_s3_bucket_server_side_encryption_configuration" "data" {
  for_each = aws_s3_bucket.data
  bucket   = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "data" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.data[each.key].id

  versioning_configuration {
    status = each.value.versioned ? "Enabled" : "Suspended"
  }
}

resource "aws_s3_bucket_public_access_block" "data" {
  for_each                = var.buckets
  bucket                  = aws_s3_bucket.data[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "tls" {
  for_each = var.buckets

  statement {
    sid       = "TLSOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.data[each.key].arn, "${aws_s3_bucket.data[each.key].arn}/*"]

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

resource "aws_s3_bucket_policy" "data" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.data[each.key].id
  policy   = data.aws_iam_policy_document.tls[each.key].json
}

resource "aws_s3_bucket_lifecycle_configuration" "data" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.data[each.key].id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = each.value.days
    }
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = local.tags
}

resource "aws_subnet" "main" {
  for_each          = local.subnets
  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}

resource "aws_security_group" "main" {
  name   = local.prefix
  vpc_id = aws_vpc.main.id
  tags   = local.tags

  dynamic "ingress" {
    for_each = toset([for p in var.ports : tostring(p)])
    content {
      from_port   = tonumber(ingress.value)
      to_port     = tonumber(ingress.value)
      protocol    = "tcp"
      cidr_blocks = ["10.0.0.0/8"]
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "admin" {
  count             = 4
  security_group_id = aws_security_group.main.id
  ip_protocol       = "tcp"
  from_port         = [22, 443, 8443, 9443][count.index]
  to_port           = [22, 443, 8443, 9443][count.index]
  cidr_ipv4         = var.legacy ? "0.0.0.0/0" : "10.0.0.0/8"
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "worker" {
  count              = 3
  name               = "${local.prefix}-worker-${count.index}"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "worker" {
  count = 3
  name  = "data"
  role  = aws_iam_role.worker[count.index].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = [for b in aws_s3_bucket.data : "${b.arn}/*"]
    }]
  })
}

resource "aws_db_subnet_group" "main" {
  name       = local.prefix
  subnet_ids = [for s in aws_subnet.main : s.id]
}

resource "aws_db_instance" "main" {
  count                   = 2
  identifier              = "${local.prefix}-${count.index}"
  engine                  = "postgres"
  engine_version          = var.legacy ? "11.22" : "16.4"
  instance_class          = "db.t4g.medium"
  allocated_storage       = 50
  storage_encrypted       = !var.legacy
  kms_key_id              = var.legacy ? null : aws_kms_key.data.arn
  multi_az                = count.index == 0
  backup_retention_period = var.legacy ? 0 : 35
  deletion_protection     = true
  db_subnet_group_name    = aws_db_subnet_group.main.name
  vpc_security_group_ids  = [aws_security_group.main.id]
  tags                    = local.tags
}

resource "aws_cloudwatch_log_group" "app" {
  for_each          = toset(["api", "worker", "audit"])
  name              = "/${local.prefix}/${each.key}"
  retention_in_days = each.key == "audit" ? 400 : 30
  kms_key_id        = aws_kms_key.data.arn
}

resource "aws_sqs_queue" "jobs" {
  count             = 4
  name              = "${local.prefix}-${count.index}"
  kms_master_key_id = aws_kms_key.data.id
}
`

const outputs = `output "bucket_arns" {
  value = { for k, b in aws_s3_bucket.data : k => b.arn }
}
`
