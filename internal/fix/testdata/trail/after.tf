# The wide trail is not validated. It stands here without any blank line or alignment.
provider "aws" { region = "eu-west-1" }
resource "aws_s3_bucket" "trail" {
bucket="clinic-trail"
}
resource "aws_s3_bucket_versioning" "trail" {
  bucket = aws_s3_bucket.trail.id
  versioning_configuration { status = "Enabled" }
}
resource "aws_kms_key" "trail" { enable_key_rotation = true }
resource "aws_cloudtrail" "main" {
    name="clinic"
    s3_bucket_name        = aws_s3_bucket.trail.id /* one line */
    is_multi_region_trail=true # all of them
    kms_key_id = aws_kms_key.trail.arn
    enable_log_file_validation = true
}
