provider "aws" {
  region = "eu-west-1"
}

# This root module declares no detector; another one may.
resource "aws_s3_bucket" "documents" {
  bucket = "stbrigid-documents"
}
