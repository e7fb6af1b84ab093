provider "aws" {
  region = "eu-west-1"
}

locals {
  vpc_id   = "vpc-0a1b2c3d4e5f60004"
  vpn_cidr = "10.30.0.0/22"
}

resource "aws_security_group" "alb" {
  name   = "alb"
  vpc_id = local.vpc_id
}

resource "aws_security_group_rule" "alb" {
  for_each = toset(["80", "443"])

  security_group_id = aws_security_group.alb.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = tonumber(each.value)
  to_port           = tonumber(each.value)
  cidr_blocks       = ["0.0.0.0/0"]
  ipv6_cidr_blocks  = ["::/0"]
}

resource "aws_security_group" "app" {
  name   = "app"
  vpc_id = local.vpc_id

  ingress {
    description     = "From the load balancers"
    protocol        = "tcp"
    from_port       = 8443
    to_port         = 8443
    security_groups = [aws_security_group.alb.id]
  }

  ingress {
    description = "Administration over the VPN"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [local.vpn_cidr]
  }

  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}
