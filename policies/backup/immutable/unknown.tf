provider "aws" {
  region = "eu-west-1"
}

# Locked, but in the account of what it protects: who may administer it is not all in code.
resource "aws_backup_vault" "main" {
  name = "clinic"
}

resource "aws_backup_vault_lock_configuration" "main" {
  backup_vault_name   = aws_backup_vault.main.name
  changeable_for_days = 3
  min_retention_days  = 35
}

resource "aws_backup_plan" "main" {
  name = "main"

  rule {
    rule_name         = "main"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 2 * * ? *)"

    lifecycle {
      delete_after = 35
    }
  }
}

resource "aws_backup_selection" "main" {
  name         = "main"
  plan_id      = aws_backup_plan.main.id
  iam_role_arn = "arn:aws:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole"

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "backup-tier"
    value = "gold"
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
