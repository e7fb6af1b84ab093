provider "aws" {
  region = "eu-west-1"
}

# A client certificate alone is one factor.
resource "aws_ec2_client_vpn_endpoint" "vendor" { # fail
  client_cidr_block      = "10.61.0.0/22"
  server_certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/2a9c8b7d-1111-4222-8333-944455556666"

  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/2a9c8b7d-1111-4222-8333-944455557777"
  }

  connection_log_options {
    enabled = false # fail
  }
}

resource "aws_customer_gateway" "campus" {
  type       = "ipsec.1"
  ip_address = "192.0.2.10"
  bgp_asn    = 65010
}

resource "aws_vpn_gateway" "main" {
  vpc_id = "vpc-0a1b2c3d4e5f60004"
}

# Without tunnel options AWS accepts SHA1, DH group 2 and IKEv1 too.
resource "aws_vpn_connection" "campus" { # fail
  type                = "ipsec.1"
  customer_gateway_id = aws_customer_gateway.campus.id
  vpn_gateway_id      = aws_vpn_gateway.main.id
}
