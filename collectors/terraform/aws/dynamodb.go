package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// dynamodb maps tables and the caches before them. A table is always encrypted, is reached through AWS's HTTPS endpoints only,
// and is stored in three zones. DynamoDB refuses every public resource policy, so a table is never public.
func dynamodb() mapping.Service {
	types := []mapping.Type{
		{Name: "aws_dynamodb_table", Kinds: []string{"database", "backup_plan"}, Map: dynamodbTable},
		{Name: "aws_dynamodb_table_replica", Kinds: []string{"database"}, PartOf: []string{"aws_dynamodb_table"}},
		{Name: "aws_dynamodb_global_table", Kinds: []string{"database"}, PartOf: []string{"aws_dynamodb_table"}},
		{Name: "aws_dax_cluster", Kinds: []string{"cache"}, Map: daxCluster},
		{Name: "aws_dax_parameter_group", Note: "tunes a cache"},
		{Name: "aws_dax_subnet_group", Kinds: []string{"cache"}, PartOf: []string{"aws_dax_cluster"}},
	}
	types = append(types, noted("DynamoDB refuses public policies; other permissions are computed from policies",
		"aws_dynamodb_resource_policy")...)
	types = append(types, noted("one item or export of a table that is mapped itself", "aws_dynamodb_table_item",
		"aws_dynamodb_table_export", "aws_dynamodb_tag", "aws_dynamodb_contributor_insights",
		"aws_dynamodb_kinesis_streaming_destination", "aws_dynamodb_global_secondary_index")...)
	return mapping.Service{Name: "dynamodb", Types: types}
}

func dynamodbTable(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	sse := v.Block("server_side_encryption")
	encrypt(c, &d, v.UID(), encryption{
		on: kind.Known(true).From(sse.Provenance()), view: sse, key: "kms_key_arn", explicit: []string{"enabled"},
	})
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	d.DeletionProtection = v.Bool("deletion_protection_enabled").Or(false)
	d.Redundancy = tableRedundancy(c, v)
	awsstore.ManagedEngine(&d, "dynamodb")
	awsstore.WithoutWORM(&d)
	d.LifecycleExpireDays = kind.Then(v.Block("ttl").Bool("enabled").Or(false), func(on bool) kind.Attr[int64] {
		if !on {
			return kind.Null[int64]()
		}
		return kind.Unknown[int64](evidence.NotInPlane, "each item names the time at which it expires")
	})
	d.LoggingAccess = byDataEvents(c)
	pitr := v.Block("point_in_time_recovery")
	days := kind.Then(pitr.Bool("enabled").Or(false), func(on bool) kind.Attr[int64] {
		if !on {
			return kind.Known[int64](0)
		}
		return pitr.Int("recovery_period_in_days").Or(35)
	})
	nativeBackups(c, v, &d, days, awsstore.NoCopies(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "name"), "", d)
}

// tableRedundancy: three zones always, several regions with replicas.
func tableRedundancy(c *mapping.Context, v mapping.View) kind.Attr[string] {
	inline, more := v.Blocks("replica")
	split, open := v.Parts("aws_dynamodb_table_replica", "global_table_arn")
	all := slices.Concat(inline, split)
	for _, global := range c.All("aws_dynamodb_global_table") { // the 2017 form joins tables of one name
		name, known := global.String("name").Known()
		if mine, _ := v.String("name").Known(); known && name == mine {
			all = append(all, global)
		}
	}
	switch {
	case len(all) > 0:
		return kind.Known("multi_region").From(all[0].Provenance())
	case more != nil:
		return kind.Because[string](*more).From(v.Provenance())
	case open != nil:
		return kind.Because[string](*open).From(v.Provenance())
	}
	return kind.Known("multi_az").From(v.Provenance())
}

// daxCluster: a write-through cache before tables; both encryptions are off by default.
func daxCluster(c *mapping.Context, v mapping.View) {
	d := v.Datastore("cache")
	sse := v.Block("server_side_encryption")
	encrypt(c, &d, v.UID(), encryption{on: sse.Bool("enabled").Or(false), view: sse, explicit: []string{"enabled"}})
	d.EncryptionInTransitRequired = equals(v.String("cluster_endpoint_encryption_type"), "TLS")
	awsstore.Private(&d)
	place(c, &d, v, throughGroup(c, v, "subnet_group_name", "aws_dax_subnet_group"), "security_group_ids")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Convert(v.Int("replication_factor").Or(1), func(nodes int64) string {
		if nodes > 1 {
			return "multi_az"
		}
		return "single"
	})
	awsstore.ManagedEngine(&d, "dax")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	d.LoggingAccess = kind.Known(false)
	c.Emit(v, "cache", named(v, "cluster_name"), "", d)
}
