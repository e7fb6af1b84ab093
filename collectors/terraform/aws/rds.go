package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// rds maps database instances, clusters and their snapshots. A cluster's instances hold no data of their own: they are read as
// parts of it.
func rds() mapping.Service {
	db, snap := []string{"database", "backup_plan"}, []string{"snapshot"}
	types := []mapping.Type{
		{Name: "aws_db_instance", Kinds: db, Map: rdsInstance},
		{Name: "aws_rds_cluster", Kinds: db, Map: rdsCluster},
		{Name: "aws_rds_cluster_instance", Kinds: db, PartOf: []string{"aws_rds_cluster"}, Map: rdsClusterInstance},
		{Name: "aws_db_snapshot", Kinds: snap, Map: rdsSnapshot("db_instance_identifier", "aws_db_instance")},
		{Name: "aws_db_cluster_snapshot", Kinds: snap, Map: rdsSnapshot("db_cluster_identifier", "aws_rds_cluster")},
		{Name: "aws_db_snapshot_copy", Kinds: snap, Map: rdsSnapshot("source_db_snapshot_identifier", "aws_db_snapshot")},
		{
			Name: "aws_rds_cluster_snapshot_copy", Kinds: snap,
			Map: rdsSnapshot("source_db_cluster_snapshot_identifier", "aws_db_cluster_snapshot"),
		},
	}
	types = append(types, partsOf(db, []string{"aws_db_instance", "aws_rds_cluster"}, "aws_db_parameter_group",
		"aws_rds_cluster_parameter_group", "aws_db_option_group", "aws_db_subnet_group",
		"aws_db_instance_automated_backups_replication", "aws_rds_cluster_activity_stream")...)
	types = append(types, noted("joins clusters that are mapped themselves", "aws_rds_global_cluster", "aws_rds_shard_group")...)
	types = append(types, noted("passes connections on to a database that is mapped itself", "aws_db_proxy", "aws_db_proxy_endpoint",
		"aws_db_proxy_target", "aws_db_proxy_default_target_group", "aws_rds_cluster_endpoint", "aws_rds_integration")...)
	types = append(types, noted("administers the service; says nothing of a store's protection", "aws_db_event_subscription",
		"aws_db_instance_role_association", "aws_rds_cluster_role_association", "aws_rds_certificate", "aws_rds_reserved_instance",
		"aws_rds_custom_db_engine_version", "aws_rds_instance_state", "aws_rds_export_task", "aws_db_security_group")...)
	return mapping.Service{Name: "rds", Types: types}
}

// sourceOf follows arguments that name what a database is made from; nil where none is set or it is not declared here.
func sourceOf(c *mapping.Context, v mapping.View, arg string, types ...string) *mapping.View {
	r := v.Targets(arg, types...).First()
	if r == nil || r == v.Instance || r.Mode != resource.Managed {
		return nil
	}
	out := c.View(r)
	return &out
}

// originArgs are the arguments by which a database is made from another one or from a snapshot.
func originArgs() []string {
	return []string{
		"replicate_source_db", "replication_source_identifier", "snapshot_identifier", "restore_to_point_in_time", "s3_import",
		"global_cluster_identifier",
	}
}

// orInherited reads an argument that a database inherits where it is made from something else: from the primary database
// where that is declared here, else it is unknown. Otherwise the default stands.
func orInherited[T any](c *mapping.Context, v mapping.View, own func(mapping.View) mapping.Read[T], def kind.Attr[T]) kind.Attr[T] {
	seen := v
	for range 8 { // replicas of replicas; a bound because literal names can form a ring
		if r := own(seen); !r.Absent() {
			return r.OrNull()
		}
		next := sourceOf(c, seen, "replicate_source_db", "aws_db_instance")
		if next == nil {
			break
		}
		seen = *next
	}
	for _, arg := range originArgs() {
		if seen.Has(arg) {
			return restored[T](seen, arg)
		}
	}
	return def
}

func rdsInstance(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	prov := v.Provenance()
	on := orInherited(c, v, func(w mapping.View) mapping.Read[bool] { return w.Bool("storage_encrypted") },
		kind.Known(false).From(prov))
	encrypt(c, &d, v.UID(), encryption{on: on, view: v, key: "kms_key_id", explicit: []string{"storage_encrypted"}})
	rdsEngine(c, v, &d)
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(true)
	e := rdsSettings(c, v, d, "parameter_group_name", "aws_db_parameter_group")
	d.EncryptionInTransitRequired = e.TLS()
	d.LoggingAccess = e.Audit()
	var x awsstore.Exposure
	// AWS gives the instance a public address; what its security groups then admit is judged on them.
	x.Add("network", v.Bool("publicly_accessible").Or(false))
	x.Fill(&d)
	place(c, &d, v, throughGroup(c, v, "db_subnet_group_name", "aws_db_subnet_group"), "vpc_security_group_ids")
	d.DeletionProtection = v.Bool("deletion_protection").Or(false)
	d.Redundancy = kind.Choose(orInherited(c, v, func(w mapping.View) mapping.Read[bool] { return ownMultiAZ(v, w) },
		kind.Known(false).From(prov)), "multi_az", "single")

	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	nativeBackups(c, v, &d, rdsRetention(v), rdsCopies(c, v), awsstore.DailyBackup(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "identifier"), "", d)
}

// ownMultiAZ reads multi_az of the database itself only: a replica has its own standby or none.
func ownMultiAZ(v, seen mapping.View) mapping.Read[bool] {
	if seen.Instance != v.Instance {
		return mapping.Fixed(false, v.Provenance())
	}
	return seen.Bool("multi_az")
}

// rdsRetention: no backups are kept unless a number of days is stated; a database restored from a snapshot may bring its own.
func rdsRetention(v mapping.View) kind.Attr[int64] {
	days := v.Int("backup_retention_period")
	for _, arg := range originArgs() {
		if v.Has(arg) && arg != "replicate_source_db" {
			return days.ElseAttr(restored[int64](v, arg))
		}
	}
	return days.Or(0)
}

// named is an identifying argument where it is known, else the resource's name.
func named(v mapping.View, arg string) string {
	if name, known := v.String(arg).Known(); known && name != "" {
		return name
	}
	return v.Instance.Name
}

// rdsEngine: without a version RDS takes its default of the day.
func rdsEngine(c *mapping.Context, v mapping.View, d *kind.Datastore) {
	name := orInherited(c, v, func(w mapping.View) mapping.Read[string] { return w.String("engine") },
		kind.Unknown[string](evidence.Computed, "engine is not stated").From(v.Provenance()))
	version := orInherited(c, v, func(w mapping.View) mapping.Read[string] { return w.String("engine_version") },
		kind.Unknown[string](evidence.Computed, "engine_version is not stated: the service takes its default").From(v.Provenance()))
	awsstore.Engine(d, name, version)
}

// rdsCopies are the regions to which automated backups are replicated: the replication is made in the region of the copies.
func rdsCopies(c *mapping.Context, v mapping.View) kind.Attr[[]kind.BackupPlanRuleCopy] {
	list := []kind.BackupPlanRuleCopy{}
	parts, open := v.Parts("aws_db_instance_automated_backups_replication", "source_db_instance_arn")
	for _, p := range parts {
		list = append(list, kind.BackupPlanRuleCopy{
			Vault: kind.NA[string](), Region: p.Region().From(p.Provenance()), Account: kind.Known(c.AccountUID()),
		})
	}
	if open != nil {
		return kind.AtLeast(list, *open)
	}
	return kind.Known(list)
}

func rdsCluster(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	prov := v.Provenance()
	serverless := equals(v.String("engine_mode"), "serverless")
	on := rdsClusterEncrypted(c, v)
	encrypt(c, &d, v.UID(), encryption{on: on, view: v, key: "kms_key_id", explicit: []string{"storage_encrypted"}})
	rdsEngine(c, v, &d)
	e := rdsSettings(c, v, d, "db_cluster_parameter_group_name", "aws_rds_cluster_parameter_group")
	d.EncryptionInTransitRequired = e.TLS()
	d.LoggingAccess = kind.Either(e.Audit(), activityStream(v))
	members := clusterMembers(v, "aws_rds_cluster_instance")
	d.AutoMinorUpgrade = members.all("auto_minor_version_upgrade", true)
	if aurora, known := kind.Convert(d.Engine, awsstore.IsAurora).Value(); known && !aurora {
		d.Redundancy = kind.Known("multi_az").From(prov) // a Multi-AZ DB cluster always has instances in three zones
		d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(true)
	} else {
		d.Redundancy = serverlessOr(serverless, members.redundancy())
	}
	var x awsstore.Exposure
	x.Add("network", clusterPublic(v, d.Engine, serverless, members))
	x.Fill(&d)
	place(c, &d, v, throughGroup(c, v, "db_subnet_group_name", "aws_db_subnet_group"), "vpc_security_group_ids")
	d.DeletionProtection = v.Bool("deletion_protection").Or(false)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	days := v.Int("backup_retention_period").Or(1)
	nativeBackups(c, v, &d, days, awsstore.NoCopies(), awsstore.DailyBackup(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "cluster_identifier"), "", d)
}

// clusterPublic: the instances of an Aurora cluster have addresses, public or not; a Multi-AZ DB cluster says it itself, and the older
// serverless mode has no public address.
func clusterPublic(v mapping.View, engine kind.Attr[string], serverless kind.Attr[bool], m members) kind.Attr[bool] {
	own := v.Bool("publicly_accessible").Or(false)
	if aurora, known := kind.Convert(engine, awsstore.IsAurora).Value(); known && !aurora {
		return own
	}
	if yes, known := serverless.Value(); known && yes {
		return kind.Known(false).From(v.ProvenanceOf("engine_mode"))
	}
	return kind.Either(own, m.public())
}

// rdsClusterEncrypted: AWS encrypts Aurora clusters that it made since February 2026 and serverless ones always; of an older one
// without the argument code cannot tell. A Multi-AZ DB cluster is not encrypted unless it says so.
func rdsClusterEncrypted(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	def := kind.Unknown[bool](evidence.NotInPlane, "Aurora encrypts clusters made since February 2026 by itself, older ones not").
		From(v.Provenance())
	engine := v.String("engine")
	switch name, known := engine.Known(); {
	case known && !awsstore.IsAurora(name):
		def = kind.Known(false).From(v.Provenance())
	default:
		if serverless, ok := equals(v.String("engine_mode"), "serverless").Value(); ok && serverless {
			def = kind.Known(true).From(v.ProvenanceOf("engine_mode"))
		}
	}
	return orInherited(c, v, func(w mapping.View) mapping.Read[bool] { return w.Bool("storage_encrypted") }, def)
}

// serverlessOr is multi_az for a serverless cluster, which fails over by itself, else what the members say.
func serverlessOr(serverless kind.Attr[bool], members kind.Attr[string]) kind.Attr[string] {
	if yes, known := serverless.Value(); known && yes {
		return kind.Known("multi_az")
	}
	return members
}

// activityStream is whether a database activity stream records every access.
func activityStream(v mapping.View) kind.Attr[bool] {
	streams, open := v.Parts("aws_rds_cluster_activity_stream", "resource_arn")
	switch {
	case len(streams) > 0:
		return kind.Known(true).From(streams[0].Provenance())
	case open != nil:
		return kind.Because[bool](*open)
	}
	return kind.Known(false)
}

// members are the instances of a cluster: those declared here, and why there may be more.
type members struct {
	cluster mapping.View
	list    []mapping.View
	open    *evidence.Unknown
}

func clusterMembers(v mapping.View, typ string) members {
	list, open := v.Parts(typ, "cluster_identifier")
	return members{v, list, open}
}

// all is whether a boolean argument is true of every instance.
func (m members) all(arg string, def bool) kind.Attr[bool] {
	if len(m.list) == 0 && m.open == nil {
		return kind.Unknown[bool](evidence.NotInPlane, "the cluster's instances are not declared here").From(m.cluster.Provenance())
	}
	out := kind.Known(true).From(m.cluster.Provenance())
	for _, i := range m.list {
		out = kind.Both(out, i.Bool(arg).Or(def))
	}
	if m.open != nil {
		out = kind.Both(out, kind.Because[bool](*m.open))
	}
	return out
}

// public is whether an instance has a public address.
func (m members) public() kind.Attr[bool] {
	if len(m.list) == 0 && m.open == nil {
		return kind.Unknown[bool](evidence.NotInPlane, "the cluster's instances are not declared here").From(m.cluster.Provenance())
	}
	out := kind.Known(false).From(m.cluster.Provenance())
	for _, i := range m.list {
		out = kind.Either(out, i.Bool("publicly_accessible").Or(false))
	}
	if m.open != nil {
		out = kind.Either(out, kind.Because[bool](*m.open))
	}
	return out
}

// redundancy: the service outlives a zone where a second instance can take over.
func (m members) redundancy() kind.Attr[string] {
	switch {
	case len(m.list) > 1:
		return kind.Known("multi_az").From(m.list[1].Provenance())
	case m.open != nil:
		return kind.Because[string](*m.open).From(m.cluster.Provenance())
	case len(m.list) == 0:
		return kind.Unknown[string](evidence.NotInPlane, "the cluster's instances are not declared here").From(m.cluster.Provenance())
	}
	return kind.Known("single").From(m.list[0].Provenance())
}

// rdsClusterInstance stands for itself only where its cluster is declared elsewhere.
func rdsClusterInstance(c *mapping.Context, v mapping.View) {
	cluster := v.Targets("cluster_identifier", "aws_rds_cluster")
	if r := cluster.First(); r != nil && r.Mode == resource.Managed {
		return
	}
	memberOfForeignCluster(c, v, cluster, v.String("engine"))
}

// memberOfForeignCluster maps an instance whose cluster lies outside of the configuration: what it says itself, and why the
// rest is unknown.
func memberOfForeignCluster(c *mapping.Context, v mapping.View, cluster mapping.Targets, name mapping.Read[string]) {
	const what = "the instance's cluster"
	d := v.Datastore("database")
	d.EncryptionAtRest = notDeclared[bool](cluster, what)
	d.EncryptionKeyManagement = notDeclared[string](cluster, what)
	d.EncryptionSource = notDeclared[string](cluster, what)
	d.EncryptionInTransitRequired = notDeclared[bool](cluster, what)
	awsstore.Engine(&d, name.OrUnknown(evidence.NotInPlane, what), v.String("engine_version").OrUnknown(evidence.NotInPlane, what))
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").Or(true)
	d.LoggingAccess = notDeclared[bool](cluster, what)
	var x awsstore.Exposure
	x.Add("network", v.Bool("publicly_accessible").Or(false))
	x.Fill(&d)
	d.NetworkPlacement = notDeclared[string](cluster, what)
	d.DeletionProtection = notDeclared[bool](cluster, what)
	d.Redundancy = notDeclared[string](cluster, what)
	d.BackupNativeRetentionDays = notDeclared[int64](cluster, what)
	d.BackupPITR = notDeclared[bool](cluster, what)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "database", named(v, "identifier"), "", d)
}

// rdsSnapshot maps a manual snapshot. It is encrypted as its source is; a copy may name a key of its own.
func rdsSnapshot(sourceArg, sourceType string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		d := v.Datastore("snapshot")
		on := rdsSourceEncrypted(c, v, sourceArg, sourceType)
		if key := v.String("kms_key_id"); !key.Absent() {
			on = kind.Known(true).From(v.ProvenanceOf("kms_key_id"))
			encrypt(c, &d, v.UID(), encryption{on: on, view: v, key: "kms_key_id"})
		} else {
			inheritEncryption(c, &d, v, on, sourceOf(c, v, sourceArg, sourceType))
		}
		d.EncryptionInTransitRequired = kind.NA[bool]()
		d.NetworkPlacement = kind.Known("none")
		var x awsstore.Exposure
		x.Add("snapshot_share", contains(v, "shared_accounts", "all"))
		x.Fill(&d)
		awsstore.Snapshot(&d)
		c.Emit(v, "snapshot", v.Instance.Name, "", d)
	}
}

// rdsSourceEncrypted follows a snapshot to the database that it was taken of.
func rdsSourceEncrypted(c *mapping.Context, v mapping.View, arg, typ string) kind.Attr[bool] {
	source := sourceOf(c, v, arg, typ)
	if source == nil {
		return notDeclared[bool](v.Targets(arg, typ), "the source of the snapshot").From(v.ProvenanceOf(arg))
	}
	switch typ {
	case "aws_db_snapshot":
		return rdsSourceEncrypted(c, *source, "db_instance_identifier", "aws_db_instance").From(v.ProvenanceOf(arg))
	case "aws_db_cluster_snapshot":
		return rdsSourceEncrypted(c, *source, "db_cluster_identifier", "aws_rds_cluster").From(v.ProvenanceOf(arg))
	}
	if typ == "aws_rds_cluster" {
		return rdsClusterEncrypted(c, *source).From(v.ProvenanceOf(arg))
	}
	return orInherited(c, *source, func(w mapping.View) mapping.Read[bool] { return w.Bool("storage_encrypted") }, kind.Known(false)).
		From(v.ProvenanceOf(arg))
}

// inheritEncryption is for copies that are encrypted with their source's key.
func inheritEncryption(c *mapping.Context, d *kind.Datastore, v mapping.View, on kind.Attr[bool], source *mapping.View) {
	if source == nil {
		d.EncryptionAtRest = on
		d.EncryptionKeyManagement = kind.Then(on, func(bool) kind.Attr[string] { return restored[string](v, "its source") })
		d.EncryptionSource = kind.Then(on, func(bool) kind.Attr[string] { return restored[string](v, "its source") })
		return
	}
	encrypt(c, d, v.UID(), encryption{
		on: on, view: *source, key: keyArgOf(*source), explicit: []string{"storage_encrypted", "encrypted"},
	})
}
