package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// caches maps ElastiCache and MemoryDB. Both lie inside a network and have no public address.
func caches() mapping.Service {
	cache := []string{"cache", "backup_plan"}
	types := []mapping.Type{
		{Name: "aws_elasticache_replication_group", Kinds: cache, Map: replicationGroup},
		{Name: "aws_elasticache_cluster", Kinds: cache, Map: cacheCluster},
		{Name: "aws_elasticache_serverless_cache", Kinds: cache, Map: serverlessCache},
		{Name: "aws_memorydb_cluster", Kinds: []string{"database", "backup_plan"}, Map: memoryDB},
		{Name: "aws_memorydb_multi_region_cluster", Note: "joins clusters that are mapped themselves"},
		{Name: "aws_elasticache_global_replication_group", Note: "joins replication groups that are mapped themselves"},
		{Name: "aws_memorydb_snapshot", Kinds: []string{"snapshot"}, Map: memoryDBSnapshot},
	}
	types = append(types, partsOf(cache, []string{"aws_elasticache_replication_group", "aws_elasticache_cluster"},
		"aws_elasticache_subnet_group")...)
	types = append(types, partsOf([]string{"database"}, []string{"aws_memorydb_cluster"}, "aws_memorydb_subnet_group")...)
	types = append(types, noted("tunes an engine; says nothing of its protection",
		"aws_elasticache_parameter_group", "aws_memorydb_parameter_group", "aws_elasticache_security_group",
		"aws_elasticache_reserved_cache_node")...)
	types = append(types, noted("users inside the engine, which are not principals of the account", "aws_elasticache_user",
		"aws_elasticache_user_group", "aws_elasticache_user_group_association", "aws_memorydb_user", "aws_memorydb_acl")...)
	return mapping.Service{Name: "caches", Types: types}
}

const versionAbsent = "engine_version is not stated: the service takes its default"

// replicationGroup: Redis without encryption by default, Valkey with.
func replicationGroup(c *mapping.Context, v mapping.View) {
	d := v.Datastore("cache")
	name := v.String("engine").Or("redis")
	global := v.Has("global_replication_group_id") // a secondary takes its settings from the primary
	if global {
		name = v.String("engine").ElseAttr(restored[string](v, "global_replication_group_id"))
	}
	inTransit := kind.Then(name, func(engine string) kind.Attr[bool] {
		if engine == "valkey" {
			return kind.Unknown[bool](evidence.Computed, "transit_encryption_enabled is not stated: the service decides")
		}
		return kind.Known(false)
	}).From(v.ProvenanceOf("transit_encryption_enabled"))
	atRest := kind.Convert(name, func(engine string) bool { return engine == "valkey" }).From(v.ProvenanceOf("at_rest_encryption_enabled"))
	encrypt(c, &d, v.UID(), encryption{
		on: v.Bool("at_rest_encryption_enabled").ElseAttr(atRest), view: v, key: "kms_key_id",
		explicit: []string{"at_rest_encryption_enabled"},
	})
	d.EncryptionInTransitRequired = kind.Both(v.Bool("transit_encryption_enabled").ElseAttr(inTransit),
		kind.Not(equals(v.String("transit_encryption_mode"), "preferred")))

	awsstore.CacheEngine(&d, name, v.String("engine_version").OrUnknown(evidence.Computed, versionAbsent))
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(true)
	place(c, &d, v, throughGroup(c, v, "subnet_group_name", "aws_elasticache_subnet_group"), "security_group_ids")
	d.Redundancy = kind.Choose(v.Bool("multi_az_enabled").Or(false), "multi_az", "single")
	awsstore.Cache(&d)
	nativeBackups(c, v, &d, v.Int("snapshot_retention_limit").Or(0), awsstore.NoCopies(), awsstore.DailyBackup())
	c.Emit(v, "cache", named(v, "replication_group_id"), "", d)
}

// cacheCluster maps a Memcached cluster or a single Redis node; a member of a replication group is part of that.
func cacheCluster(c *mapping.Context, v mapping.View) {
	group := v.Targets("replication_group_id", "aws_elasticache_replication_group")
	if r := group.First(); r != nil && r.Mode == resource.Managed {
		return
	}
	d := v.Datastore("cache")
	name := v.String("engine").OrUnknown(evidence.Computed, "engine is not stated")
	member := v.Has("replication_group_id")
	// Neither a Memcached cluster nor a single node can be encrypted at rest.
	on, tls := kind.Known(false).From(v.Provenance()), v.Bool("transit_encryption_enabled").Or(false)
	if member {
		on = notDeclared[bool](group, "the replication group")
		tls = v.Bool("transit_encryption_enabled").ElseAttr(notDeclared[bool](group, "the replication group"))
	}
	encrypt(c, &d, v.UID(), encryption{on: on, view: v})
	d.EncryptionInTransitRequired = tls
	awsstore.CacheEngine(&d, name, v.String("engine_version").OrUnknown(evidence.Computed, versionAbsent))
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(true)
	place(c, &d, v, throughGroup(c, v, "subnet_group_name", "aws_elasticache_subnet_group"), "security_group_ids")
	d.Redundancy = kind.Choose(equals(v.String("az_mode"), "cross-az"), "multi_az", "single")
	if member {
		d.Redundancy = notDeclared[string](group, "the replication group")
	}
	awsstore.Cache(&d)
	nativeBackups(c, v, &d, v.Int("snapshot_retention_limit").Or(0), awsstore.NoCopies(), awsstore.DailyBackup())
	c.Emit(v, "cache", named(v, "cluster_id"), "", d)
}

// serverlessCache is always encrypted, at rest and in transit, and spans zones.
func serverlessCache(c *mapping.Context, v mapping.View) {
	d := v.Datastore("cache")
	encryptedByService(c, &d, v.UID(), v, "kms_key_id")
	d.EncryptionInTransitRequired = kind.Known(true).From(v.Provenance())
	awsstore.CacheEngine(&d, v.String("engine").OrUnknown(evidence.Computed, "engine is not stated"),
		v.String("major_engine_version").OrUnknown(evidence.Computed, "major_engine_version is not stated"))
	d.AutoMinorUpgrade = kind.Known(true)
	place(c, &d, v, v.Targets("subnet_ids", subnetTypes()...), "security_group_ids")
	d.Redundancy = kind.Known("multi_az")
	awsstore.Cache(&d)
	nativeBackups(c, v, &d, v.Int("snapshot_retention_limit").Or(0), awsstore.NoCopies(), awsstore.DailyBackup())
	c.Emit(v, "cache", named(v, "name"), "", d)
}

// memoryDB is a database that keeps its log in several zones; it is always encrypted at rest.
func memoryDB(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "kms_key_arn")
	d.EncryptionInTransitRequired = v.Bool("tls_enabled").Or(true)
	awsstore.CacheEngine(&d, v.String("engine").Or("redis"), v.String("engine_version").OrUnknown(evidence.Computed, versionAbsent))
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(true)
	place(c, &d, v, throughGroup(c, v, "subnet_group_name", "aws_memorydb_subnet_group"), "security_group_ids")
	d.Redundancy = kind.Convert(v.Int("num_replicas_per_shard").Or(1), func(n int64) string {
		if n > 0 {
			return "multi_az"
		}
		return "single"
	})
	awsstore.Private(&d)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.LoggingAccess = kind.Known(false)
	nativeBackups(c, v, &d, v.Int("snapshot_retention_limit").Or(0), awsstore.NoCopies(), awsstore.DailyBackup())
	c.Emit(v, "database", named(v, "name"), "", d)
}

func memoryDBSnapshot(c *mapping.Context, v mapping.View) {
	d := v.Datastore("snapshot")
	encryptedByService(c, &d, v.UID(), v, "kms_key_arn")
	d.EncryptionInTransitRequired = kind.NA[bool]()
	d.NetworkPlacement = kind.Known("none")
	awsstore.Private(&d)
	awsstore.Snapshot(&d)
	c.Emit(v, "snapshot", named(v, "name"), "", d)
}
