provider "aws" {
  region = "eu-west-1"
}

variable "web_acl_arn" {
  description = "Web ACL of the security account."
  type        = string
  default     = "arn:aws:wafv2:eu-west-1:999900001111:regional/webacl/shared/0a1b2c3d"
}

resource "aws_lb" "portal" {
  name               = "portal"
  load_balancer_type = "application"
  subnets            = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_groups    = ["sg-0a1b2c3d4e5f60003"]
}

resource "aws_lb_listener" "portal" {
  load_balancer_arn = aws_lb.portal.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-west-1:111122223333:certificate/9c1d7e55-0000-4aaa-8bbb-cccc00001111"

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "portal"
      status_code  = "200"
    }
  }
}

resource "aws_wafv2_web_acl_association" "portal" {
  resource_arn = aws_lb.portal.arn
  web_acl_arn  = var.web_acl_arn
}
