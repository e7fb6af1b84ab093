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

resource "aws_s3_bucket" "access_logs" {
  bucket = "clinic-access-logs"

  tags = {
    data-classification = "internal"
    data-categories     = "none"
  }
}

resource "aws_s3_bucket_logging" "letters" {
  bucket        = aws_s3_bucket.letters.id
  target_bucket = aws_s3_bucket.access_logs.id
  target_prefix = "letters/"
}
