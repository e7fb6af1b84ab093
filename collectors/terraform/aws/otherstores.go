package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// otherstores maps the smaller services that hold data, and says of the services around them why they hold none.
func otherstores() mapping.Service {
	db := []string{"database"}
	types := []mapping.Type{
		{Name: "aws_glacier_vault", Kinds: []string{"bucket"}, Map: glacierVault},
		{Name: "aws_glacier_vault_lock", Kinds: []string{"bucket"}, PartOf: []string{"aws_glacier_vault"}},
		{Name: "aws_keyspaces_table", Kinds: []string{"database", "backup_plan"}, Map: keyspacesTable},
		{Name: "aws_timestreamwrite_table", Kinds: db, Map: timestreamTable},
		{Name: "aws_timestreamwrite_database", Kinds: db, PartOf: []string{"aws_timestreamwrite_table"}},
		{Name: "aws_timestreaminfluxdb_db_instance", Kinds: db, Map: influxInstance},
		{Name: "aws_qldb_ledger", Kinds: db, Map: qldbLedger},
		{Name: "aws_dms_replication_instance", Kinds: []string{"stream"}, Map: dmsInstance},
		{Name: "aws_dms_replication_subnet_group", Kinds: []string{"stream"}, PartOf: []string{"aws_dms_replication_instance"}},
		{Name: "aws_lightsail_database", Kinds: []string{"database", "backup_plan"}, Map: lightsailDatabase},
		{Name: "aws_cloudsearch_domain", Kinds: []string{"search"}, Map: cloudsearchDomain},
		{Name: "aws_cloudsearch_domain_service_access_policy", Kinds: []string{"search"}, PartOf: []string{"aws_cloudsearch_domain"}},
		{Name: "aws_kendra_index", Kinds: []string{"search"}, Map: kendraIndex},
	}
	types = append(types, noted("queries data in buckets, and writes results to one; the buckets are mapped themselves",
		"aws_athena_workgroup", "aws_athena_database", "aws_athena_data_catalog", "aws_athena_named_query",
		"aws_athena_prepared_statement", "aws_athena_capacity_reservation")...)
	types = append(types, noted("describes or moves data that lies in stores that are mapped themselves",
		"aws_glue_catalog_database", "aws_glue_catalog_table", "aws_glue_catalog_table_optimizer", "aws_glue_classifier",
		"aws_glue_connection", "aws_glue_crawler", "aws_glue_data_catalog_encryption_settings", "aws_glue_data_quality_ruleset",
		"aws_glue_dev_endpoint", "aws_glue_job", "aws_glue_ml_transform", "aws_glue_partition", "aws_glue_partition_index",
		"aws_glue_registry", "aws_glue_resource_policy", "aws_glue_schema", "aws_glue_security_configuration", "aws_glue_trigger",
		"aws_glue_user_defined_function", "aws_glue_workflow", "aws_dms_certificate", "aws_dms_endpoint", "aws_dms_event_subscription",
		"aws_dms_replication_config", "aws_dms_replication_task", "aws_dms_s3_endpoint",
		"aws_keyspaces_keyspace", "aws_timestreamquery_scheduled_query", "aws_qldb_stream", "aws_kendra_data_source", "aws_kendra_experience", "aws_kendra_faq",
		"aws_kendra_query_suggestions_block_list", "aws_kendra_thesaurus")...)
	return mapping.Service{Name: "otherstores", Types: types}
}

// archived fills what the small stores behind AWS's own endpoints have in common.
func archived(c *mapping.Context, d *kind.Datastore) {
	awsstore.OverHTTPS(d)
	awsstore.WithoutBackup(d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = byDataEvents(c)
}

// glacierVault is always encrypted; a lock policy makes its archives write-once.
func glacierVault(c *mapping.Context, v mapping.View) {
	d := v.Datastore("bucket")
	encryptedByService(c, &d, v.UID(), v, "")
	var x awsstore.Exposure
	x.Add("policy", letsPublicIn(v, "access_policy"))
	x.Fill(&d)
	archived(c, &d)
	awsstore.WithoutEngine(&d)
	lock := v.Part("aws_glacier_vault_lock", "vault_name")
	awsstore.VaultLock(&d, lock.Bool("complete_lock").Or(false))
	d.ImmutabilityDays = d.ImmutabilityDays.From(lock.ProvenanceOf("policy"))
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "bucket", named(v, "name"), "", d)
}

func keyspacesTable(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v.Block("encryption_specification"), "kms_key_identifier")
	awsstore.Private(&d)
	archived(c, &d)
	awsstore.ManagedEngine(&d, "keyspaces")
	awsstore.WithoutWORM(&d)
	d.LifecycleExpireDays = kind.Then(v.Int("default_time_to_live").Or(0), func(seconds int64) kind.Attr[int64] {
		if seconds == 0 {
			return kind.Null[int64]()
		}
		return kind.Known(awsstore.WholeDays(seconds))
	})
	on := equals(v.Block("point_in_time_recovery").String("status"), "ENABLED")
	days := kind.Convert(on, func(on bool) int64 {
		if on {
			return 35
		}
		return 0
	})
	nativeBackups(c, v, &d, days, awsstore.NoCopies(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "table_name"), "", d)
}

// timestreamTable is encrypted with its database's key and keeps data for as long as its two stores say.
func timestreamTable(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	if db := timestreamDatabase(c, v); db != nil {
		encryptedByService(c, &d, v.UID(), *db, "kms_key_id")
	} else {
		elsewhere := v.Targets("database_name", "aws_timestreamwrite_database")
		d.EncryptionAtRest = kind.Known(true).From(v.Provenance())
		d.EncryptionKeyManagement = notDeclared[string](elsewhere, "the table's database")
		d.EncryptionSource = notDeclared[string](elsewhere, "the table's database")
	}
	awsstore.Private(&d)
	archived(c, &d)
	awsstore.ManagedEngine(&d, "timestream")
	awsstore.WithoutWORM(&d)
	d.LifecycleExpireDays = v.Block("retention_properties").Int("magnetic_store_retention_period_in_days").Or(73000)
	c.Emit(v, "database", named(v, "table_name"), "", d)
}

// timestreamDatabase is the database of a table, by reference or by its name; nil where it is not declared here.
func timestreamDatabase(c *mapping.Context, v mapping.View) *mapping.View {
	if db := sourceOf(c, v, "database_name", "aws_timestreamwrite_database"); db != nil {
		return db
	}
	want, known := v.String("database_name").Known()
	for _, db := range c.All("aws_timestreamwrite_database") {
		if name, ok := db.String("database_name").Known(); known && ok && name == want {
			return &db
		}
	}
	return nil
}

func influxInstance(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "")
	d.EncryptionInTransitRequired = kind.Known(true)
	var x awsstore.Exposure
	x.Add("network", v.Bool("publicly_accessible").Or(false))
	x.Fill(&d)
	place(c, &d, v, v.Targets("vpc_subnet_ids", subnetTypes()...), "vpc_security_group_ids")
	awsstore.ManagedEngine(&d, "timestream-influxdb")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(equals(v.String("deployment_type"), "WITH_MULTIAZ_STANDBY"), "multi_az", "single")
	d.LoggingAccess = kind.Known(false).From(v.Provenance())
	awsstore.WithoutWORM(&d)
	awsstore.WithoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "database", named(v, "name"), "", d)
}

// qldbLedger: an append-only journal in which every entry is chained to the one before by its hash.
func qldbLedger(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "kms_key")
	awsstore.Private(&d)
	archived(c, &d)
	awsstore.ManagedEngine(&d, "qldb")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.IntegrityHashChain = kind.Known(true).From(v.Provenance())
	d.DeletionProtection = v.Bool("deletion_protection").Or(true)
	c.Emit(v, "database", named(v, "name"), "", d)
}

// dmsInstance keeps the changes that it has yet to copy on an encrypted disk of its own.
func dmsInstance(c *mapping.Context, v mapping.View) {
	d := v.Datastore("stream")
	encryptedByService(c, &d, v.UID(), v, "kms_key_arn")
	d.EncryptionInTransitRequired = kind.NA[bool]() // nobody connects to it; its endpoints say how it connects to others
	var x awsstore.Exposure
	x.Add("network", v.Bool("publicly_accessible").Or(false))
	x.Fill(&d)
	place(c, &d, v, throughGroup(c, v, "replication_subnet_group_id", "aws_dms_replication_subnet_group"), "vpc_security_group_ids")
	awsstore.ManagedEngine(&d, "dms")
	d.AutoMinorUpgrade = v.Bool("auto_minor_version_upgrade").OrUnknown(evidence.Computed, "auto_minor_version_upgrade is not stated")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(v.Bool("multi_az").Or(false), "multi_az", "single")
	d.LoggingAccess = kind.NA[bool]()
	awsstore.WithoutWORM(&d)
	awsstore.WithoutBackup(&d)
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "stream", named(v, "replication_instance_id"), "", d)
}

// lightsailDatabase is always encrypted; it takes daily backups that are kept for seven days unless they are turned off.
func lightsailDatabase(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "")
	d.EncryptionInTransitRequired = kind.Unknown[bool](evidence.NotInPlane, "a parameter that Terraform cannot set")
	public := v.Bool("publicly_accessible").Or(false)
	var x awsstore.Exposure
	x.Add("network", public)
	x.Fill(&d)
	d.NetworkPlacement = kind.Choose(public, "public", "private")
	awsstore.ManagedEngine(&d, "lightsail")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Unknown[string](evidence.Unsupported, "whether the bundle has a standby")
	d.LoggingAccess = kind.Known(false).From(v.Provenance())
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	days := kind.Convert(v.Bool("backup_retention_enabled").Or(true), func(on bool) int64 {
		if on {
			return 7
		}
		return 0
	})
	nativeBackups(c, v, &d, days, awsstore.NoCopies(), awsstore.DailyBackup(), awsstore.ContinuousBackup())
	c.Emit(v, "database", named(v, "relational_database_name"), "", d)
}

func cloudsearchDomain(c *mapping.Context, v mapping.View) {
	d := v.Datastore("search")
	encryptedByService(c, &d, v.UID(), v, "")
	policies, open := v.Parts("aws_cloudsearch_domain_service_access_policy", "domain_name")
	var x awsstore.Exposure
	for _, p := range policies {
		x.Add("policy", letsPublicIn(p, "access_policy"))
	}
	if open != nil {
		x.Add("policy", kind.Because[bool](*open))
	}
	x.Fill(&d)
	archived(c, &d)
	d.NetworkPlacement = kind.Known("public")
	d.EncryptionInTransitRequired = v.Block("endpoint_options").Bool("enforce_https").Or(false)
	d.Redundancy = kind.Choose(v.Bool("multi_az").Or(false), "multi_az", "single")
	awsstore.ManagedEngine(&d, "cloudsearch")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "search", named(v, "name"), "", d)
}

func kendraIndex(c *mapping.Context, v mapping.View) {
	d := v.Datastore("search")
	encryptedByService(c, &d, v.UID(), v.Block("server_side_encryption_configuration"), "kms_key_id")
	awsstore.Private(&d)
	archived(c, &d)
	awsstore.ManagedEngine(&d, "kendra")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "search", named(v, "name"), "", d)
}
