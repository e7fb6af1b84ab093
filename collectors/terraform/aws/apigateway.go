package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// apiGateway maps REST, HTTP and WebSocket APIs. What clients connect to is a stage, or a domain name before it.
func apiGateway() mapping.Service {
	endpoint, withLogs := []string{"endpoint"}, []string{"endpoint", "log_source"}
	return mapping.Service{Name: "apigateway", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_api_gateway_stage", Kinds: withLogs, Map: restStage},
			{Name: "aws_api_gateway_domain_name", Kinds: endpoint, Map: restDomain},
			{Name: "aws_apigatewayv2_stage", Kinds: withLogs, Map: httpStage},
			{Name: "aws_apigatewayv2_domain_name", Kinds: endpoint, Map: httpDomain},
		},
		partsOf(endpoint, []string{"aws_api_gateway_stage"}, "aws_api_gateway_rest_api"),
		partsOf(endpoint, []string{"aws_apigatewayv2_stage"}, "aws_apigatewayv2_api"),
		noted("it describes what an API answers, not how clients connect to it", "aws_api_gateway_api_key",
			"aws_api_gateway_authorizer", "aws_api_gateway_base_path_mapping", "aws_api_gateway_deployment",
			"aws_api_gateway_documentation_part", "aws_api_gateway_documentation_version", "aws_api_gateway_gateway_response",
			"aws_api_gateway_integration", "aws_api_gateway_integration_response", "aws_api_gateway_method",
			"aws_api_gateway_method_response", "aws_api_gateway_method_settings", "aws_api_gateway_model",
			"aws_api_gateway_request_validator", "aws_api_gateway_resource", "aws_api_gateway_rest_api_policy",
			"aws_api_gateway_rest_api_put", "aws_api_gateway_usage_plan", "aws_api_gateway_usage_plan_key",
			"aws_api_gateway_vpc_link", "aws_api_gateway_account", "aws_api_gateway_domain_name_access_association",
			"aws_api_gateway_client_certificate",
			"aws_apigatewayv2_api_mapping", "aws_apigatewayv2_authorizer", "aws_apigatewayv2_deployment",
			"aws_apigatewayv2_integration", "aws_apigatewayv2_integration_response", "aws_apigatewayv2_model",
			"aws_apigatewayv2_route", "aws_apigatewayv2_route_response", "aws_apigatewayv2_vpc_link",
			"aws_apigatewayv2_routing_rule"),
	)}
}

// restStage is a stage of a REST API. The TLS policy of its own address depends on the kind of API: TLS 1.2 where it is private,
// TLS 1.0 where it is regional or at the edge, unless the API states another.
func restStage(c *mapping.Context, v mapping.View) {
	t := v.Targets("rest_api_id", "aws_api_gateway_rest_api")
	r := t.First()
	why := notDeclared[string](t, "the API")
	e := httpsEndpoint(c, v, why)
	e.TLSPolicy, e.TLSMinVersion = why, why
	if r != nil && r.Mode == resource.Managed {
		api := c.View(r)
		private := contains(api.Block("endpoint_configuration"), "types", "PRIVATE")
		e.Exposure = exposedUnless(private)
		e.TLSPolicy = api.String("security_policy").ElseAttr(kind.Choose(private, "TLS_1_2", "TLS_1_0"))
		e.TLSMinVersion = awsnet.TLSVersion(tlspolicy.APIGateway, e.TLSPolicy)
		if off, _ := api.Bool("disable_execute_api_endpoint").Or(false).Value(); off {
			e.TLSPolicy, e.TLSMinVersion = kind.NA[string](), kind.NA[string]() // clients come through a domain name
		}
		if e.DataClassification.IsNull() {
			e.DataClassification = api.Label(c.Labels.Classification)
		}
	}
	e.WAF = wafOf(c, v)
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	stageLogs(c, v)
}

// stageLogs are the access logs of a stage, which are off by default.
func stageLogs(c *mapping.Context, v mapping.View) {
	settings := v.Block("access_log_settings")
	l := logSource(c, "lb_access", written(v, "access_log_settings"), v.UID(), settings, "destination_arn")
	logs := c.Emit(v, "log_source", v.Instance.Name, "access_logs", l)
	accessLogs(c, v.UID(), logs.UID, l)
}

func restDomain(c *mapping.Context, v mapping.View) {
	e := httpsEndpoint(c, v, exposedUnless(contains(v.Block("endpoint_configuration"), "types", "PRIVATE")))
	e.TLSPolicy = v.String("security_policy").OrUnknown(evidence.Computed, "API Gateway chooses the security policy")
	e.TLSMinVersion = awsnet.TLSVersion(tlspolicy.APIGateway, e.TLSPolicy)
	e.WAF = kind.NA[string]() // stands before the stage
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
}

// httpStage is a stage of an HTTP or WebSocket API. These have no web access list of their own, and accept TLS 1.2 and later.
func httpStage(c *mapping.Context, v mapping.View) {
	e := httpsEndpoint(c, v, kind.Known("internet"))
	e.TLSPolicy = kind.Known("TLS_1_2")
	e.TLSMinVersion = kind.Known("1.2")
	t := v.Targets("api_id", "aws_apigatewayv2_api")
	if r := t.First(); r != nil && r.Mode == resource.Managed {
		api := c.View(r)
		if off, _ := api.Bool("disable_execute_api_endpoint").Or(false).Value(); off {
			e.TLSPolicy, e.TLSMinVersion = kind.NA[string](), kind.NA[string]()
		}
		if e.DataClassification.IsNull() {
			e.DataClassification = api.Label(c.Labels.Classification)
		}
	}
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	stageLogs(c, v)
}

func httpDomain(c *mapping.Context, v mapping.View) {
	config := v.Block("domain_name_configuration")
	e := httpsEndpoint(c, v, kind.Known("internet"))
	e.TLSPolicy = kind.Convert(
		config.String("security_policy").OrUnknown(evidence.ParseError, "security_policy is required"), strings.ToUpper)
	e.TLSMinVersion = awsnet.TLSVersion(tlspolicy.APIGateway, e.TLSPolicy)
	e.WAF = kind.NA[string]()
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
}
