provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_instance" "lims" {
  identifier                  = "lims"
  engine                      = "mysql"
  engine_version              = "8.0.40"
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  username                    = "lims_admin"
  manage_master_user_password = true
  storage_encrypted           = true
  auto_minor_version_upgrade  = false # fail
  skip_final_snapshot         = true
}
