package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/mq"
	"github.com/aws/aws-sdk-go-v2/service/mq/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// mqService reads the brokers of Amazon MQ. The list tells little of them, so each is described.
func mqService() api.Service {
	return api.Service{
		Name: "mq", Kinds: []string{"queue"}, Collect: mqCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListBrokers", Tells: []string{"queue"}},
			{Name: "DescribeBroker", Tells: append([]string{
				"encryption.key_management", "encryption.source", "exposure.public", "exposure.public_paths", "network.placement", "engine_version",
				"engine_eol_on", "auto_minor_upgrade", "logging.access", "attached_to", "encrypted_by",
			}, labelPaths()...)},
		},
	}
}

func mqCollect(ctx context.Context, c *api.Context) {
	client := mq.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListBrokers, &mq.ListBrokersInput{}, func(o *mq.ListBrokersOutput) []types.BrokerSummary { return o.BrokerSummaries })
	api.Each(ctx, c, l.Items, func(ctx context.Context, b types.BrokerSummary) { mqBroker(ctx, c, client, b, l.Prov) })
}

// mqBroker is always encrypted at rest, and its endpoints speak TLS only.
func mqBroker(ctx context.Context, c *api.Context, client *mq.Client, b types.BrokerSummary, prov *evidence.Provenance) {
	uid := aws.ToString(b.BrokerArn)
	a := api.Ask(ctx, c, client.DescribeBroker, &mq.DescribeBrokerInput{BrokerId: b.BrokerId})
	is := func(on *bool) kind.Attr[bool] {
		return api.Read(a, func(*mq.DescribeBrokerOutput) kind.Attr[bool] { return kind.Known(aws.ToBool(on)) })
	}
	d := c.Datastore("queue", tagsMapped(a, func(o *mq.DescribeBrokerOutput) map[string]string { return o.Tags }))
	encryptedByService(ctx, c, &d, uid, aws.ToString(orEmpty(a.Out.EncryptionOptions).KmsKeyId))
	var x awsstore.Exposure
	x.Add("network", is(a.Out.PubliclyAccessible))
	x.Fill(&d)
	d.EncryptionInTransitRequired = kind.Known(true)
	logs := orEmpty(a.Out.Logs)
	if a.OK() {
		place(ctx, c, &d, uid, a.Out.SubnetIds, a.Out.SecurityGroups)
	} else { // whose key it is, and where it lies, cannot be told
		unknownKey(c, &d, uid, firstFailure(a.Fail))
		d.NetworkPlacement = kind.Because[string](a.Fail.Unknown()).From(a.Prov)
		c.RelateOpen("runs_in", uid)
		c.RelateOpen("logs_to", uid)
	}
	if group := aws.ToString(logs.AuditLogGroup); aws.ToBool(logs.Audit) && group != "" {
		c.Relate("logs_to", uid, c.ARN("logs", "log-group:"+group))
	}
	version := api.Read(a, func(o *mq.DescribeBrokerOutput) kind.Attr[string] { return kind.Known(aws.ToString(o.EngineVersion)) })
	awsstore.Engine(&d, kind.Known(lower(b.EngineType)), version)
	d.AutoMinorUpgrade = is(a.Out.AutoMinorVersionUpgrade)
	d.LoggingAccess = is(logs.Audit)
	d.DeletionProtection = kind.NA[bool]()
	zones := b.DeploymentMode == types.DeploymentModeActiveStandbyMultiAz || b.DeploymentMode == types.DeploymentModeClusterMultiAz
	d.Redundancy = kind.Choose(kind.Known(zones), "multi_az", "single")
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "queue", UID: uid, Name: aws.ToString(b.BrokerName), Prov: prov, Aliases: aliasOf(b.BrokerId)}, d)
}
