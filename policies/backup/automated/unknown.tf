provider "aws" {
  region = "eu-west-1"
}

variable "rules" {
  description = "Rules of the plan, by name."
  type        = map(object({ schedule = string, keep_days = number }))
}

resource "aws_backup_vault" "main" {
  name = "clinic"
}

resource "aws_backup_plan" "main" {
  name = "main"

  dynamic "rule" {
    for_each = var.rules

    content {
      rule_name         = rule.key
      target_vault_name = aws_backup_vault.main.name
      schedule          = rule.value.schedule

      lifecycle {
        delete_after = rule.value.keep_days
      }
    }
  }
}
