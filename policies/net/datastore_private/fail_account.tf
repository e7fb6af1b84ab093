provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_account_public_access_block" "account" {
  block_public_acls       = true
  block_public_policy     = false # fail
  ignore_public_acls      = true
  restrict_public_buckets = true
}
