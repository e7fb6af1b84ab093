package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/timestreamwrite"
	"github.com/aws/aws-sdk-go-v2/service/timestreamwrite/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// timestreamwriteService reads the tables of Timestream for LiveAnalytics. Before every operation the SDK asks for the endpoint of the account.
func timestreamwriteService() api.Service {
	return api.Service{
		Name: "timestreamwrite", Prefix: "timestream", Kinds: []string{"database"}, Collect: timestreamCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListTables", Tells: []string{"database"}, Actions: timestreamActions("ListTables")},
			{
				Name: "ListDatabases", Tells: []string{"encryption.key_management", "encryption.source", "encrypted_by"},
				Actions: timestreamActions("ListDatabases"),
			},
			{Name: "ListTagsForResource", Tells: labelPaths(), Actions: timestreamActions("ListTagsForResource")},
		},
	}
}

func timestreamActions(operation string) []string {
	return []string{"timestream:DescribeEndpoints", "timestream:" + operation}
}

// notInTimestream is how AWS refuses accounts that did not use Timestream before it closed the service to new customers: such an account has no
// table.
const notInTimestream = "AccessDeniedException: Only existing Timestream"

func timestreamCollect(ctx context.Context, c *api.Context) {
	client := timestreamwrite.NewFromConfig(c.AWS(), func(o *timestreamwrite.Options) {
		if o.BaseEndpoint != nil { // what stands for AWS there answers by itself
			o.EndpointDiscovery.EnableEndpointDiscovery = aws.EndpointDiscoveryDisabled
		}
	})
	tables := api.List(ctx, c, client.ListTables, &timestreamwrite.ListTablesInput{},
		func(o *timestreamwrite.ListTablesOutput) []types.Table { return o.Tables }, notInTimestream)
	if len(tables.Items) == 0 {
		return
	}
	databases := api.List(ctx, c, client.ListDatabases, &timestreamwrite.ListDatabasesInput{},
		func(o *timestreamwrite.ListDatabasesOutput) []types.Database { return o.Databases })
	keys := make(map[string]string, len(databases.Items))
	for _, d := range databases.Items {
		keys[aws.ToString(d.DatabaseName)] = aws.ToString(d.KmsKeyId)
	}
	api.Each(ctx, c, tables.Items, func(ctx context.Context, t types.Table) {
		timestreamTable(ctx, c, client, t, keys, databases.Fail, tables.Prov)
	})
}

// timestreamTable is encrypted with its database's key, and keeps data for as long as its magnetic store does.
func timestreamTable(
	ctx context.Context, c *api.Context, client *timestreamwrite.Client, t types.Table, keys map[string]string, fail *api.Failure,
	prov *evidence.Provenance,
) {
	uid := aws.ToString(t.Arn)
	tags := api.Ask(ctx, c, client.ListTagsForResource, &timestreamwrite.ListTagsForResourceInput{ResourceARN: &uid})
	d := c.Datastore("database", tagsIn(tags, func(o *timestreamwrite.ListTagsForResourceOutput) []types.Tag { return o.Tags },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value }))
	key, found := keys[aws.ToString(t.DatabaseName)]
	encryptedByService(ctx, c, &d, uid, key)
	if !found {
		why := firstFailure(fail)
		if why == nil {
			why = &evidence.Unknown{Reason: evidence.Unlinked, Detail: "AWS does not list the table's database"}
		}
		unknownKey(c, &d, uid, why)
	}
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.ManagedEngine(&d, "timestream")
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.Unsupported, "AWS does not state the retention of the table")
	if kept := t.RetentionProperties; kept != nil && kept.MagneticStoreRetentionPeriodInDays != nil {
		d.LifecycleExpireDays = kind.Known(*kept.MagneticStoreRetentionPeriodInDays)
	}
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: aws.ToString(t.TableName), Prov: prov}, d)
}
