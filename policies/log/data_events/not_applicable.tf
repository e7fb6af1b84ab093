provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "notices" {
  bucket = "clinic-public-notices"

  tags = {
    data-classification = "public"
    data-categories     = "none"
  }
}

# Nobody logs single reads of a cache.
resource "aws_sqs_queue" "jobs" {
  name = "clinic-jobs"
}
