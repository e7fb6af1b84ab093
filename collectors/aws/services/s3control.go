package services

import (
	"context"
	"net/netip"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// s3controlService reads what S3 keeps by account: the account's public access block and the access points.
func s3controlService() api.Service {
	public := []string{"exposure.public", "exposure.public_paths"}
	return api.Service{
		Name: "s3control", Prefix: "s3", Global: true, Rate: 50,
		Operations: []api.Operation{
			{Name: "GetPublicAccessBlock", Actions: []string{"s3:GetAccountPublicAccessBlock"}, Tells: append([]string{"object_public_access_block"}, public...)},
			{Name: "ListAccessPoints", Tells: public},
			{Name: "GetAccessPointPolicy", Tells: public},
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

// accountBlock is the account's block as it applies to every bucket.
func accountBlock(ctx context.Context, c *api.Context) accessBlock {
	a := publicAccessBlock(ctx, c)
	read := func(setting func(*types.PublicAccessBlockConfiguration) *bool) kind.Attr[bool] {
		return api.Read(a, func(o *s3control.GetPublicAccessBlockOutput) kind.Attr[bool] {
			return kind.Known(o.PublicAccessBlockConfiguration != nil && aws.ToBool(setting(o.PublicAccessBlockConfiguration)))
		})
	}
	return accessBlock{
		read(func(p *types.PublicAccessBlockConfiguration) *bool { return p.IgnorePublicAcls }),
		read(func(p *types.PublicAccessBlockConfiguration) *bool { return p.RestrictPublicBuckets }),
	}
}

// accessPoints adds the access points that let the public in. A request through one needs the bucket's policy too, which often delegates to
// access points; without any bucket policy there is no way in. Points within a network, and points with a block of their own, which every
// new one has, let nobody in from outside.
func (b bucket) accessPoints(ctx context.Context, doc kind.Attr[iampolicy.Document], block accessBlock, x *awsstore.Exposure) {
	if on, known := block.restrictPublicBuckets.Value(); doc.IsNull() || known && on || b.region == "" {
		return
	}
	client := s3control.NewFromConfig(b.c.AWS(), atAddress)
	points := api.Shared(b.c, "s3 access points", func(c *api.Context) api.Listing[types.AccessPoint] {
		return api.List(ctx, c, client.ListAccessPoints, &s3control.ListAccessPointsInput{AccountId: aws.String(c.Account.ID)},
			func(o *s3control.ListAccessPointsOutput) []types.AccessPoint { return o.AccessPointList })
	})
	if points.Fail != nil {
		x.Add("policy", kind.Both(kind.Because[bool](points.Fail.Unknown()).From(points.Prov), kind.Not(block.restrictPublicBuckets)))
	}
	for _, p := range points.Items {
		if aws.ToString(p.Bucket) != b.name || p.NetworkOrigin == types.NetworkOriginVpc {
			continue
		}
		a := api.Ask(ctx, b.c, client.GetAccessPointPolicy, &s3control.GetAccessPointPolicyInput{AccountId: aws.String(b.c.Account.ID), Name: p.Name}, "NoSuchAccessPointPolicy")
		public := publicThrough(ctx, b.c, api.Read(a, func(o *s3control.GetAccessPointPolicyOutput) kind.Attr[iampolicy.Document] { return document(o.Policy) }))
		unsure := kind.Unknown[bool](evidence.Unsupported, "whether the bucket's policy delegates to the access point "+aws.ToString(p.Name))
		x.Add("policy", kind.Both(kind.Both(public, unsure), kind.Not(block.restrictPublicBuckets)))
	}
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
