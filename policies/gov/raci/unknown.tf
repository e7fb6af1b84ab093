provider "aws" {
  region = "eu-west-1"
}

# The tags name people; only the roster says who they are.
resource "aws_dynamodb_table" "patients" {
  name         = "patients"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    owner               = "records-office"
    administrator       = "platform-team"
  }
}
