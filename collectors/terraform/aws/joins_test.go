package aws

import "testing"

// TestJoins covers what follows from other resources than the store and its usual parts.
func TestJoins(t *testing.T) {
	t.Parallel()
	const twoRegions = `
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}
`
	run(t, []check{
		{
			"registry that replicates to another region", twoRegions + `
resource "aws_ecr_repository" "r" { name = "r" }
resource "aws_ecr_replication_configuration" "c" {
  replication_configuration {
    rule {
      destination {
        region      = "eu-central-1"
        registry_id = "111111111111"
      }
    }
  }
}`, "aws_ecr_repository.r",
			map[string]any{"redundancy": "multi_region"},
		},
		{
			"registry that replicates some repositories", twoRegions + `
resource "aws_ecr_repository" "r" { name = "r" }
resource "aws_ecr_replication_configuration" "c" {
  replication_configuration {
    rule {
      destination { region = "eu-central-1" }
      repository_filter {
        filter      = "prod"
        filter_type = "PREFIX_MATCH"
      }
    }
  }
}`, "aws_ecr_repository.r",
			map[string]any{"redundancy": "unknown: unsupported"},
		},
		{
			"replica of a table as a resource of its own", twoRegions + `
resource "aws_dynamodb_table" "t" { name = "t" }
resource "aws_dynamodb_table_replica" "r" {
  provider         = aws.dr
  global_table_arn = aws_dynamodb_table.t.arn
}`, "aws_dynamodb_table.t",
			map[string]any{"redundancy": "multi_region"},
		},
		{
			"global table of 2017", `
resource "aws_dynamodb_table" "t" { name = "t" }
resource "aws_dynamodb_global_table" "g" { name = "t" }`, "aws_dynamodb_table.t",
			map[string]any{"redundancy": "multi_region"},
		},
		{
			"activity stream", `
resource "aws_rds_cluster" "c" { engine = "aurora-postgresql" }
resource "aws_rds_cluster_activity_stream" "s" { resource_arn = aws_rds_cluster.c.arn }`, "aws_rds_cluster.c",
			map[string]any{"logging.access": true},
		},
		{
			"serverless Aurora", `
resource "aws_rds_cluster" "c" {
  engine      = "aurora-mysql"
  engine_mode = "serverless"
}`, "aws_rds_cluster.c",
			map[string]any{"encryption.at_rest": true, "redundancy": "multi_az"},
		},
		{
			"Multi-AZ DB cluster", `resource "aws_rds_cluster" "c" { engine = "mysql" }`, "aws_rds_cluster.c",
			map[string]any{"encryption.at_rest": false, "redundancy": "multi_az"},
		},
		{
			"SQL Server", `
resource "aws_db_parameter_group" "p" {
  family = "sqlserver-se-15.0"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
}
resource "aws_db_instance" "d" {
  engine               = "sqlserver-se"
  engine_version       = "15.00.4345.5.v1"
  parameter_group_name = aws_db_parameter_group.p.name
}`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": true, "logging.access": false},
		},
		{
			"engine without a known setting", `resource "aws_db_instance" "d" { engine = "db2-se" }`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": "unknown: unsupported", "logging.access": "unknown: unsupported"},
		},
		{
			"MySQL release newer than those looked at", `
resource "aws_db_instance" "d" {
  engine         = "mysql"
  engine_version = "9.2"
}`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": "unknown: unsupported"},
		},
		{
			"snapshot of a snapshot's copy", `
resource "aws_db_instance" "d" {
  engine            = "postgres"
  storage_encrypted = true
}
resource "aws_db_snapshot" "s" {
  db_instance_identifier = aws_db_instance.d.identifier
  db_snapshot_identifier = "s"
}
resource "aws_db_snapshot_copy" "c" {
  source_db_snapshot_identifier = aws_db_snapshot.s.db_snapshot_arn
  target_db_snapshot_identifier = "c"
}`, "aws_db_snapshot_copy.c",
			map[string]any{"encryption.at_rest": true},
		},
		{
			"volume of an encrypted snapshot", `
resource "aws_ebs_snapshot_copy" "s" {
  source_snapshot_id = "snap-1"
  encrypted          = true
}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  snapshot_id       = aws_ebs_snapshot_copy.s.id
}`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": true},
		},
		{
			"default encryption of another region does not count", twoRegions + `
resource "aws_ebs_encryption_by_default" "e" { provider = aws.dr }
resource "aws_ebs_volume" "v" { availability_zone = "eu-west-1a" }`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": false},
		},
		{
			"a volume's own setting stands before the default", `
resource "aws_ebs_encryption_by_default" "e" {}
resource "aws_ebs_volume" "v" {
  availability_zone = "eu-west-1a"
  encrypted         = false
}`, "aws_ebs_volume.v",
			map[string]any{"encryption.at_rest": false},
		},
		{
			"block of the account through another provider configuration of it", twoRegions + `
resource "aws_s3_account_public_access_block" "a" {
  provider                = aws.dr
  restrict_public_buckets = true
}
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "s3:*", Resource = "*" }] })
}`, "aws_s3_bucket.b",
			map[string]any{"exposure.public": false},
		},
		{
			"snapshots copied to another region", twoRegions + `
resource "aws_redshift_cluster" "r" { cluster_identifier = "r" }
resource "aws_redshift_snapshot_copy" "c" {
  cluster_identifier = aws_redshift_cluster.r.id
  destination_region = "eu-central-1"
}`, "aws_redshift_cluster.r#automated-backups",
			map[string]any{"rules": []any{map[string]any{
				"schedule": "every eight hours", "interval_minutes": int64(480), "type": "snapshot", "retention_days": int64(1),
				"copies": []any{map[string]any{"region": "eu-central-1", "account": "tf:t:account"}},
			}}},
		},
	})
}
