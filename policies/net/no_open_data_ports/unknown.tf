provider "aws" {
  region = "eu-west-1"
}

variable "reporting_cidrs" {
  description = "Where the reporting tools connect from."
  type        = list(string)
}

resource "aws_security_group" "records" {
  name   = "records"
  vpc_id = "vpc-0a1b2c3d4e5f60004"

  ingress {
    protocol    = "tcp"
    from_port   = 5432
    to_port     = 5432
    cidr_blocks = var.reporting_cidrs
  }
}
