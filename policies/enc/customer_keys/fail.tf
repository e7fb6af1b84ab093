provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "ultrasound" {
  bucket = "stbrigid-ultrasound"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "ultrasound" {
  bucket = aws_s3_bucket.ultrasound.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256" # fail
    }
  }
}

# Without labels: sensitive until somebody says otherwise.
resource "aws_s3_bucket" "dump" { # fail
  bucket = "stbrigid-analyser-dump"
}
