provider "aws" {
  region = "eu-west-1"
}

resource "aws_secretsmanager_secret" "portal_db" {
  name = "portal/db"
}

resource "aws_secretsmanager_secret_rotation" "portal_db" {
  secret_id           = aws_secretsmanager_secret.portal_db.id
  rotation_lambda_arn = "arn:aws:lambda:eu-west-1:111122223333:function:rotate"

  rotation_rules {
    automatically_after_days = 30
  }
}
