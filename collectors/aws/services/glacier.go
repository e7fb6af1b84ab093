package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glacier"
	"github.com/aws/aws-sdk-go-v2/service/glacier/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// glacierService reads vaults of S3 Glacier, which are older than the storage classes of S3 that have the name, too.
func glacierService() api.Service {
	return api.Service{
		Name: "glacier", Kinds: []string{"bucket"}, Collect: glacierCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListVaults", Tells: []string{"bucket"}},
			{Name: "GetVaultAccessPolicy", Tells: []string{"exposure.public", "exposure.public_paths", "can_read", "can_write", "can_admin"}},
			{Name: "GetVaultLock", Tells: []string{"immutability.mode", "immutability.days"}},
			{Name: "ListTagsForVault", Tells: labelPaths()},
		},
	}
}

func glacierCollect(ctx context.Context, c *api.Context) {
	client := glacier.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListVaults, &glacier.ListVaultsInput{AccountId: aws.String("-")},
		func(o *glacier.ListVaultsOutput) []types.DescribeVaultOutput { return o.VaultList })
	api.Each(ctx, c, l.Items, func(ctx context.Context, v types.DescribeVaultOutput) { glacierVault(ctx, c, client, v, l.Prov) })
}

// glacierVault is always encrypted; a lock policy makes its archives write-once.
func glacierVault(ctx context.Context, c *api.Context, client *glacier.Client, v types.DescribeVaultOutput, prov *evidence.Provenance) {
	const none = "ResourceNotFoundException"
	uid, own := aws.ToString(v.VaultARN), aws.String("-")
	tags := api.Ask(ctx, c, client.ListTagsForVault, &glacier.ListTagsForVaultInput{AccountId: own, VaultName: v.VaultName})
	d := c.Datastore("bucket", tagsMapped(tags, func(o *glacier.ListTagsForVaultOutput) map[string]string { return o.Tags }))
	encryptedByService(ctx, c, &d, uid, "")
	policy := api.Ask(ctx, c, client.GetVaultAccessPolicy, &glacier.GetVaultAccessPolicyInput{AccountId: own, VaultName: v.VaultName}, none)
	text := orEmpty(policy.Out.Policy).Policy
	c.ResourcePolicy(uid, text, policy.Fail)
	var x awsstore.Exposure
	x.Add("policy", publicThrough(ctx, c, api.Read(policy, func(*glacier.GetVaultAccessPolicyOutput) kind.Attr[iampolicy.Document] { return document(text) })))
	x.Fill(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	lock := api.Ask(ctx, c, client.GetVaultLock, &glacier.GetVaultLockInput{AccountId: own, VaultName: v.VaultName}, none)
	locked := api.Read(lock, func(o *glacier.GetVaultLockOutput) kind.Attr[bool] {
		return kind.Known(aws.ToString(o.State) == "Locked")
	})
	awsstore.VaultLock(&d, locked)
	awsstore.WithoutExpiry(&d)
	d.SizeBytes = kind.Known(v.SizeInBytes) // as of the last inventory, which the service takes daily
	unsearched(&d)
	c.Emit(api.Entity{Kind: "bucket", UID: uid, Name: aws.ToString(v.VaultName), Prov: prov}, d)
}
