provider "aws" {
  region = "eu-west-1"
}

# Whether the identity provider asks for a second factor is not in code.
resource "aws_ec2_client_vpn_endpoint" "staff" {
  client_cidr_block      = "10.30.0.0/22"
  server_certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/2a9c8b7d-1111-4222-8333-944455556666"

  authentication_options {
    type              = "federated-authentication"
    saml_provider_arn = "arn:aws:iam::111122223333:saml-provider/hospital"
  }

  connection_log_options {
    enabled              = true
    cloudwatch_log_group = "/network/client-vpn"
  }
}
