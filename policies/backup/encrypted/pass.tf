provider "aws" {
  region = "eu-west-1"
}

resource "aws_kms_key" "backup" {
  description         = "Recovery points"
  enable_key_rotation = true
}

resource "aws_backup_vault" "main" {
  name        = "clinic"
  kms_key_arn = aws_kms_key.backup.arn
}
