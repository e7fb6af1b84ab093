provider "aws" {
  region = "eu-west-1"
}

# The organisation's trail, if there is one, is declared in another configuration.
resource "aws_s3_bucket" "letters" {
  bucket = "clinic-letters"
}
