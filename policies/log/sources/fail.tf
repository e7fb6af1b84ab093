provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "main" { # fail
  cidr_block = "10.20.0.0/16"
}

resource "aws_subnet" "public" {
  for_each = { a = "10.20.0.0/24", b = "10.20.1.0/24" }

  vpc_id            = aws_vpc.main.id
  cidr_block        = each.value
  availability_zone = "eu-west-1${each.key}"
}

resource "aws_lb" "portal" {
  name               = "portal"
  load_balancer_type = "application"
  internal           = false # fail
  subnets            = [for s in aws_subnet.public : s.id]
}

resource "aws_lb_target_group" "portal" {
  name     = "portal"
  port     = 8443
  protocol = "HTTPS"
  vpc_id   = aws_vpc.main.id
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.portal.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = "arn:aws:acm:eu-west-1:111122223333:certificate/8f3c2b1a-4d5e-4f60-9a7b-1c2d3e4f5a6b"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.portal.arn
  }
}
