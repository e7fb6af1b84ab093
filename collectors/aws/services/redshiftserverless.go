package services

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	"github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// redshiftserverlessService reads serverless warehouses: a namespace is the store, its workgroup says how it is reached.
func redshiftserverlessService() api.Service {
	return api.Service{
		Name: "redshiftserverless", Prefix: "redshift-serverless", Kinds: []string{"database", "snapshot", "backup_plan", "recovery_point"},
		Collect: redshiftserverlessCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListNamespaces", Tells: []string{"database", "backup_plan", "recovery_point"}},
			{Name: "ListWorkgroups", Tells: []string{
				"exposure.public", "exposure.public_paths", "encryption.in_transit_required", "network.placement", "attached_to", "reaches",
			}},
			{Name: "ListSnapshotCopyConfigurations", Tells: []string{"rules"}},
			{Name: "ListSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "ListRecoveryPoints", Tells: []string{"recovery_point"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func redshiftserverlessCollect(ctx context.Context, c *api.Context) {
	client := redshiftserverless.NewFromConfig(c.AWS())
	spaces := api.List(ctx, c, client.ListNamespaces, &redshiftserverless.ListNamespacesInput{},
		func(o *redshiftserverless.ListNamespacesOutput) []types.Namespace { return o.Namespaces })
	keys := make(map[string]string, len(spaces.Items))
	for _, n := range spaces.Items {
		keys[aws.ToString(n.NamespaceArn)] = aws.ToString(n.KmsKeyId)
	}
	if len(spaces.Items) > 0 && c.Wants("database", "backup_plan") {
		groups := api.List(ctx, c, client.ListWorkgroups, &redshiftserverless.ListWorkgroupsInput{},
			func(o *redshiftserverless.ListWorkgroupsOutput) []types.Workgroup { return o.Workgroups })
		copies := api.List(ctx, c, client.ListSnapshotCopyConfigurations, &redshiftserverless.ListSnapshotCopyConfigurationsInput{},
			func(o *redshiftserverless.ListSnapshotCopyConfigurationsOutput) []types.SnapshotCopyConfiguration {
				return o.SnapshotCopyConfigurations
			})
		api.Each(ctx, c, spaces.Items, func(ctx context.Context, n types.Namespace) {
			redshiftNamespace(ctx, c, client, n, groups, copies, spaces.Prov)
		})
	}
	redshiftserverlessCopies(ctx, c, client, keys)
}

func redshiftNamespace(
	ctx context.Context, c *api.Context, client *redshiftserverless.Client, n types.Namespace, groups api.Listing[types.Workgroup],
	copies api.Listing[types.SnapshotCopyConfiguration], prov *evidence.Provenance,
) {
	uid, name := aws.ToString(n.NamespaceArn), aws.ToString(n.NamespaceName)
	d := c.Datastore("database", redshiftserverlessTags(ctx, c, client, uid))
	encryptedByService(ctx, c, &d, uid, awsOwned(n.KmsKeyId))
	redshiftWorkgroups(ctx, c, &d, uid, name, groups)
	awsstore.ManagedEngine(&d, "redshift-serverless")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az") // the service moves a workgroup to another zone by itself
	d.LoggingAccess = kind.Known(slices.Contains(n.LogExports, types.LogExportUserActivityLog))
	if len(n.LogExports) > 0 {
		c.RelateOpen("logs_to", uid) // the API does not name the log groups
	}
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	// The service makes recovery points every 30 minutes and keeps them for a day.
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known[int64](1), copies: redshiftserverlessRegions(c, name, copies),
		rules: []awsstore.BackupRule{{Text: "every 30 minutes", Minutes: 30, Type: "snapshot"}},
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov, Aliases: aliasOf(n.NamespaceId)}, d)
}

// awsOwned is a key that a service names by its ARN, or "" where it names the key that AWS owns by a word.
func awsOwned(key *string) string {
	switch k := aws.ToString(key); k {
	case "AWS_OWNED_KMS_KEY", "AWS_OWNED_KEY", "auto":
		return ""
	default:
		return k
	}
}

// redshiftWorkgroups: a namespace is as open as the most open of its workgroups. Without one nobody can connect to it.
func redshiftWorkgroups(ctx context.Context, c *api.Context, d *kind.Datastore, uid, name string, groups api.Listing[types.Workgroup]) {
	var x awsstore.Exposure
	var subnets []string
	tls := kind.Known(true)
	found := false
	for _, g := range groups.Items {
		if aws.ToString(g.NamespaceName) != name {
			continue
		}
		found = true
		x.Add("network", kind.Known(aws.ToBool(g.PubliclyAccessible)))
		tls = kind.Both(tls, workgroupTLS(g))
		subnets = append(subnets, g.SubnetIds...)
		guard(c, uid, g.SecurityGroupIds)
	}
	if groups.Fail != nil {
		why := groups.Fail.Unknown()
		x.Add("network", kind.Because[bool](why))
		tls = kind.Both(tls, kind.Because[bool](why))
		d.NetworkPlacement = kind.Because[string](why)
		c.RelateOpen("runs_in", uid)
	}
	x.Fill(d)
	d.EncryptionInTransitRequired = tls.From(groups.Prov)
	switch {
	case found:
		place(ctx, c, d, uid, subnets, nil)
	case groups.Fail == nil:
		d.EncryptionInTransitRequired, d.NetworkPlacement = kind.NA[bool](), kind.Known("none")
	}
}

func workgroupTLS(g types.Workgroup) kind.Attr[bool] {
	for _, p := range g.ConfigParameters {
		if aws.ToString(p.ParameterKey) == "require_ssl" {
			return kind.Known(aws.ToString(p.ParameterValue) == "true")
		}
	}
	return kind.Unknown[bool](evidence.Unsupported, "the workgroup does not state require_ssl")
}

// redshiftserverlessRegions are the further regions to which a namespace's copies go.
func redshiftserverlessRegions(c *api.Context, name string, copies api.Listing[types.SnapshotCopyConfiguration]) kind.Attr[[]kind.BackupPlanRuleCopy] {
	out := []kind.BackupPlanRuleCopy{}
	for _, there := range copies.Items {
		if aws.ToString(there.NamespaceName) == name {
			out = append(out, kind.BackupPlanRuleCopy{
				Vault: kind.NA[string](), Region: kind.Known(aws.ToString(there.DestinationRegion)), Account: kind.Known(c.Account.UID()),
			})
		}
	}
	if copies.Fail != nil {
		return kind.AtLeast(out, copies.Fail.Unknown())
	}
	return kind.Known(out)
}

// redshiftserverlessCopies reads the snapshots, which somebody made, and the recovery points, which the service makes and keeps for a day.
func redshiftserverlessCopies(ctx context.Context, c *api.Context, client *redshiftserverless.Client, keys map[string]string) {
	snapshots := api.List(ctx, c, client.ListSnapshots, &redshiftserverless.ListSnapshotsInput{},
		func(o *redshiftserverless.ListSnapshotsOutput) []types.Snapshot { return o.Snapshots })
	api.Each(ctx, c, snapshots.Items, func(ctx context.Context, s types.Snapshot) {
		if owner := aws.ToString(s.OwnerAccount); owner != "" && owner != c.Account.ID {
			return // shared by another account, which owns it
		}
		uid := aws.ToString(s.SnapshotArn)
		out := ownSnapshot{
			uid: uid, name: aws.ToString(s.SnapshotName), source: aws.ToString(s.NamespaceArn), manual: true, key: awsOwned(s.KmsKeyId),
			tags: redshiftserverlessTags(ctx, c, client, uid), status: rdsStatus(lower(s.Status)), taken: s.SnapshotCreateTime,
			expires: kind.Null[kind.Time](), size: megabytes(s.TotalBackupSizeInMegaBytes), prov: snapshots.Prov,
		}
		if aws.ToInt32(s.SnapshotRetentionPeriod) > 0 {
			out.expires = daysAfter(cmp.Or(s.SnapshotRetentionStartTime, s.SnapshotCreateTime), s.SnapshotRetentionPeriod)
		}
		out.emit(ctx, c)
	})
	points := api.List(ctx, c, client.ListRecoveryPoints, &redshiftserverless.ListRecoveryPointsInput{},
		func(o *redshiftserverless.ListRecoveryPointsOutput) []types.RecoveryPoint { return o.RecoveryPoints })
	for _, p := range points.Items {
		id := aws.ToString(p.RecoveryPointId)
		ownSnapshot{
			uid: c.ARN("redshift-serverless", "recoverypoint/"+id), name: id, source: aws.ToString(p.NamespaceArn),
			key: awsOwned(aws.String(keys[aws.ToString(p.NamespaceArn)])), status: "completed", taken: p.RecoveryPointCreateTime,
			expires: daysAfter(p.RecoveryPointCreateTime, aws.Int32(1)), size: megabytes(p.TotalSizeInMegaBytes), prov: points.Prov,
		}.emit(ctx, c)
	}
}

func redshiftserverlessTags(ctx context.Context, c *api.Context, client *redshiftserverless.Client, arn string) api.Tags {
	a := api.Ask(ctx, c, client.ListTagsForResource, &redshiftserverless.ListTagsForResourceInput{ResourceArn: &arn})
	return tagsIn(a, func(o *redshiftserverless.ListTagsForResourceOutput) []types.Tag { return o.Tags },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

// megabytes are bytes; nil where nothing is stated.
func megabytes(n *float64) *int64 {
	if n == nil {
		return nil
	}
	const mega = 1 << 20
	return aws.Int64(int64(*n * mega))
}
