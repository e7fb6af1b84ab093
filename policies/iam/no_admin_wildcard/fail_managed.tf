provider "aws" {
  region = "eu-west-1"
}

# PowerUserAccess allows everything but identities: every key, every bucket, every backup.
resource "aws_iam_group" "developers" {
  name = "developers"
}

resource "aws_iam_group_policy_attachment" "developers" {
  group      = aws_iam_group.developers.name
  policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess" # fail
}
