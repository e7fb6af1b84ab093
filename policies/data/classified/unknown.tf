provider "aws" {
  region = "eu-west-1"
}

data "aws_ssm_parameter" "level" {
  name = "/clinic/charts/level"
}

resource "aws_s3_bucket" "charts" {
  bucket = "clinic-charts"

  tags = {
    data-classification = data.aws_ssm_parameter.level.value
    criticality         = "high"
  }
}
