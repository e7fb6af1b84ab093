provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "trail" {
  bucket = "clinic-audit-trail"
}

resource "aws_cloudtrail" "main" {
  name                  = "clinic"
  s3_bucket_name        = aws_s3_bucket.trail.id
  is_multi_region_trail = true
  enable_logging        = false # fail
}
