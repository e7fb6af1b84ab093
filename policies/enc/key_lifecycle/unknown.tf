provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "key_users" {
  name = "/archive/key-users"
}

resource "aws_kms_key" "archive" {
  description         = "Image archive"
  enable_key_rotation = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = split(",", data.aws_ssm_parameter.key_users.value) }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}
