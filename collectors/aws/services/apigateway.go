package services

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// apigatewayService reads REST APIs. What clients connect to is a stage, or a domain name before it.
func apigatewayService() api.Service {
	return api.Service{
		Name: "apigateway", Collect: restAPIs, Kinds: []string{"endpoint", "log_source"}, Rate: 5,
		Operations: []api.Operation{
			gatewayRead("GetRestApis", "/restapis", "endpoint", "log_source"),
			gatewayRead("GetStages", "/restapis/*/stages", "endpoint", "log_source"),
			gatewayRead("GetDomainNames", "/domainnames", "endpoint"),
		},
	}
}

// gatewayRead is an operation of API Gateway. One IAM action allows to read everything there, the values of API keys too, so each operation is
// limited to the paths that it asks for.
func gatewayRead(name, path string, tells ...string) api.Operation {
	return api.Operation{Name: name, Actions: []string{"apigateway:GET"}, Resources: []string{"arn:*:apigateway:*::" + path}, Tells: tells}
}

func restAPIs(ctx context.Context, c *api.Context) {
	client := apigateway.NewFromConfig(c.AWS())
	apis := api.List(ctx, c, client.GetRestApis, &apigateway.GetRestApisInput{}, func(o *apigateway.GetRestApisOutput) []types.RestApi { return o.Items })
	api.Each(ctx, c, apis.Items, func(ctx context.Context, a types.RestApi) {
		stages := api.Ask(ctx, c, client.GetStages, &apigateway.GetStagesInput{RestApiId: a.Id}, "NotFoundException")
		for _, s := range stages.Out.Item {
			restStage(ctx, c, a, s, stages.Prov)
		}
	})
	if !c.Wants("endpoint") {
		return
	}
	domains := api.List(ctx, c, client.GetDomainNames, &apigateway.GetDomainNamesInput{},
		func(o *apigateway.GetDomainNamesOutput) []types.DomainName { return o.Items })
	for _, d := range domains.Items {
		e := httpsEndpoint(c, exposedUnless(isPrivate(d.EndpointConfiguration)), stringTags(d.Tags))
		e.TLSPolicy = kind.Known(string(d.SecurityPolicy))
		e.TLSMinVersion = awsnet.TLSVersion(tlspolicy.APIGateway, e.TLSPolicy)
		e.WAF = kind.NA[string]() // stands before the stage
		name := aws.ToString(d.DomainName)
		c.Emit(api.Entity{Kind: "endpoint", UID: apiARN(c, "/domainnames/"+name), Name: name, Prov: domains.Prov}, e)
	}
}

// apiARN is the ARN of something in API Gateway, in which AWS leaves the account out.
func apiARN(c *api.Context, path string) string {
	return "arn:" + c.Account.Partition + ":apigateway:" + c.Region + "::" + path
}

func isPrivate(e *types.EndpointConfiguration) bool {
	return e != nil && slices.Contains(e.Types, types.EndpointTypePrivate)
}

// restStage is a stage of a REST API. The TLS policy of its own address depends on the kind of API: TLS 1.2 where it is private, TLS 1.0 where it
// is regional or at the edge, unless the API states another.
func restStage(ctx context.Context, c *api.Context, a types.RestApi, s types.Stage, prov *evidence.Provenance) {
	uid := apiARN(c, "/restapis/"+aws.ToString(a.Id)+"/stages/"+aws.ToString(s.StageName))
	name := aws.ToString(a.Name) + " " + aws.ToString(s.StageName)
	if c.Wants("endpoint") {
		private := isPrivate(a.EndpointConfiguration)
		e := httpsEndpoint(c, exposedUnless(private), stringTags(s.Tags))
		if e.DataClassification.IsNull() {
			e.DataClassification = stringTags(a.Tags).Label(c.Labels.Classification)
		}
		policy := string(a.SecurityPolicy)
		switch {
		case policy != "":
		case private:
			policy = "TLS_1_2"
		default:
			policy = "TLS_1_0"
		}
		e.TLSPolicy = kind.Known(policy)
		e.TLSMinVersion = awsnet.TLSVersion(tlspolicy.APIGateway, e.TLSPolicy)
		if a.DisableExecuteApiEndpoint {
			e.TLSPolicy, e.TLSMinVersion = kind.NA[string](), kind.NA[string]() // clients come through a domain name
		}
		e.WAF = kind.Null[string]()
		if acl := aws.ToString(s.WebAclArn); acl != "" {
			e.WAF = kind.Known(acl)
			c.Relate("attached_to", acl, uid)
		}
		c.Emit(api.Entity{Kind: "endpoint", UID: uid, Name: name, Prov: prov}, e)
	}
	destination := ""
	if s.AccessLogSettings != nil {
		destination = aws.ToString(s.AccessLogSettings.DestinationArn)
	}
	stageLogs(ctx, c, uid, name, destination, prov)
}

// stageLogs are the access logs of a stage, which are off by default.
func stageLogs(ctx context.Context, c *api.Context, uid, name, destination string, prov *evidence.Provenance) {
	if !c.Wants("log_source") {
		return
	}
	l := delivered(ctx, c, "lb_access", kind.Known(destination != ""), uid, destination)
	c.Emit(api.Entity{Kind: "log_source", UID: uid + "#access_logs", Name: name, Prov: prov}, l)
	relateLogs(c, uid, uid+"#access_logs", l)
}
