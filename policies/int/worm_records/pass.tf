provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "evidence" {
  bucket              = "clinic-evidence"
  object_lock_enabled = true

  tags = {
    record-class        = "evidence"
    data-retention-days = "2557"
  }
}

resource "aws_s3_bucket_versioning" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "evidence" {
  bucket = aws_s3_bucket.evidence.id

  rule {
    default_retention {
      mode = "COMPLIANCE"
      days = 2557
    }
  }
}
