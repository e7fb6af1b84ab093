package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearch"
	"github.com/aws/aws-sdk-go-v2/service/opensearch/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// opensearchService reads search domains, of OpenSearch and of Elasticsearch.
func opensearchService() api.Service {
	return api.Service{
		Name: "opensearch", Prefix: "es", Kinds: []string{"search", "backup_plan"}, Collect: opensearchCollect,
		Operations: []api.Operation{
			{Name: "ListDomainNames", Tells: []string{"search", "backup_plan"}},
			{Name: "DescribeDomains", Tells: []string{"search", "backup_plan"}},
			{Name: "ListTags", Tells: labelPaths()},
		},
	}
}

// domainsAtOnce is how many domains DescribeDomains takes.
const domainsAtOnce = 5

func opensearchCollect(ctx context.Context, c *api.Context) {
	client := opensearch.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListDomainNames, &opensearch.ListDomainNamesInput{},
		func(o *opensearch.ListDomainNamesOutput) []types.DomainInfo { return o.DomainNames })
	names := make([]string, len(l.Items))
	for i, d := range l.Items {
		names[i] = aws.ToString(d.DomainName)
	}
	api.Each(ctx, c, slices.Collect(slices.Chunk(names, domainsAtOnce)), func(ctx context.Context, some []string) {
		a := api.Ask(ctx, c, client.DescribeDomains, &opensearch.DescribeDomainsInput{DomainNames: some})
		for _, s := range a.Out.DomainStatusList {
			searchDomain(ctx, c, client, s, a.Prov)
		}
	})
}

func searchDomain(ctx context.Context, c *api.Context, client *opensearch.Client, s types.DomainStatus, prov *evidence.Provenance) {
	uid, name := aws.ToString(s.ARN), aws.ToString(s.DomainName)
	d := c.Datastore("search", searchTags(ctx, c, client, uid))
	rest := orEmpty(s.EncryptionAtRestOptions)
	encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(rest.Enabled)), key: aws.ToString(rest.KmsKeyId), byDefault: kind.Known(false)})
	d.EncryptionInTransitRequired = kind.Known(aws.ToBool(orEmpty(s.DomainEndpointOptions).EnforceHTTPS))
	searchExposure(ctx, c, &d, uid, s)
	engine, release := awsstore.SearchEngine(aws.ToString(s.EngineVersion))
	if engine == "" {
		engine = "elasticsearch" // the versions before OpenSearch are bare numbers
	}
	awsstore.Engine(&d, kind.Known(engine), kind.Known(release))
	cluster := orEmpty(s.ClusterConfig)
	zones := aws.ToBool(cluster.ZoneAwarenessEnabled) || aws.ToBool(cluster.MultiAZWithStandbyEnabled)
	d.Redundancy = kind.Choose(kind.Known(zones), "multi_az", "single")
	d.AutoMinorUpgrade = kind.Known(aws.ToBool(orEmpty(s.SoftwareUpdateOptions).AutoSoftwareUpdateEnabled))
	d.DeletionProtection = kind.NA[bool]()
	audit := s.LogPublishingOptions[string(types.LogTypeAuditLogs)]
	d.LoggingAccess = kind.Known(aws.ToBool(audit.Enabled))
	if aws.ToBool(audit.Enabled) {
		c.Relate("logs_to", uid, strings.TrimSuffix(aws.ToString(audit.CloudWatchLogsLogGroupArn), ":*"))
	}
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	// The service takes snapshots by itself every hour and keeps them for 14 days.
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known[int64](14), copies: awsstore.NoCopies(),
		rules: []awsstore.BackupRule{{Text: "hourly", Minutes: 60, Type: "snapshot"}},
	})
	c.Emit(api.Entity{Kind: "search", UID: uid, Name: name, Prov: prov}, d)
}

// searchExposure: a domain inside a network has no public address; outside of one its access policy decides, unless fine-grained access
// control asks everybody who they are: AWS then recommends an open access policy.
func searchExposure(ctx context.Context, c *api.Context, d *kind.Datastore, uid string, s types.DomainStatus) {
	inside := s.VPCOptions != nil && len(s.VPCOptions.SubnetIds) > 0
	security := orEmpty(s.AdvancedSecurityOptions)
	asked := aws.ToBool(security.Enabled) && !aws.ToBool(security.AnonymousAuthEnabled)
	var x awsstore.Exposure
	x.Add("policy", kind.Both(kind.Known(!inside && !asked), publicThrough(ctx, c, document(s.AccessPolicies))))
	x.Fill(d)
	if !inside {
		d.NetworkPlacement = kind.Known("public")
		return
	}
	place(ctx, c, d, uid, s.VPCOptions.SubnetIds, s.VPCOptions.SecurityGroupIds)
}

func searchTags(ctx context.Context, c *api.Context, client *opensearch.Client, arn string) api.Tags {
	return listedTags(ctx, c, arn, func() api.Tags {
		a := api.Ask(ctx, c, client.ListTags, &opensearch.ListTagsInput{ARN: &arn})
		return tagsIn(a, func(o *opensearch.ListTagsOutput) []types.Tag { return o.TagList },
			func(t types.Tag) (key, value *string) { return t.Key, t.Value })
	})
}

// orEmpty is what a pointer points to, the zero value where it is nil.
func orEmpty[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
