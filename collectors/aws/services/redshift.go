package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/redshift"
	"github.com/aws/aws-sdk-go-v2/service/redshift/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/schedule"
)

// redshiftService reads warehouse clusters and their snapshots.
func redshiftService() api.Service {
	return api.Service{
		Name: "redshift", Kinds: []string{"database", "snapshot", "backup_plan", "recovery_point"}, Collect: redshiftCollect,
		Operations: []api.Operation{
			{Name: "DescribeClusters", Tells: []string{"database", "backup_plan"}},
			{Name: "DescribeClusterSubnetGroups", Tells: []string{"network.placement"}},
			{Name: "DescribeClusterParameters", Tells: []string{"encryption.in_transit_required"}},
			{Name: "DescribeLoggingStatus", Tells: []string{"logging.access"}},
			{Name: "DescribeSnapshotSchedules", Tells: []string{"rules"}},
			{Name: "DescribeClusterSnapshots", Tells: []string{"snapshot", "recovery_point"}},
		},
	}
}

func redshiftCollect(ctx context.Context, c *api.Context) {
	client := redshift.NewFromConfig(c.AWS())
	if c.Wants("database", "backup_plan") {
		clusters := api.List(ctx, c, client.DescribeClusters, &redshift.DescribeClustersInput{},
			func(o *redshift.DescribeClustersOutput) []types.Cluster { return o.Clusters })
		api.Each(ctx, c, clusters.Items, func(ctx context.Context, k types.Cluster) { redshiftCluster(ctx, c, client, k, clusters.Prov) })
	}
	redshiftSnapshots(ctx, c, client)
}

func redshiftCluster(ctx context.Context, c *api.Context, client *redshift.Client, k types.Cluster, prov *evidence.Provenance) {
	name := aws.ToString(k.ClusterIdentifier)
	uid := c.ARN("redshift", "cluster:"+name)
	d := c.Datastore("database", redshiftTags(k.Tags))
	encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(k.Encrypted)), key: aws.ToString(k.KmsKeyId), byDefault: redshiftDefault(k)})
	d.EncryptionInTransitRequired = redshiftTLS(ctx, c, client, k)
	var x awsstore.Exposure
	x.Add("network", kind.Known(aws.ToBool(k.PubliclyAccessible)))
	x.Fill(&d)
	redshiftPlace(ctx, c, client, &d, uid, k)
	awsstore.ManagedEngine(&d, "redshift")
	d.AutoMinorUpgrade = kind.Known(aws.ToBool(k.AllowVersionUpgrade))
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(kind.Known(strings.EqualFold(aws.ToString(k.MultiAZ), "enabled")), "multi_az", "single")
	d.LoggingAccess = redshiftLogging(ctx, c, client, uid, name)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	copies := []kind.BackupPlanRuleCopy{}
	if there := k.ClusterSnapshotCopyStatus; there != nil && aws.ToString(there.DestinationRegion) != "" {
		copies = append(copies, kind.BackupPlanRuleCopy{
			Vault: kind.NA[string](), Region: kind.Known(*there.DestinationRegion), Account: kind.Known(c.Account.UID()),
		})
	}
	rules, more := redshiftRules(ctx, c, client, k)
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known(int64(aws.ToInt32(k.AutomatedSnapshotRetentionPeriod))), copies: kind.Known(copies),
		rules: rules, more: more,
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov, Aliases: aliasOf(k.ClusterNamespaceArn)}, d)
}

// redshiftDefault: AWS encrypts new clusters since January 2025; which older ones somebody chose to have encrypted is known.
func redshiftDefault(k types.Cluster) kind.Attr[bool] {
	const since = 2025
	if k.ClusterCreateTime == nil {
		return kind.Unknown[bool](evidence.Unsupported, "AWS does not state when the cluster was made")
	}
	return kind.Known(k.ClusterCreateTime.UTC().Year() >= since)
}

// redshiftTLS reads the parameter groups, each once however many clusters have it.
func redshiftTLS(ctx context.Context, c *api.Context, client *redshift.Client, k types.Cluster) kind.Attr[bool] {
	for _, g := range k.ClusterParameterGroups {
		group := aws.ToString(g.ParameterGroupName)
		l := api.Shared(c, "redshift parameters "+group, func(c *api.Context) api.Listing[types.Parameter] {
			return api.List(ctx, c, client.DescribeClusterParameters, &redshift.DescribeClusterParametersInput{ParameterGroupName: &group},
				func(o *redshift.DescribeClusterParametersOutput) []types.Parameter { return o.Parameters })
		})
		for _, p := range l.Items {
			if aws.ToString(p.ParameterName) == "require_ssl" {
				return awsstore.Enabled(kind.Known(aws.ToString(p.ParameterValue))).From(l.Prov)
			}
		}
		if l.Fail != nil {
			return kind.Because[bool](l.Fail.Unknown()).From(l.Prov)
		}
	}
	return kind.Unknown[bool](evidence.Unsupported, "the parameter group does not state require_ssl")
}

func redshiftPlace(ctx context.Context, c *api.Context, client *redshift.Client, d *kind.Datastore, uid string, k types.Cluster) {
	groups := api.Shared(c, "redshift subnet groups", func(c *api.Context) subnetGroups {
		l := api.List(ctx, c, client.DescribeClusterSubnetGroups, &redshift.DescribeClusterSubnetGroupsInput{},
			func(o *redshift.DescribeClusterSubnetGroupsOutput) []types.ClusterSubnetGroup {
				return o.ClusterSubnetGroups
			})
		return subnetGroupsOf(l, func(g types.ClusterSubnetGroup) (*string, []string) {
			return g.ClusterSubnetGroupName, idsOf(g.Subnets, func(s types.Subnet) *string { return s.SubnetIdentifier })
		})
	})
	ids := idsOf(k.VpcSecurityGroups, func(g types.VpcSecurityGroupMembership) *string { return g.VpcSecurityGroupId })
	placeByGroup(ctx, c, d, uid, groups, k.ClusterSubnetGroupName, ids)
}

// redshiftLogging is whether audit logging is on, and relates the cluster to what receives the logs.
func redshiftLogging(ctx context.Context, c *api.Context, client *redshift.Client, uid, name string) kind.Attr[bool] {
	a := api.Ask(ctx, c, client.DescribeLoggingStatus, &redshift.DescribeLoggingStatusInput{ClusterIdentifier: &name})
	switch {
	case a.Fail != nil:
		c.RelateOpen("logs_to", uid)
	case aws.ToBool(a.Out.LoggingEnabled) && aws.ToString(a.Out.BucketName) != "":
		c.Relate("logs_to", uid, "arn:"+c.Account.Partition+":s3:::"+*a.Out.BucketName)
	case aws.ToBool(a.Out.LoggingEnabled):
		for _, export := range a.Out.LogExports {
			c.Relate("logs_to", uid, c.ARN("logs", "log-group:/aws/redshift/cluster/"+name+"/"+export))
		}
	}
	return api.Read(a, func(o *redshift.DescribeLoggingStatusOutput) kind.Attr[bool] {
		return kind.Known(aws.ToBool(o.LoggingEnabled))
	})
}

// redshiftRules: a snapshot every eight hours, or by the schedule that was given to the cluster. More is why there are rules that are not known.
func redshiftRules(
	ctx context.Context, c *api.Context, client *redshift.Client, k types.Cluster,
) (rules []awsstore.BackupRule, more *evidence.Unknown) {
	if aws.ToString(k.SnapshotScheduleIdentifier) == "" {
		return []awsstore.BackupRule{{Text: "every eight hours", Minutes: 8 * 60, Type: "snapshot"}}, nil
	}
	l := api.List(ctx, c, client.DescribeSnapshotSchedules, &redshift.DescribeSnapshotSchedulesInput{ScheduleIdentifier: k.SnapshotScheduleIdentifier},
		func(o *redshift.DescribeSnapshotSchedulesOutput) []types.SnapshotSchedule { return o.SnapshotSchedules })
	if l.Fail != nil {
		why := l.Fail.Unknown()
		return nil, &why
	}
	for _, s := range l.Items {
		for _, text := range s.ScheduleDefinitions {
			minutes, err := schedule.IntervalMinutes(text)
			if err != nil {
				more = &evidence.Unknown{Reason: evidence.ParseError, Detail: err.Error()}
				continue
			}
			rules = append(rules, awsstore.BackupRule{Text: text, Minutes: int64(minutes), Type: "snapshot"})
		}
	}
	return rules, more
}

func redshiftTags(list []types.Tag) api.Tags {
	return api.TagsOf(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

// redshiftSnapshots reads the snapshots. Each is a recovery point; a manual one is a store of its own, too. Redshift shares snapshots with named
// accounts only.
func redshiftSnapshots(ctx context.Context, c *api.Context, client *redshift.Client) {
	l := api.List(ctx, c, client.DescribeClusterSnapshots, &redshift.DescribeClusterSnapshotsInput{},
		func(o *redshift.DescribeClusterSnapshotsOutput) []types.Snapshot { return o.Snapshots })
	for _, s := range l.Items {
		if owner := aws.ToString(s.OwnerAccount); owner != "" && owner != c.Account.ID {
			continue // shared by another account, which owns it
		}
		redshiftSnapshot(ctx, c, s, l.Prov)
	}
}

func redshiftSnapshot(ctx context.Context, c *api.Context, s types.Snapshot, prov *evidence.Provenance) {
	cluster, name := aws.ToString(s.ClusterIdentifier), aws.ToString(s.SnapshotIdentifier)
	uid := aws.ToString(s.SnapshotArn)
	if uid == "" {
		uid = c.ARN("redshift", "snapshot:"+cluster+"/"+name)
	}
	point := uid
	size := kind.Unknown[int64](evidence.Unsupported, "AWS does not report the size of this copy")
	if s.TotalBackupSizeInMegaBytes != nil {
		const mega = 1 << 20
		size = kind.Known(int64(*s.TotalBackupSizeInMegaBytes * mega))
	}
	if aws.ToString(s.SnapshotType) == "manual" {
		point += "#recovery-point"
		d := c.Datastore("snapshot", redshiftTags(s.Tags))
		encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(s.Encrypted)), key: aws.ToString(s.KmsKeyId), byDefault: kind.Known(false)})
		snapshot(&d)
		awsstore.Private(&d)
		d.SizeBytes = size
		c.Emit(api.Entity{Kind: "snapshot", UID: uid, Name: name, Prov: prov}, d)
	}
	p := snapshotPoint(rdsStatus(aws.ToString(s.Status)), s.SnapshotCreateTime, s.SnapshotCreateTime)
	if aws.ToInt32(s.ManualSnapshotRetentionPeriod) > 0 {
		p.ExpiresAt = daysAfter(s.SnapshotCreateTime, s.ManualSnapshotRetentionPeriod)
	} else if aws.ToString(s.SnapshotType) == "automated" {
		p.ExpiresAt = daysAfter(nil, nil)
	}
	keyOf(ctx, c, &p, point, s.Encrypted, aws.ToString(s.KmsKeyId))
	p.SizeBytes = size
	c.Emit(api.Entity{Kind: "recovery_point", UID: point, Name: name, Prov: prov}, p)
	source := c.ARN("redshift", "cluster:"+cluster)
	if from := aws.ToString(s.SourceRegion); from != "" {
		source = c.Account.ARN("redshift", from, "cluster:"+cluster)
	}
	c.Relate("protects", point, source)
}
