package services

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// snsTopics reads the topics of a region. Messages are never read.
func snsTopics(ctx context.Context, c *api.Context) {
	client := sns.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListTopics, &sns.ListTopicsInput{}, func(o *sns.ListTopicsOutput) []types.Topic { return o.Topics })
	api.Each(ctx, c, l.Items, func(ctx context.Context, t types.Topic) { snsTopic(ctx, c, client, aws.ToString(t.TopicArn), l.Prov) })
}

// snsTopic: messages are encrypted where a key is named. (That AWS encrypts the disks beneath is its own affair.)
func snsTopic(ctx context.Context, c *api.Context, client *sns.Client, uid string, prov *evidence.Provenance) {
	d := c.Datastore("queue", listedTags(ctx, c, uid, func() api.Tags {
		a := api.Ask(ctx, c, client.ListTagsForResource, &sns.ListTagsForResourceInput{ResourceArn: &uid})
		tags := api.TagsOf(a.Out.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
		tags.Fail, tags.Prov = a.Fail, a.Prov
		return tags
	}))
	a := api.Ask(ctx, c, client.GetTopicAttributes, &sns.GetTopicAttributesInput{TopicArn: &uid})
	s := topicOrQueue{c: c, uid: uid, service: "sns", fail: a.Fail, prov: a.Prov, attributes: a.Out.Attributes}
	key := s.attributes["KmsMasterKeyId"]
	encrypt(ctx, c, &d, uid, encryption{on: s.is(func(map[string]string) bool { return key != "" }), key: key, byDefault: kind.Known(false)})
	s.fill(ctx, &d)
	d.LifecycleExpireDays = kind.Then(s.is(func(map[string]string) bool { return true }), func(bool) kind.Attr[int64] {
		return archiveDays(s.attributes["ArchivePolicy"])
	})
	c.Emit(api.Entity{Kind: "queue", UID: uid, Name: uid[strings.LastIndexByte(uid, ':')+1:], Prov: prov}, d)
}

// archiveDays: what cannot be delivered is dropped within a day, unless the topic keeps an archive.
func archiveDays(policy string) kind.Attr[int64] {
	if policy == "" {
		return kind.Known[int64](1)
	}
	var archive struct {
		Days json.Number `json:"MessageRetentionPeriod"`
	}
	if err := json.Unmarshal([]byte(policy), &archive); err != nil {
		return kind.Unknown[int64](evidence.ParseError, "ArchivePolicy: "+err.Error())
	}
	days, err := strconv.ParseInt(archive.Days.String(), 10, 64)
	if err != nil {
		return kind.Unknown[int64](evidence.ParseError, "ArchivePolicy has no MessageRetentionPeriod")
	}
	return kind.Known(days)
}
