package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/kind"
)

const resolverLogType = "aws_route53_resolver_query_log_config"

// logsources maps what writes logs besides trails, networks and endpoints: log groups, bucket access logs and name resolution.
func logsources() mapping.Service {
	source := []string{"log_source"}
	types := []mapping.Type{
		{Name: "aws_cloudwatch_log_group", Kinds: source, Map: logGroupSource},
		{Name: "aws_s3_bucket_logging", Kinds: source, Map: bucketAccessLog},
		{Name: "aws_route53_query_log", Kinds: source, Map: queryLog("cloudwatch_log_group_arn", "zone_id", "aws_route53_zone")},
		{Name: resolverLogType, Kinds: source, Map: resolverQueryLog},
	}
	types = append(types, partsOf(source, []string{resolverLogType}, "aws_route53_resolver_query_log_config_association")...)
	types = append(types, noted("passes log events on; what writes them and where they are kept is mapped",
		"aws_cloudwatch_log_subscription_filter", "aws_cloudwatch_log_destination", "aws_cloudwatch_log_destination_policy",
		"aws_cloudwatch_log_resource_policy", "aws_cloudwatch_log_data_protection_policy", "aws_cloudwatch_log_account_policy")...)
	return mapping.Service{Name: "logsources", Types: types}
}

// logGroupSource is what is written into a log group. Of a group that a flow log writes into it is network traffic; the rest is
// written by applications and services. A trail's copy is none of the audit logs: the trail itself is.
func logGroupSource(c *mapping.Context, v mapping.View) {
	l := kind.LogSource{
		Type: kind.Known(groupContent(c, v)), Enabled: kind.Known(true).From(v.Provenance()), Scope: kind.NA[string](),
		MultiRegion: kind.NA[bool](), Validation: kind.NA[bool](), Forwarded: kind.Known(true).From(v.Provenance()),
		Destination: kind.Known(v.UID()), Encrypted: kind.Known(true).From(v.Provenance()),
		RetentionDays: kind.Then(v.Int("retention_in_days").Or(0), func(days int64) kind.Attr[int64] {
			if days == 0 {
				return kind.Null[int64]()
			}
			return kind.Known(days)
		}),
	}
	c.Emit(v, "log_source", named(v, "name"), "log", l) // the group is a store of its own already
}

// groupContent tells by who writes into the group, or by the prefix that AWS reserves for a service.
func groupContent(c *mapping.Context, v mapping.View) string {
	for _, f := range c.All("aws_flow_log") {
		for _, arg := range []string{"log_destination", "log_group_name"} {
			if slices.Contains(f.Mentions(arg, logGroupType), v.Instance) {
				return "network_flow"
			}
		}
	}
	name, _ := v.String("name").Known()
	for prefix, content := range map[string]string{
		"/aws/rds/": "database", "/aws/docdb/": "database", "aws-waf-logs-": "firewall", "/aws/route53/": "dns",
	} {
		if strings.HasPrefix(name, prefix) {
			return content
		}
	}
	return "application"
}

func bucketAccessLog(c *mapping.Context, v mapping.View) {
	scope := one(c, v, "bucket", bucketType)
	l := logSource(c, "object_access", kind.Known(true).From(v.Provenance()), "", v, "target_bucket")
	l.Scope = scope
	e := c.Emit(v, "log_source", v.Instance.Name, "", l)
	if bucket, known := scope.Value(); known {
		c.Relate("logs_to", bucket, e.UID)
	}
}

func queryLog(destination, scopeArg, scopeType string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		l := logSource(c, "dns", kind.Known(true).From(v.Provenance()), "", v, destination)
		l.Scope = one(c, v, scopeArg, scopeType)
		c.Emit(v, "log_source", v.Instance.Name, "", l)
	}
}

// resolverQueryLog records the name resolution of the networks that are associated with it.
func resolverQueryLog(c *mapping.Context, v mapping.View) {
	l := logSource(c, "dns", kind.Known(true).From(v.Provenance()), "", v, "destination_arn")
	parts, open := v.Parts("aws_route53_resolver_query_log_config_association", "resolver_query_log_config_id")
	networks := make([]string, 0, len(parts))
	for _, p := range parts {
		t := p.Targets("resource_id", vpcTypes()...)
		networks = append(networks, t.UIDs(c)...)
		open = evidence.FirstUnknown(open, t.Open)
	}
	l.Scope = kind.Known(strings.Join(networks, " ")).From(v.Provenance())
	if open != nil {
		l.Scope = kind.Because[string](*open).From(v.Provenance())
	}
	e := c.Emit(v, "log_source", named(v, "name"), "", l)
	for _, uid := range networks {
		c.Relate("logs_to", uid, e.UID)
	}
}
