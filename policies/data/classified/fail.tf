provider "aws" {
  region = "eu-west-1"
}

# No label at all.
resource "aws_s3_bucket" "dump" { # fail
  bucket = "clinic-analyser-dump"
}

resource "aws_s3_bucket" "calibration" {
  bucket = "clinic-calibration"

  tags = { # fail
    data-classification = "secret"
    criticality         = "low"
  }
}
