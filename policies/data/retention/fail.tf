provider "aws" {
  region = "eu-west-1"
}

# Personal data that nothing ever deletes.
resource "aws_s3_bucket" "results" {
  bucket = "clinic-results"

  tags = { # fail
    data-classification = "restricted"
    data-categories     = "phi"
  }
}
