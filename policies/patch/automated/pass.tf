provider "aws" {
  region = "eu-west-1"
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
  auto_minor_version_upgrade  = true
  skip_final_snapshot         = true
}
