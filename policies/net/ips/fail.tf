provider "aws" {
  region = "eu-west-1"
}

# No web ACL at all.
resource "aws_lb" "lims" { # fail
  name               = "lims"
  load_balancer_type = "application"
  subnets            = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_groups    = ["sg-0a1b2c3d4e5f60003"]
}

resource "aws_lb_listener" "lims" {
  load_balancer_arn = aws_lb.lims.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-west-1:111122223333:certificate/9c1d7e55-0000-4aaa-8bbb-cccc00001111"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "lims"
      status_code  = "200"
    }
  }
}

resource "aws_lb" "booking" {
  name               = "booking"
  load_balancer_type = "application"
  subnets            = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_groups    = ["sg-0a1b2c3d4e5f60003"]
}

resource "aws_lb_listener" "booking" {
  load_balancer_arn = aws_lb.booking.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-west-1:111122223333:certificate/9c1d7e55-0000-4aaa-8bbb-cccc00001111"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "booking"
      status_code  = "200"
    }
  }
}

# In counting mode: it only alerts.
resource "aws_wafv2_web_acl" "booking" {
  name  = "booking"
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  rule { # fail
    name     = "common"
    priority = 0

    override_action {
      count {}
    }

    statement {
      managed_rule_group_statement {
        name        = "AWSManagedRulesCommonRuleSet"
        vendor_name = "AWS"
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "common"
      sampled_requests_enabled   = true
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "booking"
    sampled_requests_enabled   = true
  }
}

resource "aws_wafv2_web_acl_association" "booking" {
  resource_arn = aws_lb.booking.arn
  web_acl_arn  = aws_wafv2_web_acl.booking.arn # fail
}
