package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// cloudfront maps distributions. A distribution is one endpoint: its TLS is on where every behaviour refuses or redirects clear
// text, since one that allows it serves data without TLS.
func cloudfront() mapping.Service {
	return mapping.Service{Name: "cloudfront", Types: slices.Concat(
		[]mapping.Type{{Name: "aws_cloudfront_distribution", Kinds: []string{"endpoint", "log_source"}, Map: distribution}},
		partsOf([]string{"log_source"}, []string{"aws_cloudfront_distribution"}, "aws_cloudwatch_log_delivery_source",
			"aws_cloudwatch_log_delivery", "aws_cloudwatch_log_delivery_destination"),
		noted("it tunes caching, headers or the way to an origin, not what viewers may do", "aws_cloudfront_cache_policy",
			"aws_cloudfront_continuous_deployment_policy", "aws_cloudfront_field_level_encryption_config",
			"aws_cloudfront_field_level_encryption_profile", "aws_cloudfront_function", "aws_cloudfront_key_group",
			"aws_cloudfront_key_value_store", "aws_cloudfront_monitoring_subscription", "aws_cloudfront_origin_access_control",
			"aws_cloudfront_origin_access_identity", "aws_cloudfront_origin_request_policy", "aws_cloudfront_public_key",
			"aws_cloudfront_realtime_log_config", "aws_cloudfront_response_headers_policy", "aws_cloudfront_vpc_origin",
			"aws_cloudfrontkeyvaluestore_key", "aws_cloudfrontkeyvaluestore_keys_exclusive", "aws_cloudfront_multitenant_distribution",
			"aws_cloudfront_distribution_tenant", "aws_cloudfront_connection_group", "aws_cloudfront_trust_store",
			"aws_cloudfront_anycast_ip_list", "aws_cloudfront_connection_function"),
	)}
}

func distribution(c *mapping.Context, v mapping.View) {
	e := httpsEndpoint(c, v, kind.Known("internet"))
	encrypted := kind.Not(allowsClearText(v))
	e.TLSEnabled, e.RedirectToHttps = encrypted, encrypted
	e.TLSPolicy, e.TLSMinVersion = viewerTLS(v)
	e.WAF = one(c, v, "web_acl_id", webACLType, "aws_waf_web_acl")
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	l := distributionLogs(c, v)
	logs := c.Emit(v, "log_source", v.Instance.Name, "access_logs", l)
	accessLogs(c, v.UID(), logs.UID, l)
}

// allowsClearText says whether one of the behaviours serves over HTTP.
func allowsClearText(v mapping.View) kind.Attr[bool] {
	var found []kind.Attr[bool]
	for _, typ := range []string{"default_cache_behavior", "ordered_cache_behavior"} {
		behaviours, open := nested(v, typ)
		for _, b := range behaviours {
			policy := b.String("viewer_protocol_policy").OrUnknown(evidence.ParseError, "viewer_protocol_policy is required")
			found = append(found, kind.Convert(policy, func(s string) bool { return s == "allow-all" }))
		}
		if open != nil {
			found = append(found, kind.Because[bool](*open).From(v.Provenance()))
		}
	}
	return kind.AnyOf(found)
}

// viewerTLS is the policy towards viewers. With CloudFront's own certificate it is TLSv1 whatever is asked for, as it is where
// nothing is asked for.
func viewerTLS(v mapping.View) (policy, version kind.Attr[string]) {
	cert := v.Block("viewer_certificate")
	policy = kind.Then(cert.Bool("cloudfront_default_certificate").Or(false), func(own bool) kind.Attr[string] {
		if own {
			return kind.Known("TLSv1")
		}
		return cert.String("minimum_protocol_version").Or("TLSv1")
	})
	return policy, awsnet.TLSVersion(tlspolicy.CloudFront, policy)
}

// distributionLogs are the access logs, of the older kind that the distribution states, or of the newer that a log delivery states.
func distributionLogs(c *mapping.Context, v mapping.View) kind.LogSource {
	logging := v.Block("logging_config")
	enabled := written(v, "logging_config")
	if logging.Exists() {
		enabled = written(logging, "bucket")
	}
	if on, known := enabled.Value(); known && on {
		return logSource(c, "lb_access", enabled, v.UID(), logging, "bucket")
	}
	sources, open := v.Parts("aws_cloudwatch_log_delivery_source", "resource_arn")
	if len(sources) > 0 {
		config := deliveryDestination(c, sources[0])
		return logSource(c, "lb_access", kind.Known(true).From(sources[0].Provenance()), v.UID(), config, "destination_resource_arn")
	}
	if open != nil {
		enabled = kind.Because[bool](*open).From(v.Provenance())
	}
	return logSource(c, "lb_access", enabled, v.UID(), logging, "bucket")
}

// deliveryDestination is the block of a log delivery's destination that names the store; a block that does not exist where there is
// none.
func deliveryDestination(c *mapping.Context, source mapping.View) mapping.View {
	delivery := source.Part("aws_cloudwatch_log_delivery", "delivery_source_name")
	t := delivery.Targets("delivery_destination_arn", "aws_cloudwatch_log_delivery_destination")
	if r := t.First(); delivery.Exists() && r != nil {
		return c.View(r).Block("delivery_destination_configuration")
	}
	return delivery.Block("delivery_destination_configuration")
}
