provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "records_key" {
  name = "/records/kms-key-arn"
}

resource "aws_s3_bucket" "documents" {
  bucket = "stbrigid-documents"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = data.aws_ssm_parameter.records_key.value
    }
  }
}
