package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// kinesisService reads data streams.
func kinesisService() api.Service {
	return api.Service{
		Name: "kinesis", Kinds: []string{"stream"}, Collect: kinesisStreams,
		Operations: []api.Operation{
			{Name: "ListStreams", Tells: []string{"stream"}},
			{Name: "DescribeStreamSummary", Tells: []string{
				"encryption.at_rest", "encryption.key_management", "encryption.source", "lifecycle.expire_days",
			}},
			{Name: "GetResourcePolicy", Tells: []string{"exposure.public", "exposure.public_paths", "can_read", "can_write", "can_admin"}},
			{Name: "ListTagsForStream", Tells: labelPaths()},
		},
	}
}

func kinesisStreams(ctx context.Context, c *api.Context) {
	client := kinesis.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListStreams, &kinesis.ListStreamsInput{},
		func(o *kinesis.ListStreamsOutput) []types.StreamSummary { return o.StreamSummaries })
	api.Each(ctx, c, l.Items, func(ctx context.Context, s types.StreamSummary) {
		kinesisStream(ctx, c, client, aws.ToString(s.StreamARN), aws.ToString(s.StreamName), l.Prov)
	})
}

func kinesisStream(ctx context.Context, c *api.Context, client *kinesis.Client, uid, name string, prov *evidence.Provenance) {
	d := c.Datastore("stream", kinesisTags(ctx, c, client, uid))
	about := api.Ask(ctx, c, client.DescribeStreamSummary, &kinesis.DescribeStreamSummaryInput{StreamARN: &uid})
	s := orEmpty(about.Out.StreamDescriptionSummary)
	kinesisEncryption(ctx, c, &d, uid, about)
	policy := api.Ask(ctx, c, client.GetResourcePolicy, &kinesis.GetResourcePolicyInput{ResourceARN: &uid}, "ResourceNotFoundException")
	var x awsstore.Exposure
	text := policy.Out.Policy
	if strings.TrimSpace(aws.ToString(text)) == "{}" { // how Kinesis writes that there is none
		text = nil
	}
	c.ResourcePolicy(uid, text, policy.Fail)
	x.Add("policy", publicThrough(ctx, c, api.Read(policy, func(*kinesis.GetResourcePolicyOutput) kind.Attr[iampolicy.Document] { return document(text) })))
	x.Fill(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	d.LifecycleExpireDays = api.Read(about, func(*kinesis.DescribeStreamSummaryOutput) kind.Attr[int64] {
		const hour = 60 * 60
		return kind.Known(awsstore.WholeDays(int64(aws.ToInt32(s.RetentionPeriodHours)) * hour))
	})
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "stream", UID: uid, Name: name, Prov: prov}, d)
}

// kinesisEncryption fills how a stream is encrypted, or a store that is encrypted as the stream is from which it reads.
func kinesisEncryption(ctx context.Context, c *api.Context, d *kind.Datastore, uid string, about api.Answer[kinesis.DescribeStreamSummaryOutput]) {
	s := orEmpty(about.Out.StreamDescriptionSummary)
	encrypt(ctx, c, d, uid, encryption{
		on: api.Read(about, func(*kinesis.DescribeStreamSummaryOutput) kind.Attr[bool] {
			return kind.Known(s.EncryptionType == types.EncryptionTypeKms)
		}),
		key: aws.ToString(s.KeyId), byDefault: kind.Known(false),
	})
	if !about.OK() {
		c.RelateOpen("encrypted_by", uid)
	}
}

// kinesisTags asks once: a stream has 50 tags at most, which is a page.
func kinesisTags(ctx context.Context, c *api.Context, client *kinesis.Client, arn string) api.Tags {
	const most = 50
	return listedTags(ctx, c, arn, func() api.Tags {
		a := api.Ask(ctx, c, client.ListTagsForStream, &kinesis.ListTagsForStreamInput{StreamARN: &arn, Limit: aws.Int32(most)})
		return tagsIn(a, func(o *kinesis.ListTagsForStreamOutput) []types.Tag { return o.Tags },
			func(t types.Tag) (key, value *string) { return t.Key, t.Value })
	})
}
