provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "results" {
  bucket = "stbrigid-results"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_s3_bucket_public_access_block" "results" {
  bucket = aws_s3_bucket.results.id

  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_policy" "results" {
  bucket = aws_s3_bucket.results.id

  policy = jsonencode({ # fail
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.results.arn}/*"
    }]
  })
}
