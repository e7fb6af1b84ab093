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

// rdsCopy is a snapshot of an instance or of a cluster: the API describes the two in structures of their own.
type rdsCopy struct {
	arn, name, source string // source is the ARN of what it was taken of
	typ, status       string // manual, automated or awsbackup; available, creating, ...
	encrypted         *bool
	key               string
	taken, made       *time.Time // the state of the data, and when this copy of it was made
	size              *int64
	days              *int32 // for which an automated one is kept
	tags              []types.Tag
	cluster           bool
	id                *string // by which its attributes are asked for
}

// rdsSnapshots reads the snapshots. Each is a recovery point; a manual one is a store of its own, too: it stays when the database is gone, and
// can be shared. Those of AWS Backup are read from there.
func rdsSnapshots(ctx context.Context, c *api.Context, client *rds.Client) {
	one := api.List(ctx, c, client.DescribeDBSnapshots, &rds.DescribeDBSnapshotsInput{},
		func(o *rds.DescribeDBSnapshotsOutput) []types.DBSnapshot { return o.DBSnapshots })
	many := api.List(ctx, c, client.DescribeDBClusterSnapshots, &rds.DescribeDBClusterSnapshotsInput{},
		func(o *rds.DescribeDBClusterSnapshotsOutput) []types.DBClusterSnapshot { return o.DBClusterSnapshots })
	api.Each(ctx, c, one.Items, func(ctx context.Context, s types.DBSnapshot) {
		rdsSnapshot(ctx, c, client, copyOfInstance(c, s), one.Prov)
	})
	api.Each(ctx, c, many.Items, func(ctx context.Context, s types.DBClusterSnapshot) {
		rdsSnapshot(ctx, c, client, copyOfCluster(c, s), many.Prov)
	})
}

func copyOfInstance(c *api.Context, s types.DBSnapshot) rdsCopy {
	taken := s.OriginalSnapshotCreateTime
	if taken == nil {
		taken = s.SnapshotCreateTime
	}
	return rdsCopy{
		arn: aws.ToString(s.DBSnapshotArn), name: aws.ToString(s.DBSnapshotIdentifier),
		source: rdsSource(c, "db:"+aws.ToString(s.DBInstanceIdentifier), aws.ToString(s.SourceRegion), aws.ToString(s.SourceDBSnapshotIdentifier)),
		typ:    aws.ToString(s.SnapshotType), status: aws.ToString(s.Status), encrypted: s.Encrypted, key: aws.ToString(s.KmsKeyId),
		taken: taken, made: s.SnapshotCreateTime, size: s.FullSnapshotSizeInBytes, days: s.BackupRetentionPeriod, tags: s.TagList, id: s.DBSnapshotIdentifier,
	}
}

func copyOfCluster(c *api.Context, s types.DBClusterSnapshot) rdsCopy {
	return rdsCopy{
		arn: aws.ToString(s.DBClusterSnapshotArn), name: aws.ToString(s.DBClusterSnapshotIdentifier),
		source: rdsSource(c, "cluster:"+aws.ToString(s.DBClusterIdentifier), "", aws.ToString(s.SourceDBClusterSnapshotArn)),
		typ:    aws.ToString(s.SnapshotType), status: aws.ToString(s.Status), encrypted: s.StorageEncrypted, key: aws.ToString(s.KmsKeyId),
		taken: s.SnapshotCreateTime, made: s.SnapshotCreateTime, days: s.BackupRetentionPeriod, tags: s.TagList, cluster: true,
		id: s.DBClusterSnapshotIdentifier,
	}
}

// rdsSource is the ARN of the database that a snapshot was taken of. A copy from another region or account names the snapshot that it is
// a copy of.
func rdsSource(c *api.Context, resource, region, original string) string {
	account := c.Account.ID
	if there, owner := placeOfARN(original); there != "" {
		region, account = there, owner
	}
	if region == "" {
		region = c.Region
	}
	return "arn:" + c.Account.Partition + ":rds:" + region + ":" + account + ":" + resource
}

func rdsSnapshot(ctx context.Context, c *api.Context, client *rds.Client, s rdsCopy, prov *evidence.Provenance) {
	if s.typ == "awsbackup" {
		return
	}
	point := s.arn
	if s.typ == "manual" {
		point += "#recovery-point"
		if c.Wants("snapshot") {
			rdsStoredSnapshot(ctx, c, client, s, prov)
		}
	}
	if !c.Wants("recovery_point") {
		return
	}
	p := snapshotPoint(rdsStatus(s.status), s.taken, s.made)
	if s.typ == "automated" {
		p.ExpiresAt = daysAfter(s.made, s.days)
	}
	keyOf(ctx, c, &p, point, s.encrypted, s.key)
	p.SizeBytes = sizeOf(s.size)
	c.Emit(api.Entity{Kind: "recovery_point", UID: point, Name: s.name, Prov: prov}, p)
	c.Relate("protects", point, s.source)
}

// rdsStoredSnapshot is a manual snapshot as a store. Tags of a snapshot are its own, or were copied from the database.
func rdsStoredSnapshot(ctx context.Context, c *api.Context, client *rds.Client, s rdsCopy, prov *evidence.Provenance) {
	d := c.Datastore("snapshot", rdsTags(s.tags))
	encrypt(ctx, c, &d, s.arn, encryption{on: kind.Known(aws.ToBool(s.encrypted)), key: s.key, byDefault: kind.Known(false)})
	snapshot(&d)
	var x awsstore.Exposure
	x.Add("snapshot_share", rdsShared(ctx, c, client, s))
	x.Fill(&d)
	d.SizeBytes = sizeOf(s.size)
	c.Emit(api.Entity{Kind: "snapshot", UID: s.arn, Name: s.name, Prov: prov}, d)
}

// rdsShared is whether a manual snapshot is shared with everybody, which AWS refuses for an encrypted one.
func rdsShared(ctx context.Context, c *api.Context, client *rds.Client, s rdsCopy) kind.Attr[bool] {
	switch {
	case aws.ToBool(s.encrypted):
		return kind.Known(false)
	case s.cluster:
		a := api.Ask(ctx, c, client.DescribeDBClusterSnapshotAttributes,
			&rds.DescribeDBClusterSnapshotAttributesInput{DBClusterSnapshotIdentifier: s.id}, "DBClusterSnapshotNotFoundFault")
		return api.Read(a, func(o *rds.DescribeDBClusterSnapshotAttributesOutput) kind.Attr[bool] {
			if o.DBClusterSnapshotAttributesResult == nil {
				return kind.Known(false)
			}
			return kind.Known(slices.ContainsFunc(o.DBClusterSnapshotAttributesResult.DBClusterSnapshotAttributes,
				func(a types.DBClusterSnapshotAttribute) bool {
					return restorableByAll(a.AttributeName, a.AttributeValues)
				}))
		})
	}
	a := api.Ask(ctx, c, client.DescribeDBSnapshotAttributes,
		&rds.DescribeDBSnapshotAttributesInput{DBSnapshotIdentifier: s.id}, "DBSnapshotNotFound")
	return api.Read(a, func(o *rds.DescribeDBSnapshotAttributesOutput) kind.Attr[bool] {
		if o.DBSnapshotAttributesResult == nil {
			return kind.Known(false)
		}
		return kind.Known(slices.ContainsFunc(o.DBSnapshotAttributesResult.DBSnapshotAttributes,
			func(a types.DBSnapshotAttribute) bool { return restorableByAll(a.AttributeName, a.AttributeValues) }))
	})
}

func restorableByAll(name *string, values []string) bool {
	return aws.ToString(name) == "restore" && slices.Contains(values, "all")
}

// rdsStatus: only an available copy can be restored.
func rdsStatus(s string) string {
	switch {
	case s == "available", s == "active", s == "retained":
		return "completed"
	case strings.Contains(s, "delet"):
		return "deleting"
	}
	return "partial"
}

func sizeOf(size *int64) kind.Attr[int64] {
	if size == nil {
		return kind.Unknown[int64](evidence.Unsupported, "AWS does not report the size of this copy")
	}
	return kind.Known(*size)
}

// rdsWindow is the continuous backup of an instance or a cluster.
type rdsWindow struct {
	arn, name, source, status string
	window                    *types.RestoreWindow
	days                      *int32
	encrypted                 *bool
	key                       string
}

// rdsAutomatedBackups reads from which points in time databases can be restored: of those that are there, of deleted ones whose backups
// are kept, and of databases of other regions whose backups are copied to this one.
func rdsAutomatedBackups(ctx context.Context, c *api.Context, client *rds.Client) {
	one := api.List(ctx, c, client.DescribeDBInstanceAutomatedBackups, &rds.DescribeDBInstanceAutomatedBackupsInput{},
		func(o *rds.DescribeDBInstanceAutomatedBackupsOutput) []types.DBInstanceAutomatedBackup {
			return o.DBInstanceAutomatedBackups
		})
	for _, b := range one.Items {
		rdsContinuous(ctx, c, rdsWindow{
			arn: aws.ToString(b.DBInstanceAutomatedBackupsArn), name: aws.ToString(b.DBInstanceIdentifier),
			source: orElse(b.DBInstanceArn, c.ARN("rds", "db:"+aws.ToString(b.DBInstanceIdentifier))),
			status: aws.ToString(b.Status), window: b.RestoreWindow, days: b.BackupRetentionPeriod, encrypted: b.Encrypted,
			key: aws.ToString(b.KmsKeyId),
		}, one.Prov)
	}
	many := api.List(ctx, c, client.DescribeDBClusterAutomatedBackups, &rds.DescribeDBClusterAutomatedBackupsInput{},
		func(o *rds.DescribeDBClusterAutomatedBackupsOutput) []types.DBClusterAutomatedBackup {
			return o.DBClusterAutomatedBackups
		})
	for _, b := range many.Items {
		rdsContinuous(ctx, c, rdsWindow{
			arn: aws.ToString(b.DBClusterAutomatedBackupsArn), name: aws.ToString(b.DBClusterIdentifier),
			source: orElse(b.DBClusterArn, c.ARN("rds", "cluster:"+aws.ToString(b.DBClusterIdentifier))),
			status: aws.ToString(b.Status), window: b.RestoreWindow, days: b.BackupRetentionPeriod, encrypted: b.StorageEncrypted,
			key: aws.ToString(b.KmsKeyId),
		}, many.Prov)
	}
}

// rdsContinuous emits a continuous recovery point. It is kept as long as the database is; after that its last state is, for the retention.
func rdsContinuous(ctx context.Context, c *api.Context, b rdsWindow, prov *evidence.Provenance) {
	if b.arn == "" {
		b.arn = b.source + "#automated-backup" // AWS does not give every backup an ARN of its own
	}
	var from, to *time.Time
	if b.window != nil {
		from, to = b.window.EarliestTime, b.window.LatestTime
	}
	p := snapshotPoint(rdsStatus(b.status), from, to)
	p.Type = kind.Known("continuous")
	if b.status == "retained" {
		p.ExpiresAt = daysAfter(to, b.days)
	}
	keyOf(ctx, c, &p, b.arn, b.encrypted, b.key)
	p.SizeBytes = sizeOf(nil)
	c.Emit(api.Entity{Kind: "recovery_point", UID: b.arn, Name: b.name + " (continuous)", Prov: prov}, p)
	c.Relate("protects", b.arn, b.source)
}

// orElse is the text, or another one where there is none.
func orElse(text *string, other string) string {
	if aws.ToString(text) == "" {
		return other
	}
	return *text
}
