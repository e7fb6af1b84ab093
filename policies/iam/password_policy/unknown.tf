provider "aws" {
  region = "eu-west-1"
}

# Fourteen characters are enough only with a second factor, which IAM does not demand by a setting.
resource "aws_iam_account_password_policy" "fourteen" {
  minimum_password_length   = 14
  password_reuse_prevention = 24
}
