provider "aws" {
  region = "eu-west-1"
}

# Recovery procedures are records: no code shows that the state can be restored.
resource "aws_s3_bucket" "state" {
  bucket = "clinic-terraform-state"
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_ecr_repository" "portal" {
  name                 = "portal"
  image_tag_mutability = "IMMUTABLE"
}
