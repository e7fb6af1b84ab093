provider "aws" {
  region = "eu-west-1"
}

# Sessions for identities of the account are no VPN.
resource "aws_ec2_instance_connect_endpoint" "main" {
  subnet_id = "subnet-0a1b2c3d4e5f60001"
}
