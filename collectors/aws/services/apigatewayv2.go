package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// apigatewayv2Service reads HTTP and WebSocket APIs. What clients connect to is a stage, or a domain name before it. Domain names are those of
// REST APIs too, which are read there with the same attributes.
func apigatewayv2Service() api.Service {
	return api.Service{
		Name: "apigatewayv2", Prefix: "apigateway", Collect: httpAPIs, Kinds: []string{"endpoint", "log_source"}, Rate: 5,
		Operations: []api.Operation{
			gatewayRead("GetApis", "/apis", "endpoint", "log_source"),
			gatewayRead("GetStages", "/apis/*/stages", "endpoint", "log_source"),
		},
	}
}

func httpAPIs(ctx context.Context, c *api.Context) {
	client := apigatewayv2.NewFromConfig(c.AWS())
	apis := api.List(ctx, c, client.GetApis, &apigatewayv2.GetApisInput{}, func(o *apigatewayv2.GetApisOutput) []types.Api { return o.Items })
	api.Each(ctx, c, apis.Items, func(ctx context.Context, a types.Api) {
		stages := api.List(ctx, c, client.GetStages, &apigatewayv2.GetStagesInput{ApiId: a.ApiId},
			func(o *apigatewayv2.GetStagesOutput) []types.Stage { return o.Items })
		for _, s := range stages.Items {
			httpStage(ctx, c, a, s, stages.Prov)
		}
	})
}

// httpStage is a stage of an HTTP or WebSocket API. These have no web access list of their own, and accept TLS 1.2 and later.
func httpStage(ctx context.Context, c *api.Context, a types.Api, s types.Stage, prov *evidence.Provenance) {
	uid := apiARN(c, "/apis/"+aws.ToString(a.ApiId)+"/stages/"+aws.ToString(s.StageName))
	name := aws.ToString(a.Name) + " " + strings.TrimPrefix(aws.ToString(s.StageName), "$")
	if c.Wants("endpoint") {
		e := httpsEndpoint(c, "internet", stringTags(s.Tags))
		if e.DataClassification.IsNull() {
			e.DataClassification = stringTags(a.Tags).Label(c.Labels.Classification)
		}
		e.TLSPolicy = kind.Known("TLS_1_2")
		e.TLSMinVersion = awsnet.TLSVersion(tlspolicy.APIGateway, e.TLSPolicy)
		if aws.ToBool(a.DisableExecuteApiEndpoint) {
			e.TLSPolicy, e.TLSMinVersion = kind.NA[string](), kind.NA[string]() // clients come through a domain name
		}
		c.Emit(api.Entity{Kind: "endpoint", UID: uid, Name: name, Prov: prov}, e)
	}
	destination := ""
	if s.AccessLogSettings != nil {
		destination = aws.ToString(s.AccessLogSettings.DestinationArn)
	}
	stageLogs(ctx, c, uid, name, destination, prov)
}
