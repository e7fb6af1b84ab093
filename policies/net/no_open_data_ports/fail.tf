provider "aws" {
  region = "eu-west-1"
}

resource "aws_security_group" "database" {
  name   = "database"
  vpc_id = "vpc-0a1b2c3d4e5f60004"
}

resource "aws_vpc_security_group_ingress_rule" "mysql" { # fail
  security_group_id = aws_security_group.database.id
  ip_protocol       = "tcp"
  from_port         = 3306
  to_port           = 3306
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "files" {
  name   = "files"
  vpc_id = "vpc-0a1b2c3d4e5f60004"

  ingress { # fail
    protocol         = "tcp"
    from_port        = 0
    to_port          = 1024
    ipv6_cidr_blocks = ["::/0"]
  }
}
