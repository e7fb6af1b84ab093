provider "aws" {
  region = "eu-west-1"
}

variable "archive_bucket" {
  description = "Bucket in the log archive account."
  type        = string
  default     = "organisation-log-archive"
}

resource "aws_kms_key" "audit" {
  description         = "Audit trail"
  enable_key_rotation = true
}

resource "aws_cloudtrail" "main" {
  name                       = "clinic"
  s3_bucket_name             = var.archive_bucket
  is_multi_region_trail      = true
  enable_log_file_validation = true
  kms_key_id                 = aws_kms_key.audit.arn
}
