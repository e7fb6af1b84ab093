provider "aws" {
  region = "eu-west-1"
}

resource "aws_cloudwatch_log_group" "portal" {
  name              = "/portal/application"
  retention_in_days = 30 # fail
}

resource "aws_s3_bucket" "flow" {
  bucket = "clinic-flow-logs"
}

resource "aws_s3_bucket_lifecycle_configuration" "flow" {
  bucket = aws_s3_bucket.flow.id

  rule {
    id     = "quarter"
    status = "Enabled"

    filter {}

    expiration {
      days = 90 # fail
    }
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_flow_log" "main" {
  vpc_id               = aws_vpc.main.id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = aws_s3_bucket.flow.arn
}
