package services

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// lambdaService reads functions, their URLs, and the secrets in their environment variables. Code is never read.
func lambdaService() api.Service {
	return api.Service{
		Name: "lambda", Collect: functions, Kinds: []string{"managed_service", "endpoint", "secret"},
		Operations: []api.Operation{
			{Name: "ListFunctions", Tells: []string{"managed_service", "endpoint", "secret"}},
			{Name: "ListFunctionUrlConfigs", Tells: []string{"endpoint"}},
			{Name: "ListTags", Tells: []string{"data.classification"}},
		},
	}
}

func functions(ctx context.Context, c *api.Context) {
	client := lambda.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.ListFunctions, &lambda.ListFunctionsInput{},
		func(o *lambda.ListFunctionsOutput) []types.FunctionConfiguration { return o.Functions })
	api.Each(ctx, c, list.Items, func(ctx context.Context, f types.FunctionConfiguration) {
		if c.Wants("managed_service") {
			function(ctx, c, f, list.Prov)
		}
		if c.Wants("secret") && f.Environment != nil {
			variables(c, aws.ToString(f.FunctionArn), aws.ToString(f.FunctionName), f.Environment.Variables, list.Prov)
			if f.Environment.Error != nil {
				c.Incomplete("secret", evidence.Denied, "the environment variables of function "+aws.ToString(f.FunctionName)+" cannot be decrypted")
			}
		}
		if c.Wants("endpoint") {
			functionURLs(ctx, c, client, f)
		}
	})
}

// function is the runtime of a function. A container image brings its own runtime.
func function(ctx context.Context, c *api.Context, f types.FunctionConfiguration, prov *evidence.Provenance) {
	uid := aws.ToString(f.FunctionArn)
	s := kind.ManagedService{
		Runtime:      kind.Known("container image"),
		RuntimeEOLOn: kind.Unknown[kind.Date](evidence.Unsupported, "the image brings its own runtime"),
	}
	if f.PackageType != types.PackageTypeImage {
		s.Runtime, s.RuntimeEOLOn = kind.Known(string(f.Runtime)), awsstore.EndOfSupport("lambda", string(f.Runtime))
	}
	c.Emit(api.Entity{Kind: "managed_service", UID: uid, Name: aws.ToString(f.FunctionName), Prov: prov}, s)
	if f.VpcConfig != nil {
		runIn(ctx, c, uid, f.VpcConfig.SubnetIds)
		guard(c, uid, f.VpcConfig.SecurityGroupIds)
	}
	if key := aws.ToString(f.KMSKeyArn); key != "" {
		relateKey(ctx, c, uid, key)
	}
}

// variables searches the environment variables of something for secrets.
func variables(c *api.Context, uid, name string, values map[string]string, prov *evidence.Provenance) {
	for _, key := range slices.Sorted(maps.Keys(values)) {
		leak(c, uid+"#env:"+key, name+" "+key, inEnvironment, key, values[key], prov)
	}
}

// functionURLs are always public by name; whether callers must sign is a matter of authorisation, not of exposure.
func functionURLs(ctx context.Context, c *api.Context, client *lambda.Client, f types.FunctionConfiguration) {
	list := api.List(ctx, c, client.ListFunctionUrlConfigs, &lambda.ListFunctionUrlConfigsInput{FunctionName: f.FunctionName},
		func(o *lambda.ListFunctionUrlConfigsOutput) []types.FunctionUrlConfig { return o.FunctionUrlConfigs })
	for _, u := range list.Items {
		e := httpsEndpoint(c, "internet", listedTags(ctx, c, aws.ToString(f.FunctionArn), func() api.Tags {
			a := api.Ask(ctx, c, client.ListTags, &lambda.ListTagsInput{Resource: f.FunctionArn}, "ResourceNotFoundException")
			return api.Tags{Values: a.Out.Tags, Fail: a.Fail, Prov: a.Prov}
		}))
		e.TLSMinVersion = undocumentedTLS("function URLs")
		uid := aws.ToString(u.FunctionArn) + "#url"
		c.Emit(api.Entity{Kind: "endpoint", UID: uid, Name: aws.ToString(f.FunctionName) + " URL", Prov: list.Prov}, e)
		c.Relate("reaches", uid, aws.ToString(f.FunctionArn))
	}
}
