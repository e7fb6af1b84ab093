provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "notices" {
  bucket = "clinic-notices"

  tags = {
    data-classification = "public"
    data-categories     = "none"
    criticality         = "low"
  }
}
