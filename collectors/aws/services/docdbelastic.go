package services

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/docdbelastic"
	"github.com/aws/aws-sdk-go-v2/service/docdbelastic/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// docdbelasticService reads elastic clusters of DocumentDB. Other clusters of DocumentDB answer to the API of RDS.
func docdbelasticService() api.Service {
	return api.Service{
		Name: "docdbelastic", Prefix: "docdb-elastic", Kinds: []string{"database", "backup_plan", "snapshot", "recovery_point"},
		Collect: docdbelasticCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListClusters", Tells: []string{"database", "backup_plan"}},
			{Name: "GetCluster", Tells: []string{
				"encryption.key_management", "encryption.source", "encrypted_by", "network.placement", "attached_to", "backup.native_retention_days",
				"enabled", "rules",
			}},
			{Name: "ListClusterSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "GetClusterSnapshot", Tells: []string{"encryption.key_management", "encryption.source", "encrypted_by", "key"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func docdbelasticCollect(ctx context.Context, c *api.Context) {
	client := docdbelastic.NewFromConfig(c.AWS())
	clusters := api.List(ctx, c, client.ListClusters, &docdbelastic.ListClustersInput{},
		func(o *docdbelastic.ListClustersOutput) []types.ClusterInList { return o.Clusters })
	api.Each(ctx, c, clusters.Items, func(ctx context.Context, k types.ClusterInList) {
		docdbelasticCluster(ctx, c, client, k, clusters.Prov)
	})
	for _, typ := range []types.SnapshotType{types.SnapshotTypeManual, types.SnapshotTypeAutomated} {
		l := api.List(ctx, c, client.ListClusterSnapshots, &docdbelastic.ListClusterSnapshotsInput{SnapshotType: aws.String(lower(typ))},
			func(o *docdbelastic.ListClusterSnapshotsOutput) []types.ClusterSnapshotInList { return o.Snapshots })
		api.Each(ctx, c, l.Items, func(ctx context.Context, s types.ClusterSnapshotInList) {
			docdbelasticSnapshot(ctx, c, client, s, typ, l.Prov)
		})
	}
}

// docdbelasticCluster is always encrypted and requires TLS.
func docdbelasticCluster(ctx context.Context, c *api.Context, client *docdbelastic.Client, k types.ClusterInList, prov *evidence.Provenance) {
	uid, name := aws.ToString(k.ClusterArn), aws.ToString(k.ClusterName)
	a := api.Ask(ctx, c, client.GetCluster, &docdbelastic.GetClusterInput{ClusterArn: &uid})
	about := orEmpty(a.Out.Cluster)
	d := c.Datastore("database", docdbelasticTags(ctx, c, client, uid))
	encryptedByService(ctx, c, &d, uid, awsOwned(about.KmsKeyId))
	if a.OK() {
		place(ctx, c, &d, uid, about.SubnetIds, about.VpcSecurityGroupIds)
	} else {
		unknownKey(c, &d, uid, firstFailure(a.Fail))
		d.NetworkPlacement = kind.Because[string](a.Fail.Unknown()).From(a.Prov)
		c.RelateOpen("runs_in", uid)
	}
	d.EncryptionInTransitRequired = kind.Known(true)
	awsstore.Private(&d)
	awsstore.ManagedEngine(&d, "docdb-elastic")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = kind.Known(false)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, copies: awsstore.NoCopies(), rules: []awsstore.BackupRule{awsstore.DailyBackup()},
		days: api.Read(a, func(*docdbelastic.GetClusterOutput) kind.Attr[int64] {
			return kind.Known(int64(aws.ToInt32(about.BackupRetentionPeriod)))
		}),
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov}, d)
}

func docdbelasticSnapshot(
	ctx context.Context, c *api.Context, client *docdbelastic.Client, s types.ClusterSnapshotInList, typ types.SnapshotType, prov *evidence.Provenance,
) {
	uid := aws.ToString(s.SnapshotArn)
	about := api.Ask(ctx, c, client.GetClusterSnapshot, &docdbelastic.GetClusterSnapshotInput{SnapshotArn: &uid})
	out := ownSnapshot{
		uid: uid, name: aws.ToString(s.SnapshotName), source: aws.ToString(s.ClusterArn), manual: typ == types.SnapshotTypeManual,
		key: awsOwned(orEmpty(about.Out.Snapshot).KmsKeyId), keyless: firstFailure(about.Fail), status: rdsStatus(lower(s.Status)),
		taken: parsedTime(s.SnapshotCreationTime), expires: daysAfter(nil, nil), prov: prov,
	}
	if out.manual {
		out.tags, out.expires = docdbelasticTags(ctx, c, client, uid), kind.Null[kind.Time]()
	}
	out.emit(ctx, c)
}

// parsedTime is a point in time that a service writes as text; nil where it is none.
func parsedTime(text *string) *time.Time {
	t, err := time.Parse(time.RFC3339, aws.ToString(text))
	if err != nil {
		return nil
	}
	return &t
}

func docdbelasticTags(ctx context.Context, c *api.Context, client *docdbelastic.Client, arn string) api.Tags {
	a := api.Ask(ctx, c, client.ListTagsForResource, &docdbelastic.ListTagsForResourceInput{ResourceArn: &arn})
	return tagsMapped(a, func(o *docdbelastic.ListTagsForResourceOutput) map[string]string { return o.Tags })
}
