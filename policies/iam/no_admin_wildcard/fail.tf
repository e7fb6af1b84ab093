provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_user" "vendor" {
  name = "vendor-engineer"
}

resource "aws_iam_policy" "full" {
  name = "full-access"

  policy = jsonencode({ # fail
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "vendor" {
  user       = aws_iam_user.vendor.name
  policy_arn = aws_iam_policy.full.arn
}
