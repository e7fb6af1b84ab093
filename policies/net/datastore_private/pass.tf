provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_account_public_access_block" "account" {
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket" "documents" {
  bucket = "stbrigid-documents"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_s3_bucket_public_access_block" "documents" {
  bucket = aws_s3_bucket.documents.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
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
  publicly_accessible         = false
  skip_final_snapshot         = true
}
