package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/memorydb"
	"github.com/aws/aws-sdk-go-v2/service/memorydb/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// memorydbService reads MemoryDB, a database that is spoken to like Redis or Valkey, and its snapshots.
func memorydbService() api.Service {
	return api.Service{
		Name: "memorydb", Kinds: []string{"database", "backup_plan", "snapshot", "recovery_point"}, Collect: memorydbCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "DescribeClusters", Tells: []string{"database", "backup_plan"}},
			{Name: "DescribeSubnetGroups", Tells: []string{"network.placement"}},
			{Name: "DescribeSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "ListTags", Tells: labelPaths()},
		},
	}
}

func memorydbCollect(ctx context.Context, c *api.Context) {
	client := memorydb.NewFromConfig(c.AWS())
	clusters := api.List(ctx, c, client.DescribeClusters, &memorydb.DescribeClustersInput{ShowShardDetails: aws.Bool(true)},
		func(o *memorydb.DescribeClustersOutput) []types.Cluster { return o.Clusters })
	api.Each(ctx, c, clusters.Items, func(ctx context.Context, k types.Cluster) { memorydbCluster(ctx, c, client, k, clusters.Prov) })
	snapshots := api.List(ctx, c, client.DescribeSnapshots, &memorydb.DescribeSnapshotsInput{ShowDetail: aws.Bool(true)},
		func(o *memorydb.DescribeSnapshotsOutput) []types.Snapshot { return o.Snapshots })
	api.Each(ctx, c, snapshots.Items, func(ctx context.Context, s types.Snapshot) { memorydbSnapshot(ctx, c, client, s, snapshots.Prov) })
}

// memorydbCluster is always encrypted at rest. Its log lies in several zones, its nodes do where it has replicas.
func memorydbCluster(ctx context.Context, c *api.Context, client *memorydb.Client, k types.Cluster, prov *evidence.Provenance) {
	uid, name, engine := aws.ToString(k.ARN), aws.ToString(k.Name), aws.ToString(k.Engine)
	if engine == "" {
		engine = "redis" // clusters from before Valkey
	}
	d := c.Datastore("database", memorydbTags(ctx, c, client, uid))
	encryptedByService(ctx, c, &d, uid, aws.ToString(k.KmsKeyId))
	d.EncryptionInTransitRequired = kind.Known(aws.ToBool(k.TLSEnabled))
	awsstore.CacheEngine(&d, kind.Known(engine), kind.Known(aws.ToString(k.EngineVersion)))
	d.AutoMinorUpgrade = kind.Known(aws.ToBool(k.AutoMinorVersionUpgrade))
	groups := idsOf(k.SecurityGroups, func(g types.SecurityGroupMembership) *string { return g.SecurityGroupId })
	placeByGroup(ctx, c, &d, uid, memorydbSubnetGroups(ctx, c, client), k.SubnetGroupName, groups)
	d.Redundancy = kind.Choose(kind.Known(memorydbReplicated(k)), "multi_az", "single")
	awsstore.Private(&d)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.LoggingAccess = kind.Known(false)
	unsized(&d)
	unsearched(&d)
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known(int64(aws.ToInt32(k.SnapshotRetentionLimit))), copies: awsstore.NoCopies(),
		rules: []awsstore.BackupRule{awsstore.DailyBackup()},
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov}, d)
}

// memorydbReplicated says whether every shard has a replica, which MemoryDB puts into another zone.
func memorydbReplicated(k types.Cluster) bool {
	if k.AvailabilityMode != "" {
		return strings.EqualFold(string(k.AvailabilityMode), string(types.AZStatusMultiAZ))
	}
	return len(k.Shards) > 0 && !slices.ContainsFunc(k.Shards, func(s types.Shard) bool { return aws.ToInt32(s.NumberOfNodes) < 2 })
}

func memorydbSubnetGroups(ctx context.Context, c *api.Context, client *memorydb.Client) subnetGroups {
	return api.Shared(c, "memorydb subnet groups", func(c *api.Context) subnetGroups {
		l := api.List(ctx, c, client.DescribeSubnetGroups, &memorydb.DescribeSubnetGroupsInput{},
			func(o *memorydb.DescribeSubnetGroupsOutput) []types.SubnetGroup { return o.SubnetGroups })
		return subnetGroupsOf(l, func(g types.SubnetGroup) (*string, []string) {
			return g.Name, idsOf(g.Subnets, func(s types.Subnet) *string { return s.Identifier })
		})
	})
}

func memorydbSnapshot(ctx context.Context, c *api.Context, client *memorydb.Client, s types.Snapshot, prov *evidence.Provenance) {
	conf := orEmpty(s.ClusterConfiguration)
	out := ownSnapshot{
		uid: aws.ToString(s.ARN), name: aws.ToString(s.Name), source: c.ARN("memorydb", "cluster/"+aws.ToString(conf.Name)),
		manual: aws.ToString(s.Source) == "manual", key: aws.ToString(s.KmsKeyId), status: rdsStatus(aws.ToString(s.Status)),
		expires: kind.Null[kind.Time](), prov: prov,
	}
	for _, shard := range conf.Shards { // the snapshot is as old as its oldest part
		if t := shard.SnapshotCreationTime; t != nil && (out.taken == nil || t.Before(*out.taken)) {
			out.taken = t
		}
	}
	if out.manual {
		out.tags = memorydbTags(ctx, c, client, out.uid)
	} else {
		out.expires = daysAfter(out.taken, conf.SnapshotRetentionLimit)
	}
	out.emit(ctx, c)
}

func memorydbTags(ctx context.Context, c *api.Context, client *memorydb.Client, arn string) api.Tags {
	a := api.Ask(ctx, c, client.ListTags, &memorydb.ListTagsInput{ResourceArn: &arn})
	return tagsIn(a, func(o *memorydb.ListTagsOutput) []types.Tag { return o.TagList },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
