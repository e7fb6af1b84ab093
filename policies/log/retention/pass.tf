provider "aws" {
  region = "eu-west-1"
}

resource "aws_cloudwatch_log_group" "portal" {
  name              = "/portal/application"
  retention_in_days = 400
}

# Kept until somebody deletes it.
resource "aws_cloudwatch_log_group" "audit" {
  name = "/audit/application"
}

resource "aws_s3_bucket" "trail" {
  bucket = "clinic-audit-trail"
}

resource "aws_s3_bucket_lifecycle_configuration" "trail" {
  bucket = aws_s3_bucket.trail.id

  rule {
    id     = "six-years"
    status = "Enabled"

    filter {}

    expiration {
      days = 2192
    }
  }
}

resource "aws_cloudtrail" "main" {
  name                  = "clinic"
  s3_bucket_name        = aws_s3_bucket.trail.id
  is_multi_region_trail = true
}
