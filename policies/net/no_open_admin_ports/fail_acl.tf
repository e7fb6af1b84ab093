provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "lab" {
  cidr_block = "10.60.0.0/16"
}

resource "aws_network_acl" "lab" {
  vpc_id = aws_vpc.lab.id

  ingress {
    rule_no    = 90
    action     = "deny"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = 3389
    to_port    = 3389
  }

  ingress { # fail
    rule_no    = 100
    action     = "allow"
    protocol   = "-1"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
}
