package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// messaging maps queues and topics.
func messaging() mapping.Service {
	queue := []string{"queue"}
	types := []mapping.Type{
		{Name: "aws_sqs_queue", Kinds: queue, Map: sqsQueue},
		{Name: "aws_sns_topic", Kinds: queue, Map: snsTopic},
		{Name: "aws_mq_broker", Kinds: queue, Map: mqBroker},
		{Name: "aws_mq_configuration", Note: "tunes a broker"},
		{Name: "aws_mq_user", Note: "a user inside the broker, who is no principal of the account"},
	}
	types = append(types, partsOf(queue, []string{"aws_sqs_queue"}, "aws_sqs_queue_policy")...)
	types = append(types, partsOf(queue, []string{"aws_sns_topic"}, "aws_sns_topic_policy")...)
	types = append(types, noted("where messages that could not be handled go; those queues are mapped themselves",
		"aws_sqs_queue_redrive_policy", "aws_sqs_queue_redrive_allow_policy")...)
	types = append(types, noted("sends messages to phones; keeps none", "aws_sns_platform_application", "aws_sns_sms_preferences")...)
	types = append(types, noted("looks for sensitive data in messages", "aws_sns_topic_data_protection_policy")...)
	return mapping.Service{Name: "messaging", Types: types}
}

// byPolicies fills exposure and TLS of a store that is reached over AWS's endpoints and opened by its resource policy, which
// stands in the resource or in one of its own. SQS and SNS also accept plain HTTP.
func byPolicies(d *kind.Datastore, v mapping.View, service, policyType, link string) {
	policies, open := v.Parts(policyType, link)
	if v.Has("policy") {
		policies = append(policies, v)
	}
	var x awsstore.Exposure
	tls := kind.Known(false).From(v.Provenance())
	for _, p := range policies {
		x.Add("policy", letsPublicIn(p, "policy"))
		tls = kind.Either(tls, refusesHTTP(v, p, service))
	}
	if open != nil {
		x.Add("policy", kind.Because[bool](*open))
		tls = kind.Either(tls, kind.Because[bool](*open))
	}
	x.Fill(d)
	d.EncryptionInTransitRequired = tls
	d.NetworkPlacement = kind.Known("none")
}

// queueRest fills what queues and topics have in common.
func queueRest(c *mapping.Context, d *kind.Datastore) {
	awsstore.WithoutEngine(d)
	awsstore.WithoutWORM(d)
	awsstore.WithoutBackup(d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = byDataEvents(c)
}

// sqsQueue: new queues are encrypted with SQS's own keys unless that is turned off.
func sqsQueue(c *mapping.Context, v mapping.View) {
	d := v.Datastore("queue")
	encrypt(c, &d, v.UID(), encryption{
		on:   kind.Either(v.Bool("sqs_managed_sse_enabled").Or(true), written(v, "kms_master_key_id")),
		view: v, key: "kms_master_key_id", explicit: []string{"sqs_managed_sse_enabled"},
	})
	byPolicies(&d, v, "sqs", "aws_sqs_queue_policy", "queue_url")
	queueRest(c, &d)
	d.LifecycleExpireDays = kind.Convert(v.Int("message_retention_seconds").Or(345600), awsstore.WholeDays)
	c.Emit(v, "queue", named(v, "name"), "", d)
}

// snsTopic: messages are encrypted where a key is named. (That AWS encrypts the disks beneath is its own affair.)
func snsTopic(c *mapping.Context, v mapping.View) {
	d := v.Datastore("queue")
	encrypt(c, &d, v.UID(), encryption{on: written(v, "kms_master_key_id"), view: v, key: "kms_master_key_id"})
	byPolicies(&d, v, "sns", "aws_sns_topic_policy", "arn")
	queueRest(c, &d)
	d.LifecycleExpireDays = kind.Known[int64](1) // what cannot be delivered is dropped within a day, unless it is archived
	if v.Has("archive_policy") {
		d.LifecycleExpireDays = archiveDays(v)
	}
	c.Emit(v, "queue", named(v, "name"), "", d)
}

// archiveDays reads MessageRetentionPeriod of a FIFO topic's archive.
func archiveDays(v mapping.View) kind.Attr[int64] {
	doc := v.JSON("archive_policy").OrNull()
	val, known := doc.Value()
	if !known {
		return kind.Because[int64](reasonOf(doc, "archive_policy")).From(v.ProvenanceOf("archive_policy"))
	}
	days, ok := number(val, "MessageRetentionPeriod")
	if !ok {
		return kind.Unknown[int64](evidence.ParseError, "archive_policy has no MessageRetentionPeriod").From(v.ProvenanceOf("archive_policy"))
	}
	return kind.Known(days).From(v.ProvenanceOf("archive_policy"))
}

// mqBroker: always encrypted, and its endpoints speak TLS only.
func mqBroker(c *mapping.Context, v mapping.View) {
	d := v.Datastore("queue")
	encryptedByService(c, &d, v.UID(), v.Block("encryption_options"), "kms_key_id")
	d.EncryptionInTransitRequired = kind.Known(true)
	public := v.Bool("publicly_accessible").Or(false)
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(&d)
	place(c, &d, v, v.Targets("subnet_ids", subnetTypes()...), "security_groups")
	awsstore.Engine(&d, kind.Convert(v.String("engine_type").OrUnknown(evidence.Computed, "engine_type is not stated"), mqEngine),
		v.String("engine_version").OrUnknown(evidence.Computed, versionAbsent))
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(false)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(equals(v.String("deployment_mode"), "ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"), "multi_az", "single")
	d.LoggingAccess = v.Block("logs").Bool("audit").Or(false)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutBackup(&d)
	d.LifecycleExpireDays = kind.Null[int64]()
	c.Emit(v, "queue", named(v, "broker_name"), "", d)
}

func mqEngine(engine string) string {
	if engine == "RabbitMQ" {
		return "rabbitmq"
	}
	return "activemq"
}
