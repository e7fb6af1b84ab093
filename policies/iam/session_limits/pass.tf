provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_role" "office" {
  name                 = "records-office"
  max_session_duration = 14400

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::111122223333:root" } }]
  })
}
