provider "aws" {
  region = "eu-west-1"
}

locals {
  vpc_id = "vpc-0a1b2c3d4e5f60004"
}

data "aws_ssm_parameter" "vendor_cidr" {
  name = "/lab/vendor/cidr"
}

resource "aws_security_group" "app" {
  name   = "app"
  vpc_id = local.vpc_id
}

resource "aws_security_group" "records" {
  name   = "records"
  vpc_id = local.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "records" {
  security_group_id            = aws_security_group.records.id
  description                  = "PostgreSQL from the application tier"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  referenced_security_group_id = aws_security_group.app.id
}

# SSH is no data port, whatever the address turns out to be.
resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = aws_security_group.app.id
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = data.aws_ssm_parameter.vendor_cidr.value
}
