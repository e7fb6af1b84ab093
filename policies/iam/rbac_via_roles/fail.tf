provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_user" "ciaran" {
  name = "ciaran.walsh"
}

resource "aws_iam_user_login_profile" "ciaran" {
  user = aws_iam_user.ciaran.name
}

resource "aws_iam_user_policy_attachment" "ciaran" {
  user       = aws_iam_user.ciaran.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit" # fail
}
