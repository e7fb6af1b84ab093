provider "aws" {
  region = "eu-west-1"
}

resource "aws_backup_vault" "main" {
  name = "clinic"
}

resource "aws_backup_plan" "main" {
  name = "main"

  rule {
    rule_name         = "main"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 2 * * ? *)"

    lifecycle {
      delete_after = 2557
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

resource "aws_s3_bucket" "applicants" {
  bucket = "clinic-applicants"

  tags = { # fail
    data-classification = "confidential"
    data-categories     = "personal"
    criticality         = "high"
    backup-tier         = "gold"
    data-retention-days = "180"
  }
}
