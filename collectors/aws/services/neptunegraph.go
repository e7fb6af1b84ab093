package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/neptunegraph"
	"github.com/aws/aws-sdk-go-v2/service/neptunegraph/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// neptunegraphService reads the graphs of Neptune Analytics. Clusters of Neptune answer to the API of RDS.
func neptunegraphService() api.Service {
	return api.Service{
		Name: "neptunegraph", Prefix: "neptune-graph", Kinds: []string{"database", "snapshot", "recovery_point"}, Collect: neptunegraphCollect,
		SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListGraphs", Tells: []string{"database"}},
			{Name: "ListGraphSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func neptunegraphCollect(ctx context.Context, c *api.Context) {
	client := neptunegraph.NewFromConfig(c.AWS())
	graphs := api.List(ctx, c, client.ListGraphs, &neptunegraph.ListGraphsInput{},
		func(o *neptunegraph.ListGraphsOutput) []types.GraphSummary { return o.Graphs })
	api.Each(ctx, c, graphs.Items, func(ctx context.Context, g types.GraphSummary) { neptuneGraph(ctx, c, client, g, graphs.Prov) })
	snapshots := api.List(ctx, c, client.ListGraphSnapshots, &neptunegraph.ListGraphSnapshotsInput{},
		func(o *neptunegraph.ListGraphSnapshotsOutput) []types.GraphSnapshotSummary { return o.GraphSnapshots })
	api.Each(ctx, c, snapshots.Items, func(ctx context.Context, s types.GraphSnapshotSummary) {
		uid := aws.ToString(s.Arn)
		source := ""
		if id := aws.ToString(s.SourceGraphId); id != "" {
			source = c.ARN("neptune-graph", "graph/"+id)
		}
		ownSnapshot{
			uid: uid, name: aws.ToString(s.Name), source: source, manual: true, key: awsOwned(s.KmsKeyIdentifier),
			tags: neptunegraphTags(ctx, c, client, uid), status: rdsStatus(lower(s.Status)), taken: s.SnapshotCreateTime,
			expires: kind.Null[kind.Time](), prov: snapshots.Prov,
		}.emit(ctx, c)
	})
}

// neptuneGraph is an analytics graph: always encrypted, HTTPS only, public where it says so. A replica lies in another zone.
func neptuneGraph(ctx context.Context, c *api.Context, client *neptunegraph.Client, g types.GraphSummary, prov *evidence.Provenance) {
	uid := aws.ToString(g.Arn)
	d := c.Datastore("database", neptunegraphTags(ctx, c, client, uid))
	encryptedByService(ctx, c, &d, uid, awsOwned(g.KmsKeyIdentifier))
	awsstore.OverHTTPS(&d)
	public := kind.Known(aws.ToBool(g.PublicConnectivity))
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(&d)
	d.NetworkPlacement = kind.Choose(public, "public", "private")
	awsstore.ManagedEngine(&d, "neptune-analytics")
	d.DeletionProtection = kind.Known(aws.ToBool(g.DeletionProtection))
	d.Redundancy = kind.Choose(kind.Known(aws.ToInt32(g.ReplicaCount) > 0), "multi_az", "single")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	withoutBackup(&d)
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: aws.ToString(g.Name), Prov: prov, Aliases: aliasOf(g.Id)}, d)
}

func neptunegraphTags(ctx context.Context, c *api.Context, client *neptunegraph.Client, arn string) api.Tags {
	a := api.Ask(ctx, c, client.ListTagsForResource, &neptunegraph.ListTagsForResourceInput{ResourceArn: &arn})
	return tagsMapped(a, func(o *neptunegraph.ListTagsForResourceOutput) map[string]string { return o.Tags })
}
