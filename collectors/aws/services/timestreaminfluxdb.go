package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/timestreaminfluxdb"
	"github.com/aws/aws-sdk-go-v2/service/timestreaminfluxdb/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// timestreaminfluxdbService reads instances and clusters of Timestream for InfluxDB. The lists tell little of them, so each is described.
func timestreaminfluxdbService() api.Service {
	tells := []string{"exposure.public", "exposure.public_paths", "network.placement", "attached_to"}
	return api.Service{
		Name: "timestreaminfluxdb", Prefix: "timestream-influxdb", Kinds: []string{"database"}, Collect: influxCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListDbInstances", Tells: []string{"database"}},
			{Name: "GetDbInstance"}, // only the description says whether an instance is a part of a cluster
			{Name: "ListDbClusters", Tells: []string{"database"}},
			{Name: "GetDbCluster", Tells: tells},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func influxCollect(ctx context.Context, c *api.Context) {
	client := timestreaminfluxdb.NewFromConfig(c.AWS())
	instances := api.List(ctx, c, client.ListDbInstances, &timestreaminfluxdb.ListDbInstancesInput{},
		func(o *timestreaminfluxdb.ListDbInstancesOutput) []types.DbInstanceSummary { return o.Items })
	api.Each(ctx, c, instances.Items, func(ctx context.Context, i types.DbInstanceSummary) {
		a := api.Ask(ctx, c, client.GetDbInstance, &timestreaminfluxdb.GetDbInstanceInput{Identifier: i.Id})
		if aws.ToString(a.Out.DbClusterId) != "" {
			return // a part of its cluster
		}
		influxStore(ctx, c, client, influxDatabase{
			uid: aws.ToString(i.Arn), id: i.Id, name: aws.ToString(i.Name), zones: i.DeploymentType == types.DeploymentTypeWithMultiazStandby,
			public: a.Out.PubliclyAccessible, subnets: a.Out.VpcSubnetIds, groups: a.Out.VpcSecurityGroupIds, fail: a.Fail, detail: a.Prov,
		}, instances.Prov)
	})
	clusters := api.List(ctx, c, client.ListDbClusters, &timestreaminfluxdb.ListDbClustersInput{},
		func(o *timestreaminfluxdb.ListDbClustersOutput) []types.DbClusterSummary { return o.Items })
	api.Each(ctx, c, clusters.Items, func(ctx context.Context, k types.DbClusterSummary) {
		a := api.Ask(ctx, c, client.GetDbCluster, &timestreaminfluxdb.GetDbClusterInput{DbClusterId: k.Id})
		influxStore(ctx, c, client, influxDatabase{
			uid: aws.ToString(k.Arn), id: k.Id, name: aws.ToString(k.Name), zones: k.DeploymentType == types.ClusterDeploymentTypeMultiNodeReadReplicas,
			public: a.Out.PubliclyAccessible, subnets: a.Out.VpcSubnetIds, groups: a.Out.VpcSecurityGroupIds, fail: a.Fail, detail: a.Prov,
		}, clusters.Prov)
	})
}

// influxDatabase is what an instance and a cluster have in common.
type influxDatabase struct {
	uid             string
	id              *string
	name            string
	zones           bool // whether it lies in several zones
	public          *bool
	subnets, groups []string
	fail            *api.Failure // why the description is missing
	detail          *evidence.Provenance
}

// influxStore is always encrypted, in both ways.
func influxStore(ctx context.Context, c *api.Context, client *timestreaminfluxdb.Client, s influxDatabase, prov *evidence.Provenance) {
	tags := api.Ask(ctx, c, client.ListTagsForResource, &timestreaminfluxdb.ListTagsForResourceInput{ResourceArn: &s.uid})
	d := c.Datastore("database", tagsMapped(tags, func(o *timestreaminfluxdb.ListTagsForResourceOutput) map[string]string { return o.Tags }))
	encryptedByService(ctx, c, &d, s.uid, "")
	d.EncryptionInTransitRequired = kind.Known(true)
	public := kind.Known(aws.ToBool(s.public)).From(s.detail)
	if s.fail == nil {
		place(ctx, c, &d, s.uid, s.subnets, s.groups)
	} else {
		public = kind.Because[bool](s.fail.Unknown()).From(s.detail)
		d.NetworkPlacement = kind.Because[string](s.fail.Unknown()).From(s.detail)
		c.RelateOpen("runs_in", s.uid)
	}
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(&d)
	awsstore.ManagedEngine(&d, "timestream-influxdb")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(kind.Known(s.zones), "multi_az", "single")
	d.LoggingAccess = kind.Known(false)
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "database", UID: s.uid, Name: s.name, Prov: prov, Aliases: aliasOf(s.id)}, d)
}
