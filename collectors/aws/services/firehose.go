package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// firehoseService reads delivery streams.
func firehoseService() api.Service {
	return api.Service{
		Name: "firehose", Kinds: []string{"stream"}, Collect: firehoseCollect,
		Operations: []api.Operation{
			{Name: "ListDeliveryStreams", Tells: []string{"stream"}},
			{Name: "DescribeDeliveryStream", Tells: []string{"encryption.at_rest", "encryption.key_management", "encryption.source", "encrypted_by"}},
			{Name: "ListTagsForDeliveryStream", Tells: labelPaths()},
		},
	}
}

func firehoseCollect(ctx context.Context, c *api.Context) {
	client := firehose.NewFromConfig(c.AWS())
	const page = 10000
	in := &firehose.ListDeliveryStreamsInput{Limit: aws.Int32(page)}
	for more := true; more; {
		a := api.Ask(ctx, c, client.ListDeliveryStreams, in)
		names := a.Out.DeliveryStreamNames
		api.Each(ctx, c, names, func(ctx context.Context, name string) { deliveryStream(ctx, c, client, name, a.Prov) })
		// The list hands out no token: the next page begins after the last name.
		more = aws.ToBool(a.Out.HasMoreDeliveryStreams) && len(names) > 0 && !c.Trial
		if more {
			in = &firehose.ListDeliveryStreamsInput{Limit: aws.Int32(page), ExclusiveStartDeliveryStreamName: &names[len(names)-1]}
		}
	}
}

// deliveryStream holds what it delivers for minutes. Where it reads from a stream of Kinesis, that stream's encryption applies.
func deliveryStream(ctx context.Context, c *api.Context, client *firehose.Client, name string, prov *evidence.Provenance) {
	uid := c.ARN("firehose", "deliverystream/"+name)
	d := c.Datastore("stream", firehoseTags(ctx, c, client, name))
	firehoseEncryption(ctx, c, client, &d, uid, name)
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	d.LifecycleExpireDays = kind.Known[int64](1) // what cannot be delivered within a day is dropped
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "stream", UID: uid, Name: name, Prov: prov}, d)
}

func firehoseEncryption(ctx context.Context, c *api.Context, client *firehose.Client, d *kind.Datastore, uid, name string) {
	a := api.Ask(ctx, c, client.DescribeDeliveryStream, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &name})
	about := orEmpty(a.Out.DeliveryStreamDescription)
	if from := orEmpty(about.Source).KinesisStreamSourceDescription; from != nil {
		arn := aws.ToString(from.KinesisStreamARN)
		if strings.HasPrefix(arn, c.ARN("kinesis", "")) {
			source := api.Ask(ctx, c, kinesis.NewFromConfig(c.AWS()).DescribeStreamSummary, &kinesis.DescribeStreamSummaryInput{StreamARN: &arn})
			kinesisEncryption(ctx, c, d, uid, source)
			return
		}
		why := evidence.Unknown{Reason: evidence.Unlinked, Detail: "stream " + arn + " belongs to another account or region"}
		d.EncryptionAtRest = kind.Because[bool](why)
		unknownKey(c, d, uid, &why)
		return
	}
	sse := orEmpty(about.DeliveryStreamEncryptionConfiguration)
	encrypt(ctx, c, d, uid, encryption{
		on: api.Read(a, func(*firehose.DescribeDeliveryStreamOutput) kind.Attr[bool] {
			return kind.Known(sse.Status == types.DeliveryStreamEncryptionStatusEnabled)
		}),
		key: aws.ToString(sse.KeyARN), byDefault: kind.Known(false),
	})
	if !a.OK() {
		c.RelateOpen("encrypted_by", uid)
	}
}

// firehoseTags asks once: a delivery stream has 50 tags at most, which is a page.
func firehoseTags(ctx context.Context, c *api.Context, client *firehose.Client, name string) api.Tags {
	const most = 50
	a := api.Ask(ctx, c, client.ListTagsForDeliveryStream, &firehose.ListTagsForDeliveryStreamInput{DeliveryStreamName: &name, Limit: aws.Int32(most)})
	return tagsIn(a, func(o *firehose.ListTagsForDeliveryStreamOutput) []types.Tag { return o.Tags },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
