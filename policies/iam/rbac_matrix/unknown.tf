provider "aws" {
  region = "eu-west-1"
}

# People can assume the role; the matrix that must speak of it is a governance record.
resource "aws_iam_role" "records_office" {
  name = "records-office"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::111122223333:root" } }]
  })
}
