package scenario

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Hospital builds St. Brigid's in the account and region of a configuration: its records, documents, people and network as they should be,
// and beside each the legacy laboratory's, which are not. It takes some three seconds.
func Hospital(ctx context.Context, config aws.Config) (*Built, error) {
	b, err := newBuilder(ctx, config)
	if err != nil {
		return nil, err
	}
	var k keys
	var n network
	return b.build(
		ctx,
		b.people,
		func(ctx context.Context) (err error) { k, err = b.keyring(ctx); return },
		func(ctx context.Context) error { return b.buckets(ctx, k) },
		func(ctx context.Context) (err error) { n, err = b.network(ctx); return },
		func(ctx context.Context) error { return b.databases(ctx, k, n.subnets[1:]) },
		func(ctx context.Context) error { return b.filesAndSecrets(ctx, k) },
		func(ctx context.Context) error { return b.machines(ctx, k, &n) },
		func(ctx context.Context) error { return b.watch(ctx, k) },
		func(ctx context.Context) error { return b.backups(ctx, k) },
	)
}
