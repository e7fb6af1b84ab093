provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "encrypt_scratch" {
  name = "/storage/scratch/encrypted"
}

resource "aws_ebs_volume" "scratch" {
  availability_zone = "eu-west-1a"
  size              = 500
  encrypted         = data.aws_ssm_parameter.encrypt_scratch.value == "true"
}
