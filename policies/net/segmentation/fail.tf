provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"

  tags = {
    environment = "prod"
  }
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_subnet" "data" {
  for_each = { eu-west-1a = "10.20.1.0/24", eu-west-1b = "10.20.2.0/24" }

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value
}

resource "aws_route_table" "data" {
  vpc_id = aws_vpc.main.id

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.main.id
  }
}

resource "aws_route_table_association" "data" {
  for_each = aws_subnet.data

  subnet_id      = each.value.id
  route_table_id = aws_route_table.data.id
}

resource "aws_db_subnet_group" "data" {
  name       = "data"
  subnet_ids = [for subnet in aws_subnet.data : subnet.id]
}

resource "aws_db_instance" "records" { # fail
  identifier                  = "records"
  engine                      = "postgres"
  engine_version              = "16.6"
  instance_class              = "db.m7g.large"
  allocated_storage           = 100
  username                    = "records_admin"
  manage_master_user_password = true
  storage_encrypted           = true
  db_subnet_group_name        = aws_db_subnet_group.data.name
  skip_final_snapshot         = true

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}

resource "aws_vpc" "test" {
  cidr_block = "10.60.0.0/16"

  tags = {
    environment = "test"
  }
}

resource "aws_vpc_peering_connection" "test" { # fail
  vpc_id      = aws_vpc.main.id
  peer_vpc_id = aws_vpc.test.id
  auto_accept = true
}

resource "aws_route" "to_test" {
  route_table_id            = aws_route_table.data.id
  destination_cidr_block    = aws_vpc.test.cidr_block
  vpc_peering_connection_id = aws_vpc_peering_connection.test.id
}
