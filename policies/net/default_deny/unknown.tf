provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "open_ports" {
  name = "/lab/open-ports"
}

resource "aws_vpc" "lab" {
  cidr_block = "10.60.0.0/16"
}

resource "aws_default_security_group" "lab" {
  vpc_id = aws_vpc.lab.id

  dynamic "ingress" {
    for_each = toset(split(",", data.aws_ssm_parameter.open_ports.value))

    content {
      protocol  = "tcp"
      from_port = tonumber(ingress.value)
      to_port   = tonumber(ingress.value)
      self      = true
    }
  }
}
