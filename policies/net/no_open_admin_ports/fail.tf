provider "aws" {
  region = "eu-west-1"
}

locals {
  vpc_id = "vpc-0a1b2c3d4e5f60004"
}

resource "aws_security_group" "lims" {
  name   = "lims"
  vpc_id = local.vpc_id

  ingress { # fail
    description = "Vendor support"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    description = "Web"
    protocol    = "tcp"
    from_port   = 80
    to_port     = 80
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_security_group" "terminals" {
  name   = "terminals"
  vpc_id = local.vpc_id
}

resource "aws_security_group_rule" "terminals" { # fail
  security_group_id = aws_security_group.terminals.id
  type              = "ingress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  ipv6_cidr_blocks  = ["::/0"]
}

resource "aws_security_group" "desktops" {
  name   = "desktops"
  vpc_id = local.vpc_id
}

# Two halves of all addresses are all addresses.
resource "aws_security_group_rule" "desktops" { # fail
  security_group_id = aws_security_group.desktops.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 3000
  to_port           = 4000
  cidr_blocks       = ["0.0.0.0/1", "128.0.0.0/1"]
}
