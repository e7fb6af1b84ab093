provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "lab" {
  cidr_block = "10.60.0.0/16"
}

resource "aws_default_security_group" "lab" {
  vpc_id = aws_vpc.lab.id

  ingress { # fail
    protocol  = "-1"
    from_port = 0
    to_port   = 0
    self      = true
  }

  egress { # fail
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# Nobody takes over the default group of this network, which admits all its members and everything out.
resource "aws_vpc" "guests" { # fail
  cidr_block = "10.61.0.0/16"
}
