provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "fixtures" {
  bucket = "clinic-test-fixtures"

  tags = {
    environment     = "test"
    data-categories = "none"
  }
}
