package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// databasemigrationserviceService reads replication instances of the Database Migration Service (DMS).
func databasemigrationserviceService() api.Service {
	return api.Service{
		Name: "databasemigrationservice", Prefix: "dms", Kinds: []string{"stream"}, Collect: dmsCollect,
		Operations: []api.Operation{
			{Name: "DescribeReplicationInstances", Tells: []string{"stream"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func dmsCollect(ctx context.Context, c *api.Context) {
	client := databasemigrationservice.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.DescribeReplicationInstances, &databasemigrationservice.DescribeReplicationInstancesInput{},
		func(o *databasemigrationservice.DescribeReplicationInstancesOutput) []types.ReplicationInstance {
			return o.ReplicationInstances
		})
	api.Each(ctx, c, l.Items, func(ctx context.Context, i types.ReplicationInstance) { dmsInstance(ctx, c, client, i, l.Prov) })
}

// dmsInstance keeps the changes that it has yet to copy on an encrypted disk of its own.
func dmsInstance(
	ctx context.Context, c *api.Context, client *databasemigrationservice.Client, i types.ReplicationInstance, prov *evidence.Provenance,
) {
	uid := aws.ToString(i.ReplicationInstanceArn)
	tags := api.Ask(ctx, c, client.ListTagsForResource, &databasemigrationservice.ListTagsForResourceInput{ResourceArn: &uid})
	d := c.Datastore("stream", tagsIn(tags, func(o *databasemigrationservice.ListTagsForResourceOutput) []types.Tag { return o.TagList },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value }))
	encryptedByService(ctx, c, &d, uid, aws.ToString(i.KmsKeyId))
	d.EncryptionInTransitRequired = kind.NA[bool]() // nobody connects to it; its endpoints say how it connects to others
	var x awsstore.Exposure
	x.Add("network", kind.Known(i.PubliclyAccessible))
	x.Fill(&d)
	place(ctx, c, &d, uid, idsOf(orEmpty(i.ReplicationSubnetGroup).Subnets, func(s types.Subnet) *string { return s.SubnetIdentifier }),
		idsOf(i.VpcSecurityGroups, func(g types.VpcSecurityGroupMembership) *string { return g.VpcSecurityGroupId }))
	awsstore.ManagedEngine(&d, "dms")
	d.AutoMinorUpgrade = kind.Known(i.AutoMinorVersionUpgrade)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(kind.Known(i.MultiAZ), "multi_az", "single")
	d.LoggingAccess = kind.NA[bool]()
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "stream", UID: uid, Name: aws.ToString(i.ReplicationInstanceIdentifier), Prov: prov}, d)
}
