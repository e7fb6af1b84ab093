provider "aws" {
  region = "eu-west-1"
}

resource "aws_ebs_encryption_by_default" "this" {
  enabled = true
}

resource "aws_kms_key" "records" {
  description         = "Patient records"
  enable_key_rotation = true
}

resource "aws_s3_bucket" "documents" {
  bucket = "stbrigid-documents"
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

resource "aws_db_instance" "records" {
  identifier                  = "records"
  engine                      = "postgres"
  engine_version              = "16.6"
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  username                    = "records_admin"
  manage_master_user_password = true
  storage_encrypted           = true
  kms_key_id                  = aws_kms_key.records.arn
  skip_final_snapshot         = true
}

# S3 encrypts by itself what nothing else is said of.
resource "aws_s3_bucket" "notices" {
  bucket = "stbrigid-notices"
}
