provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "app" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.20.1.0/24"
}

resource "aws_security_group" "lims" {
  name   = "lims"
  vpc_id = aws_vpc.main.id

  ingress { # fail
    description = "Vendor support"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "lims" {
  ami                         = "ami-0a1b2c3d4e5f60718"
  instance_type               = "m7i.large"
  subnet_id                   = aws_subnet.app.id
  vpc_security_group_ids      = [aws_security_group.lims.id]
  associate_public_ip_address = true
}
