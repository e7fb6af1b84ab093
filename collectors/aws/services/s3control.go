package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	"github.com/aws/aws-sdk-go-v2/service/s3control/types"

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

// accountAccessBlock is the account's own public access block.
type accountAccessBlock struct {
	// all is whether all four settings are on.
	all, ignorePublicACLs, restrictPublicBuckets kind.Attr[bool]
}

// accountBlock reads the account's public access block, once.
func accountBlock(ctx context.Context, c *api.Context) accountAccessBlock {
	return api.SharedGlobal(c, "s3 account public access block", func(c *api.Context) accountAccessBlock {
		a := api.Ask(ctx, c, s3control.NewFromConfig(c.AWS()).GetPublicAccessBlock,
			&s3control.GetPublicAccessBlockInput{AccountId: aws.String(c.Account.ID)}, "NoSuchPublicAccessBlockConfiguration")
		p := a.Out.PublicAccessBlockConfiguration
		if p == nil {
			p = &types.PublicAccessBlockConfiguration{}
		}
		read := func(settings ...*bool) kind.Attr[bool] {
			return api.Read(a, func(*s3control.GetPublicAccessBlockOutput) kind.Attr[bool] {
				for _, s := range settings {
					if !aws.ToBool(s) {
						return kind.Known(false)
					}
				}
				return kind.Known(true)
			})
		}
		return accountAccessBlock{
			all:              read(p.BlockPublicAcls, p.BlockPublicPolicy, p.IgnorePublicAcls, p.RestrictPublicBuckets),
			ignorePublicACLs: read(p.IgnorePublicAcls), restrictPublicBuckets: read(p.RestrictPublicBuckets),
		}
	})
}

// accessPoints adds the access points that let the public in. A request through one needs the bucket's policy too, which often delegates to
// access points; without any bucket policy there is no way in. Points within a network, and points with a block of their own, which every
// new one has, let nobody in from outside.
func (b bucket) accessPoints(ctx context.Context, doc kind.Attr[iampolicy.Document], block accessBlock, x *awsstore.Exposure) {
	if on, known := block.restrictPublicBuckets.Value(); doc.IsNull() || known && on || b.region == "" {
		return
	}
	client := s3control.NewFromConfig(b.c.AWS())
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
		public := asks(api.Read(a, func(o *s3control.GetAccessPointPolicyOutput) kind.Attr[iampolicy.Document] { return document(o.Policy) }), iampolicy.Public)
		unsure := kind.Unknown[bool](evidence.Unsupported, "whether the bucket's policy delegates to the access point "+aws.ToString(p.Name))
		x.Add("policy", kind.Both(kind.Both(public, unsure), kind.Not(block.restrictPublicBuckets)))
	}
}
