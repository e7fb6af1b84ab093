provider "aws" {
  region = "eu-west-1"
}

# Neither the accounts of the organisation nor those of its vendors are in code.
resource "aws_iam_role" "siem" {
  name = "vendor-siem"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::888877776666:root" }
      Condition = { StringEquals = { "sts:ExternalId" = "c4b1f0" } }
    }]
  })
}
