provider "aws" {
  region = "eu-west-1"
}

# How long the log archive keeps what it gets is decided in its own account.
resource "aws_cloudtrail" "main" {
  name                  = "clinic"
  s3_bucket_name        = "organisation-log-archive"
  is_multi_region_trail = true
}
