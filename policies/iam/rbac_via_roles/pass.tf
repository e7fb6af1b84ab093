provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_group" "auditors" {
  name = "auditors"
}

resource "aws_iam_group_policy_attachment" "auditors" {
  group      = aws_iam_group.auditors.name
  policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
}

resource "aws_iam_user" "ciaran" {
  name = "ciaran.walsh"
}

resource "aws_iam_user_login_profile" "ciaran" {
  user = aws_iam_user.ciaran.name
}

resource "aws_iam_user_group_membership" "ciaran" {
  user   = aws_iam_user.ciaran.name
  groups = [aws_iam_group.auditors.name]
}
