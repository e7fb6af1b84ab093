package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// redshift maps clusters and serverless namespaces.
func redshift() mapping.Service {
	db := []string{"database", "backup_plan"}
	types := []mapping.Type{
		{Name: "aws_redshift_cluster", Kinds: db, Map: redshiftCluster},
		{Name: "aws_redshift_cluster_snapshot", Kinds: []string{"snapshot"}, Map: redshiftSnapshot},
		{Name: "aws_redshiftserverless_namespace", Kinds: db, Map: redshiftNamespace},
	}
	types = append(types, partsOf(db, []string{"aws_redshift_cluster"}, "aws_redshift_parameter_group", "aws_redshift_subnet_group",
		"aws_redshift_logging", "aws_redshift_snapshot_copy")...)
	types = append(types, partsOf(db, []string{"aws_redshiftserverless_namespace"}, "aws_redshiftserverless_workgroup")...)
	types = append(types, noted("administers clusters that are mapped themselves", "aws_redshift_authentication_profile",
		"aws_redshift_cluster_iam_roles", "aws_redshift_endpoint_access", "aws_redshift_endpoint_authorization",
		"aws_redshift_event_subscription", "aws_redshift_hsm_client_certificate", "aws_redshift_hsm_configuration",
		"aws_redshift_scheduled_action", "aws_redshift_snapshot_copy_grant", "aws_redshift_snapshot_schedule",
		"aws_redshift_snapshot_schedule_association", "aws_redshift_usage_limit", "aws_redshift_partner", "aws_redshift_integration",
		"aws_redshift_data_share_authorization", "aws_redshift_data_share_consumer_association", "aws_redshift_resource_policy",
		"aws_redshiftdata_statement", "aws_redshift_security_group", "aws_redshiftserverless_endpoint_access",
		"aws_redshiftserverless_resource_policy", "aws_redshiftserverless_snapshot", "aws_redshiftserverless_usage_limit",
		"aws_redshiftserverless_custom_domain_association")...)
	return mapping.Service{Name: "redshift", Types: types}
}

// sinceProvider6 is why an absent argument is unknown whose default turned around with version 6 of the provider.
const sinceProvider6 = "the default changed with version 6 of the provider"

func redshiftCluster(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	on := v.Bool("encrypted").OrUnknown(evidence.Unresolved, sinceProvider6)
	if v.Has("snapshot_identifier") || v.Has("snapshot_arn") {
		on = v.Bool("encrypted").ElseAttr(restored[bool](v, "snapshot_identifier"))
	}
	encrypt(c, &d, v.UID(), encryption{on: on, view: v, key: "kms_key_id", explicit: []string{"encrypted"}})
	const groupArg, group = "cluster_parameter_group_name", "aws_redshift_parameter_group"
	// default.redshift-2.0 requires TLS, default.redshift-1.0 does not; AWS gave new clusters the former in January 2025.
	def := kind.Unknown[string](evidence.NotInPlane, "which default parameter group the cluster has")
	if r := v.Targets(groupArg, group).First(); r != nil {
		def = kind.Convert(c.View(r).String("family").Or(""), func(f string) string {
			if f == "redshift-1.0" {
				return "false"
			}
			return "true"
		})
	}
	d.EncryptionInTransitRequired = awsstore.Enabled(parameter(c, v, groupArg, group, "require_ssl", def))
	var x awsstore.Exposure
	x.Add("network", v.Bool("publicly_accessible").OrUnknown(evidence.Unresolved, sinceProvider6))
	x.Fill(&d)
	place(c, &d, v, throughGroup(c, v, "cluster_subnet_group_name", "aws_redshift_subnet_group"), "vpc_security_group_ids")
	awsstore.ManagedEngine(&d, "redshift")
	d.AutoMinorUpgrade = v.Bool("allow_version_upgrade").Or(true)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Choose(v.Bool("multi_az").Or(false), "multi_az", "single")
	d.LoggingAccess = redshiftLogging(c, v)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	nativeBackups(c, v, &d, v.Int("automated_snapshot_retention_period").Or(1), redshiftCopies(c, v),
		awsstore.BackupRule{Text: "every eight hours", Minutes: 8 * 60, Type: "snapshot"})
	c.Emit(v, "database", named(v, "cluster_identifier"), "", d)
}

// redshiftLogging is whether audit logging is on, as a resource of its own or, in provider 5 and earlier, a block.
func redshiftLogging(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	split := v.Part("aws_redshift_logging", "cluster_identifier")
	switch {
	case split.Exists():
		for _, bucket := range split.Targets("bucket_name", "aws_s3_bucket").UIDs(c) {
			c.Relate("logs_to", v.UID(), bucket)
		}
		return kind.Known(true).From(split.Provenance())
	case split.Maybe() != nil:
		return kind.Because[bool](*split.Maybe()).From(v.Provenance())
	}
	return v.Block("logging").Bool("enable").Or(false)
}

// redshiftCopies is the further region to which snapshots are copied.
func redshiftCopies(c *mapping.Context, v mapping.View) kind.Attr[[]kind.BackupPlanRuleCopy] {
	split := v.Part("aws_redshift_snapshot_copy", "cluster_identifier")
	if !split.Exists() {
		split = v.Block("snapshot_copy")
	}
	list := []kind.BackupPlanRuleCopy{}
	if split.Exists() {
		list = append(list, kind.BackupPlanRuleCopy{
			Vault: kind.NA[string](), Account: kind.Known(c.AccountUID()),
			Region: split.String("destination_region").OrUnknown(evidence.Unresolved, "the region of the copies"),
		})
	}
	if why := split.Maybe(); why != nil {
		return kind.AtLeast(list, *why)
	}
	return kind.Known(list)
}

func redshiftSnapshot(c *mapping.Context, v mapping.View) {
	d := v.Datastore("snapshot")
	source := sourceOf(c, v, "cluster_identifier", "aws_redshift_cluster")
	on := restored[bool](v, "cluster_identifier")
	if source != nil {
		on = source.Bool("encrypted").OrUnknown(evidence.Unresolved, sinceProvider6)
	}
	inheritEncryption(c, &d, v, on, source)
	emitSnapshot(c, v, d)
}

// redshiftNamespace is the store of a serverless warehouse; its workgroups say how it is reached.
func redshiftNamespace(c *mapping.Context, v mapping.View) {
	d := v.Datastore("database")
	encryptedByService(c, &d, v.UID(), v, "kms_key_id")
	groups, open := v.Parts("aws_redshiftserverless_workgroup", "namespace_name")
	var x awsstore.Exposure
	tls := kind.Known(true).From(v.Provenance())
	var subnets mapping.Targets
	for _, g := range groups {
		x.Add("network", g.Bool("publicly_accessible").Or(false))
		tls = kind.Both(tls, workgroupTLS(g))
		t := g.Targets("subnet_ids", subnetTypes()...)
		subnets.Instances = append(subnets.Instances, t.Instances...)
		subnets.Literals = append(subnets.Literals, t.Literals...)
		guard(c, g, v.UID(), "security_group_ids")
	}
	if len(groups) == 0 && open == nil {
		open = &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the namespace's workgroup is not declared here"}
	}
	if open != nil {
		x.Add("network", kind.Because[bool](*open))
		tls = kind.Both(tls, kind.Because[bool](*open))
	}
	x.Fill(&d)
	d.EncryptionInTransitRequired = tls
	place(c, &d, v, subnets)
	awsstore.ManagedEngine(&d, "redshift-serverless")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az") // the service moves a workgroup to another zone by itself
	d.LoggingAccess = contains(v, "log_exports", "useractivitylog")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	// The service makes recovery points every 30 minutes and keeps them for a day.
	nativeBackups(c, v, &d, kind.Known[int64](1), awsstore.NoCopies(), awsstore.BackupRule{Text: "every 30 minutes", Minutes: 30, Type: "snapshot"})
	c.Emit(v, "database", named(v, "namespace_name"), "", d)
}

func workgroupTLS(v mapping.View) kind.Attr[bool] {
	params, more := nested(v, "config_parameter")
	for _, p := range params {
		if is, known := equals(p.String("parameter_key"), "require_ssl").Value(); known && is {
			return equals(p.String("parameter_value"), "true")
		}
	}
	if more != nil {
		return kind.Because[bool](*more)
	}
	return kind.Unknown[bool](evidence.NotInPlane, "the default of require_ssl depends on when the workgroup was made").From(v.Provenance())
}
