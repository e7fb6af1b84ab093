provider "aws" {
  region = "eu-west-1"
}

# sshd, sudo and accounts are inside of the image.
resource "aws_instance" "app" {
  ami           = "ami-0123456789abcdef0"
  instance_type = "t3.small"
}
