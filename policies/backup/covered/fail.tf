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
    criticality         = "high"
    backup-tier         = "gold"
  }
}

resource "aws_s3_bucket" "scans" {
  bucket = "clinic-scans"

  tags = { # fail
    data-classification = "restricted"
    data-categories     = "phi"
    criticality         = "medium"
  }
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
  backup_retention_period     = 0 # fail

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    criticality         = "critical"
  }
}
