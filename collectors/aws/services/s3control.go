package services

import (
	"context"
	"net/netip"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/kind"
)

// s3controlService is the account's own settings for its buckets.
func s3controlService() api.Service {
	return api.Service{
		Name: "s3control", Prefix: "s3", Global: true,
		Operations: []api.Operation{
			{
				Name: "GetPublicAccessBlock", Actions: []string{"s3:GetAccountPublicAccessBlock"},
				Tells: []string{"object_public_access_block", "exposure.public", "exposure.public_paths"},
			},
		},
	}
}

// publicAccessBlock is the account's S3 block, read once for all units of the account. An account without one blocks nothing.
func publicAccessBlock(ctx context.Context, c *api.Context) api.Answer[s3control.GetPublicAccessBlockOutput] {
	return api.SharedGlobal(c, "s3 public access block of the account", func(c *api.Context) api.Answer[s3control.GetPublicAccessBlockOutput] {
		return api.Ask(ctx, c, s3control.NewFromConfig(c.AWS(), atAddress).GetPublicAccessBlock,
			&s3control.GetPublicAccessBlockInput{AccountId: aws.String(c.Account.ID)}, "NoSuchPublicAccessBlockConfiguration")
	})
}

// accountPublicAccessBlock is whether all four settings of the account's block are on.
func accountPublicAccessBlock(ctx context.Context, c *api.Context) kind.Attr[bool] {
	return api.Read(publicAccessBlock(ctx, c), func(o *s3control.GetPublicAccessBlockOutput) kind.Attr[bool] {
		b := o.PublicAccessBlockConfiguration
		if b == nil {
			return kind.Known(false)
		}
		return kind.Known(aws.ToBool(b.BlockPublicAcls) && aws.ToBool(b.BlockPublicPolicy) && aws.ToBool(b.IgnorePublicAcls) &&
			aws.ToBool(b.RestrictPublicBuckets))
	})
}

// atAddress makes the calls go to an endpoint of one's own (AWS_ENDPOINT_URL) as it is written where that is an IP address: the SDK writes
// the account before the host's name, which an address cannot have.
func atAddress(o *s3control.Options) {
	if o.BaseEndpoint == nil {
		return
	}
	u, err := url.Parse(*o.BaseEndpoint)
	if err != nil {
		return
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		o.EndpointResolverV2 = fixedEndpoint{*u}
	}
}

// fixedEndpoint is one endpoint for every call.
type fixedEndpoint struct{ url url.URL }

// ResolveEndpoint returns the endpoint.
func (f fixedEndpoint) ResolveEndpoint(context.Context, s3control.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: f.url}, nil
}
