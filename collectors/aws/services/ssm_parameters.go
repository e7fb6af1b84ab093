package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/kind"
)

// ssmParameters lists the parameters of type SecureString, without their values. SSM does not rotate them.
func ssmParameters(ctx context.Context, c *api.Context) {
	const page = 50
	l := api.List(ctx, c, ssm.NewFromConfig(c.AWS()).DescribeParameters, &ssm.DescribeParametersInput{
		MaxResults: aws.Int32(page),
		ParameterFilters: []types.ParameterStringFilter{
			{Key: aws.String("Type"), Option: aws.String("Equals"), Values: []string{string(types.ParameterTypeSecureString)}},
		},
	}, func(o *ssm.DescribeParametersOutput) []types.ParameterMetadata { return o.Parameters })
	for _, p := range l.Items {
		uid, name := aws.ToString(p.ARN), aws.ToString(p.Name)
		if uid == "" {
			uid = c.ARN("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
		}
		relateKey(ctx, c, uid, aws.ToString(p.KeyId))
		c.Emit(api.Entity{Kind: "secret", UID: uid, Name: name, Prov: l.Prov}, kind.Secret{
			Location: kind.Known("secret_store"), Detector: kind.NA[string](), ValueHMAC: kind.NA[string](),
			RotationEnabled: kind.Known(false), RotationPeriodDays: kind.NA[int64](),
		})
	}
}
