provider "aws" {
  region = "eu-west-1"
}

# What the map must show; the map itself is a record.
resource "aws_s3_bucket" "letters" {
  bucket = "clinic-letters"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}
