package services

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// elasticacheService reads caches: replication groups, clusters outside of them, and serverless caches.
func elasticacheService() api.Service {
	lists := []string{"cache", "backup_plan"}
	return api.Service{
		Name: "elasticache", Kinds: lists, Collect: elasticacheCollect,
		Operations: []api.Operation{
			{Name: "DescribeReplicationGroups", Tells: lists},
			{Name: "DescribeCacheClusters", Tells: lists},
			{Name: "DescribeServerlessCaches", Tells: lists},
			{Name: "DescribeCacheSubnetGroups", Tells: []string{"network.placement"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func elasticacheCollect(ctx context.Context, c *api.Context) {
	client := elasticache.NewFromConfig(c.AWS())
	groups := api.List(ctx, c, client.DescribeReplicationGroups, &elasticache.DescribeReplicationGroupsInput{},
		func(o *elasticache.DescribeReplicationGroupsOutput) []types.ReplicationGroup {
			return o.ReplicationGroups
		})
	clusters := api.List(ctx, c, client.DescribeCacheClusters, &elasticache.DescribeCacheClustersInput{ShowCacheNodeInfo: aws.Bool(true)},
		func(o *elasticache.DescribeCacheClustersOutput) []types.CacheCluster { return o.CacheClusters })
	serverless := api.List(ctx, c, client.DescribeServerlessCaches, &elasticache.DescribeServerlessCachesInput{},
		func(o *elasticache.DescribeServerlessCachesOutput) []types.ServerlessCache { return o.ServerlessCaches })
	members := map[string]types.CacheCluster{} // one of each group: all have the same settings
	var alone []types.CacheCluster
	for _, k := range clusters.Items {
		if group := aws.ToString(k.ReplicationGroupId); group != "" {
			members[group] = k
		} else {
			alone = append(alone, k)
		}
	}
	api.Each(ctx, c, groups.Items, func(ctx context.Context, g types.ReplicationGroup) {
		m, found := members[aws.ToString(g.ReplicationGroupId)]
		cacheGroup(ctx, c, client, g, cacheMember{m, found, clusters}, groups.Prov)
	})
	api.Each(ctx, c, alone, func(ctx context.Context, k types.CacheCluster) { cacheCluster(ctx, c, client, k, clusters.Prov) })
	api.Each(ctx, c, serverless.Items, func(ctx context.Context, s types.ServerlessCache) {
		serverlessCache(ctx, c, client, s, serverless.Prov)
	})
}

// cacheMember is a cluster of a replication group, which tells what the group itself does not.
type cacheMember struct {
	types.CacheCluster
	found bool
	from  api.Listing[types.CacheCluster]
}

// missing is why nothing is known of what only members tell.
func (m cacheMember) missing() evidence.Unknown {
	if m.from.Fail != nil {
		return m.from.Fail.Unknown()
	}
	return evidence.Unknown{Reason: evidence.Unlinked, Detail: "AWS lists no cluster of the replication group"}
}

func cacheGroup(
	ctx context.Context, c *api.Context, client *elasticache.Client, g types.ReplicationGroup, m cacheMember, prov *evidence.Provenance,
) {
	uid, name, engine := aws.ToString(g.ARN), aws.ToString(g.ReplicationGroupId), aws.ToString(g.Engine)
	if engine == "" {
		engine = "redis" // groups from before Valkey
	}
	d := c.Datastore("cache", cacheTags(ctx, c, client, uid))
	encrypt(ctx, c, &d, uid, encryption{
		on: kind.Known(aws.ToBool(g.AtRestEncryptionEnabled)), key: aws.ToString(g.KmsKeyId), byDefault: kind.Known(engine == "valkey"),
	})
	d.EncryptionInTransitRequired = kind.Known(
		aws.ToBool(g.TransitEncryptionEnabled) && g.TransitEncryptionMode != types.TransitEncryptionModePreferred)
	version := kind.Because[string](m.missing()).From(m.from.Prov)
	if m.found {
		version = kind.Known(aws.ToString(m.EngineVersion)).From(m.from.Prov)
		cachePlace(ctx, c, client, &d, uid, m.CacheCluster)
	} else {
		d.NetworkPlacement = kind.Because[string](m.missing()).From(m.from.Prov)
		c.RelateOpen("runs_in", uid)
	}
	awsstore.CacheEngine(&d, kind.Known(engine), version)
	d.AutoMinorUpgrade = kind.Known(aws.ToBool(g.AutoMinorVersionUpgrade))
	d.Redundancy = kind.Choose(kind.Known(g.MultiAZ == types.MultiAZStatusEnabled), "multi_az", "single")
	cacheRest(c, &d, uid, name, g.SnapshotRetentionLimit, prov)
	c.Emit(api.Entity{Kind: "cache", UID: uid, Name: name, Prov: prov}, d)
}

// cacheCluster is a Memcached cluster or a single Redis node.
func cacheCluster(ctx context.Context, c *api.Context, client *elasticache.Client, k types.CacheCluster, prov *evidence.Provenance) {
	uid, name := aws.ToString(k.ARN), aws.ToString(k.CacheClusterId)
	d := c.Datastore("cache", cacheTags(ctx, c, client, uid))
	encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(k.AtRestEncryptionEnabled)), byDefault: kind.Known(false)})
	d.EncryptionInTransitRequired = kind.Known(
		aws.ToBool(k.TransitEncryptionEnabled) && k.TransitEncryptionMode != types.TransitEncryptionModePreferred)
	awsstore.CacheEngine(&d, kind.Known(aws.ToString(k.Engine)), kind.Known(aws.ToString(k.EngineVersion)))
	d.AutoMinorUpgrade = kind.Known(aws.ToBool(k.AutoMinorVersionUpgrade))
	cachePlace(ctx, c, client, &d, uid, k)
	apart := slices.ContainsFunc(k.CacheNodes, func(n types.CacheNode) bool {
		return aws.ToString(n.CustomerAvailabilityZone) != aws.ToString(k.CacheNodes[0].CustomerAvailabilityZone)
	})
	d.Redundancy = kind.Choose(kind.Known(apart || aws.ToString(k.PreferredAvailabilityZone) == "Multiple"), "multi_az", "single")
	cacheRest(c, &d, uid, name, k.SnapshotRetentionLimit, prov)
	c.Emit(api.Entity{Kind: "cache", UID: uid, Name: name, Prov: prov}, d)
}

// serverlessCache is always encrypted, at rest and in transit, and spans zones.
func serverlessCache(ctx context.Context, c *api.Context, client *elasticache.Client, s types.ServerlessCache, prov *evidence.Provenance) {
	uid, name := aws.ToString(s.ARN), aws.ToString(s.ServerlessCacheName)
	d := c.Datastore("cache", cacheTags(ctx, c, client, uid))
	encryptedByService(ctx, c, &d, uid, aws.ToString(s.KmsKeyId))
	d.EncryptionInTransitRequired = kind.Known(true)
	awsstore.CacheEngine(&d, kind.Known(aws.ToString(s.Engine)), kind.Known(aws.ToString(s.MajorEngineVersion)))
	d.AutoMinorUpgrade = kind.Known(true)
	place(ctx, c, &d, uid, s.SubnetIds, s.SecurityGroupIds)
	d.Redundancy = kind.Known("multi_az")
	cacheRest(c, &d, uid, name, s.SnapshotRetentionLimit, prov)
	c.Emit(api.Entity{Kind: "cache", UID: uid, Name: name, Prov: prov}, d)
}

// cacheRest fills what the caches have in common.
func cacheRest(c *api.Context, d *kind.Datastore, uid, name string, days *int32, prov *evidence.Provenance) {
	awsstore.Cache(d)
	unsized(d)
	unsearched(d)
	nativeBackups(c, d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known(int64(aws.ToInt32(days))), copies: awsstore.NoCopies(),
		rules: []awsstore.BackupRule{awsstore.DailyBackup()},
	})
}

func cachePlace(ctx context.Context, c *api.Context, client *elasticache.Client, d *kind.Datastore, uid string, k types.CacheCluster) {
	groups := idsOf(k.SecurityGroups, func(g types.SecurityGroupMembership) *string { return g.SecurityGroupId })
	placeByGroup(ctx, c, d, uid, cacheSubnetGroups(ctx, c, client), k.CacheSubnetGroupName, groups)
}

func cacheSubnetGroups(ctx context.Context, c *api.Context, client *elasticache.Client) subnetGroups {
	return api.Shared(c, "elasticache subnet groups", func(c *api.Context) subnetGroups {
		l := api.List(ctx, c, client.DescribeCacheSubnetGroups, &elasticache.DescribeCacheSubnetGroupsInput{},
			func(o *elasticache.DescribeCacheSubnetGroupsOutput) []types.CacheSubnetGroup {
				return o.CacheSubnetGroups
			})
		return subnetGroupsOf(l, func(g types.CacheSubnetGroup) (*string, []string) {
			return g.CacheSubnetGroupName, idsOf(g.Subnets, func(s types.Subnet) *string { return s.SubnetIdentifier })
		})
	})
}

func cacheTags(ctx context.Context, c *api.Context, client *elasticache.Client, arn string) api.Tags {
	return listedTags(ctx, c, arn, func() api.Tags {
		a := api.Ask(ctx, c, client.ListTagsForResource, &elasticache.ListTagsForResourceInput{ResourceName: &arn})
		return tagsIn(a, func(o *elasticache.ListTagsForResourceOutput) []types.Tag { return o.TagList },
			func(t types.Tag) (key, value *string) { return t.Key, t.Value })
	})
}
