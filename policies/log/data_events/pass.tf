provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "letters" {
  bucket = "clinic-letters"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_s3_bucket" "trail" {
  bucket = "clinic-audit-trail"

  tags = {
    data-classification = "internal"
    data-categories     = "none"
  }
}

resource "aws_cloudtrail" "main" {
  name                  = "clinic"
  s3_bucket_name        = aws_s3_bucket.trail.id
  is_multi_region_trail = true

  event_selector {
    read_write_type           = "All"
    include_management_events = true

    data_resource {
      type   = "AWS::S3::Object"
      values = ["${aws_s3_bucket.letters.arn}/"]
    }
  }
}
