provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_instance" "lims" {
  identifier        = "lims"
  engine            = "postgres"
  instance_class    = "db.t4g.small"
  allocated_storage = 20
  username          = "lims"
  password          = "Tr0ub4dor-and-3-more" # fail
}
