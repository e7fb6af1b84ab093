provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_user" "deploy" {
  name = "deploy"
}

# It may hand over one role to one service, and make nothing else.
resource "aws_iam_user_policy" "deploy" {
  name = "deploy"
  user = aws_iam_user.deploy.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:PutObject"], Resource = "arn:aws:s3:::clinic-artifacts/*" },
      { Effect = "Allow", Action = ["ecs:UpdateService"], Resource = "*" },
    ]
  })
}
