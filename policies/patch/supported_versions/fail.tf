provider "aws" {
  region = "eu-west-1"
}

resource "aws_db_instance" "lims" {
  identifier                  = "lims"
  engine                      = "mysql"
  engine_version              = "5.7.44" # fail
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  username                    = "lims_admin"
  manage_master_user_password = true
  storage_encrypted           = true
  auto_minor_version_upgrade  = true
  skip_final_snapshot         = true
}

resource "aws_lambda_function" "thumbnailer" {
  function_name = "thumbnailer"
  role          = "arn:aws:iam::111122223333:role/thumbnailer"
  filename      = "thumbnailer.zip"
  handler       = "index.handler"
  runtime       = "nodejs16.x" # fail
}
