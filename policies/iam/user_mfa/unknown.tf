provider "aws" {
  region = "eu-west-1"
}

# Terraform gives a person a console password. Whether the person enrols a second factor, only the account can tell.
resource "aws_iam_user" "aoife" {
  name = "aoife.byrne"
}

resource "aws_iam_user_login_profile" "aoife" {
  user = aws_iam_user.aoife.name
}
