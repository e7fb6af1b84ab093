package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/healthlake"
	"github.com/aws/aws-sdk-go-v2/service/healthlake/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// healthlakeService reads the data stores of HealthLake, which hold patients' records in FHIR. The records are never read.
func healthlakeService() api.Service {
	return api.Service{
		Name: "healthlake", Kinds: []string{"database"}, Collect: healthlakeCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListFHIRDatastores", Tells: []string{"database"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func healthlakeCollect(ctx context.Context, c *api.Context) {
	client := healthlake.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListFHIRDatastores, &healthlake.ListFHIRDatastoresInput{},
		func(o *healthlake.ListFHIRDatastoresOutput) []types.DatastoreProperties {
			return o.DatastorePropertiesList
		})
	api.Each(ctx, c, l.Items, func(ctx context.Context, s types.DatastoreProperties) {
		if s.DatastoreStatus != types.DatastoreStatusDeleted && s.DatastoreStatus != types.DatastoreStatusCreateFailed {
			healthlakeStore(ctx, c, client, s, l.Prov)
		}
	})
}

// healthlakeStore is always encrypted, and reached through AWS's HTTPS endpoints by callers who sign in. It has no backups of its own.
func healthlakeStore(ctx context.Context, c *api.Context, client *healthlake.Client, s types.DatastoreProperties, prov *evidence.Provenance) {
	uid, name := aws.ToString(s.DatastoreArn), aws.ToString(s.DatastoreName)
	if name == "" {
		name = aws.ToString(s.DatastoreId)
	}
	tags := api.Ask(ctx, c, client.ListTagsForResource, &healthlake.ListTagsForResourceInput{ResourceARN: &uid})
	d := c.Datastore("database", tagsIn(tags, func(o *healthlake.ListTagsForResourceOutput) []types.Tag { return o.Tags },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value }))
	key := orEmpty(orEmpty(s.SseConfiguration).KmsEncryptionConfig)
	named := ""
	if key.CmkType == types.CmkTypeCmCmk {
		named = aws.ToString(key.KmsKeyId)
	}
	encryptedByService(ctx, c, &d, uid, named)
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.ManagedEngine(&d, "healthlake")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = kind.Unknown[bool](evidence.Unsupported, "AWS does not document whether trails record requests for single resources of FHIR")
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "database", UID: uid, Name: name, Prov: prov, Aliases: aliasOf(s.DatastoreId)}, d)
}
