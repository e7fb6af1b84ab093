provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "vendor_cidr" {
  name = "/lab/vendor/cidr"
}

resource "aws_security_group" "analysers" {
  name   = "analysers"
  vpc_id = "vpc-0a1b2c3d4e5f60004"
}

resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.analysers.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = data.aws_ssm_parameter.vendor_cidr.value
}
