package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/efs"
	"github.com/aws/aws-sdk-go-v2/service/efs/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// efsService reads file systems of EFS. They are reached through mount targets inside a network only, so never public.
func efsService() api.Service {
	return api.Service{
		Name: "efs", Prefix: "elasticfilesystem", Kinds: []string{"filesystem", "backup_plan"}, Collect: efsFileSystems,
		Operations: []api.Operation{
			{Name: "DescribeFileSystems", Tells: []string{"filesystem", "backup_plan"}},
			{Name: "DescribeFileSystemPolicy", Tells: []string{"encryption.in_transit_required", "can_read", "can_write", "can_admin"}},
			{Name: "DescribeMountTargets", Tells: []string{"network.placement"}},
			{Name: "DescribeBackupPolicy", Tells: []string{"enabled", "rules", "backup.native_retention_days"}},
			{Name: "DescribeReplicationConfigurations", Tells: []string{"redundancy"}},
		},
	}
}

func efsFileSystems(ctx context.Context, c *api.Context) {
	client := efs.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.DescribeFileSystems, &efs.DescribeFileSystemsInput{},
		func(o *efs.DescribeFileSystemsOutput) []types.FileSystemDescription { return o.FileSystems })
	if len(l.Items) == 0 {
		return
	}
	replicas := api.List(ctx, c, client.DescribeReplicationConfigurations, &efs.DescribeReplicationConfigurationsInput{},
		func(o *efs.DescribeReplicationConfigurationsOutput) []types.ReplicationConfigurationDescription {
			return o.Replications
		})
	api.Each(ctx, c, l.Items, func(ctx context.Context, f types.FileSystemDescription) {
		efsFileSystem(ctx, c, client, f, replicas, l.Prov)
	})
}

func efsFileSystem(
	ctx context.Context, c *api.Context, client *efs.Client, f types.FileSystemDescription,
	replicas api.Listing[types.ReplicationConfigurationDescription], prov *evidence.Provenance,
) {
	uid := aws.ToString(f.FileSystemArn)
	if uid == "" {
		uid = c.ARN("elasticfilesystem", "file-system/"+aws.ToString(f.FileSystemId))
	}
	name := aws.ToString(f.Name)
	if name == "" {
		name = aws.ToString(f.FileSystemId)
	}
	d := c.Datastore("filesystem", api.TagsOf(f.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value }))
	encrypt(ctx, c, &d, uid, encryption{on: kind.Known(aws.ToBool(f.Encrypted)), key: aws.ToString(f.KmsKeyId), byDefault: kind.Known(false)})
	policy := api.Ask(ctx, c, client.DescribeFileSystemPolicy, &efs.DescribeFileSystemPolicyInput{FileSystemId: f.FileSystemId}, "PolicyNotFound")
	c.ResourcePolicy(uid, policy.Out.Policy, policy.Fail)
	doc := api.Read(policy, func(o *efs.DescribeFileSystemPolicyOutput) kind.Attr[iampolicy.Document] { return document(o.Policy) })
	d.EncryptionInTransitRequired = refusesHTTP(doc, "elasticfilesystem", uid)
	awsstore.Private(&d)
	efsPlacement(ctx, c, client, &d, uid, f)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = efsRedundancy(c, f, replicas)
	awsstore.ManagedEngine(&d, "efs")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.LoggingAccess = kind.Known(false) // EFS records no access to files
	d.SizeBytes = kind.Known(orEmpty(f.SizeInBytes).Value)
	unsearched(&d)
	backup := api.Ask(ctx, c, client.DescribeBackupPolicy, &efs.DescribeBackupPolicyInput{FileSystemId: f.FileSystemId}, "PolicyNotFound")
	days := api.Read(backup, func(o *efs.DescribeBackupPolicyOutput) kind.Attr[int64] {
		if o.BackupPolicy != nil && (o.BackupPolicy.Status == types.StatusEnabled || o.BackupPolicy.Status == types.StatusEnabling) {
			return kind.Known[int64](35) // the plan that EFS puts into AWS Backup
		}
		return kind.Known[int64](0)
	})
	nativeBackups(c, &d, selfBackup{
		uid: uid, name: name, prov: prov, days: days, copies: awsstore.NoCopies(),
		rules: []awsstore.BackupRule{{Text: "daily, by AWS Backup", Minutes: 24 * 60, Type: "snapshot"}},
	})
	c.Emit(api.Entity{Kind: "filesystem", UID: uid, Name: name, Prov: prov, Aliases: aliasOf(f.FileSystemId)}, d)
}

// efsPlacement: a file system without a mount target cannot be reached at all.
func efsPlacement(ctx context.Context, c *api.Context, client *efs.Client, d *kind.Datastore, uid string, f types.FileSystemDescription) {
	if f.NumberOfMountTargets == 0 {
		d.NetworkPlacement = kind.Known("none")
		return
	}
	l := api.List(ctx, c, client.DescribeMountTargets, &efs.DescribeMountTargetsInput{FileSystemId: f.FileSystemId},
		func(o *efs.DescribeMountTargetsOutput) []types.MountTargetDescription { return o.MountTargets })
	var subnets, interfaces []string
	for _, m := range l.Items {
		subnets, interfaces = append(subnets, aws.ToString(m.SubnetId)), append(interfaces, aws.ToString(m.NetworkInterfaceId))
	}
	place(ctx, c, d, uid, subnets, groupsOfInterfaces(ctx, c, interfaces))
	if l.Fail != nil {
		d.NetworkPlacement = kind.Because[string](l.Fail.Unknown()).From(l.Prov)
		c.RelateOpen("runs_in", uid)
	}
}

// efsRedundancy: all zones of the region, unless one is named; several regions where it is replicated to another.
func efsRedundancy(
	c *api.Context, f types.FileSystemDescription, replicas api.Listing[types.ReplicationConfigurationDescription],
) kind.Attr[string] {
	for _, r := range replicas.Items {
		if aws.ToString(r.SourceFileSystemId) != aws.ToString(f.FileSystemId) {
			continue
		}
		for _, to := range r.Destinations {
			if there := aws.ToString(to.Region); there != "" && there != c.Region {
				return kind.Known("multi_region").From(replicas.Prov)
			}
		}
	}
	if replicas.Fail != nil {
		return kind.Because[string](replicas.Fail.Unknown()).From(replicas.Prov)
	}
	return kind.Choose(kind.Known(aws.ToString(f.AvailabilityZoneName) != ""), "single", "multi_az")
}
