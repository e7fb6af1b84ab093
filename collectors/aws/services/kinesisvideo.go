package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesisvideo"
	"github.com/aws/aws-sdk-go-v2/service/kinesisvideo/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// kinesisvideoService reads streams of video.
func kinesisvideoService() api.Service {
	return api.Service{
		Name: "kinesisvideo", Kinds: []string{"stream"}, Collect: kinesisvideoCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListStreams", Tells: []string{"stream"}},
			{Name: "ListTagsForStream", Tells: labelPaths()},
		},
	}
}

func kinesisvideoCollect(ctx context.Context, c *api.Context) {
	client := kinesisvideo.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListStreams, &kinesisvideo.ListStreamsInput{},
		func(o *kinesisvideo.ListStreamsOutput) []types.StreamInfo { return o.StreamInfoList })
	api.Each(ctx, c, l.Items, func(ctx context.Context, s types.StreamInfo) { videoStream(ctx, c, client, s, l.Prov) })
}

// videoStream is always encrypted.
func videoStream(ctx context.Context, c *api.Context, client *kinesisvideo.Client, s types.StreamInfo, prov *evidence.Provenance) {
	uid := aws.ToString(s.StreamARN)
	tags := api.Ask(ctx, c, client.ListTagsForStream, &kinesisvideo.ListTagsForStreamInput{StreamARN: &uid}) // 50 tags at most, which is a page
	d := c.Datastore("stream", tagsMapped(tags, func(o *kinesisvideo.ListTagsForStreamOutput) map[string]string { return o.Tags }))
	encryptedByService(ctx, c, &d, uid, aws.ToString(s.KmsKeyId))
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	const hour = 60 * 60
	d.LifecycleExpireDays = kind.Known(awsstore.WholeDays(int64(aws.ToInt32(s.DataRetentionInHours)) * hour))
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "stream", UID: uid, Name: aws.ToString(s.StreamName), Prov: prov}, d)
}
