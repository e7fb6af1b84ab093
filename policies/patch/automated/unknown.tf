provider "aws" {
  region = "eu-west-1"
}

data "aws_ami" "router" {
  most_recent = true
  owners      = ["self"]

  filter {
    name   = "name"
    values = ["dicom-router-*"]
  }
}

# The image does not tell its operating system, nor how it is kept up to date.
resource "aws_instance" "router" {
  ami           = data.aws_ami.router.id
  instance_type = "m7i.large"
  subnet_id     = "subnet-0a1b2c3d4e5f60001"
}
