provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_account_password_policy" "weak" {
  minimum_password_length   = 8 # fail
  password_reuse_prevention = 5 # fail
  max_password_age          = 90
}
