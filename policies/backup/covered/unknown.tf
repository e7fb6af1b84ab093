provider "aws" {
  region = "eu-west-1"
}

# The platform team's plans select by tag, in another configuration.
resource "aws_s3_bucket" "letters" {
  bucket = "clinic-letters"

  tags = {
    data-classification = "restricted"
    data-categories     = "phi"
    criticality         = "high"
    backup-tier         = "gold"
  }
}
