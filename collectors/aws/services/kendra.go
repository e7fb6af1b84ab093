package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kendra"
	"github.com/aws/aws-sdk-go-v2/service/kendra/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// kendraService reads search indices of Kendra.
func kendraService() api.Service {
	return api.Service{
		Name: "kendra", Kinds: []string{"search"}, Collect: kendraCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListIndices", Tells: []string{"search"}},
			{Name: "DescribeIndex", Tells: []string{"encryption.key_management", "encryption.source", "encrypted_by"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func kendraCollect(ctx context.Context, c *api.Context) {
	client := kendra.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListIndices, &kendra.ListIndicesInput{},
		func(o *kendra.ListIndicesOutput) []types.IndexConfigurationSummary {
			return o.IndexConfigurationSummaryItems
		})
	api.Each(ctx, c, l.Items, func(ctx context.Context, i types.IndexConfigurationSummary) { kendraIndex(ctx, c, client, i, l.Prov) })
}

// kendraIndex is always encrypted, and reached through AWS's HTTPS endpoints only.
func kendraIndex(ctx context.Context, c *api.Context, client *kendra.Client, i types.IndexConfigurationSummary, prov *evidence.Provenance) {
	uid := c.ARN("kendra", "index/"+aws.ToString(i.Id))
	tags := api.Ask(ctx, c, client.ListTagsForResource, &kendra.ListTagsForResourceInput{ResourceARN: &uid})
	d := c.Datastore("search", tagsIn(tags, func(o *kendra.ListTagsForResourceOutput) []types.Tag { return o.Tags },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value }))
	about := api.Ask(ctx, c, client.DescribeIndex, &kendra.DescribeIndexInput{Id: i.Id})
	encryptedByService(ctx, c, &d, uid, aws.ToString(orEmpty(about.Out.ServerSideEncryptionConfiguration).KmsKeyId))
	unknownKey(c, &d, uid, firstFailure(about.Fail))
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.ManagedEngine(&d, "kendra")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "search", UID: uid, Name: aws.ToString(i.Name), Prov: prov, Aliases: aliasOf(i.Id)}, d)
}
