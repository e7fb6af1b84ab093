provider "aws" {
  region = "eu-west-1"
}

variable "multi_az" {
  description = "Whether the database has a standby, by environment."
  type        = bool
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
  multi_az                    = var.multi_az

  tags = {
    criticality = "critical"
  }
}
