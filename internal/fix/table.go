package fix

import (
	"github.com/zclconf/go-cty/cty"
)

// setting is one argument that a remedy gives a value.
type setting struct {
	block string // nested block that holds the argument, made where it is absent; "" for the resource's own arguments
	name  string
	value cty.Value
	// param names the policy parameter that replaces value, a number; "" where the value is fixed.
	param string
	// atLeast raises a number and never lowers one.
	atLeast bool
	// ifWritten corrects the argument only where it is written: its default is right.
	ifWritten bool
}

// part is a resource of its own that holds settings of another, as an aws_s3_bucket_public_access_block does of a bucket.
type part struct {
	typ string // resource type of the part
	arg string // argument of the part that names the whole
	of  string // attribute of the whole to which it refers
}

// remedy is the edit that makes one attribute of one resource type pass one check.
type remedy struct {
	check     string
	attribute string // generic path of the finding's reason, "" for a reason without one
	typ       string // resource type that the remedy edits, or to which it adds a part
	settings  []setting
	part      *part
	// replaces is set where applying the change may make Terraform destroy the resource and create another.
	replaces bool
	// note is what a reader has to know before applying; "" where there is nothing.
	note string
}

// on is an argument of the resource that becomes true.
func on(name string) setting { return setting{name: name, value: cty.True} }

// off is an argument of the resource that becomes false.
func off(name string) setting { return setting{name: name, value: cty.False} }

func text(name, value string) setting { return setting{name: name, value: cty.StringVal(value)} }

func (s setting) in(block string) setting {
	s.block = block
	return s
}

func atLeast(name string, n int64, param string) setting {
	return setting{name: name, value: cty.NumberIntVal(n), param: param, atLeast: true}
}

const (
	atRest    = "encryption.at_rest"
	inTransit = "encryption.in_transit_required"
	public    = "exposure.public"
	minTLS    = "tls.min_version"
	minor     = "auto_minor_upgrade"
)

// remedies is the table of what is known. Where a resource can be mended in several ways, or only with knowledge that is not in the
// code (which key, which network), it has no row. Whether a change replaces the resource is what the AWS provider documents of
// the argument ("Forces new resource").
func remedies() []remedy {
	var out []remedy
	for _, list := range [][]remedy{encryption(), keys(), transit(), exposure(), logs(), upgrades(), backups(), identity()} {
		out = append(out, list...)
	}
	return out
}

func encryption() []remedy {
	set := func(typ string, s ...setting) remedy {
		return remedy{check: "enc.at_rest", attribute: atRest, typ: typ, settings: s, replaces: true}
	}
	redshift := set("aws_redshift_cluster", on("encrypted"))
	redshift.replaces = false
	return []remedy{
		set("aws_ebs_volume", on("encrypted")), set("aws_efs_file_system", on("encrypted")),
		set("aws_db_instance", on("storage_encrypted")), set("aws_rds_cluster", on("storage_encrypted")),
		set("aws_docdb_cluster", on("storage_encrypted")), set("aws_neptune_cluster", on("storage_encrypted")),
		set("aws_elasticache_replication_group", on("at_rest_encryption_enabled")),
		set("aws_dax_cluster", on("enabled").in("server_side_encryption")),
		set("aws_opensearch_domain", on("enabled").in("encrypt_at_rest")),
		set("aws_elasticsearch_domain", on("enabled").in("encrypt_at_rest")),
		redshift,
	}
}

func keys() []remedy {
	return []remedy{
		{check: "enc.key_lifecycle", attribute: "rotation.enabled", typ: "aws_kms_key", settings: []setting{on("enable_key_rotation")}},
		{check: "enc.key_lifecycle", attribute: "rotation.period_days", typ: "aws_kms_key", settings: []setting{
			{name: "rotation_period_in_days", value: cty.NumberIntVal(365), param: "key_rotation_days"},
		}},
	}
}

func transit() []remedy {
	const (
		check    = "enc.transit_datastores"
		endpoint = "enc.transit_endpoints"
		elb      = "ELBSecurityPolicy-TLS13-1-2-2021-06"
	)
	return []remedy{
		{check: check, attribute: inTransit, typ: "aws_elasticache_replication_group", replaces: true, settings: []setting{
			on("transit_encryption_enabled"), {name: "transit_encryption_mode", value: cty.StringVal("required"), ifWritten: true},
		}, note: "clients have to connect with TLS"},
		{check: check, attribute: inTransit, typ: "aws_dax_cluster", replaces: true, settings: []setting{text("cluster_endpoint_encryption_type", "TLS")}},
		{check: check, attribute: inTransit, typ: "aws_opensearch_domain", settings: []setting{on("enforce_https").in("domain_endpoint_options")}},
		{check: check, attribute: inTransit, typ: "aws_elasticsearch_domain", settings: []setting{on("enforce_https").in("domain_endpoint_options")}},
		{check: check, attribute: inTransit, typ: "aws_memorydb_cluster", replaces: true, settings: []setting{on("tls_enabled")}},
		{check: endpoint, attribute: minTLS, typ: "aws_lb_listener", settings: []setting{text("ssl_policy", elb)}},
		{check: endpoint, attribute: minTLS, typ: "aws_alb_listener", settings: []setting{text("ssl_policy", elb)}},
		{check: endpoint, attribute: minTLS, typ: "aws_cloudfront_distribution", settings: []setting{
			text("minimum_protocol_version", "TLSv1.2_2021").in("viewer_certificate"),
		}},
		{check: endpoint, attribute: minTLS, typ: "aws_api_gateway_domain_name", settings: []setting{text("security_policy", "TLS_1_2")}},
	}
}

func exposure() []remedy {
	const check = "net.datastore_private"
	four := []setting{on("block_public_acls"), on("block_public_policy"), on("ignore_public_acls"), on("restrict_public_buckets")}
	hidden := []setting{off("publicly_accessible")}
	out := []remedy{
		{
			check: check, attribute: public, typ: "aws_s3_bucket", settings: four, part: &part{"aws_s3_bucket_public_access_block", "bucket", "id"},
			note: "S3 refuses a public policy from then on: take the public statement out of the bucket's policy",
		},
		{check: check, attribute: "object_public_access_block", typ: "aws_s3_account_public_access_block", settings: four},
	}
	for _, typ := range []string{"aws_db_instance", "aws_rds_cluster_instance", "aws_redshift_cluster", "aws_redshiftserverless_workgroup"} {
		out = append(out, remedy{check: check, attribute: public, typ: typ, settings: hidden})
	}
	for _, typ := range []string{"aws_mq_broker", "aws_dms_replication_instance"} {
		out = append(out, remedy{check: check, attribute: public, typ: typ, settings: hidden, replaces: true})
	}
	return out
}

func logs() []remedy {
	return []remedy{
		{check: "log.trail", typ: "aws_cloudtrail", settings: []setting{
			on("is_multi_region_trail"),
			{name: "enable_logging", value: cty.True, ifWritten: true},
			{name: "include_global_service_events", value: cty.True, ifWritten: true},
		}},
		{check: "log.trail_integrity", attribute: "validation", typ: "aws_cloudtrail", settings: []setting{on("enable_log_file_validation")}},
		{check: "log.retention", attribute: "retention_days", typ: "aws_cloudwatch_log_group", settings: []setting{
			atLeast("retention_in_days", 365, "log_retention_days"),
		}},
	}
}

func upgrades() []remedy {
	const name = "auto_minor_version_upgrade"
	set := func(typ string, s setting) remedy {
		return remedy{check: "patch.automated", attribute: minor, typ: typ, settings: []setting{s}}
	}
	return []remedy{
		set("aws_db_instance", on(name)), set("aws_rds_cluster_instance", on(name)), set("aws_docdb_cluster_instance", on(name)),
		set("aws_neptune_cluster_instance", on(name)), set("aws_elasticache_replication_group", on(name)), set("aws_elasticache_cluster", on(name)),
		set("aws_mq_broker", on(name)), set("aws_dms_replication_instance", on(name)), set("aws_redshift_cluster", on("allow_version_upgrade")),
		set("aws_opensearch_domain", on("auto_software_update_enabled").in("software_update_options")),
	}
}

// backups: 35 days is what RDS and its kin keep at most, and what the strictest tier of backup.retention asks for.
func backups() []remedy {
	const (
		most     = 35
		days     = "backup_retention_period"
		snapshot = "snapshot_retention_limit"
		redshift = "automated_snapshot_retention_period"
	)
	keep := func(check, typ, name string) remedy {
		return remedy{check: check, attribute: "criticality", typ: typ, settings: []setting{atLeast(name, most, "")}}
	}
	return []remedy{
		keep("backup.covered", "aws_db_instance", days), keep("backup.covered", "aws_memorydb_cluster", snapshot),
		keep("backup.covered", "aws_redshift_cluster", redshift),
		{check: "backup.covered", attribute: "criticality", typ: "aws_dynamodb_table", settings: []setting{on("enabled").in("point_in_time_recovery")}},
		keep("backup.retention", "aws_db_instance", days), keep("backup.retention", "aws_rds_cluster", days),
		keep("backup.retention", "aws_docdb_cluster", days), keep("backup.retention", "aws_neptune_cluster", days),
		keep("backup.retention", "aws_memorydb_cluster", snapshot), keep("backup.retention", "aws_redshift_cluster", redshift),
		{check: "dr.resilience", attribute: "redundancy", typ: "aws_db_instance", settings: []setting{on("multi_az")}},
	}
}

func identity() []remedy {
	set := func(attribute string, s setting) remedy {
		return remedy{check: "iam.password_policy", attribute: attribute, typ: "aws_iam_account_password_policy", settings: []setting{s}}
	}
	return []remedy{
		set("min_length", atLeast("minimum_password_length", 14, "password_min_length")),
		set("reuse_prevention", atLeast("password_reuse_prevention", 24, "password_reuse")),
		{check: "iam.session_limits", attribute: "max_session_seconds", typ: "aws_iam_role", settings: []setting{
			{name: "max_session_duration", value: cty.NumberIntVal(43200), param: "session_max_seconds"},
		}},
	}
}
