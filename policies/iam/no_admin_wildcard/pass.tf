provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_group" "clerks" {
  name = "records-clerks"
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::clinic-documents", "arn:aws:s3:::clinic-documents/*"]
  }

  # Everything, but only to somebody who logged in with a second factor.
  statement {
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["true"]
    }
  }
}

resource "aws_iam_group_policy" "clerks" {
  name   = "read-documents"
  group  = aws_iam_group.clerks.name
  policy = data.aws_iam_policy_document.read.json
}
