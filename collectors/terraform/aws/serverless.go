package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// serverless maps functions, their URLs, and the managed APIs and web services of AppSync and App Runner.
func serverless() mapping.Service {
	service := []string{"managed_service"}
	return mapping.Service{Name: "serverless", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_lambda_function", Kinds: service, Map: lambdaFunction},
			{Name: "aws_lambda_function_url", Kinds: []string{"endpoint"}, Map: lambdaURL},
			{Name: "aws_appsync_graphql_api", Kinds: []string{"endpoint", "log_source"}, Map: appSyncAPI},
			{Name: "aws_appsync_api", Kinds: []string{"endpoint"}, Map: appSyncEvents},
			{Name: "aws_apprunner_service", Kinds: []string{"endpoint", "managed_service"}, Map: appRunnerService},
			{Name: "aws_elastic_beanstalk_environment", Kinds: service, Map: beanstalkEnvironment},
		},
		noted("it configures or calls a function, whose runtime is read from the function", "aws_lambda_alias",
			"aws_lambda_capacity_provider", "aws_lambda_code_signing_config", "aws_lambda_event_source_mapping",
			"aws_lambda_function_event_invoke_config", "aws_lambda_function_recursion_config", "aws_lambda_invocation",
			"aws_lambda_layer_version", "aws_lambda_provisioned_concurrency_config", "aws_lambda_runtime_management_config"),
		// A grant to everybody or to another account is worth a look, but the catalogue has no check of it: external trust is judged on
		// roles and stores, and no kind has an attribute that says who may invoke a function.
		noted("it says who may invoke a function or use a layer, and no check of the catalogue judges that: read public and cross-account grants yourself",
			"aws_lambda_permission", "aws_lambda_layer_version_permission"),
		noted("it describes what an API answers, not how clients connect to it", "aws_appsync_api_cache", "aws_appsync_api_key",
			"aws_appsync_channel_namespace", "aws_appsync_datasource", "aws_appsync_domain_name",
			"aws_appsync_domain_name_api_association", "aws_appsync_function", "aws_appsync_resolver",
			"aws_appsync_source_api_association", "aws_appsync_type"),
		noted("it configures App Runner services, which are read by themselves", "aws_apprunner_auto_scaling_configuration_version",
			"aws_apprunner_connection", "aws_apprunner_custom_domain_association",
			"aws_apprunner_default_auto_scaling_configuration_version", "aws_apprunner_deployment",
			"aws_apprunner_observability_configuration", "aws_apprunner_vpc_connector", "aws_apprunner_vpc_ingress_connection"),
		noted("a template or version of what an environment runs", "aws_elastic_beanstalk_application",
			"aws_elastic_beanstalk_application_version", "aws_elastic_beanstalk_configuration_template"),
	)}
}

// lambdaFunction is the runtime of a function. A container image brings its own runtime.
func lambdaFunction(c *mapping.Context, v mapping.View) {
	s := kind.ManagedService{}
	image := equals(v.String("package_type"), "Image")
	s.Runtime = kind.Then(image, func(yes bool) kind.Attr[string] {
		if yes {
			return kind.Known("container image")
		}
		return v.String("runtime").OrUnknown(evidence.ParseError, "runtime is required")
	})
	s.RuntimeEOLOn = kind.Then(image, func(yes bool) kind.Attr[kind.Date] {
		if yes {
			return outside[kind.Date]("the image brings its own runtime")
		}
		return kind.Then(s.Runtime, func(name string) kind.Attr[kind.Date] { return awsstore.EndOfSupport("lambda", name) })
	})
	c.Emit(v, "managed_service", v.Instance.Name, "", s)
	placeIn(c, v.UID(), v.Block("vpc_config").Targets("subnet_ids", subnetTypes()...))
}

// lambdaURL is always public by name; whether callers must sign is a matter of authorisation, not of exposure.
func lambdaURL(c *mapping.Context, v mapping.View) {
	e := httpsEndpoint(c, v, kind.Known("internet"))
	e.TLSMinVersion = undocumentedTLS("function URLs")
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	for _, f := range v.Targets("function_name", "aws_lambda_function").UIDs(c) {
		c.Relate("reaches", v.UID(), f)
	}
}

// undocumentedTLS is unknown because AWS does not say which version its endpoints demand.
func undocumentedTLS(what string) kind.Attr[string] {
	return kind.Unknown[string](evidence.Unsupported, "AWS does not document the oldest TLS version of "+what)
}

func appSyncAPI(c *mapping.Context, v mapping.View) {
	e := httpsEndpoint(c, v, exposedUnless(equals(v.String("visibility"), "PRIVATE")))
	e.TLSMinVersion = undocumentedTLS("AppSync")
	e.WAF = wafOf(c, v)
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	config := v.Block("log_config")
	level := config.String("field_log_level").Or("NONE")
	enabled := kind.Both(written(v, "log_config"), kind.Convert(level, func(s string) bool { return s != "NONE" }))
	l := kind.LogSource{
		Type: kind.Known("application"), Enabled: enabled, Scope: kind.Known(v.UID()), MultiRegion: kind.NA[bool](),
		Validation: kind.NA[bool](), Encrypted: kind.Known(true), Forwarded: enabled,
		Destination: outside[string]("AppSync names the log group after the API"), RetentionDays: outside[int64]("the log group decides"),
	}
	logs := c.Emit(v, "log_source", v.Instance.Name, "logs", l)
	accessLogs(c, v.UID(), logs.UID, l)
}

func appSyncEvents(c *mapping.Context, v mapping.View) {
	e := httpsEndpoint(c, v, kind.Known("internet"))
	e.TLSMinVersion = undocumentedTLS("AppSync")
	e.WAF = wafOf(c, v)
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
}

func appRunnerService(c *mapping.Context, v mapping.View) {
	ingress := v.Block("network_configuration").Block("ingress_configuration")
	e := httpsEndpoint(c, v, kind.Choose(ingress.Bool("is_publicly_accessible").Or(true), "internet", "internal"))
	e.TLSMinVersion = undocumentedTLS("App Runner")
	e.WAF = wafOf(c, v)
	c.Emit(v, "endpoint", v.Instance.Name, "", e)
	code := v.Block("source_configuration").Block("code_repository").Block("code_configuration").Block("code_configuration_values")
	c.Emit(v, "managed_service", v.Instance.Name, "runtime", kind.ManagedService{
		Runtime:      code.String("runtime").ElseAttr(kind.Known("container image")),
		RuntimeEOLOn: outside[kind.Date]("App Runner's runtimes are in no end-of-life table"),
	})
}

// beanstalkEnvironment is the platform of an environment, which its name spells out.
func beanstalkEnvironment(c *mapping.Context, v mapping.View) {
	platform := v.String("solution_stack_name").Else(v.String("platform_arn")).OrUnknown(evidence.NotInPlane, "a template names the platform")
	c.Emit(v, "managed_service", v.Instance.Name, "", kind.ManagedService{
		Runtime: platform,
		RuntimeEOLOn: kind.Then(platform, func(name string) kind.Attr[kind.Date] {
			return kind.Unknown[kind.Date](evidence.Unsupported, "platform "+name+" is not in the end-of-life table")
		}),
	})
}
