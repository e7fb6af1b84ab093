package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dax"
	"github.com/aws/aws-sdk-go-v2/service/dax/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// daxService reads the caches before tables of DynamoDB.
func daxService() api.Service {
	return api.Service{
		Name: "dax", Kinds: []string{"cache"}, Collect: daxCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "DescribeClusters", Tells: []string{"cache"}},
			{Name: "DescribeSubnetGroups", Tells: []string{"network.placement"}},
			{Name: "ListTags", Tells: labelPaths()},
		},
	}
}

func daxCollect(ctx context.Context, c *api.Context) {
	client := dax.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.DescribeClusters, &dax.DescribeClustersInput{}, func(o *dax.DescribeClustersOutput) []types.Cluster { return o.Clusters })
	api.Each(ctx, c, l.Items, func(ctx context.Context, k types.Cluster) { daxCluster(ctx, c, client, k, l.Prov) })
}

// daxCluster is a write-through cache; both encryptions are off by default.
func daxCluster(ctx context.Context, c *api.Context, client *dax.Client, k types.Cluster, prov *evidence.Provenance) {
	uid := aws.ToString(k.ClusterArn)
	d := c.Datastore("cache", daxTags(ctx, c, client, uid))
	sse := orEmpty(k.SSEDescription).Status
	encrypt(ctx, c, &d, uid, encryption{
		on: kind.Known(sse == types.SSEStatusEnabled || sse == types.SSEStatusEnabling), byDefault: kind.Known(false),
	})
	d.EncryptionInTransitRequired = kind.Known(k.ClusterEndpointEncryptionType == types.ClusterEndpointEncryptionTypeTls)
	awsstore.Private(&d)
	groups := idsOf(k.SecurityGroups, func(g types.SecurityGroupMembership) *string { return g.SecurityGroupIdentifier })
	placeByGroup(ctx, c, &d, uid, daxSubnetGroups(ctx, c, client), k.SubnetGroup, groups)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(kind.Known(daxZones(k) > 1), "multi_az", "single")
	awsstore.ManagedEngine(&d, "dax")
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	d.LoggingAccess = kind.Known(false)
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "cache", UID: uid, Name: aws.ToString(k.ClusterName), Prov: prov}, d)
}

// daxZones is the number of zones in which a cluster has nodes.
func daxZones(k types.Cluster) int {
	zones := map[string]bool{}
	for _, n := range k.Nodes {
		zones[aws.ToString(n.AvailabilityZone)] = true
	}
	return len(zones)
}

func daxSubnetGroups(ctx context.Context, c *api.Context, client *dax.Client) subnetGroups {
	return api.Shared(c, "dax subnet groups", func(c *api.Context) subnetGroups {
		l := api.List(ctx, c, client.DescribeSubnetGroups, &dax.DescribeSubnetGroupsInput{},
			func(o *dax.DescribeSubnetGroupsOutput) []types.SubnetGroup { return o.SubnetGroups })
		return subnetGroupsOf(l, func(g types.SubnetGroup) (*string, []string) {
			return g.SubnetGroupName, idsOf(g.Subnets, func(s types.Subnet) *string { return s.SubnetIdentifier })
		})
	})
}

func daxTags(ctx context.Context, c *api.Context, client *dax.Client, arn string) api.Tags {
	l := api.List(ctx, c, client.ListTags, &dax.ListTagsInput{ResourceName: &arn}, func(o *dax.ListTagsOutput) []types.Tag { return o.Tags })
	return tagsListed(l, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}
