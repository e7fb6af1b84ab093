provider "aws" {
  region = "eu-west-1"
}

# Only code: there is nothing to compare it with.
resource "aws_s3_bucket" "results" {
  bucket = "clinic-results"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    criticality         = "high"
  }
}
