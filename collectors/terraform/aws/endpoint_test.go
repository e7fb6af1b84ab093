package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listenerAttrs are the attributes that decide about a listener.
func listenerAttrs() []string {
	return []string{"exposure", "protocol", "port", "tls.enabled", "tls.policy", "tls.min_version", "redirect_to_https", "waf", "zones"}
}

func TestLoadBalancerListener(t *testing.T) {
	t.Parallel()
	const lb = `
resource "aws_subnet" "s" {
  count = 2
  vpc_id = "vpc-1"
}
resource "aws_lb" "l" { subnets = aws_subnet.s[*].id }
resource "aws_lb_target_group" "g" {}
resource "aws_lb_target_group_attachment" "a" {
  target_group_arn = aws_lb_target_group.g.arn
  target_id = aws_instance.i.id
}
resource "aws_instance" "i" {}
`
	for name, tc := range map[string]struct {
		hcl     string
		want    map[string]any
		reaches []string
	}{
		"clear text": {lb + `resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 80
  default_action {
    type = "forward"
    target_group_arn = aws_lb_target_group.g.arn
  }
}`, map[string]any{
			"exposure": "internet", "protocol": "http", "port": int64(80), "tls.enabled": false, "tls.policy": "n/a",
			"tls.min_version": "n/a", "redirect_to_https": false, "waf": nil, "zones": int64(2),
		}, []string{"aws_instance.i"}},
		"redirect": {lb + `resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = "80"
  protocol = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      protocol = "HTTPS"
      port = "443"
      status_code = "HTTP_301"
    }
  }
}
resource "aws_lb_listener_rule" "refuse" {
  listener_arn = aws_lb_listener.x.arn
  action {
    type = "fixed-response"
    fixed_response { status_code = "403" }
  }
}`, map[string]any{
			"exposure": "internet", "protocol": "http", "port": int64(80), "tls.enabled": false, "tls.policy": "n/a",
			"tls.min_version": "n/a", "redirect_to_https": true, "waf": nil, "zones": int64(2),
		}, nil},
		"redirect, but one path is served": {lb + `resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 80
  protocol = "HTTP"
  default_action {
    type = "redirect"
    redirect { protocol = "HTTPS" }
  }
}
resource "aws_lb_listener_rule" "legacy" {
  listener_arn = aws_lb_listener.x.arn
  action {
    type = "forward"
    target_group_arn = aws_lb_target_group.g.arn
  }
}`, map[string]any{
			"exposure": "internet", "protocol": "http", "port": int64(80), "tls.enabled": false, "tls.policy": "n/a",
			"tls.min_version": "n/a", "redirect_to_https": false, "waf": nil, "zones": int64(2),
		}, []string{"aws_instance.i"}},
		"encrypted, with a web access list": {lb + `resource "aws_wafv2_web_acl" "w" {}
resource "aws_wafv2_web_acl_association" "w" {
  resource_arn = aws_lb.l.arn
  web_acl_arn = aws_wafv2_web_acl.w.arn
}
resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 443
  protocol = "HTTPS"
  ssl_policy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  default_action { type = "forward" }
}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": true,
			"tls.policy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "tls.min_version": "1.2", "redirect_to_https": "n/a",
			"waf": "tf:t:aws_wafv2_web_acl.w", "zones": int64(2),
		}, nil},
		"AWS's default policy": {lb + `resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 443
  protocol = "HTTPS"
  default_action { type = "forward" }
}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": true,
			"tls.policy": "ELBSecurityPolicy-2016-08", "tls.min_version": "1.0", "redirect_to_https": "n/a", "waf": nil, "zones": int64(2),
		}, nil},
		"pass-through of an internal balancer": {`resource "aws_lb" "l" {
  internal = true
  load_balancer_type = "network"
  subnet_mapping { subnet_id = "subnet-1" }
}
resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 5432
  protocol = "TCP"
  default_action { type = "forward" }
}`, map[string]any{
			"exposure": "internal", "protocol": "tcp", "port": int64(5432), "tls.enabled": "unknown: not_in_plane", "tls.policy": "n/a",
			"tls.min_version": "n/a", "redirect_to_https": "n/a", "waf": "n/a", "zones": int64(1),
		}, nil},
		"unknown": {`variable "lb" {}
variable "policy" {}
resource "aws_lb_listener" "x" {
  load_balancer_arn = var.lb
  port = 443
  protocol = "HTTPS"
  ssl_policy = var.policy
  default_action { type = "forward" }
}`, map[string]any{
			"exposure": "unknown: unresolved", "protocol": "https", "port": int64(443), "tls.enabled": true,
			"tls.policy": "unknown: unresolved", "tls.min_version": "unknown: unresolved", "redirect_to_https": "n/a",
			"waf": "unknown: unresolved", "zones": "unknown: unresolved",
		}, nil},
		"a policy of which nothing is known": {lb + `resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 443
  protocol = "HTTPS"
  ssl_policy = "ELBSecurityPolicy-2030-01"
  default_action { type = "forward" }
}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": true,
			"tls.policy": "ELBSecurityPolicy-2030-01", "tls.min_version": "unknown: unsupported", "redirect_to_https": "n/a",
			"waf": nil, "zones": int64(2),
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scanAll(t, tc.hcl)
			if diff := cmp.Diff(tc.want, attrs(got.entities["aws_lb_listener.x"], listenerAttrs()...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tc.want["zones"] == int64(2) {
				if diff := cmp.Diff([]string{"aws_subnet.s[0]", "aws_subnet.s[1]"}, got.relations["runs_in aws_lb_listener.x"]); diff != "" {
					t.Errorf("runs_in (-want +got):\n%s", diff)
				}
			}
			if diff := cmp.Diff(tc.reaches, got.relations["reaches aws_lb_listener.x"]); diff != "" {
				t.Errorf("reaches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClassicListener(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_elb" "e" {
  name = "old"
  availability_zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  listener {
    lb_port = 80
    lb_protocol = "http"
    instance_port = 80
    instance_protocol = "http"
  }
  listener {
    lb_port = 443
    lb_protocol = "https"
    instance_port = 80
    instance_protocol = "http"
  }
  listener {
    lb_port = 8443
    lb_protocol = "https"
    instance_port = 80
    instance_protocol = "http"
  }
}
resource "aws_load_balancer_policy" "tls" {
  load_balancer_name = aws_elb.e.name
  policy_name = "tls"
  policy_type_name = "SSLNegotiationPolicyType"
  policy_attribute {
    name = "Reference-Security-Policy"
    value = "ELBSecurityPolicy-TLS-1-2-2017-01"
  }
}
resource "aws_load_balancer_listener_policy" "tls" {
  load_balancer_name = aws_elb.e.name
  load_balancer_port = 443
  policy_names = [aws_load_balancer_policy.tls.policy_name]
}
resource "aws_lb_ssl_negotiation_policy" "old" {
  load_balancer = aws_elb.e.id
  lb_port = 8443
  name = "old"
  attribute {
    name = "Protocol-TLSv1.1"
    value = "true"
  }
  attribute {
    name = "Protocol-TLSv1.2"
    value = "true"
  }
  attribute {
    name = "Protocol-TLSv1"
    value = "false"
  }
}`)
	for id, want := range map[string]map[string]any{
		"aws_elb.e#80": {
			"exposure": "internet", "protocol": "http", "tls.enabled": false, "tls.min_version": "n/a", "redirect_to_https": false,
			"zones": int64(3),
		},
		"aws_elb.e#443": {
			"exposure": "internet", "protocol": "https", "tls.enabled": true, "tls.policy": "ELBSecurityPolicy-TLS-1-2-2017-01",
			"tls.min_version": "1.2",
		},
		"aws_elb.e#8443": {"tls.enabled": true, "tls.min_version": "1.1"},
		"aws_elb.e":      {"type": "lb_access", "enabled": false, "destination": "n/a"},
	} {
		if diff := cmp.Diff(want, attrs(got[id], keysOf(want)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
	if line := lineOf(got["aws_elb.e#443"], "port"); line != 12 {
		t.Errorf("the port of the second listener is on line %d, want 12", line)
	}
}

func TestLoadBalancerAccessLogs(t *testing.T) {
	t.Parallel()
	got := scanAll(t, `
resource "aws_s3_bucket" "logs" {}
resource "aws_s3_bucket_lifecycle_configuration" "logs" {
  bucket = aws_s3_bucket.logs.id
  rule {
    id = "expire"
    status = "Enabled"
    expiration { days = 30 }
  }
}
resource "aws_lb" "l" {
  access_logs {
    bucket = aws_s3_bucket.logs.id
    enabled = true
  }
}
resource "aws_lb_listener" "x" {
  load_balancer_arn = aws_lb.l.arn
  port = 80
  default_action { type = "forward" }
}
variable "n" {}
resource "aws_lb" "many" {
  count = var.n
  access_logs {
    bucket = aws_s3_bucket.logs.id
    enabled = true
  }
}
resource "aws_lb_listener" "many" {
  count = var.n
  load_balancer_arn = aws_lb.many[count.index].arn
  port = 80
  default_action { type = "forward" }
}`)
	want := map[string]any{
		"type": "lb_access", "enabled": true, "destination": "tf:t:aws_s3_bucket.logs", "encrypted": true, "retention_days": int64(30),
		"scope": "tf:t:aws_lb.l", "forwarded": true, "multi_region": "n/a", "validation": "n/a",
	}
	if diff := cmp.Diff(want, attrs(got.entities["aws_lb.l"], keysOf(want)...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for listener, lb := range map[string]string{"aws_lb_listener.x": "aws_lb.l", "aws_lb_listener.many": "aws_lb.many"} {
		if diff := cmp.Diff([]string{lb}, got.relations["logs_to "+listener]); diff != "" {
			t.Errorf("logs_to of %s (-want +got):\n%s", listener, diff)
		}
	}
}

func TestDistribution(t *testing.T) {
	t.Parallel()
	const start = `resource "aws_cloudfront_distribution" "d" {
  enabled = true
`
	for name, tc := range map[string]struct {
		hcl        string
		want, logs map[string]any
	}{
		"good": {start + `  web_acl_id = aws_wafv2_web_acl.w.arn
  default_cache_behavior { viewer_protocol_policy = "redirect-to-https" }
  ordered_cache_behavior { viewer_protocol_policy = "https-only" }
  viewer_certificate {
    acm_certificate_arn = "arn:aws:acm:us-east-1:111111111111:certificate/x"
    minimum_protocol_version = "TLSv1.2_2021"
  }
  logging_config { bucket = aws_s3_bucket.l.bucket_domain_name }
}
resource "aws_s3_bucket" "l" {}
resource "aws_wafv2_web_acl" "w" {}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": true, "tls.policy": "TLSv1.2_2021",
			"tls.min_version": "1.2", "redirect_to_https": true, "waf": "tf:t:aws_wafv2_web_acl.w", "zones": "n/a",
		}, map[string]any{"enabled": true, "destination": "tf:t:aws_s3_bucket.l"}},
		"clear text and CloudFront's certificate": {start + `  default_cache_behavior { viewer_protocol_policy = "redirect-to-https" }
  ordered_cache_behavior { viewer_protocol_policy = "allow-all" }
  viewer_certificate { cloudfront_default_certificate = true }
}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": false, "tls.policy": "TLSv1",
			"tls.min_version": "1.0", "redirect_to_https": false, "waf": nil, "zones": "n/a",
		}, map[string]any{"enabled": false, "destination": "n/a"}},
		"logs by a delivery": {start + `  default_cache_behavior { viewer_protocol_policy = "https-only" }
}
resource "aws_s3_bucket" "l" {}
resource "aws_cloudwatch_log_delivery_source" "s" {
  name = "cdn"
  log_type = "ACCESS_LOGS"
  resource_arn = aws_cloudfront_distribution.d.arn
}
resource "aws_cloudwatch_log_delivery_destination" "t" {
  name = "bucket"
  delivery_destination_configuration { destination_resource_arn = "${aws_s3_bucket.l.arn}/cdn" }
}
resource "aws_cloudwatch_log_delivery" "x" {
  delivery_source_name = aws_cloudwatch_log_delivery_source.s.name
  delivery_destination_arn = aws_cloudwatch_log_delivery_destination.t.arn
}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": true, "tls.policy": "TLSv1",
			"tls.min_version": "1.0", "redirect_to_https": true, "waf": nil, "zones": "n/a",
		}, map[string]any{"enabled": true, "destination": "tf:t:aws_s3_bucket.l"}},
		"unknown": {`variable "p" {}
` + start + `  default_cache_behavior { viewer_protocol_policy = var.p }
  web_acl_id = var.p
  viewer_certificate {
    acm_certificate_arn = "x"
    minimum_protocol_version = var.p
  }
}`, map[string]any{
			"exposure": "internet", "protocol": "https", "port": int64(443), "tls.enabled": "unknown: unresolved",
			"tls.policy": "unknown: unresolved", "tls.min_version": "unknown: unresolved",
			"redirect_to_https": "unknown: unresolved", "waf": "unknown: unresolved", "zones": "n/a",
		}, map[string]any{"enabled": false, "destination": "n/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := scan(t, tc.hcl)
			if diff := cmp.Diff(tc.want, attrs(got["aws_cloudfront_distribution.d"], listenerAttrs()...)); diff != "" {
				t.Errorf("endpoint (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.logs, attrs(got["aws_cloudfront_distribution.d#access_logs"], keysOf(tc.logs)...)); diff != "" {
				t.Errorf("access logs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPIEndpoints(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_api_gateway_rest_api" "edge" {}
resource "aws_api_gateway_stage" "edge" {
  rest_api_id = aws_api_gateway_rest_api.edge.id
  stage_name = "v1"
}
resource "aws_api_gateway_rest_api" "private" {
  endpoint_configuration { types = ["PRIVATE"] }
}
resource "aws_cloudwatch_log_group" "api" { name = "api" }
resource "aws_api_gateway_stage" "private" {
  rest_api_id = aws_api_gateway_rest_api.private.id
  stage_name = "v1"
  access_log_settings {
    destination_arn = "${aws_cloudwatch_log_group.api.arn}:*"
    format = "x"
  }
}
resource "aws_api_gateway_domain_name" "d" {
  domain_name = "api.example.org"
  security_policy = "TLS_1_2"
}
resource "aws_api_gateway_domain_name" "silent" { domain_name = "old.example.org" }
resource "aws_apigatewayv2_api" "http" { protocol_type = "HTTP" }
resource "aws_apigatewayv2_stage" "http" {
  api_id = aws_apigatewayv2_api.http.id
  name = "$default"
}
resource "aws_apigatewayv2_domain_name" "d" {
  domain_name = "api.example.org"
  domain_name_configuration { security_policy = "TLS_1_2" }
}
resource "aws_lambda_function" "f" { runtime = "python3.8" }
resource "aws_lambda_function_url" "u" {
  function_name = aws_lambda_function.f.function_name
  authorization_type = "NONE"
}
resource "aws_appsync_graphql_api" "g" { visibility = "PRIVATE" }
resource "aws_apprunner_service" "a" {}
`)
	for id, want := range map[string]map[string]any{
		"aws_api_gateway_stage.edge":                {"exposure": "internet", "tls.enabled": true, "tls.min_version": "1.0", "waf": nil},
		"aws_api_gateway_stage.edge#access_logs":    {"enabled": false},
		"aws_api_gateway_stage.private":             {"exposure": "internal", "tls.enabled": true, "tls.min_version": "1.2", "waf": nil},
		"aws_api_gateway_stage.private#access_logs": {"enabled": true, "destination": "tf:t:aws_cloudwatch_log_group.api", "retention_days": nil},
		"aws_api_gateway_domain_name.d":             {"tls.policy": "TLS_1_2", "tls.min_version": "1.2", "waf": "n/a"},
		"aws_api_gateway_domain_name.silent":        {"tls.policy": "unknown: computed", "tls.min_version": "unknown: computed"},
		"aws_apigatewayv2_stage.http":               {"exposure": "internet", "tls.min_version": "1.2", "protocol": "https"},
		"aws_apigatewayv2_domain_name.d":            {"tls.min_version": "1.2"},
		"aws_lambda_function.f":                     {"runtime": "python3.8", "runtime_eol_on": "2024-10-14"},
		"aws_lambda_function_url.u":                 {"exposure": "internet", "tls.enabled": true, "tls.min_version": "unknown: unsupported"},
		"aws_appsync_graphql_api.g":                 {"exposure": "internal", "tls.enabled": true},
		"aws_apprunner_service.a":                   {"exposure": "internet", "tls.enabled": true},
	} {
		if diff := cmp.Diff(want, attrs(got[id], keysOf(want)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	got := scan(t, `
resource "aws_acm_certificate" "c" { domain_name = "example.org" }
resource "aws_acm_certificate" "ec" {
  domain_name = "example.org"
  key_algorithm = "EC_prime256v1"
}
resource "aws_acm_certificate" "imported" {
  certificate_body = "x"
  private_key = "y"
}`)
	for id, want := range map[string]map[string]any{
		"aws_acm_certificate.c":        {"type": "certificate", "key_spec": "RSA_2048", "expires_at": "unknown: not_in_plane"},
		"aws_acm_certificate.ec":       {"key_spec": "EC_prime256v1"},
		"aws_acm_certificate.imported": {"key_spec": "unknown: computed"},
	} {
		if diff := cmp.Diff(want, attrs(got[id], keysOf(want)...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}
