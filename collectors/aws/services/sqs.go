package services

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// sqsService reads queues. Messages are never read.
func sqsService() api.Service {
	return api.Service{
		Name: "sqs", Kinds: []string{"queue"}, Collect: sqsQueues,
		Operations: []api.Operation{
			{Name: "ListQueues", Tells: []string{"queue"}},
			{Name: "GetQueueAttributes", Tells: []string{
				"can_read", "can_write", "can_admin",
				"encryption.at_rest", "encryption.key_management", "encryption.source", "encryption.in_transit_required", "exposure.public",
				"exposure.public_paths", "lifecycle.expire_days",
			}},
			{Name: "ListQueueTags", Tells: labelPaths()},
		},
	}
}

func sqsQueues(ctx context.Context, c *api.Context) {
	client := sqs.NewFromConfig(c.AWS())
	const page = 1000 // without a size SQS cuts the list off and hands out no token
	l := api.List(ctx, c, client.ListQueues, &sqs.ListQueuesInput{MaxResults: aws.Int32(page)},
		func(o *sqs.ListQueuesOutput) []string { return o.QueueUrls })
	api.Each(ctx, c, l.Items, func(ctx context.Context, url string) { sqsQueue(ctx, c, client, url, l.Prov) })
}

func sqsQueue(ctx context.Context, c *api.Context, client *sqs.Client, url string, prov *evidence.Provenance) {
	name := url[strings.LastIndexByte(url, '/')+1:]
	uid := c.ARN("sqs", name)
	d := c.Datastore("queue", listedTags(ctx, c, uid, func() api.Tags {
		tags := api.Ask(ctx, c, client.ListQueueTags, &sqs.ListQueueTagsInput{QueueUrl: &url})
		return api.Tags{Values: tags.Out.Tags, Fail: tags.Fail, Prov: tags.Prov}
	}))
	a := api.Ask(ctx, c, client.GetQueueAttributes, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	s := topicOrQueue{c: c, uid: uid, service: "sqs", fail: a.Fail, prov: a.Prov, attributes: a.Out.Attributes}
	// New queues are encrypted with SQS's own keys unless that is turned off.
	key := s.attributes["KmsMasterKeyId"]
	encrypt(ctx, c, &d, uid, encryption{
		on:  s.is(func(m map[string]string) bool { return key != "" || m["SqsManagedSseEnabled"] == "true" }),
		key: key, byDefault: kind.Known(key == ""),
	})
	s.fill(ctx, &d)
	d.LifecycleExpireDays = s.days("MessageRetentionPeriod")
	c.Emit(api.Entity{Kind: "queue", UID: uid, Name: name, Prov: prov, Aliases: []string{url}}, d)
}

// topicOrQueue is a queue or topic with the attributes that its service answered, by their names.
type topicOrQueue struct {
	c            *api.Context
	uid, service string
	attributes   map[string]string
	prov         *evidence.Provenance
	fail         *api.Failure
}

// is asks the attributes; unknown where they could not be read.
func (s topicOrQueue) is(f func(map[string]string) bool) kind.Attr[bool] {
	if s.fail != nil {
		return kind.Because[bool](s.fail.Unknown()).From(s.prov)
	}
	return kind.Known(f(s.attributes)).From(s.prov)
}

// fill fills what queues and topics have in common. They are reached over AWS's endpoints, which accept plain HTTP too, and opened by their
// policies.
func (s topicOrQueue) fill(ctx context.Context, d *kind.Datastore) {
	doc := kind.Then(s.is(func(map[string]string) bool { return true }), func(bool) kind.Attr[iampolicy.Document] {
		return document(aws.String(s.attributes["Policy"]))
	}).From(s.prov)
	s.c.ResourcePolicy(s.uid, aws.String(s.attributes["Policy"]), s.fail)
	var x awsstore.Exposure
	x.Add("policy", publicThrough(ctx, s.c, doc))
	x.Fill(d)
	d.EncryptionInTransitRequired = refusesHTTP(doc, s.service, s.uid)
	d.NetworkPlacement = kind.Known("none")
	awsstore.WithoutEngine(d)
	awsstore.WithoutWORM(d)
	withoutBackup(d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, s.c, s.uid)
	unsized(d)
	unsearched(d)
	if s.fail != nil {
		s.c.RelateOpen("encrypted_by", s.uid)
	}
}

// days reads an attribute in seconds as days.
func (s topicOrQueue) days(name string) kind.Attr[int64] {
	if s.fail != nil {
		return kind.Because[int64](s.fail.Unknown()).From(s.prov)
	}
	seconds, err := strconv.ParseInt(s.attributes[name], 10, 64)
	if err != nil {
		return kind.Unknown[int64](evidence.ParseError, name+" is not a number of seconds").From(s.prov)
	}
	return kind.Known(awsstore.WholeDays(seconds)).From(s.prov)
}
