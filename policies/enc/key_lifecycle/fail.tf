provider "aws" {
  region = "eu-west-1"
}

resource "aws_kms_key" "archive" { # fail
  description = "Image archive, without rotation"
}

resource "aws_kms_key" "reports" {
  description             = "Reports"
  enable_key_rotation     = true
  rotation_period_in_days = 730 # fail
}

resource "aws_kms_key" "training" {
  description         = "Training data"
  enable_key_rotation = true

  policy = jsonencode({ # fail
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "*" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "queue" {
  description         = "Queue of admissions"
  enable_key_rotation = true
  is_enabled          = false # fail
}

resource "aws_sqs_queue" "admissions" {
  name              = "admissions"
  kms_master_key_id = aws_kms_key.queue.arn
}
