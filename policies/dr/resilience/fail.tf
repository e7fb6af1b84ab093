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
  multi_az                    = false # fail

  tags = {
    criticality = "critical"
  }
}

resource "aws_efs_file_system" "instruments" {
  creation_token         = "instruments"
  encrypted              = true
  availability_zone_name = "eu-west-1a" # fail

  tags = {
    criticality = "critical"
  }
}
