provider "aws" {
  region = "eu-west-1"
}

# A role that hands any role to a new function; the matrix may list it at level admin.
resource "aws_iam_role" "platform" {
  name = "platform"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::111122223333:root" } }]
  })
}

resource "aws_iam_role_policy" "platform" {
  name = "platform"
  role = aws_iam_role.platform.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" }]
  })
}
