package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kafka"
	"github.com/aws/aws-sdk-go-v2/service/kafka/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// kafkaService reads clusters of Managed Streaming for Apache Kafka (MSK). Messages and topics are never read.
func kafkaService() api.Service {
	return api.Service{
		Name: "kafka", Kinds: []string{"stream"}, Collect: kafkaCollect, SomeRegions: true,
		Operations: []api.Operation{{Name: "ListClustersV2", Tells: []string{"stream"}}}, // it tells all, also the tags
	}
}

func kafkaCollect(ctx context.Context, c *api.Context) {
	client := kafka.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListClustersV2, &kafka.ListClustersV2Input{},
		func(o *kafka.ListClustersV2Output) []types.Cluster { return o.ClusterInfoList })
	for _, k := range l.Items {
		kafkaCluster(ctx, c, k, l.Prov)
	}
}

// kafkaCluster is always encrypted at rest. What the brokers of a provisioned cluster accept from clients can be chosen; a serverless one
// accepts TLS only.
func kafkaCluster(ctx context.Context, c *api.Context, k types.Cluster, prov *evidence.Provenance) {
	uid := aws.ToString(k.ClusterArn)
	d := c.Datastore("stream", api.Tags{Values: k.Tags, Prov: prov})
	switch {
	case k.Provisioned != nil:
		kafkaProvisioned(ctx, c, &d, uid, *k.Provisioned)
	case k.Serverless != nil:
		encryptedByService(ctx, c, &d, uid, "")
		d.EncryptionInTransitRequired = kind.Known(true)
		awsstore.Private(&d)
		var subnets, groups []string
		for _, v := range k.Serverless.VpcConfigs {
			subnets, groups = append(subnets, v.SubnetIds...), append(groups, v.SecurityGroupIds...)
		}
		place(ctx, c, &d, uid, subnets, groups)
		awsstore.ManagedEngine(&d, "msk-serverless")
	default:
		return // a type of cluster that is described in neither structure is none that AWS documents
	}
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = kind.Known(false) // broker logs do not record access
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.NotInPlane, "each topic has its own retention")
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "stream", UID: uid, Name: aws.ToString(k.ClusterName), Prov: prov}, d)
}

func kafkaProvisioned(ctx context.Context, c *api.Context, d *kind.Datastore, uid string, p types.Provisioned) {
	info := orEmpty(p.EncryptionInfo)
	encryptedByService(ctx, c, d, uid, aws.ToString(orEmpty(info.EncryptionAtRest).DataVolumeKMSKeyId))
	mode := orEmpty(info.EncryptionInTransit).ClientBroker
	d.EncryptionInTransitRequired = kind.Known(mode == "" || mode == types.ClientBrokerTls)
	nodes := orEmpty(p.BrokerNodeGroupInfo)
	var x awsstore.Exposure
	x.Add("network", kind.Known(aws.ToString(orEmpty(orEmpty(nodes.ConnectivityInfo).PublicAccess).Type) == "SERVICE_PROVIDED_EIPS"))
	x.Fill(d)
	place(ctx, c, d, uid, nodes.ClientSubnets, nodes.SecurityGroups)
	version := kind.Unknown[string](evidence.Unsupported, "AWS does not state the version of Kafka")
	if v := aws.ToString(orEmpty(p.CurrentBrokerSoftwareInfo).KafkaVersion); v != "" {
		version = kind.Known(v)
	}
	awsstore.Engine(d, kind.Known("msk"), version)
	d.AutoMinorUpgrade = kind.Known(false) // MSK upgrades Kafka only when it is told to
}
