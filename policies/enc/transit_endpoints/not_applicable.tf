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

# Opening hours and statutory notices: public data only, for devices that cannot speak TLS.
resource "aws_lb_listener" "signage" {
  load_balancer_arn = aws_lb.portal.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.portal.arn
  }

  tags = {
    data-classification = "public"
  }
}
