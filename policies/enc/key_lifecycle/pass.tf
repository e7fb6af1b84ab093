provider "aws" {
  region = "eu-west-1"
}

variable "account_id" {
  type    = string
  default = "111122223333"
}

resource "aws_kms_key" "records" {
  description             = "Patient records"
  enable_key_rotation     = true
  rotation_period_in_days = 180

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountAdministration"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

# Asymmetric keys cannot rotate by themselves.
resource "aws_kms_key" "signing" {
  description              = "Discharge letter signatures"
  key_usage                = "SIGN_VERIFY"
  customer_master_key_spec = "ECC_NIST_P256"
}
