provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "trail" {
  bucket = "clinic-audit-trail"

  tags = {
    data-classification = "internal"
    data-categories     = "none"
  }
}

# Management events only.
resource "aws_cloudtrail" "main" {
  name                  = "clinic"
  s3_bucket_name        = aws_s3_bucket.trail.id
  is_multi_region_trail = true
}

resource "aws_s3_bucket" "letters" { # fail
  bucket = "clinic-letters"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_db_instance" "patients" { # fail
  identifier                  = "clinic-patients"
  engine                      = "postgres"
  engine_version              = "16.4"
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  username                    = "clinic"
  manage_master_user_password = true
  storage_encrypted           = true

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}
