provider "aws" {
  region = "eu-west-1"
}

# The trail is declared by the platform team; whether it selects this table is not known here.
resource "aws_dynamodb_table" "appointments" {
  name         = "appointments"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
  }
}
