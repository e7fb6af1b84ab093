package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// docdb maps DocumentDB, which is built like an Aurora cluster.
func docdb() mapping.Service {
	db := []string{"database", "backup_plan"}
	types := []mapping.Type{
		{Name: "aws_docdb_cluster", Kinds: db, Map: docdbCluster},
		{
			Name: "aws_docdb_cluster_instance", Kinds: db, PartOf: []string{"aws_docdb_cluster"},
			Map: orphanInstance("aws_docdb_cluster", "docdb"),
		},
		{Name: "aws_docdb_cluster_snapshot", Kinds: []string{"snapshot"}, Map: clusterSnapshot("aws_docdb_cluster")},
		{Name: "aws_docdbelastic_cluster", Kinds: db, Map: docdbElastic},
	}
	types = append(types, partsOf(db, []string{"aws_docdb_cluster"}, "aws_docdb_cluster_parameter_group", "aws_docdb_subnet_group")...)
	types = append(types, noted("joins or announces clusters that are mapped themselves", "aws_docdb_global_cluster",
		"aws_docdb_event_subscription")...)
	return mapping.Service{Name: "docdb", Types: types}
}

// neptune maps graph databases.
func neptune() mapping.Service {
	db := []string{"database", "backup_plan"}
	types := []mapping.Type{
		{Name: "aws_neptune_cluster", Kinds: db, Map: neptuneCluster},
		{
			Name: "aws_neptune_cluster_instance", Kinds: db, PartOf: []string{"aws_neptune_cluster"},
			Map: orphanInstance("aws_neptune_cluster", "neptune"),
		},
		{Name: "aws_neptune_cluster_snapshot", Kinds: []string{"snapshot"}, Map: clusterSnapshot("aws_neptune_cluster")},
		{Name: "aws_neptunegraph_graph", Kinds: db, Map: neptuneGraph},
	}
	types = append(types, partsOf(db, []string{"aws_neptune_cluster"}, "aws_neptune_cluster_parameter_group", "aws_neptune_subnet_group")...)
	types = append(types, noted("joins, announces or tunes clusters that are mapped themselves", "aws_neptune_global_cluster",
		"aws_neptune_event_subscription", "aws_neptune_cluster_endpoint", "aws_neptune_parameter_group")...)
	return mapping.Service{Name: "neptune", Types: types}
}

// clusterStore fills what DocumentDB and Neptune clusters have in common; the instances of Neptune can have public addresses.
func clusterStore(c *mapping.Context, v mapping.View, instanceType, groupArg, groupType, name string) kind.Datastore {
	d := v.Datastore("database")
	on := v.Bool("storage_encrypted").Or(false)
	for _, arg := range originArgs() {
		if v.Has(arg) {
			on = v.Bool("storage_encrypted").ElseAttr(restored[bool](v, arg))
			break
		}
	}
	encrypt(c, &d, v.UID(), encryption{on: on, view: v, key: keyArgOf(v), explicit: []string{"storage_encrypted"}})
	awsstore.Engine(&d, kind.Known(name), v.String("engine_version").OrUnknown(evidence.Computed, versionAbsent))
	place(c, &d, v, throughGroup(c, v, groupArg, groupType), "vpc_security_group_ids")
	d.DeletionProtection = v.Bool("deletion_protection").Or(false)
	m := clusterMembers(v, instanceType)
	d.AutoMinorUpgrade = m.all("auto_minor_version_upgrade", true)
	d.Redundancy = m.redundancy()
	var x awsstore.Exposure
	if name == "docdb" {
		x.Add("network", kind.Known(false).From(v.Provenance())) // it can have no public address
	} else {
		x.Add("network", m.public())
	}
	x.Fill(&d)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	return d
}

// keyArgOf is the argument that names the key: Neptune calls it by its ARN.
func keyArgOf(v mapping.View) string {
	if v.Instance.Type == "aws_neptune_cluster" {
		return "kms_key_arn"
	}
	return "kms_key_id"
}

func docdbCluster(c *mapping.Context, v mapping.View) {
	d := clusterStore(c, v, "aws_docdb_cluster_instance", "db_subnet_group_name", "aws_docdb_subnet_group", "docdb")
	const arg, typ = "db_cluster_parameter_group_name", "aws_docdb_cluster_parameter_group"
	e := rdsSettings(c, v, d, arg, typ)
	d.EncryptionInTransitRequired = e.TLS()
	d.LoggingAccess = kind.Both(e.Audit(), contains(v, "enabled_cloudwatch_logs_exports", "audit"))
	nativeBackups(c, v, &d, v.Int("backup_retention_period").Or(1), awsstore.NoCopies(), awsstore.DailyBackup(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "cluster_identifier"), "", d)
}

func neptuneCluster(c *mapping.Context, v mapping.View) {
	d := clusterStore(c, v, "aws_neptune_cluster_instance", "neptune_subnet_group_name", "aws_neptune_subnet_group", "neptune")
	const arg, typ = "neptune_cluster_parameter_group_name", "aws_neptune_cluster_parameter_group"
	e := rdsSettings(c, v, d, arg, typ)
	d.EncryptionInTransitRequired = e.TLS()
	d.LoggingAccess = kind.Both(e.Audit(), contains(v, "enable_cloudwatch_logs_exports", "audit"))
	nativeBackups(c, v, &d, v.Int("backup_retention_period").Or(1), awsstore.NoCopies(), awsstore.DailyBackup(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "cluster_identifier"), "", d)
}

// orphanInstance maps an instance whose cluster is declared elsewhere; other instances are parts of their cluster.
func orphanInstance(clusterType, name string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		cluster := v.Targets("cluster_identifier", clusterType)
		if r := cluster.First(); r != nil && r.Mode == resource.Managed {
			return
		}
		memberOfForeignCluster(c, v, cluster, mapping.Fixed(name, v.Provenance()))
	}
}

// clusterSnapshot is encrypted as its cluster is; DocumentDB and Neptune snapshots are shared with named accounts only.
func clusterSnapshot(clusterType string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		const arg = "db_cluster_identifier"
		d := v.Datastore("snapshot")
		source := sourceOf(c, v, arg, clusterType)
		on := notDeclared[bool](v.Targets(arg, clusterType), "the cluster")
		if source != nil {
			on = source.Bool("storage_encrypted").Or(false).From(v.ProvenanceOf(arg))
		}
		inheritEncryption(c, &d, v, on, source)
		emitSnapshot(c, v, d)
	}
}

// docdbElastic is always encrypted and requires TLS.
func docdbElastic(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "kms_key_id")
	d.EncryptionInTransitRequired = kind.Known(true)
	awsstore.Private(&d)
	place(c, &d, v, v.Targets("subnet_ids", subnetTypes()...), "vpc_security_group_ids")
	awsstore.ManagedEngine(&d, "docdb-elastic")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = kind.Known(false)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	nativeBackups(c, v, &d, v.Int("backup_retention_period").Or(1), awsstore.NoCopies(), awsstore.DailyBackup())
	c.Emit(v, "database", named(v, "name"), "", d)
}

// neptuneGraph is an analytics graph: always encrypted, HTTPS only, public where it says so.
func neptuneGraph(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "kms_key_identifier")
	awsstore.OverHTTPS(&d)
	public := v.Bool("public_connectivity").Or(false)
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(&d)
	d.NetworkPlacement = kind.Choose(public, "public", "private")
	awsstore.ManagedEngine(&d, "neptune-analytics")
	d.DeletionProtection = v.Bool("deletion_protection").OrUnknown(evidence.Computed, "deletion_protection is not stated: the service decides")
	d.Redundancy = kind.Convert(v.Int("replica_count").Or(1), func(n int64) string {
		if n > 0 {
			return "multi_az"
		}
		return "single"
	})
	d.LoggingAccess = byDataEvents(c)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	awsstore.WithoutBackup(&d)
	c.Emit(v, "database", named(v, "graph_name"), "", d)
}
