provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "trail" {
  bucket = "clinic-audit-trail"
}

resource "aws_s3_bucket_public_access_block" "trail" {
  bucket = aws_s3_bucket.trail.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_cloudtrail" "main" { # fail
  name                       = "clinic"
  s3_bucket_name             = aws_s3_bucket.trail.id # fail
  is_multi_region_trail      = true
  enable_log_file_validation = false # fail
}
