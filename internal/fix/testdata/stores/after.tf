provider "aws" {
  region = "eu-west-1"
}

# A volume, formatted as terraform fmt does.
resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a" # the zone of the instance
  size              = 10
  encrypted         = true

  tags = {
    Name = "data"
  }
}

resource "aws_efs_file_system" "files" {
  creation_token = "files"
  encrypted      = true // by mistake
}

resource "aws_db_instance" "lims" {
  identifier                  = "lims"
  engine                      = "postgres"
  engine_version              = "16.4"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  username                    = "lims"
  manage_master_user_password = true
  publicly_accessible         = false
  multi_az                    = true
  auto_minor_version_upgrade  = true
  backup_retention_period     = 35
  storage_encrypted           = true

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_rds_cluster" "orders" {
  cluster_identifier          = "orders"
  engine                      = "postgres"
  engine_version              = "16.4"
  db_cluster_instance_class   = "db.m6gd.large"
  master_username             = "orders"
  manage_master_user_password = true
  backup_retention_period     = 35
  storage_encrypted           = true

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_rds_cluster" "aurora" {
  cluster_identifier          = "aurora"
  engine                      = "aurora-postgresql"
  engine_version              = "16.4"
  master_username             = "aurora"
  manage_master_user_password = true
  storage_encrypted           = true
}

resource "aws_rds_cluster_instance" "aurora" {
  cluster_identifier         = aws_rds_cluster.aurora.id
  identifier                 = "aurora-1"
  engine                     = "aurora-postgresql"
  instance_class             = "db.r6g.large"
  publicly_accessible        = false
  auto_minor_version_upgrade = true
}

resource "aws_docdb_cluster" "docs" {
  cluster_identifier          = "docs"
  master_username             = "docs"
  manage_master_user_password = true
  backup_retention_period     = 35
  storage_encrypted           = true

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_docdb_cluster_instance" "docs" {
  cluster_identifier         = aws_docdb_cluster.docs.id
  instance_class             = "db.r6g.large"
  auto_minor_version_upgrade = true
}

resource "aws_neptune_cluster" "graph" {
  cluster_identifier      = "graph"
  backup_retention_period = 35
  storage_encrypted       = true

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_neptune_cluster_instance" "graph" {
  cluster_identifier         = aws_neptune_cluster.graph.id
  instance_class             = "db.r6g.large"
  auto_minor_version_upgrade = true
}

resource "aws_redshift_cluster" "dw" {
  cluster_identifier                  = "dw"
  node_type                           = "ra3.large"
  master_username                     = "dw"
  manage_master_password              = true
  encrypted                           = true
  publicly_accessible                 = false
  allow_version_upgrade               = true
  automated_snapshot_retention_period = 35

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_redshiftserverless_namespace" "dw" {
  namespace_name = "dw"
}

resource "aws_redshiftserverless_workgroup" "dw" {
  namespace_name      = aws_redshiftserverless_namespace.dw.namespace_name
  workgroup_name      = "dw"
  publicly_accessible = false
}

resource "aws_elasticache_replication_group" "sessions" {
  replication_group_id       = "sessions"
  description                = "Sessions"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  auto_minor_version_upgrade = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_elasticache_cluster" "cache" {
  cluster_id                 = "cache"
  engine                     = "redis"
  node_type                  = "cache.t4g.small"
  num_cache_nodes            = 1
  auto_minor_version_upgrade = true
}

resource "aws_memorydb_cluster" "queue" {
  acl_name                 = "open-access"
  name                     = "queue"
  node_type                = "db.t4g.small"
  tls_enabled              = true
  snapshot_retention_limit = 35

  tags = {
    criticality = "critical"
  }
}

resource "aws_dax_cluster" "dax" {
  cluster_name                     = "dax"
  iam_role_arn                     = "arn:aws:iam::111122223333:role/dax"
  node_type                        = "dax.t3.small"
  replication_factor               = 1
  cluster_endpoint_encryption_type = "TLS"

  server_side_encryption {
    enabled = true
  }
}

resource "aws_dynamodb_table" "results" {
  name         = "results"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = {
    criticality = "critical"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_opensearch_domain" "search" {
  domain_name    = "search"
  engine_version = "OpenSearch_2.11"

  domain_endpoint_options {
    enforce_https = true
  }

  software_update_options {
    auto_software_update_enabled = true
  }

  encrypt_at_rest {
    enabled = true
  }
}

resource "aws_elasticsearch_domain" "old" {
  domain_name           = "old"
  elasticsearch_version = "7.10"

  encrypt_at_rest {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https = true
  }
}

resource "aws_mq_broker" "broker" {
  broker_name                = "broker"
  engine_type                = "ActiveMQ"
  engine_version             = "5.18"
  host_instance_type         = "mq.t3.micro"
  publicly_accessible        = false
  auto_minor_version_upgrade = true
}

resource "aws_dms_replication_instance" "dms" {
  replication_instance_id    = "dms"
  replication_instance_class = "dms.t3.micro"
  publicly_accessible        = false
  auto_minor_version_upgrade = true
}

resource "aws_db_instance" "scratch" {
  identifier                  = "scratch"
  engine                      = "postgres"
  engine_version              = "16.4"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  username                    = "scratch"
  manage_master_user_password = true
  multi_az                    = true
  storage_encrypted           = true
  backup_retention_period     = 35

  tags = {
    criticality         = "critical"
    data-classification = "restricted"
  }
}

resource "aws_memorydb_cluster" "ledger" {
  acl_name                 = "open-access"
  name                     = "ledger"
  node_type                = "db.t4g.small"
  snapshot_retention_limit = 35

  tags = { criticality = "critical" }
}

resource "aws_redshift_cluster" "small" {
  cluster_identifier     = "small"
  node_type              = "ra3.large"
  master_username        = "small"
  manage_master_password = true
  encrypted              = true
  publicly_accessible    = false

  tags                                = { criticality = "critical" }
  automated_snapshot_retention_period = 35
}

# Plans are managed here, so a store that none of them selects has no backups.
resource "aws_backup_vault" "main" {
  name = "main"
}

resource "aws_backup_plan" "main" {
  name = "main"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.main.name
    schedule          = "cron(0 2 * * ? *)"

    lifecycle {
      delete_after = 35
    }
  }
}
