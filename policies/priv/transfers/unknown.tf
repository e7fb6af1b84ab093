provider "aws" {
  region = "ap-southeast-2"
}


# Personal data in Australia; the record of processing may name a mechanism.
resource "aws_s3_bucket" "reading" {
  bucket = "clinic-teleradiology"

  tags = {
    data-categories = "personal"
  }
}
