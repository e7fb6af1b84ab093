provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "trail" {
  bucket = "clinic-audit-trail"
}

resource "aws_cloudwatch_log_group" "trail" {
  name              = "/audit/trail"
  retention_in_days = 400
}

resource "aws_cloudtrail" "main" {
  name                       = "clinic"
  s3_bucket_name             = aws_s3_bucket.trail.id
  is_multi_region_trail      = true
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
  cloud_watch_logs_role_arn  = "arn:aws:iam::111122223333:role/trail-to-logs"
}

resource "aws_sns_topic" "security" {
  name = "security-alerts"
}

resource "aws_sns_topic_subscription" "security" {
  topic_arn = aws_sns_topic.security.arn
  protocol  = "email"
  endpoint  = "security@clinic.example"
}

locals {
  # Whether the recipient confirmed the subscription is not in code.
  watched = {
    root-use             = "{ $.userIdentity.type = \"Root\" && $.eventType != \"AwsServiceEvent\" }"
    auth-failure         = "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }"
    no-mfa-login         = "{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != \"Yes\") }"
    iam-change           = "{ ($.eventName = PutRolePolicy) || ($.eventName = AttachRolePolicy) || ($.eventName = CreatePolicyVersion) }"
    trail-change         = "{ ($.eventName = UpdateTrail) || ($.eventName = DeleteTrail) || ($.eventName = StopLogging) }"
    key-deletion         = "{ ($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion) }"
    bucket-policy-change = "{ ($.eventName = PutBucketPolicy) || ($.eventName = DeleteBucketPolicy) || ($.eventName = PutBucketAcl) }"
    network-change       = "{ ($.eventName = AuthorizeSecurityGroupIngress) || ($.eventName = CreateRoute) || ($.eventName = ReplaceRoute) }"
    unauthorised-call    = "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }"
    organisation-change  = "{ ($.eventSource = organizations.amazonaws.com) && ($.eventName = LeaveOrganization) }"
  }
}

resource "aws_cloudwatch_log_metric_filter" "watched" {
  for_each = local.watched

  name           = each.key
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = each.value

  metric_transformation {
    name      = each.key
    namespace = "Audit"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "watched" {
  for_each = local.watched

  alarm_name          = each.key
  namespace           = "Audit"
  metric_name         = each.key
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  alarm_actions       = [aws_sns_topic.security.arn]
}
