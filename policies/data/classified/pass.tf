provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "results" {
  bucket = "clinic-results"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    criticality         = "high"
  }
}
