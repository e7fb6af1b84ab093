provider "aws" {
  region = "eu-west-1"
}

# How the data were de-identified is a governance record.
resource "aws_s3_bucket" "training" {
  bucket = "clinic-training"

  tags = {
    environment       = "test"
    data-categories   = "phi"
    data-deidentified = "true"
  }
}
