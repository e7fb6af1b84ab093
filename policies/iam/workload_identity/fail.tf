provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_user" "export" {
  name = "nightly-export"
}

resource "aws_iam_access_key" "export" { # fail
  user = aws_iam_user.export.name
}

resource "aws_instance" "app" { # fail
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.small"
}
