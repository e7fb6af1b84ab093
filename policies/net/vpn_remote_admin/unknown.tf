provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "vendor_cidr" {
  name = "/lab/vendor/cidr"
}

resource "aws_security_group" "analyser" {
  name   = "analyser"
  vpc_id = "vpc-0a1b2c3d4e5f60004"

  ingress {
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [data.aws_ssm_parameter.vendor_cidr.value]
  }
}

resource "aws_instance" "analyser" {
  ami                    = "ami-0a1b2c3d4e5f60718"
  instance_type          = "m7i.large"
  subnet_id              = "subnet-0a1b2c3d4e5f60001"
  vpc_security_group_ids = [aws_security_group.analyser.id]
}
