provider "aws" {
  region = "eu-west-1"
}

variable "partner_vpc_id" {
  type    = string
  default = "vpc-0f00ba12345678901"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"

  tags = {
    environment = "prod"
  }
}

resource "aws_vpc_peering_connection" "partner" {
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = var.partner_vpc_id
}

resource "aws_route" "to_partner" {
  route_table_id            = aws_vpc.main.main_route_table_id
  destination_cidr_block    = "10.90.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection.partner.id
}
