provider "aws" {
  region = "eu-west-1"
}

# Enforced; whether the record of processing allows as much, code does not say.
resource "aws_s3_bucket" "results" {
  bucket = "clinic-results"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    data-retention-days = "2922"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "results" {
  bucket = aws_s3_bucket.results.id

  rule {
    id     = "expire"
    status = "Enabled"

    filter {}

    expiration {
      days = 2922
    }
  }
}
