package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// streams maps Kinesis, Firehose and Kafka.
func streams() mapping.Service {
	stream := []string{"stream"}
	types := []mapping.Type{
		{Name: "aws_kinesis_stream", Kinds: stream, Map: kinesisStream},
		{Name: "aws_kinesis_video_stream", Kinds: stream, Map: kinesisVideo},
		{Name: "aws_kinesis_firehose_delivery_stream", Kinds: stream, Map: firehose},
		{Name: "aws_msk_cluster", Kinds: stream, Map: mskCluster},
		{Name: "aws_msk_serverless_cluster", Kinds: stream, Map: mskServerless},
	}
	types = append(types, partsOf(stream, []string{"aws_kinesis_stream"}, "aws_kinesis_resource_policy")...)
	types = append(types, noted("reads from or writes to a stream that is mapped itself", "aws_kinesis_stream_consumer",
		"aws_kinesis_analytics_application", "aws_kinesisanalyticsv2_application", "aws_kinesisanalyticsv2_application_snapshot",
		"aws_msk_replicator", "aws_msk_vpc_connection", "aws_mskconnect_connector", "aws_mskconnect_custom_plugin",
		"aws_mskconnect_worker_configuration")...)
	types = append(types, noted("tunes or opens a cluster to named principals", "aws_msk_configuration",
		"aws_msk_scram_secret_association", "aws_msk_single_scram_secret_association", "aws_msk_cluster_policy")...)
	return mapping.Service{Name: "streams", Types: types}
}

// streamRest fills what streams have in common.
func streamRest(c *mapping.Context, d *kind.Datastore) {
	awsstore.WithoutWORM(d)
	awsstore.WithoutBackup(d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = byDataEvents(c)
}

func kinesisStream(c *mapping.Context, v mapping.View) {
	d := v.Datastore("stream")
	encrypt(c, &d, v.UID(), encryption{
		on: equals(v.String("encryption_type"), "KMS"), view: v, key: "kms_key_id", explicit: []string{"encryption_type"},
	})
	policies, open := v.Parts("aws_kinesis_resource_policy", "resource_arn")
	var x awsstore.Exposure
	for _, p := range policies {
		x.Add("policy", letsPublicIn(p, "policy"))
	}
	if open != nil {
		x.Add("policy", kind.Because[bool](*open))
	}
	x.Fill(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	streamRest(c, &d)
	d.LifecycleExpireDays = kind.Convert(v.Int("retention_period").Or(24), func(hours int64) int64 { return awsstore.WholeDays(hours * 3600) })
	c.Emit(v, "stream", named(v, "name"), "", d)
}

// kinesisVideo is always encrypted.
func kinesisVideo(c *mapping.Context, v mapping.View) {
	d := v.Datastore("stream")
	encryptedByService(c, &d, v.UID(), v, "kms_key_id")
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	streamRest(c, &d)
	d.LifecycleExpireDays = kind.Convert(v.Int("data_retention_in_hours").Or(0), func(hours int64) int64 { return awsstore.WholeDays(hours * 3600) })
	c.Emit(v, "stream", named(v, "name"), "", d)
}

// firehose holds what it delivers for minutes. Where it reads from a Kinesis stream, that stream's encryption applies.
func firehose(c *mapping.Context, v mapping.View) {
	d := v.Datastore("stream")
	sse := v.Block("server_side_encryption")
	on, view, key := sse.Bool("enabled").Or(false), sse, "key_arn"
	if from := v.Block("kinesis_source_configuration"); from.Exists() {
		t := from.Targets("kinesis_stream_arn", "aws_kinesis_stream")
		on = notDeclared[bool](t, "the source stream").From(from.Provenance())
		if r := t.First(); r != nil && r.Mode == resource.Managed {
			view, key = c.View(r), "kms_key_id"
			on = equals(view.String("encryption_type"), "KMS").From(from.Provenance())
		}
	}
	encrypt(c, &d, v.UID(), encryption{on: on, view: view, key: key, explicit: []string{"enabled", "encryption_type"}})
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	streamRest(c, &d)
	d.LifecycleExpireDays = kind.Known[int64](1) // what cannot be delivered within a day is dropped
	c.Emit(v, "stream", named(v, "name"), "", d)
}

// mskCluster is always encrypted at rest; what its brokers accept from clients can be chosen.
func mskCluster(c *mapping.Context, v mapping.View) {
	d := v.Datastore("stream")
	info := v.Block("encryption_info")
	encryptedByService(c, &d, v.UID(), info, "encryption_at_rest_kms_key_arn")
	d.EncryptionInTransitRequired = kind.Convert(info.Block("encryption_in_transit").String("client_broker").Or("TLS"),
		func(mode string) bool { return mode == "TLS" })
	nodes := v.Block("broker_node_group_info")
	access := nodes.Block("connectivity_info").Block("public_access").String("type")
	var x awsstore.Exposure
	x.Add("network", equals(access, "SERVICE_PROVIDED_EIPS"))
	x.Fill(&d)
	place(c, &d, v, nodes.Targets("client_subnets", subnetTypes()...))
	guard(c, nodes, v.UID(), "security_groups")
	awsstore.Engine(&d, kind.Known("msk"), v.String("kafka_version").OrUnknown(evidence.Computed, "kafka_version is not stated"))
	d.AutoMinorUpgrade = kind.Known(false).From(v.Provenance()) // MSK upgrades Kafka only when it is told to
	streamRest(c, &d)
	d.LoggingAccess = kind.Known(false).From(v.Provenance()) // broker logs do not record access
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.NotInPlane, "each topic has its own retention")
	c.Emit(v, "stream", named(v, "cluster_name"), "", d)
}

// mskServerless accepts TLS only.
func mskServerless(c *mapping.Context, v mapping.View) {
	d := v.Datastore("stream")
	encryptedByService(c, &d, v.UID(), v, "")
	d.EncryptionInTransitRequired = kind.Known(true)
	awsstore.Private(&d)
	vpc := v.Block("vpc_config")
	place(c, &d, v, vpc.Targets("subnet_ids", subnetTypes()...))
	guard(c, vpc, v.UID(), "security_group_ids")
	awsstore.ManagedEngine(&d, "msk-serverless")
	streamRest(c, &d)
	d.LoggingAccess = kind.Known(false).From(v.Provenance())
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.NotInPlane, "each topic has its own retention")
	c.Emit(v, "stream", named(v, "cluster_name"), "", d)
}
