provider "aws" {
  region = "eu-west-1"
}

# Whoever takes over this user can give it any policy.
resource "aws_iam_user" "export" { # fail
  name = "nightly-export"
}

resource "aws_iam_user_policy" "export" {
  name = "export"
  user = aws_iam_user.export.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:PutObject", "iam:PutUserPolicy"], Resource = "*" }]
  })
}
