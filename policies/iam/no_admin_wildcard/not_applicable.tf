provider "aws" {
  region = "eu-west-1"
}

# Nobody holds it.
resource "aws_iam_policy" "migration" {
  name = "archive-migration"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }]
  })
}
