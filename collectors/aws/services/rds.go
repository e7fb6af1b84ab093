package services

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// rdsService reads database instances and clusters, those of DocumentDB and Neptune too, which answer to the same API, and their copies.
func rdsService() api.Service {
	return api.Service{
		Name: "rds", Kinds: []string{"database", "snapshot", "backup_plan", "recovery_point"}, Collect: rdsCollect,
		Operations: []api.Operation{
			{Name: "DescribeDBInstances", Tells: []string{"database", "backup_plan"}},
			{Name: "DescribeDBClusters", Tells: []string{"database", "backup_plan"}},
			{Name: "DescribeDBSubnetGroups", Tells: []string{"network.placement"}},
			{Name: "DescribeDBParameters", Tells: []string{"encryption.in_transit_required", "logging.access"}},
			{Name: "DescribeDBClusterParameters", Tells: []string{"encryption.in_transit_required", "logging.access"}},
			{Name: "DescribeOptionGroups", Tells: []string{"encryption.in_transit_required", "logging.access"}},
			{Name: "DescribeDBSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "DescribeDBClusterSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "DescribeDBSnapshotAttributes", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "DescribeDBClusterSnapshotAttributes", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "DescribeDBInstanceAutomatedBackups", Tells: []string{"recovery_point"}},
			{Name: "DescribeDBClusterAutomatedBackups", Tells: []string{"recovery_point"}},
		},
	}
}

func rdsCollect(ctx context.Context, c *api.Context) {
	client := rds.NewFromConfig(c.AWS())
	if c.Wants("database", "backup_plan") {
		rdsDatabases(ctx, c, client)
	}
	if c.Wants("snapshot", "recovery_point") {
		rdsSnapshots(ctx, c, client)
	}
	if c.Wants("recovery_point") {
		rdsAutomatedBackups(ctx, c, client)
	}
}

// rdsDatabases reads instances and clusters. A cluster's instances hold no data of their own: they are parts of it.
func rdsDatabases(ctx context.Context, c *api.Context, client *rds.Client) {
	instances := api.List(ctx, c, client.DescribeDBInstances, &rds.DescribeDBInstancesInput{},
		func(o *rds.DescribeDBInstancesOutput) []types.DBInstance { return o.DBInstances })
	clusters := api.List(ctx, c, client.DescribeDBClusters, &rds.DescribeDBClustersInput{},
		func(o *rds.DescribeDBClustersOutput) []types.DBCluster { return o.DBClusters })
	members := map[string][]types.DBInstance{}
	var alone []types.DBInstance
	for _, i := range instances.Items {
		if id := aws.ToString(i.DBClusterIdentifier); id != "" {
			members[id] = append(members[id], i)
		} else {
			alone = append(alone, i)
		}
	}
	api.Each(ctx, c, alone, func(ctx context.Context, i types.DBInstance) { rdsInstance(ctx, c, client, i, instances.Prov) })
	api.Each(ctx, c, clusters.Items, func(ctx context.Context, k types.DBCluster) {
		m := rdsMembers{list: members[aws.ToString(k.DBClusterIdentifier)], prov: instances.Prov, fail: instances.Fail}
		rdsCluster(ctx, c, client, k, m, clusters.Prov)
	})
}

func rdsInstance(ctx context.Context, c *api.Context, client *rds.Client, i types.DBInstance, prov *evidence.Provenance) {
	uid, name := aws.ToString(i.DBInstanceArn), aws.ToString(i.DBInstanceIdentifier)
	d := c.Datastore("database", rdsTags(i.TagList))
	encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(i.StorageEncrypted)), key: aws.ToString(i.KmsKeyId), byDefault: kind.Known(false)})
	awsstore.Engine(&d, kind.Known(aws.ToString(i.Engine)), kind.Known(aws.ToString(i.EngineVersion)))
	s := rdsSettings(ctx, c, client, rdsGroups{
		engine: d.Engine, version: d.EngineVersion, parameters: instanceParameterGroup(i), options: optionGroups(i.OptionGroupMemberships),
	})
	d.EncryptionInTransitRequired, d.LoggingAccess = s.TLS(), s.Audit()
	d.AutoMinorUpgrade = kind.Known(aws.ToBool(i.AutoMinorVersionUpgrade))
	var x awsstore.Exposure
	x.Add("network", kind.Known(aws.ToBool(i.PubliclyAccessible)))
	x.Fill(&d)
	var subnets []string
	if i.DBSubnetGroup != nil {
		subnets = subnetsOfGroup(*i.DBSubnetGroup)
	}
	place(ctx, c, &d, uid, subnets, rdsSecurityGroups(i.VpcSecurityGroups))
	d.DeletionProtection = kind.Known(aws.ToBool(i.DeletionProtection))
	d.Redundancy = kind.Choose(kind.Known(aws.ToBool(i.MultiAZ)), "multi_az", "single")
	rdsRest(&d)
	copies := make([]kind.BackupPlanRuleCopy, 0, len(i.DBInstanceAutomatedBackupsReplications))
	for _, r := range i.DBInstanceAutomatedBackupsReplications {
		region, account := placeOfARN(aws.ToString(r.DBInstanceAutomatedBackupsArn))
		copies = append(copies, kind.BackupPlanRuleCopy{Vault: kind.NA[string](), Region: kind.Known(region), Account: kind.Known("aws:" + account)})
	}
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known(int64(aws.ToInt32(i.BackupRetentionPeriod))), copies: kind.Known(copies),
		latest: i.LatestRestorableTime, rules: []awsstore.BackupRule{awsstore.DailyBackup(), awsstore.ContinuousBackup()},
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov}, d)
}

func rdsCluster(ctx context.Context, c *api.Context, client *rds.Client, k types.DBCluster, m rdsMembers, prov *evidence.Provenance) {
	uid, name, engine := aws.ToString(k.DBClusterArn), aws.ToString(k.DBClusterIdentifier), aws.ToString(k.Engine)
	d := c.Datastore("database", rdsTags(k.TagList))
	encrypt(ctx, c, &d, uid, encryption{
		on: kind.Known(aws.ToBool(k.StorageEncrypted)), key: aws.ToString(k.KmsKeyId), byDefault: clusterEncryptsByDefault(k),
	})
	awsstore.Engine(&d, kind.Known(engine), kind.Known(aws.ToString(k.EngineVersion)))
	var options []string
	for _, o := range k.DBClusterOptionGroupMemberships {
		options = append(options, aws.ToString(o.DBClusterOptionGroupName))
	}
	s := rdsSettings(ctx, c, client, rdsGroups{
		engine: d.Engine, version: d.EngineVersion, parameters: aws.ToString(k.DBClusterParameterGroup), cluster: true, options: options,
	})
	d.EncryptionInTransitRequired = s.TLS()
	d.LoggingAccess = clusterAudit(k, s.Audit())
	ofMembers(&d, k, m)
	groups := dbSubnetGroups(ctx, c, client)
	place(ctx, c, &d, uid, groups.of[aws.ToString(k.DBSubnetGroup)], rdsSecurityGroups(k.VpcSecurityGroups))
	if groups.fail != nil {
		d.NetworkPlacement = kind.Because[string](groups.fail.Unknown()).From(groups.prov)
		c.RelateOpen("runs_in", uid)
	}
	d.DeletionProtection = kind.Known(aws.ToBool(k.DeletionProtection))
	rdsRest(&d)
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: kind.Known(int64(aws.ToInt32(k.BackupRetentionPeriod))), copies: awsstore.NoCopies(),
		latest: k.LatestRestorableTime, rules: []awsstore.BackupRule{awsstore.DailyBackup(), awsstore.ContinuousBackup()},
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov}, d)
}

// clusterEncryptsByDefault: AWS encrypts serverless clusters always, and Aurora clusters that it made since February 2026. Which of them
// somebody chose to have encrypted, AWS does not tell.
func clusterEncryptsByDefault(k types.DBCluster) kind.Attr[bool] {
	switch {
	case aws.ToString(k.EngineMode) == "serverless":
		return kind.Known(true)
	case !awsstore.IsAurora(aws.ToString(k.Engine)):
		return kind.Known(false)
	case k.ClusterCreateTime == nil:
		return kind.Unknown[bool](evidence.Unsupported, "AWS does not state when the cluster was made")
	}
	return kind.Known(!k.ClusterCreateTime.Before(time.Date(2026, time.February, 1, 0, 0, 0, 0, time.UTC)))
}

// clusterAudit: an activity stream records every access. DocumentDB and Neptune write their record to CloudWatch Logs only.
func clusterAudit(k types.DBCluster, byParameters kind.Attr[bool]) kind.Attr[bool] {
	switch engine := aws.ToString(k.Engine); {
	case k.ActivityStreamStatus == types.ActivityStreamStatusStarted:
		return kind.Known(true)
	case engine == "docdb", engine == "neptune":
		return kind.Both(byParameters, kind.Known(slices.Contains(k.EnabledCloudwatchLogsExports, "audit")))
	}
	return byParameters
}

// rdsMembers are the instances of a cluster.
type rdsMembers struct {
	list []types.DBInstance
	prov *evidence.Provenance
	fail *api.Failure // why there may be more
}

// some is whether something holds of an instance of the cluster.
func (m rdsMembers) some(f func(types.DBInstance) bool) kind.Attr[bool] {
	switch {
	case slices.ContainsFunc(m.list, f):
		return kind.Known(true).From(m.prov)
	case m.fail != nil:
		return kind.Because[bool](m.fail.Unknown()).From(m.prov)
	}
	return kind.Known(false).From(m.prov)
}

// redundancy: the service outlives a zone where a second instance in another one can take over.
func (m rdsMembers) redundancy() kind.Attr[string] {
	return kind.Choose(m.some(func(i types.DBInstance) bool {
		return aws.ToString(i.AvailabilityZone) != aws.ToString(m.list[0].AvailabilityZone)
	}), "multi_az", "single")
}

// ofMembers fills what the cluster's instances decide. A Multi-AZ DB cluster says it itself, and the older serverless mode has no instances.
func ofMembers(d *kind.Datastore, k types.DBCluster, m rdsMembers) {
	public := m.some(func(i types.DBInstance) bool { return aws.ToBool(i.PubliclyAccessible) })
	d.AutoMinorUpgrade = kind.Not(m.some(func(i types.DBInstance) bool { return !aws.ToBool(i.AutoMinorVersionUpgrade) }))
	d.Redundancy = m.redundancy()
	switch engine := aws.ToString(k.Engine); {
	case aws.ToString(k.EngineMode) == "serverless":
		public, d.Redundancy, d.AutoMinorUpgrade = kind.Known(false), kind.Known("multi_az"), kind.Known(true)
	case engine == "docdb":
		public = kind.Known(false) // it can have no public address
	case !awsstore.IsAurora(engine) && engine != "neptune":
		public, d.Redundancy = kind.Known(aws.ToBool(k.PubliclyAccessible)), kind.Known("multi_az")
		d.AutoMinorUpgrade = kind.Known(aws.ToBool(k.AutoMinorVersionUpgrade))
	}
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(d)
}

// rdsRest fills what all databases of RDS have in common.
func rdsRest(d *kind.Datastore) {
	awsstore.WithoutWORM(d)
	awsstore.WithoutExpiry(d)
	unsized(d)
	unsearched(d)
}

func rdsTags(list []types.Tag) api.Tags {
	return api.TagsOf(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

func rdsSecurityGroups(list []types.VpcSecurityGroupMembership) []string {
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = aws.ToString(g.VpcSecurityGroupId)
	}
	return out
}

func subnetsOfGroup(g types.DBSubnetGroup) []string {
	out := make([]string, len(g.Subnets))
	for i, s := range g.Subnets {
		out[i] = aws.ToString(s.SubnetIdentifier)
	}
	return out
}

func dbSubnetGroups(ctx context.Context, c *api.Context, client *rds.Client) subnetGroups {
	return api.Shared(c, "rds subnet groups", func(c *api.Context) subnetGroups {
		l := api.List(ctx, c, client.DescribeDBSubnetGroups, &rds.DescribeDBSubnetGroupsInput{},
			func(o *rds.DescribeDBSubnetGroupsOutput) []types.DBSubnetGroup { return o.DBSubnetGroups })
		out := subnetGroups{of: make(map[string][]string, len(l.Items)), prov: l.Prov, fail: l.Fail}
		for _, g := range l.Items {
			out.of[aws.ToString(g.DBSubnetGroupName)] = subnetsOfGroup(g)
		}
		return out
	})
}

// aliasOf is an id that AWS gives besides the ARN, as list of aliases.
func aliasOf(id *string) []string {
	if aws.ToString(id) == "" {
		return nil
	}
	return []string{*id}
}

// placeOfARN reads region and account from an ARN; both are empty where it is none.
func placeOfARN(arn string) (region, account string) {
	const fields, regionField, accountField = 6, 3, 4
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) < fields {
		return "", ""
	}
	return parts[regionField], parts[accountField]
}
