provider "aws" {
  region = "eu-west-1"
}

resource "aws_lb" "portal" {
  name               = "portal"
  load_balancer_type = "application"
  subnets            = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
  security_groups    = ["sg-0a1b2c3d4e5f60003"]
}

resource "aws_lb_target_group" "portal" {
  name     = "portal"
  vpc_id   = "vpc-0a1b2c3d4e5f60004"
  port     = 8443
  protocol = "HTTPS"
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.portal.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.portal.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-west-1:111122223333:certificate/9c1d7e55-0000-4aaa-8bbb-cccc00001111"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.portal.arn
  }
}
