provider "aws" {
  region = "eu-west-1"
}

resource "aws_kms_key" "records" {
  description         = "Patient records"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "documents" {
  bucket = "stbrigid-documents"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi personal"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.records.arn
    }
  }
}

resource "aws_dynamodb_table" "appointments" {
  name         = "appointments"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.records.arn
  }

  tags = {
    data-classification = "confidential"
    data-categories     = "personal"
  }
}
