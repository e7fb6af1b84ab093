provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "bucket_policy" {
  name = "/storage/results/policy"
}

resource "aws_s3_bucket" "results" {
  bucket = "stbrigid-results"
}

resource "aws_s3_bucket_policy" "results" {
  bucket = aws_s3_bucket.results.id
  policy = data.aws_ssm_parameter.bucket_policy.value
}
