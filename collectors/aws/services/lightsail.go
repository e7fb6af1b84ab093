package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lightsail"
	"github.com/aws/aws-sdk-go-v2/service/lightsail/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// lightsailService reads databases and buckets of Lightsail. Its instances are not read.
func lightsailService() api.Service {
	return api.Service{
		Name: "lightsail", Kinds: []string{"database", "backup_plan", "snapshot", "recovery_point", "bucket"}, Collect: lightsailCollect,
		SomeRegions: true,
		Operations: []api.Operation{
			{Name: "GetRelationalDatabases", Tells: []string{"database", "backup_plan"}},
			{Name: "GetRelationalDatabaseSnapshots", Tells: []string{"snapshot", "recovery_point"}},
			{Name: "GetBuckets", Tells: []string{"bucket"}},
		},
	}
}

func lightsailCollect(ctx context.Context, c *api.Context) {
	client := lightsail.NewFromConfig(c.AWS())
	databases := api.List(ctx, c, client.GetRelationalDatabases, &lightsail.GetRelationalDatabasesInput{},
		func(o *lightsail.GetRelationalDatabasesOutput) []types.RelationalDatabase {
			return o.RelationalDatabases
		})
	for _, b := range databases.Items {
		lightsailDatabase(ctx, c, b, databases.Prov)
	}
	snapshots := api.List(ctx, c, client.GetRelationalDatabaseSnapshots, &lightsail.GetRelationalDatabaseSnapshotsInput{},
		func(o *lightsail.GetRelationalDatabaseSnapshotsOutput) []types.RelationalDatabaseSnapshot {
			return o.RelationalDatabaseSnapshots
		})
	for _, s := range snapshots.Items {
		ownSnapshot{
			uid: aws.ToString(s.Arn), name: aws.ToString(s.Name), source: aws.ToString(s.FromRelationalDatabaseArn), manual: true,
			tags: lightsailTags(s.Tags, snapshots.Prov), status: rdsStatus(aws.ToString(s.State)), taken: s.CreatedAt,
			expires: kind.Null[kind.Time](), prov: snapshots.Prov,
		}.emit(ctx, c)
	}
	buckets := api.List(ctx, c, client.GetBuckets, &lightsail.GetBucketsInput{},
		func(o *lightsail.GetBucketsOutput) []types.Bucket { return o.Buckets })
	for _, b := range buckets.Items {
		lightsailBucket(ctx, c, b, buckets.Prov)
	}
}

// lightsailDatabase is always encrypted; it takes daily backups that are kept for seven days unless they are turned off.
func lightsailDatabase(ctx context.Context, c *api.Context, b types.RelationalDatabase, prov *evidence.Provenance) {
	uid, name := aws.ToString(b.Arn), aws.ToString(b.Name)
	d := c.Datastore("database", lightsailTags(b.Tags, prov))
	encryptedByService(ctx, c, &d, uid, "")
	d.EncryptionInTransitRequired = kind.Unknown[bool](evidence.Unsupported, "Lightsail does not state it with the settings of the database")
	public := kind.Known(aws.ToBool(b.PubliclyAccessible))
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(&d)
	d.NetworkPlacement = kind.Choose(public, "public", "private")
	awsstore.ManagedEngine(&d, "lightsail")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(kind.Known(aws.ToString(b.SecondaryAvailabilityZone) != ""), "multi_az", "single")
	d.LoggingAccess = kind.Known(false)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	days := kind.Known[int64](0)
	if aws.ToBool(b.BackupRetentionEnabled) {
		days = kind.Known[int64](7)
	}
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: days, copies: awsstore.NoCopies(), latest: b.LatestRestorableTime,
		rules: []awsstore.BackupRule{awsstore.DailyBackup(), awsstore.ContinuousBackup()},
	})
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov}, d)
}

// lightsailBucket is always encrypted. It is public as a whole, or its objects may be made public one by one: then nobody can tell.
func lightsailBucket(ctx context.Context, c *api.Context, b types.Bucket, prov *evidence.Provenance) {
	uid := aws.ToString(b.Arn)
	d := c.Datastore("bucket", lightsailTags(b.Tags, prov))
	encryptedByService(ctx, c, &d, uid, "")
	d.EncryptionInTransitRequired = kind.Unknown[bool](evidence.Unsupported, "Lightsail does not state whether the bucket refuses plain HTTP")
	rules := orEmpty(b.AccessRules)
	public := kind.Known(rules.GetObject == types.AccessTypePublic)
	if aws.ToBool(rules.AllowPublicOverrides) {
		public = kind.Either(public, kind.Unknown[bool](evidence.Unsupported, "single objects of the bucket may be public"))
	}
	var x awsstore.Exposure
	x.Add("acl", public)
	x.Fill(&d)
	d.NetworkPlacement = kind.Known("none")
	awsstore.WithoutEngine(&d)
	awsstore.WithoutWORM(&d)
	d.Versioning = kind.Known(aws.ToString(b.ObjectVersioning) == "Enabled")
	withoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	logs := orEmpty(b.AccessLogConfig)
	d.LoggingAccess = kind.Known(aws.ToBool(logs.Enabled))
	if aws.ToBool(logs.Enabled) {
		c.Relate("logs_to", uid, aws.ToString(logs.Destination)) // the name of another bucket
	}
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "bucket", UID: uid, Name: aws.ToString(b.Name), Prov: prov, Aliases: aliasOf(b.Name)}, d)
}

func lightsailTags(list []types.Tag, prov *evidence.Provenance) api.Tags {
	tags := api.TagsOf(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
	tags.Prov = prov
	return tags
}
