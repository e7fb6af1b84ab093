provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_instance" "patients" {
  identifier                  = "clinic-patients"
  engine                      = "postgres"
  engine_version              = "16.4"
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  username                    = "clinic"
  manage_master_user_password = true
  storage_encrypted           = true
  multi_az                    = true

  tags = {
    criticality = "critical"
  }
}

resource "aws_s3_bucket" "letters" {
  bucket = "clinic-letters"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    criticality         = "critical"
    backup-tier         = "gold"
  }
}
