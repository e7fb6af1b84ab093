provider "aws" {
  region = "eu-west-1"
}

resource "aws_lb" "scheduling" {
  name               = "scheduling"
  load_balancer_type = "network"
  internal           = true
  subnets            = ["subnet-0a1b2c3d4e5f60001"]
}

resource "aws_lb_target_group" "scheduling" {
  name     = "scheduling"
  vpc_id   = "vpc-0a1b2c3d4e5f60004"
  port     = 8443
  protocol = "TCP"
}

resource "aws_lb_listener" "scheduling" {
  load_balancer_arn = aws_lb.scheduling.arn
  port              = 443
  protocol          = "TCP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.scheduling.arn
  }
}
