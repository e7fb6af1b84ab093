provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "evidence" { # fail
  bucket = "clinic-evidence"

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
