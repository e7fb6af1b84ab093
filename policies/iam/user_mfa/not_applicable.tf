provider "aws" {
  region = "eu-west-1"
}

# A workload with a key and no console password.
resource "aws_iam_user" "export" {
  name = "nightly-export"
}

resource "aws_iam_access_key" "export" {
  user = aws_iam_user.export.name
}
