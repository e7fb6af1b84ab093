package services

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// cloudwatchlogsService reads log groups, each a store of events and a source of what is written into it.
func cloudwatchlogsService() api.Service {
	return api.Service{
		Name: "cloudwatchlogs", Prefix: "logs", Kinds: []string{"log_group", "log_source"}, Collect: logGroups, Rate: 5,
		Operations: []api.Operation{
			{Name: "DescribeLogGroups", Tells: []string{"log_group", "log_source", "retention_days"}},
			{Name: "DescribeLogStreams", Tells: []string{"last_event_at"}},
			{Name: "DescribeMetricFilters", Tells: []string{"enabled", "watches"}},
		},
	}
}

// tagsOfType are the tags of all resources of a type in the region, by ARN; types are named as in ARNs: a service, or service:type.
// A resource that is not among them has no tags.
func tagsOfType(ctx context.Context, c *api.Context, typ string) func(arn string) api.Tags {
	client := resourcegroupstaggingapi.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.GetResources, &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{typ}},
		func(o *resourcegroupstaggingapi.GetResourcesOutput) []tagtypes.ResourceTagMapping {
			return o.ResourceTagMappingList
		})
	byARN := make(map[string]api.Tags, len(l.Items))
	for _, r := range l.Items {
		t := api.TagsOf(r.Tags, func(t tagtypes.Tag) (key, value *string) { return t.Key, t.Value })
		t.Prov = l.Prov
		byARN[strings.TrimSuffix(aws.ToString(r.ResourceARN), ":*")] = t
	}
	return func(arn string) api.Tags {
		if t, tagged := byARN[arn]; tagged {
			return t
		}
		return api.Tags{Fail: l.Fail, Prov: l.Prov}
	}
}

// logGroupsIn reads the log groups of the unit's region.
func logGroupsIn(ctx context.Context, c *api.Context) api.Listing[types.LogGroup] {
	return api.Shared(c, "log groups", func(c *api.Context) api.Listing[types.LogGroup] {
		return api.List(ctx, c, cloudwatchlogs.NewFromConfig(c.AWS()).DescribeLogGroups, &cloudwatchlogs.DescribeLogGroupsInput{},
			func(o *cloudwatchlogs.DescribeLogGroupsOutput) []types.LogGroup { return o.LogGroups })
	})
}

// groupARN is the ARN of a log group as other services and code name it, without the ":*" that stands for its streams.
func groupARN(g types.LogGroup) string {
	if arn := aws.ToString(g.LogGroupArn); arn != "" {
		return arn
	}
	return strings.TrimSuffix(aws.ToString(g.Arn), ":*")
}

func logGroups(ctx context.Context, c *api.Context) {
	found := logGroupsIn(ctx, c)
	if len(found.Items) == 0 {
		return
	}
	tags := tagsOfType(ctx, c, "logs")
	api.Each(ctx, c, found.Items, func(ctx context.Context, g types.LogGroup) {
		arn := groupARN(g)
		c.Emit(api.Entity{Kind: "log_group", UID: arn, Name: aws.ToString(g.LogGroupName), Prov: found.Prov}, logGroup(ctx, c, g, tags(arn)))
		c.Emit(api.Entity{Kind: "log_source", UID: arn + "#log", Name: aws.ToString(g.LogGroupName), Prov: found.Prov}, groupSource(ctx, c, g))
		c.Relate("encrypted_by", arn, aws.ToString(g.KmsKeyId))
		c.Relate("logs_to", arn+"#log", arn)
	})
}

// groupRetention: without one events are kept for ever.
func groupRetention(g types.LogGroup) kind.Attr[int64] {
	if g.RetentionInDays == nil {
		return kind.Null[int64]()
	}
	return kind.Known(int64(*g.RetentionInDays))
}

// logGroup: always encrypted, in three zones, without any way to make it public.
func logGroup(ctx context.Context, c *api.Context, g types.LogGroup, tags api.Tags) kind.Datastore {
	d := c.Datastore("log_group", tags)
	key := aws.ToString(g.KmsKeyId)
	d.EncryptionAtRest = kind.Known(true)
	d.EncryptionKeyManagement = keyManagement(ctx, c, key)
	d.EncryptionSource = kind.Choose(kind.Known(key != ""), "explicit", "provider_default")
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutBackup(&d)
	d.BackupLatestRestorableAt = kind.NA[kind.Time]()
	d.Versioning = kind.NA[bool]()
	d.ImmutabilityMode = kind.Known("none") // events cannot be changed, but whoever may delete the group deletes them
	d.ImmutabilityDays = kind.NA[int64]()
	d.DeletionProtection = kind.Known(aws.ToBool(g.DeletionProtectionEnabled))
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = kind.Known(false) // there is no log of who reads events
	d.LifecycleExpireDays = groupRetention(g)
	d.DiscoveryLastScanAt, d.DiscoveryFound = kind.NA[kind.Time](), kind.NA[[]string]() // no service of AWS searches log groups on a schedule
	d.SizeBytes = kind.Known(aws.ToInt64(g.StoredBytes))
	return d
}

// groupSource is what is written into a log group. A trail's copy is none of the audit logs, and flow logs are sources of their own.
func groupSource(ctx context.Context, c *api.Context, g types.LogGroup) kind.LogSource {
	return kind.LogSource{
		Type: kind.Known(contentOf(aws.ToString(g.LogGroupName))), Enabled: kind.Known(true), Scope: kind.NA[string](),
		MultiRegion: kind.NA[bool](), Validation: kind.NA[bool](), Encrypted: kind.Known(true), Forwarded: kind.Known(true),
		Destination: kind.Known(groupARN(g)), RetentionDays: groupRetention(g),
		LastEventAt: newestRecord(ctx, c, groupARN(g), anyStream),
	}
}

// contentOf tells by the prefix that AWS reserves for a service.
func contentOf(name string) string {
	for prefix, content := range map[string]string{
		"/aws/rds/": "database", "/aws/docdb/": "database", "aws-waf-logs-": "firewall", "/aws/route53/": "dns",
	} {
		if strings.HasPrefix(name, prefix) {
			return content
		}
	}
	return "application"
}

// groupKeeps is the retention of a log group by its ARN, where the account has it.
func groupKeeps(ctx context.Context, c *api.Context, arn string) kind.Attr[int64] {
	if accountIn(arn) != c.Account.ID {
		return kind.Unknown[int64](evidence.NotCollected, "the log group "+arn+" belongs to another account")
	}
	found := logGroupsIn(ctx, c.In(regionIn(arn)))
	for _, g := range found.Items {
		if groupARN(g) == arn {
			return groupRetention(g).From(found.Prov)
		}
	}
	if found.Fail != nil {
		return kind.Because[int64](found.Fail.Unknown()).From(found.Prov)
	}
	return kind.Unknown[int64](evidence.Unlinked, "there is no log group "+arn)
}

// anyStream takes every stream of a log group.
func anyStream(string) bool { return true }

// newestRecord is when the newest record arrived in a log group, in one of the streams that a source writes. Whoever writes names its streams;
// several sources may write into one group.
func newestRecord(ctx context.Context, c *api.Context, group string, writes func(stream string) bool) kind.Attr[kind.Time] {
	if accountIn(group) != c.Account.ID {
		return kind.Unknown[kind.Time](evidence.NotCollected, "the log group "+group+" belongs to another account")
	}
	return api.Read(newestStreams(ctx, c.In(regionIn(group)), group), func(o *cloudwatchlogs.DescribeLogStreamsOutput) kind.Attr[kind.Time] {
		var newest int64
		for _, s := range o.LogStreams {
			if writes(aws.ToString(s.LogStreamName)) {
				newest = max(newest, aws.ToInt64(s.LastEventTimestamp), aws.ToInt64(s.LastIngestionTime))
			}
		}
		if newest == 0 {
			return kind.Unknown[kind.Time](evidence.Unsupported, "no record of it is in the newest streams of "+group)
		}
		return api.Time(aws.Time(time.UnixMilli(newest)))
	})
}

// newestStreams asks for the streams of a log group into which something was written last: the first page of them, at most 50.
func newestStreams(ctx context.Context, c *api.Context, group string) api.Answer[cloudwatchlogs.DescribeLogStreamsOutput] {
	return api.Shared(c, "newest streams of "+group, func(c *api.Context) api.Answer[cloudwatchlogs.DescribeLogStreamsOutput] {
		_, name, _ := strings.Cut(group, ":log-group:")
		return api.Ask(ctx, c, cloudwatchlogs.NewFromConfig(c.AWS()).DescribeLogStreams, &cloudwatchlogs.DescribeLogStreamsInput{
			LogGroupName: aws.String(name), OrderBy: types.OrderByLastEventTime, Descending: aws.Bool(true),
		}, "ResourceNotFoundException")
	})
}

// metricFiltersIn reads the metric filters of all log groups of the unit's region.
func metricFiltersIn(ctx context.Context, c *api.Context) api.Listing[types.MetricFilter] {
	return api.Shared(c, "metric filters", func(c *api.Context) api.Listing[types.MetricFilter] {
		return api.List(ctx, c, cloudwatchlogs.NewFromConfig(c.AWS()).DescribeMetricFilters, &cloudwatchlogs.DescribeMetricFiltersInput{},
			func(o *cloudwatchlogs.DescribeMetricFiltersOutput) []types.MetricFilter { return o.MetricFilters })
	})
}
