package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// network is a private and a public subnet with a subnet group each.
const network = `
provider "aws" { region = "eu-west-1" }
resource "aws_vpc" "v" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "private" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_subnet" "public" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.2.0/24"
}
resource "aws_internet_gateway" "g" { vpc_id = aws_vpc.v.id }
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
}
resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}
resource "aws_security_group" "sg" { vpc_id = aws_vpc.v.id }
resource "aws_db_subnet_group" "private" { subnet_ids = [aws_subnet.private.id] }
resource "aws_db_subnet_group" "public" { subnet_ids = [aws_subnet.private.id, aws_subnet.public.id] }
resource "aws_kms_key" "k" {}
`

func TestRDSInstance(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"good", network + `
resource "aws_db_parameter_group" "p" {
  family = "postgres16"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "shared_preload_libraries"
    value = "pg_stat_statements,pgaudit"
  }
  parameter {
    name  = "pgaudit.log"
    value = "read,write"
  }
}
resource "aws_db_instance" "d" {
  identifier              = "orders"
  engine                  = "postgres"
  engine_version          = "16.3"
  storage_encrypted       = true
  kms_key_id              = aws_kms_key.k.arn
  parameter_group_name    = aws_db_parameter_group.p.name
  db_subnet_group_name    = aws_db_subnet_group.private.name
  vpc_security_group_ids  = [aws_security_group.sg.id]
  backup_retention_period = 35
  multi_az                = true
  deletion_protection     = true
}`, "aws_db_instance.d",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.source": "explicit",
				"encryption.in_transit_required": true, "logging.access": true, "network.placement": "private",
				"exposure.public": false, "exposure.public_paths": []any{}, "engine": "postgres", "engine_version": "16.3",
				"engine_eol_on": "2029-02-28", "auto_minor_upgrade": true, "redundancy": "multi_az", "deletion_protection": true,
				"backup.native_retention_days": int64(35), "backup.pitr": true, "lifecycle.expire_days": nil, "versioning": "n/a",
				"immutability.mode": "none",
			},
		},
		{
			"defaults", `
resource "aws_db_instance" "d" {
  engine         = "mysql"
  engine_version = "8.0"
}`, "aws_db_instance.d",
			map[string]any{
				"encryption.at_rest": false, "encryption.key_management": "none", "encryption.source": "n/a",
				"encryption.in_transit_required": false, "logging.access": false, "network.placement": "unknown: not_in_plane",
				"exposure.public": false, "redundancy": "single", "deletion_protection": false,
				"backup.native_retention_days": int64(0), "backup.pitr": false,
			},
		},
		{
			"bad", network + `
resource "aws_db_instance" "d" {
  engine                     = "mysql"
  engine_version             = "5.7.44"
  publicly_accessible        = true
  storage_encrypted          = false
  auto_minor_version_upgrade = false
  parameter_group_name       = "default.mysql5.7"
  db_subnet_group_name       = aws_db_subnet_group.public.name
}`, "aws_db_instance.d",
			map[string]any{
				"encryption.at_rest": false, "encryption.in_transit_required": false, "exposure.public": true,
				"exposure.public_paths": []any{"network"}, "network.placement": "public", "auto_minor_upgrade": false,
				"engine_eol_on": "2024-02-29",
			},
		},
		{
			"TLS is the default since PostgreSQL 15", `
resource "aws_db_instance" "d" {
  engine         = "postgres"
  engine_version = "15"
}`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": true, "logging.access": false},
		},
		{
			"TLS by the family of the group", `
resource "aws_db_parameter_group" "p" { family = "postgres14" }
resource "aws_db_instance" "d" {
  engine               = "postgres"
  parameter_group_name = aws_db_parameter_group.p.id
}`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": false, "engine_version": "unknown: computed"},
		},
		{
			"TLS turned off", `
resource "aws_db_parameter_group" "p" {
  family = "mariadb11.8"
  parameter {
    name  = "require_secure_transport"
    value = 0
  }
}
resource "aws_db_instance" "d" {
  engine               = "mariadb"
  engine_version       = "11.8.3"
  parameter_group_name = aws_db_parameter_group.p.name
}`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": false},
		},
		{
			"unknown", `
variable "encrypted" { type = bool }
variable "group" {}
resource "aws_db_instance" "d" {
  engine               = "postgres"
  storage_encrypted    = var.encrypted
  parameter_group_name = var.group
}`, "aws_db_instance.d",
			map[string]any{
				"encryption.at_rest": "unknown: unresolved", "encryption.key_management": "unknown: unresolved",
				"encryption.in_transit_required": "unknown: unresolved", "logging.access": "unknown: unresolved",
			},
		},
		{
			"from a snapshot", `
resource "aws_db_instance" "d" {
  instance_class      = "db.t3.micro"
  snapshot_identifier = "before"
}`, "aws_db_instance.d",
			map[string]any{
				"encryption.at_rest": "unknown: computed", "engine": "unknown: computed", "backup.native_retention_days": "unknown: computed",
			},
		},
		{
			"replica", `
resource "aws_db_instance" "primary" {
  identifier        = "orders"
  engine            = "postgres"
  engine_version    = "16"
  storage_encrypted = true
}
resource "aws_db_instance" "d" {
  replicate_source_db = aws_db_instance.primary.identifier
}`, "aws_db_instance.d",
			map[string]any{"encryption.at_rest": true, "engine": "postgres", "backup.native_retention_days": int64(0)},
		},
		{
			"ring of replicas", `
resource "aws_db_instance" "a" {
  identifier          = "a"
  replicate_source_db = "d"
}
resource "aws_db_instance" "d" {
  identifier          = "d"
  replicate_source_db = "a"
}`, "aws_db_instance.d",
			map[string]any{"encryption.at_rest": "unknown: computed"},
		},
		{
			"Oracle with native network encryption", `
resource "aws_db_option_group" "o" {
  engine_name          = "oracle-ee"
  major_engine_version = "19"
  option {
    option_name = "NATIVE_NETWORK_ENCRYPTION"
    option_settings {
      name  = "SQLNET.ENCRYPTION_SERVER"
      value = "REQUIRED"
    }
  }
}
resource "aws_db_instance" "d" {
  engine            = "oracle-ee"
  engine_version    = "19"
  option_group_name = aws_db_option_group.o.name
}`, "aws_db_instance.d",
			map[string]any{"encryption.in_transit_required": true, "logging.access": "unknown: unsupported"},
		},
		{
			"MySQL audited", `
resource "aws_db_option_group" "o" {
  engine_name          = "mysql"
  major_engine_version = "8.0"
  option { option_name = "MARIADB_AUDIT_PLUGIN" }
}
resource "aws_db_instance" "d" {
  engine            = "mysql"
  engine_version    = "8.0.40"
  option_group_name = aws_db_option_group.o.name
}`, "aws_db_instance.d",
			map[string]any{"logging.access": true},
		},
	})
}

func TestRDSRelations(t *testing.T) {
	t.Parallel()
	got := scanAll(t, network+`
provider "aws" {
  alias  = "dr"
  region = "eu-central-1"
}
resource "aws_db_instance" "d" {
  engine                  = "postgres"
  db_subnet_group_name    = aws_db_subnet_group.private.name
  vpc_security_group_ids  = [aws_security_group.sg.id]
  backup_retention_period = 7
}
resource "aws_db_instance_automated_backups_replication" "r" {
  provider               = aws.dr
  source_db_instance_arn = aws_db_instance.d.arn
}`)
	for key, want := range map[string][]string{
		"selected_by aws_db_instance.d":     {"aws_db_instance.d#automated-backups"},
		"attached_to aws_security_group.sg": {"aws_db_instance.d"},
		"reaches aws_vpc.v":                 {"aws_db_instance.d"},
	} {
		if diff := cmp.Diff(want, got.relations[key]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	want := map[string]any{
		"enabled": true, "automated": true,
		"rules": []any{
			map[string]any{
				"schedule": "daily, in the backup window", "interval_minutes": int64(1440), "type": "snapshot", "retention_days": int64(7),
				"copies": []any{map[string]any{"region": "eu-central-1", "account": "tf:t:account"}},
			},
			map[string]any{
				"schedule": "continuous", "interval_minutes": int64(5), "type": "continuous", "retention_days": int64(7),
				"copies": []any{map[string]any{"region": "eu-central-1", "account": "tf:t:account"}},
			},
		},
	}
	plan := got.entities["aws_db_instance.d#automated-backups"]
	if diff := cmp.Diff(want, attrs(plan, "enabled", "automated", "rules")); diff != "" {
		t.Errorf("backup plan (-want +got):\n%s", diff)
	}
}

func TestRDSCluster(t *testing.T) {
	t.Parallel()
	run(t, []check{
		{
			"good", network + `
resource "aws_rds_cluster_parameter_group" "p" {
  family = "aurora-mysql8.0"
  parameter {
    name  = "require_secure_transport"
    value = "ON"
  }
  parameter {
    name  = "server_audit_logging"
    value = "1"
  }
}
resource "aws_rds_cluster" "c" {
  engine                          = "aurora-mysql"
  engine_version                  = "8.0.mysql_aurora.3.10.0"
  storage_encrypted               = true
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.p.name
  db_subnet_group_name            = aws_db_subnet_group.private.name
  backup_retention_period         = 14
  deletion_protection             = true
}
resource "aws_rds_cluster_instance" "i" {
  count              = 2
  cluster_identifier = aws_rds_cluster.c.id
  engine             = "aurora-mysql"
}`, "aws_rds_cluster.c",
			map[string]any{
				"encryption.at_rest": true, "encryption.key_management": "provider", "encryption.in_transit_required": true,
				"logging.access": true, "redundancy": "multi_az", "auto_minor_upgrade": true, "exposure.public": false,
				"backup.native_retention_days": int64(14), "engine_eol_on": "2028-04-30", "network.placement": "private",
			},
		},
		{
			"defaults and a public instance", `
resource "aws_rds_cluster" "c" {
  cluster_identifier = "c"
  engine             = "aurora-postgresql"
  engine_version     = "16.4"
}
resource "aws_rds_cluster_instance" "i" {
  cluster_identifier         = "c"
  publicly_accessible        = true
  auto_minor_version_upgrade = false
}`, "aws_rds_cluster.c",
			map[string]any{
				"encryption.at_rest": "unknown: not_in_plane", "encryption.in_transit_required": false, "logging.access": false,
				"redundancy": "single", "auto_minor_upgrade": false, "exposure.public": true, "backup.native_retention_days": int64(1),
			},
		},
		{
			"no instances here", `resource "aws_rds_cluster" "c" { engine = "aurora-postgresql" }`, "aws_rds_cluster.c",
			map[string]any{
				"redundancy": "unknown: not_in_plane", "auto_minor_upgrade": "unknown: not_in_plane",
				"encryption.in_transit_required": "unknown: computed", "exposure.public": "unknown: not_in_plane",
			},
		},
		{
			"instance of a cluster elsewhere", `
resource "aws_rds_cluster_instance" "i" {
  cluster_identifier  = "elsewhere"
  engine              = "aurora-postgresql"
  publicly_accessible = true
}`, "aws_rds_cluster_instance.i",
			map[string]any{"encryption.at_rest": "unknown: not_in_plane", "exposure.public": true},
		},
		{
			"snapshot of an encrypted instance, shared with everyone", `
resource "aws_db_instance" "d" {
  engine            = "postgres"
  storage_encrypted = true
}
resource "aws_db_snapshot" "s" {
  db_instance_identifier = aws_db_instance.d.identifier
  db_snapshot_identifier = "s"
  shared_accounts        = ["all"]
}`, "aws_db_snapshot.s",
			map[string]any{"encryption.at_rest": true, "exposure.public": true, "exposure.public_paths": []any{"snapshot_share"}},
		},
		{
			"copy of a snapshot elsewhere", `
resource "aws_db_snapshot_copy" "s" {
  source_db_snapshot_identifier = "arn:aws:rds:eu-west-1:111111111111:snapshot:x"
  target_db_snapshot_identifier = "copy"
}`, "aws_db_snapshot_copy.s",
			map[string]any{"encryption.at_rest": "unknown: not_in_plane", "exposure.public": false},
		},
	})
}
