provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}

resource "aws_sns_topic" "alerts" {
  name = "security-alerts"
}

resource "aws_guardduty_detector" "main" {
  enable = true
}

resource "aws_cloudwatch_event_rule" "guardduty" {
  name          = "guardduty-findings"
  event_pattern = jsonencode({ source = ["aws.guardduty"], "detail-type" = ["GuardDuty Finding"] })
}

resource "aws_cloudwatch_event_target" "guardduty" {
  rule = aws_cloudwatch_event_rule.guardduty.name
  arn  = aws_sns_topic.alerts.arn
}

resource "aws_guardduty_detector" "dr" {
  provider = aws.dr

  enable = true
}

resource "aws_cloudwatch_event_rule" "guardduty_dr" {
  provider = aws.dr

  name          = "guardduty-findings"
  event_pattern = jsonencode({ source = ["aws.guardduty"], "detail-type" = ["GuardDuty Finding"] })
}

resource "aws_cloudwatch_event_target" "guardduty_dr" {
  provider = aws.dr

  rule = aws_cloudwatch_event_rule.guardduty_dr.name
  arn  = aws_sns_topic.alerts.arn
}
