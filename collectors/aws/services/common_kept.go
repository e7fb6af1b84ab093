package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// keptFor is for how many days a store keeps the logs that are delivered to it, by its UID: a bucket until its lifecycle ends them, a log
// group for its retention. null = without limit.
func keptFor(ctx context.Context, c *api.Context, destination kind.Attr[string]) kind.Attr[int64] {
	return kind.Then(destination, func(store string) kind.Attr[int64] {
		switch {
		case strings.Contains(store, ":log-group:"):
			return groupKeeps(ctx, c, store)
		case strings.Contains(store, ":s3:::"):
			_, name, _ := strings.Cut(store, ":s3:::")
			return bucketKeeps(ctx, c, name)
		}
		return kind.Unknown[int64](evidence.Unsupported, store+" passes the logs on")
	})
}

// bucketRegions are the regions of the account's own buckets, by name.
type bucketRegions struct {
	region map[string]string
	fail   *api.Failure
}

func bucketHomes(ctx context.Context, c *api.Context) bucketRegions {
	return api.SharedGlobal(c, "bucket homes", func(c *api.Context) bucketRegions {
		list := listBuckets(ctx, c)
		out := bucketRegions{region: make(map[string]string, len(list.Items)), fail: list.Fail}
		for _, b := range list.Items {
			out.region[aws.ToString(b.Name)] = aws.ToString(b.BucketRegion)
		}
		return out
	})
}

// bucketKeeps asks only for buckets of the account: what another account sets there is that account's to tell.
func bucketKeeps(ctx context.Context, c *api.Context, name string) kind.Attr[int64] {
	all := bucketHomes(ctx, c)
	region, own := all.region[name]
	switch {
	case !own && all.fail != nil:
		return kind.Because[int64](all.fail.Unknown())
	case !own:
		return kind.Unknown[int64](evidence.NotCollected, "the bucket "+name+" belongs to another account")
	}
	return api.SharedGlobal(c, "bucket keeps "+name, func(c *api.Context) kind.Attr[int64] {
		if region == "" {
			region = bucketRegion(ctx, c, name)
		}
		if region != "" {
			c = c.In(region)
		}
		b := bucket{c: c, client: oneClient(c), name: name, region: region}
		return b.expiry(ctx, b.versioning(ctx))
	})
}
