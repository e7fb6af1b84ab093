provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "results" {
  bucket = "clinic-test-results"

  tags = { # fail
    environment       = "test"
    data-categories   = "phi,personal"
    data-deidentified = "false"
  }
}
