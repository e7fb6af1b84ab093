provider "aws" {
  region = "eu-west-1"
}

resource "aws_iam_role" "support" {
  name = "vendor-support"

  assume_role_policy = jsonencode({ # fail
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } }]
  })
}

# Any repository on GitHub satisfies this one.
resource "aws_iam_role" "preview" {
  name = "github-preview"

  assume_role_policy = jsonencode({ # fail
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Condition = { StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } }
    }]
  })
}
