package aws

import "testing"

const unresolved = "unknown: unresolved"

func TestDynamoDB(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"defaults", `resource "aws_dynamodb_table" "t" { name = "orders" }`, "aws_dynamodb_table.t",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "provider", "encryption.source": "provider_default",
				"encryption.in_transit_required": true, "exposure.public": false, "deletion_protection": false, "redundancy": "multi_az",
				"backup.pitr": false, "backup.native_retention_days": int64(0), "lifecycle.expire_days": nil,
				"logging.access": "unknown: not_in_plane",
			},
		},
		{
			"good", `
resource "aws_kms_key" "k" {}
resource "aws_dynamodb_table" "t" {
  name                        = "orders"
  deletion_protection_enabled = true
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.k.arn
  }
  point_in_time_recovery { enabled = true }
  ttl {
    enabled        = true
    attribute_name = "until"
  }
  replica { region_name = "eu-central-1" }
}`, "aws_dynamodb_table.t",
			map[string]any{
				"encryption.key_management": "customer", "encryption.source": "explicit", "deletion_protection": true,
				"redundancy": "multi_region", "backup.pitr": true, "backup.native_retention_days": int64(35),
				"lifecycle.expire_days": "unknown: not_in_plane",
			},
		},
		{
			"AWS's key, not the customer's", `
resource "aws_dynamodb_table" "t" {
  name = "orders"
  server_side_encryption { enabled = true }
}`, "aws_dynamodb_table.t",
			map[string]any{"encryption.key_management": "provider", "encryption.source": "explicit"},
		},
		{
			"a trail declared here", `
resource "aws_cloudtrail" "t" { s3_bucket_name = "logs" }
resource "aws_dynamodb_table" "t" { name = "orders" }`, "aws_dynamodb_table.t",
			map[string]any{"logging.access": false},
		},
		{
			"unknown", `
variable "v" {}
resource "aws_dynamodb_table" "t" {
  name                        = "orders"
  deletion_protection_enabled = var.v
  point_in_time_recovery { enabled = var.v }
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.v
  }
}`, "aws_dynamodb_table.t",
			map[string]any{
				"encryption.key_management": unresolved, "deletion_protection": unresolved, "backup.pitr": unresolved,
				"backup.native_retention_days": unresolved,
			},
		},
		{
			"cache before a table", `resource "aws_dax_cluster" "c" { replication_factor = 1 }`, "aws_dax_cluster.c",
			map[string]any{"encryption.at_rest": false, "encryption.in_transit_required": false, "redundancy": "single"},
		},
		{
			"cache before a table, encrypted", `
resource "aws_dax_cluster" "c" {
  replication_factor               = 3
  cluster_endpoint_encryption_type = "TLS"
  server_side_encryption { enabled = true }
}`, "aws_dax_cluster.c",
			map[string]any{"encryption.at_rest": true, "encryption.in_transit_required": true, "redundancy": "multi_az"},
		},
	})
}

func TestFileSystems(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"EFS, defaults", `resource "aws_efs_file_system" "f" {}`, "aws_efs_file_system.f",
			map[string]any{
				"encryption.at_rest": false, "encryption.key_management": "none", "encryption.in_transit_required": false,
				"exposure.public": false, "network.placement": "none", "redundancy": "multi_az", "backup.native_retention_days": int64(0),
			},
		},
		{
			"EFS, good", network + `
resource "aws_efs_file_system" "f" {
  encrypted  = true
  kms_key_id = aws_kms_key.k.arn
}
resource "aws_efs_mount_target" "m" {
  file_system_id  = aws_efs_file_system.f.id
  subnet_id       = aws_subnet.private.id
  security_groups = [aws_security_group.sg.id]
}
resource "aws_efs_backup_policy" "b" {
  file_system_id = aws_efs_file_system.f.id
  backup_policy { status = "ENABLED" }
}
resource "aws_efs_replication_configuration" "r" {
  source_file_system_id = aws_efs_file_system.f.id
  destination { region = "eu-central-1" }
}
resource "aws_efs_file_system_policy" "p" {
  file_system_id = aws_efs_file_system.f.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Deny", Principal = { AWS = "*" }, Action = "*", Resource = aws_efs_file_system.f.arn
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }] })
}`, "aws_efs_file_system.f",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"network.placement": "private", "backup.native_retention_days": int64(35), "redundancy": "multi_region",
			},
		},
		{
			"EFS, unknown", `
variable "v" {}
resource "aws_efs_file_system" "f" { encrypted = var.v }
resource "aws_efs_file_system_policy" "p" {
  file_system_id = aws_efs_file_system.f.id
  policy         = var.v
}`, "aws_efs_file_system.f",
			map[string]any{"encryption.at_rest": unresolved, "encryption.in_transit_required": unresolved},
		},
		{
			"FSx for Windows", network + `
resource "aws_fsx_windows_file_system" "f" {
  deployment_type = "MULTI_AZ_1"
  kms_key_id      = aws_kms_key.k.arn
  subnet_ids      = [aws_subnet.private.id]
  audit_log_configuration { file_access_audit_log_level = "SUCCESS_AND_FAILURE" }
}`, "aws_fsx_windows_file_system.f",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "redundancy": "multi_az", "logging.access": true,
				"network.placement": "private", "backup.native_retention_days": int64(7), "encryption.in_transit_required": "unknown: not_in_plane",
			},
		},
		{
			"FSx for Lustre, defaults", `resource "aws_fsx_lustre_file_system" "f" { deployment_type = "SCRATCH_2" }`,
			"aws_fsx_lustre_file_system.f",
			map[string]any{"encryption.key_management": "provider", "redundancy": "single", "backup.native_retention_days": int64(0)},
		},
	})
}

func TestCaches(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"Redis, defaults", `resource "aws_elasticache_replication_group" "g" { replication_group_id = "g" }`,
			"aws_elasticache_replication_group.g",
			map[string]any{
				"encryption.at_rest": false, "encryption.in_transit_required": false, "engine": "redis", "redundancy": "single",
				"auto_minor_upgrade": true, "exposure.public": false, "backup.native_retention_days": int64(0),
			},
		},
		{
			"Valkey, defaults", `
resource "aws_elasticache_replication_group" "g" {
  replication_group_id = "g"
  engine               = "valkey"
}`, "aws_elasticache_replication_group.g",
			map[string]any{"encryption.at_rest": true, "encryption.in_transit_required": "unknown: computed"},
		},
		{
			"Redis, good", network + `
resource "aws_elasticache_subnet_group" "s" {
  name       = "s"
  subnet_ids = [aws_subnet.private.id]
}
resource "aws_elasticache_replication_group" "g" {
  replication_group_id       = "g"
  engine_version             = "6.2"
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  kms_key_id                 = aws_kms_key.k.arn
  multi_az_enabled           = true
  snapshot_retention_limit   = 7
  subnet_group_name          = aws_elasticache_subnet_group.s.name
}`, "aws_elasticache_replication_group.g",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"redundancy": "multi_az", "network.placement": "private", "engine_eol_on": "2027-01-31",
				"backup.native_retention_days": int64(7), "backup.pitr": false,
			},
		},
		{
			"Redis, plaintext still accepted", `
resource "aws_elasticache_replication_group" "g" {
  replication_group_id       = "g"
  transit_encryption_enabled = true
  transit_encryption_mode    = "preferred"
}`, "aws_elasticache_replication_group.g",
			map[string]any{"encryption.in_transit_required": false},
		},
		{
			"Redis, unknown", `
variable "v" { type = bool }
resource "aws_elasticache_replication_group" "g" {
  replication_group_id       = "g"
  at_rest_encryption_enabled = var.v
  transit_encryption_enabled = var.v
}`, "aws_elasticache_replication_group.g",
			map[string]any{"encryption.at_rest": unresolved, "encryption.in_transit_required": unresolved},
		},
		{
			"Memcached", `
resource "aws_elasticache_cluster" "c" {
  engine                     = "memcached"
  transit_encryption_enabled = true
  az_mode                    = "cross-az"
}`, "aws_elasticache_cluster.c",
			map[string]any{"encryption.at_rest": false, "encryption.in_transit_required": true, "redundancy": "multi_az"},
		},
		{
			"serverless", `
resource "aws_elasticache_serverless_cache" "c" {
  engine = "valkey"
  name   = "c"
}`, "aws_elasticache_serverless_cache.c",
			map[string]any{"encryption.at_rest": true, "encryption.in_transit_required": true, "redundancy": "multi_az"},
		},
		{
			"MemoryDB", `
resource "aws_memorydb_cluster" "c" {
  name        = "c"
  tls_enabled = false
}`, "aws_memorydb_cluster.c",
			map[string]any{"encryption.at_rest": true, "encryption.in_transit_required": false, "redundancy": "multi_az"},
		},
	})
	member := scan(t, `
resource "aws_elasticache_replication_group" "g" { replication_group_id = "g" }
resource "aws_elasticache_cluster" "c" {
  cluster_id           = "c"
  replication_group_id = aws_elasticache_replication_group.g.id
}`)
	if member["aws_elasticache_cluster.c"] != nil {
		t.Error("a member of a replication group became an entity of its own")
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"defaults", `resource "aws_opensearch_domain" "d" { domain_name = "d" }`, "aws_opensearch_domain.d",
			map[string]any{
				"encryption.at_rest": false, "encryption.in_transit_required": false, "exposure.public": false,
				"network.placement": "public", "redundancy": "single", "logging.access": false, "engine": "opensearch",
				"engine_version": "unknown: computed",
			},
		},
		{
			"good", network + `
resource "aws_opensearch_domain" "d" {
  domain_name    = "d"
  engine_version = "OpenSearch_2.19"
  encrypt_at_rest {
    enabled    = true
    kms_key_id = aws_kms_key.k.arn
  }
  domain_endpoint_options { enforce_https = true }
  cluster_config { zone_awareness_enabled = true }
  vpc_options {
    subnet_ids         = [aws_subnet.private.id]
    security_group_ids = [aws_security_group.sg.id]
  }
  log_publishing_options {
    log_type                 = "AUDIT_LOGS"
    cloudwatch_log_group_arn = "arn:aws:logs:eu-west-1:111111111111:log-group:x"
  }
}
resource "aws_opensearch_domain_policy" "p" {
  domain_name     = aws_opensearch_domain.d.domain_name
  access_policies = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "es:*", Resource = "*" }] })
}`, "aws_opensearch_domain.d",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"exposure.public": false, "network.placement": "private", "redundancy": "multi_az", "logging.access": true,
				"engine_version": "2.19", "engine_eol_on": "2027-11-07",
			},
		},
		{
			"public", `
resource "aws_elasticsearch_domain" "d" {
  domain_name           = "d"
  elasticsearch_version = "7.7"
  access_policies       = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "es:*", Resource = "*" }] })
}`, "aws_elasticsearch_domain.d",
			map[string]any{
				"exposure.public": true, "exposure.public_paths": []any{"policy"}, "engine": "elasticsearch", "engine_eol_on": "2025-11-07",
			},
		},
		{
			"everybody is asked who he is", `
resource "aws_opensearch_domain" "d" {
  domain_name     = "d"
  access_policies = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "es:*", Resource = "*" }] })
  advanced_security_options { enabled = true }
}`, "aws_opensearch_domain.d",
			map[string]any{"exposure.public": false},
		},
		{
			"anybody may stay anonymous", `
resource "aws_opensearch_domain" "d" {
  domain_name     = "d"
  access_policies = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "es:*", Resource = "*" }] })
  advanced_security_options {
    enabled                = true
    anonymous_auth_enabled = true
  }
}`, "aws_opensearch_domain.d",
			map[string]any{"exposure.public": true},
		},
		{
			"unknown", `
variable "v" {}
resource "aws_opensearch_domain" "d" {
  domain_name     = "d"
  access_policies = var.v
  encrypt_at_rest { enabled = var.v }
}`, "aws_opensearch_domain.d",
			map[string]any{"exposure.public": unresolved, "encryption.at_rest": unresolved},
		},
		{
			"serverless", `resource "aws_opensearchserverless_collection" "c" { name = "c" }`, "aws_opensearchserverless_collection.c",
			map[string]any{
				"encryption.at_rest": true, "exposure.public": false, "redundancy": "multi_az",
				"network.placement": "unknown: not_in_plane", "encryption.key_management": "unknown: not_in_plane",
			},
		},
		{
			"serverless, reached from the internet", `
resource "aws_opensearchserverless_collection" "c" { name = "logs" }
resource "aws_opensearchserverless_security_policy" "n" {
  name = "n"
  type = "network"
  policy = jsonencode([{
    Rules           = [{ ResourceType = "collection", Resource = ["collection/l*"] }]
    AllowFromPublic = true
  }])
}
resource "aws_opensearchserverless_security_policy" "e" {
  name   = "e"
  type   = "encryption"
  policy = jsonencode({ Rules = [{ ResourceType = "collection", Resource = ["collection/logs"] }], AWSOwnedKey = true })
}`, "aws_opensearchserverless_collection.c",
			map[string]any{"network.placement": "public", "encryption.key_management": "provider"},
		},
	})
}

func TestWarehouses(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"defaults differ between versions", `resource "aws_redshift_cluster" "r" { cluster_identifier = "r" }`, "aws_redshift_cluster.r",
			map[string]any{
				"encryption.at_rest": unresolved, "exposure.public": unresolved, "encryption.in_transit_required": "unknown: not_in_plane",
				"logging.access": false, "redundancy": "single", "backup.native_retention_days": int64(1),
			},
		},
		{
			"good", network + `
resource "aws_redshift_subnet_group" "s" {
  name       = "s"
  subnet_ids = [aws_subnet.private.id]
}
resource "aws_redshift_parameter_group" "p" {
  name   = "p"
  family = "redshift-1.0"
  parameter {
    name  = "require_ssl"
    value = "true"
  }
}
resource "aws_redshift_cluster" "r" {
  cluster_identifier                  = "r"
  encrypted                           = true
  kms_key_id                          = aws_kms_key.k.arn
  publicly_accessible                 = false
  cluster_parameter_group_name        = aws_redshift_parameter_group.p.name
  cluster_subnet_group_name           = aws_redshift_subnet_group.s.name
  automated_snapshot_retention_period = 35
}
resource "aws_redshift_logging" "l" { cluster_identifier = aws_redshift_cluster.r.id }`, "aws_redshift_cluster.r",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"exposure.public": false, "logging.access": true, "network.placement": "private", "backup.native_retention_days": int64(35),
			},
		},
		{
			"bad", `
resource "aws_redshift_parameter_group" "p" {
  name   = "p"
  family = "redshift-1.0"
}
resource "aws_redshift_cluster" "r" {
  cluster_identifier           = "r"
  encrypted                    = false
  publicly_accessible          = true
  cluster_parameter_group_name = aws_redshift_parameter_group.p.name
}`, "aws_redshift_cluster.r",
			map[string]any{"encryption.at_rest": false, "exposure.public": true, "encryption.in_transit_required": false},
		},
		{
			"serverless", `
resource "aws_redshiftserverless_namespace" "n" {
  namespace_name = "n"
  log_exports    = ["userlog", "useractivitylog"]
}
resource "aws_redshiftserverless_workgroup" "w" {
  namespace_name      = aws_redshiftserverless_namespace.n.namespace_name
  workgroup_name      = "w"
  publicly_accessible = true
  config_parameter {
    parameter_key   = "require_ssl"
    parameter_value = "true"
  }
}`, "aws_redshiftserverless_namespace.n",
			map[string]any{
				"encryption.at_rest": true, "exposure.public": true, "encryption.in_transit_required": true, "logging.access": true,
			},
		},
	})
}

func TestDocumentAndGraphDatabases(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"DocumentDB, defaults", `resource "aws_docdb_cluster" "d" { cluster_identifier = "d" }`, "aws_docdb_cluster.d",
			map[string]any{
				"encryption.at_rest": false, "encryption.in_transit_required": true, "logging.access": false,
				"redundancy": "unknown: not_in_plane", "deletion_protection": false, "backup.native_retention_days": int64(1),
			},
		},
		{
			"DocumentDB, good", `
resource "aws_kms_key" "k" {}
resource "aws_docdb_cluster_parameter_group" "p" {
  family = "docdb5.0"
  parameter {
    name  = "audit_logs"
    value = "enabled"
  }
}
resource "aws_docdb_cluster" "d" {
  cluster_identifier              = "d"
  engine_version                  = "5.0.0"
  storage_encrypted               = true
  kms_key_id                      = aws_kms_key.k.arn
  db_cluster_parameter_group_name = aws_docdb_cluster_parameter_group.p.name
  enabled_cloudwatch_logs_exports = ["audit"]
  backup_retention_period         = 35
  deletion_protection             = true
}
resource "aws_docdb_cluster_instance" "i" {
  count              = 3
  cluster_identifier = aws_docdb_cluster.d.id
}`, "aws_docdb_cluster.d",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"logging.access": true, "redundancy": "multi_az", "engine_eol_on": nil, "backup.pitr": true, "auto_minor_upgrade": true,
			},
		},
		{
			"DocumentDB, TLS turned off", `
resource "aws_docdb_cluster_parameter_group" "p" {
  family = "docdb5.0"
  parameter {
    name  = "tls"
    value = "disabled"
  }
}
resource "aws_docdb_cluster" "d" {
  cluster_identifier              = "d"
  db_cluster_parameter_group_name = aws_docdb_cluster_parameter_group.p.name
}`, "aws_docdb_cluster.d",
			map[string]any{"encryption.in_transit_required": false},
		},
		{
			"Neptune, good", `
resource "aws_kms_key" "k" {}
resource "aws_neptune_cluster" "n" {
  cluster_identifier = "n"
  storage_encrypted  = true
  kms_key_arn        = aws_kms_key.k.arn
}
resource "aws_neptune_cluster_instance" "i" {
  cluster_identifier         = aws_neptune_cluster.n.id
  auto_minor_version_upgrade = false
}`, "aws_neptune_cluster.n",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"redundancy": "single", "auto_minor_upgrade": false, "logging.access": false,
			},
		},
		{
			"snapshot of an encrypted graph", `
resource "aws_kms_key" "k" {}
resource "aws_neptune_cluster" "n" {
  storage_encrypted = true
  kms_key_arn       = aws_kms_key.k.arn
}
resource "aws_neptune_cluster_snapshot" "s" {
  db_cluster_identifier          = aws_neptune_cluster.n.id
  db_cluster_snapshot_identifier = "s"
}`, "aws_neptune_cluster_snapshot.s",
			map[string]any{"encryption.at_rest": true, "encryption.key_management": "customer", "exposure.public": false},
		},
		{
			"DocumentDB instance of a cluster elsewhere", `resource "aws_docdb_cluster_instance" "i" { cluster_identifier = "elsewhere" }`,
			"aws_docdb_cluster_instance.i",
			map[string]any{"encryption.at_rest": "unknown: not_in_plane", "engine": "docdb"},
		},
	})
}

func TestQueuesAndTopics(t *testing.T) {
	t.Parallel()
	const open = `jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "%s", Resource = "*" }] })`
	run(t, []check{
		{
			"queue, defaults", `resource "aws_sqs_queue" "q" {}`, "aws_sqs_queue.q",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "provider", "encryption.source": "provider_default",
				"encryption.in_transit_required": false, "exposure.public": false, "lifecycle.expire_days": int64(4),
			},
		},
		{
			"queue, good", `
resource "aws_kms_key" "k" {}
resource "aws_sqs_queue" "q" {
  kms_master_key_id         = aws_kms_key.k.id
  message_retention_seconds = 1209600
}
resource "aws_sqs_queue_policy" "p" {
  queue_url = aws_sqs_queue.q.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Deny", Principal = "*", Action = "sqs:*", Resource = aws_sqs_queue.q.arn
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }] })
}`, "aws_sqs_queue.q",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.in_transit_required": true,
				"exposure.public": false, "lifecycle.expire_days": int64(14),
			},
		},
		{
			"queue, bad", `
resource "aws_sqs_queue" "q" {
  sqs_managed_sse_enabled = false
  policy                  = ` + sprintf(open, "sqs:SendMessage") + `
}`, "aws_sqs_queue.q",
			map[string]any{"encryption.at_rest": false, "exposure.public": true, "exposure.public_paths": []any{"policy"}},
		},
		{
			"queue, unknown", `
variable "v" {}
resource "aws_sqs_queue" "q" {
  sqs_managed_sse_enabled = var.v
  policy                  = var.v
}`, "aws_sqs_queue.q",
			map[string]any{"encryption.at_rest": unresolved, "exposure.public": unresolved},
		},
		{
			"topic, defaults", `resource "aws_sns_topic" "t" {}`, "aws_sns_topic.t",
			map[string]any{"encryption.at_rest": false, "encryption.key_management": "none", "exposure.public": false},
		},
		{
			"topic, good", `
resource "aws_kms_key" "k" {}
resource "aws_sns_topic" "t" { kms_master_key_id = aws_kms_key.k.id }`, "aws_sns_topic.t",
			map[string]any{"encryption.at_rest": true, "encryption.key_management": "customer"},
		},
		{
			"topic, bad", `
resource "aws_sns_topic" "t" {}
resource "aws_sns_topic_policy" "p" {
  arn    = aws_sns_topic.t.arn
  policy = ` + sprintf(open, "sns:Publish") + `
}`, "aws_sns_topic.t",
			map[string]any{"exposure.public": true},
		},
		{
			"topic with an archive", `
resource "aws_sns_topic" "t" {
  fifo_topic     = true
  archive_policy = jsonencode({ MessageRetentionPeriod = 30 })
}`, "aws_sns_topic.t",
			map[string]any{"lifecycle.expire_days": int64(30)},
		},
		{
			"broker", `
resource "aws_mq_broker" "b" {
  broker_name         = "b"
  engine_type         = "RabbitMQ"
  engine_version      = "3.13"
  publicly_accessible = true
}`, "aws_mq_broker.b",
			map[string]any{"exposure.public": true, "encryption.in_transit_required": true, "redundancy": "single", "engine": "rabbitmq"},
		},
	})
}

func TestStreams(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"Kinesis, defaults", `resource "aws_kinesis_stream" "s" { name = "s" }`, "aws_kinesis_stream.s",
			map[string]any{
				"encryption.at_rest": false, "encryption.key_management": "none", "encryption.in_transit_required": true,
				"exposure.public": false, "lifecycle.expire_days": int64(1),
			},
		},
		{
			"Firehose, defaults", `resource "aws_kinesis_firehose_delivery_stream" "f" { name = "f" }`, "aws_kinesis_firehose_delivery_stream.f",
			map[string]any{"encryption.at_rest": false, "exposure.public": false},
		},
		{
			"Firehose from an encrypted stream", `
resource "aws_kms_key" "k" {}
resource "aws_kinesis_stream" "s" {
  name            = "s"
  encryption_type = "KMS"
  kms_key_id      = aws_kms_key.k.arn
}
resource "aws_kinesis_firehose_delivery_stream" "f" {
  name = "f"
  kinesis_source_configuration { kinesis_stream_arn = aws_kinesis_stream.s.arn }
}`, "aws_kinesis_firehose_delivery_stream.f",
			map[string]any{"encryption.at_rest": true, "encryption.key_management": "customer"},
		},
		{
			"MSK, defaults", `
resource "aws_msk_cluster" "m" {
  cluster_name  = "m"
  kafka_version = "3.7.x"
}`, "aws_msk_cluster.m",
			map[string]any{
				"encryption.at_rest": true, "encryption.in_transit_required": true, "exposure.public": false, "engine_eol_on": "2026-09-01",
			},
		},
		{
			"MSK, bad", `
resource "aws_msk_cluster" "m" {
  cluster_name  = "m"
  kafka_version = "3.9.x"
  broker_node_group_info {
    connectivity_info {
      public_access { type = "SERVICE_PROVIDED_EIPS" }
    }
  }
  encryption_info {
    encryption_in_transit { client_broker = "TLS_PLAINTEXT" }
  }
}`, "aws_msk_cluster.m",
			map[string]any{"encryption.in_transit_required": false, "exposure.public": true},
		},
	})
}

func TestImagesAndLogs(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"repository, defaults", `resource "aws_ecr_repository" "r" { name = "r" }`, "aws_ecr_repository.r",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "provider", "exposure.public": false, "redundancy": "multi_az",
				"lifecycle.expire_days": nil,
			},
		},
		{
			"repository, public, expiring", `
resource "aws_kms_key" "k" {}
resource "aws_ecr_repository" "r" {
  name = "r"
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.k.arn
  }
}
resource "aws_ecr_repository_policy" "p" {
  repository = aws_ecr_repository.r.name
  policy     = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:BatchGetImage" }] })
}
resource "aws_ecr_lifecycle_policy" "l" {
  repository = aws_ecr_repository.r.name
  policy = jsonencode({ rules = [{
    rulePriority = 1, action = { type = "expire" }
    selection = { tagStatus = "any", countType = "sinceImagePushed", countUnit = "days", countNumber = 90 }
  }] })
}`, "aws_ecr_repository.r",
			map[string]any{"encryption.key_management": "customer", "exposure.public": true, "lifecycle.expire_days": int64(90)},
		},
		{
			"public registry", `resource "aws_ecrpublic_repository" "r" { repository_name = "r" }`, "aws_ecrpublic_repository.r",
			map[string]any{"exposure.public": true, "exposure.public_paths": []any{"url"}},
		},
		{
			"log group, defaults", `resource "aws_cloudwatch_log_group" "g" { name = "/app" }`, "aws_cloudwatch_log_group.g",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "provider", "exposure.public": false, "lifecycle.expire_days": nil,
			},
		},
		{
			"log group, good", `
resource "aws_kms_key" "k" {}
resource "aws_cloudwatch_log_group" "g" {
  retention_in_days = 365
  kms_key_id        = aws_kms_key.k.arn
}`, "aws_cloudwatch_log_group.g",
			map[string]any{"encryption.key_management": "customer", "lifecycle.expire_days": int64(365)},
		},
	})
}

func TestOtherStores(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"Glacier vault, locked", `
resource "aws_glacier_vault" "v" { name = "v" }
resource "aws_glacier_vault_lock" "l" {
  vault_name    = aws_glacier_vault.v.name
  complete_lock = true
  policy        = "{}"
}`, "aws_glacier_vault.v",
			map[string]any{"immutability.mode": "compliance", "immutability.days": "unknown: unsupported", "exposure.public": false},
		},
		{
			"Keyspaces", `
resource "aws_keyspaces_table" "t" {
  table_name           = "t"
  default_time_to_live = 86400
  point_in_time_recovery { status = "ENABLED" }
}`, "aws_keyspaces_table.t",
			map[string]any{"backup.pitr": true, "lifecycle.expire_days": int64(1), "encryption.key_management": "provider"},
		},
		{
			"Timestream", `
resource "aws_kms_key" "k" {}
resource "aws_timestreamwrite_database" "d" {
  database_name = "d"
  kms_key_id    = aws_kms_key.k.arn
}
resource "aws_timestreamwrite_table" "t" {
  database_name = aws_timestreamwrite_database.d.database_name
  table_name    = "t"
}`, "aws_timestreamwrite_table.t",
			map[string]any{"encryption.key_management": "customer", "lifecycle.expire_days": int64(73000)},
		},
		{
			"ledger", `resource "aws_qldb_ledger" "l" { name = "l" }`, "aws_qldb_ledger.l",
			map[string]any{"integrity.hash_chain": true, "deletion_protection": true},
		},
		{
			"replication instance", `
resource "aws_dms_replication_instance" "r" {
  replication_instance_id = "r"
  publicly_accessible     = true
}`, "aws_dms_replication_instance.r",
			map[string]any{"encryption.at_rest": true, "exposure.public": true},
		},
		{
			"Lightsail database", `resource "aws_lightsail_database" "d" { relational_database_name = "d" }`, "aws_lightsail_database.d",
			map[string]any{"exposure.public": false, "backup.native_retention_days": int64(7)},
		},
		{
			"CloudSearch", `resource "aws_cloudsearch_domain" "d" { name = "d" }`, "aws_cloudsearch_domain.d",
			map[string]any{"encryption.in_transit_required": false, "exposure.public": false, "redundancy": "single"},
		},
		{
			"InfluxDB", `
resource "aws_timestreaminfluxdb_db_instance" "d" {
  name                = "d"
  publicly_accessible = true
}`, "aws_timestreaminfluxdb_db_instance.d",
			map[string]any{"exposure.public": true, "redundancy": "single"},
		},
		{
			"Kendra", `resource "aws_kendra_index" "i" { name = "i" }`, "aws_kendra_index.i",
			map[string]any{"encryption.at_rest": true, "exposure.public": false},
		},
	})
}
