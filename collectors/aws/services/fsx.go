package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fsx"
	"github.com/aws/aws-sdk-go-v2/service/fsx/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// fsxService reads the file systems and caches of FSx, which are encrypted always and lie in a network, and their backups.
func fsxService() api.Service {
	return api.Service{
		Name: "fsx", Kinds: []string{"filesystem", "backup_plan", "recovery_point"}, Collect: fsxCollect,
		Operations: []api.Operation{
			{Name: "DescribeFileSystems", Tells: []string{"filesystem", "backup_plan"}},
			{Name: "DescribeFileCaches", Tells: []string{"filesystem"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
			{Name: "DescribeBackups", Tells: []string{"recovery_point"}},
		},
	}
}

func fsxCollect(ctx context.Context, c *api.Context) {
	client := fsx.NewFromConfig(c.AWS())
	systems := api.List(ctx, c, client.DescribeFileSystems, &fsx.DescribeFileSystemsInput{},
		func(o *fsx.DescribeFileSystemsOutput) []types.FileSystem { return o.FileSystems })
	api.Each(ctx, c, systems.Items, func(ctx context.Context, f types.FileSystem) { fsxFileSystem(ctx, c, fsxOf(f), systems.Prov) })
	caches := api.List(ctx, c, client.DescribeFileCaches, &fsx.DescribeFileCachesInput{},
		func(o *fsx.DescribeFileCachesOutput) []types.FileCache { return o.FileCaches })
	api.Each(ctx, c, caches.Items, func(ctx context.Context, f types.FileCache) {
		fsxFileSystem(ctx, c, fsxVolume{
			uid: aws.ToString(f.ResourceARN), id: f.FileCacheId, product: "file_cache", key: aws.ToString(f.KmsKeyId), subnets: f.SubnetIds,
			interfaces: f.NetworkInterfaceIds, tags: fsxCacheTags(ctx, c, client, f.ResourceARN),
		}, caches.Prov)
	})
	fsxBackups(ctx, c, client)
}

// fsxVolume is what the products of FSx describe, each in structures of its own.
type fsxVolume struct {
	uid                 string
	id                  *string
	product, deployment string
	key                 string
	subnets, interfaces []string
	days                *int32 // for which automatic backups are kept; nil where there are none
	audit               *types.WindowsAuditLogConfiguration
	tags                api.Tags
}

func fsxOf(f types.FileSystem) fsxVolume {
	v := fsxVolume{
		uid: aws.ToString(f.ResourceARN), id: f.FileSystemId, product: strings.ToLower(string(f.FileSystemType)), key: aws.ToString(f.KmsKeyId),
		subnets: f.SubnetIds, interfaces: f.NetworkInterfaceIds, tags: fsxTags(f.Tags),
	}
	switch {
	case f.WindowsConfiguration != nil:
		w := f.WindowsConfiguration
		v.deployment, v.days, v.audit = string(w.DeploymentType), w.AutomaticBackupRetentionDays, w.AuditLogConfiguration
	case f.OntapConfiguration != nil:
		v.deployment, v.days = string(f.OntapConfiguration.DeploymentType), f.OntapConfiguration.AutomaticBackupRetentionDays
	case f.OpenZFSConfiguration != nil:
		v.deployment, v.days = string(f.OpenZFSConfiguration.DeploymentType), f.OpenZFSConfiguration.AutomaticBackupRetentionDays
	case f.LustreConfiguration != nil:
		v.deployment, v.days = string(f.LustreConfiguration.DeploymentType), f.LustreConfiguration.AutomaticBackupRetentionDays
	}
	return v
}

func fsxFileSystem(ctx context.Context, c *api.Context, v fsxVolume, prov *evidence.Provenance) {
	name := aws.ToString(v.id)
	if tagged := v.tags.Values["Name"]; tagged != "" {
		name = tagged
	}
	d := c.Datastore("filesystem", v.tags)
	encryptedByService(ctx, c, &d, v.uid, v.key)
	d.EncryptionInTransitRequired = kind.Unknown[bool](evidence.NotInPlane, "FSx settles it with each client or share")
	awsstore.Private(&d)
	place(ctx, c, &d, v.uid, v.subnets, groupsOfInterfaces(ctx, c, v.interfaces))
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(kind.Known(strings.HasPrefix(v.deployment, "MULTI_AZ")), "multi_az", "single")
	awsstore.ManagedEngine(&d, "fsx-"+v.product)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.LoggingAccess = kind.Known(false)
	if v.audit != nil {
		level := v.audit.FileAccessAuditLogLevel
		d.LoggingAccess = kind.Known(level == types.WindowsAccessAuditLogLevelSuccessOnly || level == types.WindowsAccessAuditLogLevelSuccessAndFailure)
		c.Relate("logs_to", v.uid, strings.TrimSuffix(aws.ToString(v.audit.AuditLogDestination), ":*"))
	}
	unsized(&d)
	unsearched(&d)
	nativeBackups(c, &d, selfBackup{
		uid: v.uid, name: name, prov: prov, days: kind.Known(int64(aws.ToInt32(v.days))), copies: awsstore.NoCopies(),
		rules: []awsstore.BackupRule{awsstore.DailyBackup()},
	})
	c.Emit(api.Entity{Kind: "filesystem", UID: v.uid, Name: name, Prov: prov, Aliases: aliasOf(v.id)}, d)
}

func fsxTags(list []types.Tag) api.Tags {
	return api.TagsOf(list, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

func fsxCacheTags(ctx context.Context, c *api.Context, client *fsx.Client, arn *string) api.Tags {
	l := api.List(ctx, c, client.ListTagsForResource, &fsx.ListTagsForResourceInput{ResourceARN: arn},
		func(o *fsx.ListTagsForResourceOutput) []types.Tag { return o.Tags })
	return tagsListed(l, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
}

// fsxBackups reads the backups that FSx made by itself or on demand. Those of AWS Backup are read from there.
func fsxBackups(ctx context.Context, c *api.Context, client *fsx.Client) {
	l := api.List(ctx, c, client.DescribeBackups, &fsx.DescribeBackupsInput{},
		func(o *fsx.DescribeBackupsOutput) []types.Backup { return o.Backups })
	for _, b := range l.Items {
		if b.Type == types.BackupTypeAwsBackup {
			continue
		}
		uid := aws.ToString(b.ResourceARN)
		p := snapshotPoint(fsxStatus(b.Lifecycle), b.CreationTime, b.CreationTime)
		if b.Type == types.BackupTypeAutomatic {
			p.ExpiresAt = daysAfter(b.CreationTime, fsxKept(b))
		}
		keyOf(ctx, c, &p, uid, aws.Bool(true), aws.ToString(b.KmsKeyId))
		p.SizeBytes = sizeOf(b.SizeInBytes)
		c.Emit(api.Entity{Kind: "recovery_point", UID: uid, Name: aws.ToString(b.BackupId), Prov: l.Prov}, p)
		switch {
		case b.FileSystem != nil && aws.ToString(b.FileSystem.ResourceARN) != "":
			c.Relate("protects", uid, *b.FileSystem.ResourceARN)
		case b.Volume != nil && aws.ToString(b.Volume.FileSystemId) != "": // a volume of ONTAP or OpenZFS is a part of its file system
			c.Relate("protects", uid, c.ARN("fsx", "file-system/"+*b.Volume.FileSystemId))
		default:
			c.RelateOpen("protects", uid)
		}
	}
}

// fsxKept is for how many days the file system keeps automatic backups, as the backup remembers it.
func fsxKept(b types.Backup) *int32 {
	if b.FileSystem == nil {
		return nil
	}
	return fsxOf(*b.FileSystem).days
}

func fsxStatus(s types.BackupLifecycle) string {
	switch s {
	case types.BackupLifecycleAvailable:
		return "completed"
	case types.BackupLifecycleDeleted:
		return "deleting"
	}
	return "partial"
}
