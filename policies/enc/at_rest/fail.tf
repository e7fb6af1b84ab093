provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_instance" "lims" {
  identifier                  = "lims"
  engine                      = "mysql"
  engine_version              = "8.0.40"
  instance_class              = "db.m7g.large"
  allocated_storage           = 200
  username                    = "lims_admin"
  manage_master_user_password = true
  storage_encrypted           = false # fail
  skip_final_snapshot         = true

  tags = {
    data-classification = "restricted"
    data-categories     = "phi personal"
  }
}

resource "aws_efs_file_system" "instruments" { # fail
  creation_token = "instruments"
}
