package services

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// dynamodbService reads tables and their backups. A table is always encrypted, is reached through AWS's HTTPS endpoints only, and is stored in
// three zones. DynamoDB refuses every public resource policy, so a table is never public and its policy need not be read for that.
func dynamodbService() api.Service {
	return api.Service{
		Name: "dynamodb", Kinds: []string{"database", "backup_plan", "recovery_point"}, Collect: dynamodbCollect,
		Operations: []api.Operation{
			{Name: "ListTables", Tells: []string{"database", "backup_plan"}},
			{Name: "DescribeTable", Tells: []string{
				"encryption.key_management", "encryption.source", "deletion_protection", "redundancy", "size_bytes",
			}},
			{Name: "DescribeContinuousBackups", Tells: []string{
				"enabled", "rules", "backup.pitr", "backup.native_retention_days", "backup.latest_restorable_at",
			}},
			{Name: "DescribeTimeToLive", Tells: []string{"lifecycle.expire_days"}},
			{Name: "ListTagsOfResource", Tells: labelPaths()},
			{Name: "ListBackups", Tells: []string{"recovery_point"}},
			{Name: "GetResourcePolicy", Tells: []string{"can_read", "can_write", "can_admin"}},
		},
	}
}

func dynamodbCollect(ctx context.Context, c *api.Context) {
	client := dynamodb.NewFromConfig(c.AWS())
	if c.Wants("database", "backup_plan") {
		tables := api.List(ctx, c, client.ListTables, &dynamodb.ListTablesInput{},
			func(o *dynamodb.ListTablesOutput) []string { return o.TableNames })
		api.Each(ctx, c, tables.Items, func(ctx context.Context, name string) { dynamodbTable(ctx, c, client, name, tables.Prov) })
	}
	dynamodbBackups(ctx, c, client)
}

func dynamodbTable(ctx context.Context, c *api.Context, client *dynamodb.Client, name string, prov *evidence.Provenance) {
	uid := c.ARN("dynamodb", "table/"+name)
	table := api.Ask(ctx, c, client.DescribeTable, &dynamodb.DescribeTableInput{TableName: &name})
	t := table.Out.Table
	if t == nil {
		t = &types.TableDescription{}
	}
	said := func(f func() kind.Attr[bool]) kind.Attr[bool] {
		return api.Read(table, func(*dynamodb.DescribeTableOutput) kind.Attr[bool] { return f() })
	}
	d := c.Datastore("database", dynamodbTags(ctx, c, client, uid))
	dynamodbEncryption(ctx, c, &d, uid, table, t)
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	d.DeletionProtection = said(func() kind.Attr[bool] { return kind.Known(aws.ToBool(t.DeletionProtectionEnabled)) })
	d.Redundancy = kind.Choose(said(func() kind.Attr[bool] {
		return kind.Known(slices.ContainsFunc(t.Replicas, func(r types.ReplicaDescription) bool { return aws.ToString(r.RegionName) != c.Region }))
	}), "multi_region", "multi_az")
	awsstore.ManagedEngine(&d, "dynamodb")
	awsstore.WithoutWORM(&d)
	d.LifecycleExpireDays = dynamodbExpiry(ctx, c, client, name)
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	policy := api.Ask(ctx, c, client.GetResourcePolicy, &dynamodb.GetResourcePolicyInput{ResourceArn: &uid}, "PolicyNotFoundException")
	c.ResourcePolicy(uid, policy.Out.Policy, policy.Fail)
	d.SizeBytes = api.Read(table, func(*dynamodb.DescribeTableOutput) kind.Attr[int64] { return kind.Known(aws.ToInt64(t.TableSizeBytes)) })
	unsearched(&d)
	backups := api.Ask(ctx, c, client.DescribeContinuousBackups, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	b := selfBackup{
		uid: uid, name: name, prov: prov, copies: awsstore.NoCopies(), rules: []awsstore.BackupRule{awsstore.ContinuousBackup()},
		days: api.Read(backups, func(o *dynamodb.DescribeContinuousBackupsOutput) kind.Attr[int64] {
			return kind.Known(pitrDays(pitrOf(o)))
		}),
	}
	if p := pitrOf(backups.Out); p != nil {
		b.latest = p.LatestRestorableDateTime
	}
	nativeBackups(c, &d, b)
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov}, d)
}

// dynamodbEncryption: a table without a description of its encryption is encrypted with DynamoDB's own key; somebody chose any other.
func dynamodbEncryption(
	ctx context.Context, c *api.Context, d *kind.Datastore, uid string, table api.Answer[dynamodb.DescribeTableOutput], t *types.TableDescription,
) {
	if !table.OK() {
		why := table.Fail.Unknown()
		d.EncryptionAtRest = kind.Known(true)
		d.EncryptionKeyManagement, d.EncryptionSource = kind.Because[string](why).From(table.Prov), kind.Because[string](why).From(table.Prov)
		c.RelateOpen("encrypted_by", uid)
		return
	}
	e := encryption{on: kind.Known(true).From(table.Prov), byDefault: kind.Known(t.SSEDescription == nil).From(table.Prov)}
	if t.SSEDescription != nil {
		e.key = aws.ToString(t.SSEDescription.KMSMasterKeyArn)
	}
	encrypt(ctx, c, d, uid, e)
}

func dynamodbTags(ctx context.Context, c *api.Context, client *dynamodb.Client, arn string) api.Tags {
	return listedTags(ctx, c, arn, func() api.Tags {
		l := api.List(ctx, c, client.ListTagsOfResource, &dynamodb.ListTagsOfResourceInput{ResourceArn: &arn},
			func(o *dynamodb.ListTagsOfResourceOutput) []types.Tag { return o.Tags })
		tags := api.TagsOf(l.Items, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
		tags.Fail, tags.Prov = l.Fail, l.Prov
		return tags
	})
}

func dynamodbExpiry(ctx context.Context, c *api.Context, client *dynamodb.Client, name string) kind.Attr[int64] {
	ttl := api.Ask(ctx, c, client.DescribeTimeToLive, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	return api.Read(ttl, func(o *dynamodb.DescribeTimeToLiveOutput) kind.Attr[int64] {
		if d := o.TimeToLiveDescription; d == nil || d.TimeToLiveStatus == types.TimeToLiveStatusDisabled || d.TimeToLiveStatus == "" {
			return kind.Null[int64]()
		}
		return kind.Unknown[int64](evidence.NotInPlane, "each item names the time at which it expires")
	})
}

func pitrOf(o *dynamodb.DescribeContinuousBackupsOutput) *types.PointInTimeRecoveryDescription {
	if o.ContinuousBackupsDescription == nil {
		return nil
	}
	return o.ContinuousBackupsDescription.PointInTimeRecoveryDescription
}

// pitrDays: 35 days unless a shorter period is chosen.
func pitrDays(p *types.PointInTimeRecoveryDescription) int64 {
	switch {
	case p == nil || p.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled:
		return 0
	case p.RecoveryPeriodInDays == nil:
		return 35
	}
	return int64(*p.RecoveryPeriodInDays)
}

// dynamodbBackups reads the backups that were made on demand, and by DynamoDB when a table was deleted. Those of AWS Backup are read from
// there.
func dynamodbBackups(ctx context.Context, c *api.Context, client *dynamodb.Client) {
	l := api.List(ctx, c, client.ListBackups, &dynamodb.ListBackupsInput{BackupType: types.BackupTypeFilterAll},
		func(o *dynamodb.ListBackupsOutput) []types.BackupSummary { return o.BackupSummaries })
	for _, b := range l.Items {
		if b.BackupType == types.BackupTypeAwsBackup {
			continue
		}
		uid := aws.ToString(b.BackupArn)
		p := snapshotPoint(dynamodbBackupStatus(b.BackupStatus), b.BackupCreationDateTime, b.BackupCreationDateTime)
		p.ExpiresAt = api.Time(b.BackupExpiryDateTime)
		p.Encrypted = kind.Known(true)
		p.Key = kind.Unknown[string](evidence.Unsupported, "ListBackups does not name the key")
		p.SizeBytes = sizeOf(b.BackupSizeBytes)
		c.Emit(api.Entity{Kind: "recovery_point", UID: uid, Name: aws.ToString(b.BackupName), Prov: l.Prov}, p)
		c.Relate("protects", uid, aws.ToString(b.TableArn))
	}
}

func dynamodbBackupStatus(s types.BackupStatus) string {
	switch s {
	case types.BackupStatusAvailable:
		return "completed"
	case types.BackupStatusDeleted:
		return "deleting"
	}
	return "partial"
}
