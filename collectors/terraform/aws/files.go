package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// filesystems maps EFS and FSx.
func filesystems() mapping.Service {
	fs := []string{"filesystem", "backup_plan"}
	types := []mapping.Type{
		{Name: "aws_efs_file_system", Kinds: fs, Map: efsFileSystem},
		{Name: "aws_fsx_lustre_file_system", Kinds: fs, Map: fsxFileSystem("lustre")},
		{Name: "aws_fsx_windows_file_system", Kinds: fs, Map: fsxFileSystem("windows")},
		{Name: "aws_fsx_ontap_file_system", Kinds: fs, Map: fsxFileSystem("ontap")},
		{Name: "aws_fsx_openzfs_file_system", Kinds: fs, Map: fsxFileSystem("openzfs")},
		{Name: "aws_fsx_file_cache", Kinds: fs, Map: fsxFileSystem("file_cache")},
	}
	types = append(types, partsOf(fs, []string{"aws_efs_file_system"}, "aws_efs_file_system_policy", "aws_efs_mount_target",
		"aws_efs_backup_policy", "aws_efs_replication_configuration")...)
	types = append(types, noted("a way into a file system that is mapped itself", "aws_efs_access_point",
		"aws_fsx_s3_access_point_attachment", "aws_fsx_data_repository_association")...)
	types = append(types, noted("a part of a file system that is mapped itself", "aws_fsx_ontap_storage_virtual_machine",
		"aws_fsx_ontap_volume", "aws_fsx_openzfs_volume")...)
	types = append(types, noted("one copy of a file system, encrypted as that is", "aws_fsx_backup", "aws_fsx_openzfs_snapshot")...)
	return mapping.Service{Name: "filesystems", Types: types}
}

// efsFileSystem: not encrypted by default, and reached through mount targets inside a network only, so never public.
func efsFileSystem(c *mapping.Context, v mapping.View) {
	d := v.Datastore("filesystem")
	encrypt(c, &d, v.UID(), encryption{on: v.Bool("encrypted").Or(false), view: v, key: "kms_key_id", explicit: []string{"encrypted"}})
	policies, open := v.Parts("aws_efs_file_system_policy", "file_system_id")
	tls := kind.Known(false).From(v.Provenance())
	for _, p := range policies {
		tls = kind.Either(tls, refusesHTTP(v, p, "elasticfilesystem"))
	}
	if open != nil {
		tls = kind.Either(tls, kind.Because[bool](*open))
	}
	d.EncryptionInTransitRequired = tls
	awsstore.Private(&d)
	efsPlacement(c, &d, v)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = efsRedundancy(v)
	awsstore.ManagedEngine(&d, "efs")
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.LoggingAccess = kind.Known(false).From(v.Provenance()) // EFS records no access to files
	policy := v.Part("aws_efs_backup_policy", "file_system_id").Block("backup_policy")
	days := kind.Convert(equals(policy.String("status"), "ENABLED"), func(on bool) int64 {
		if on {
			return 35 // the plan that EFS puts into AWS Backup
		}
		return 0
	})
	nativeBackups(c, v, &d, days, awsstore.NoCopies(), awsstore.BackupRule{Text: "daily, by AWS Backup", Minutes: 24 * 60, Type: "snapshot"})
	c.Emit(v, "filesystem", named(v, "creation_token"), "", d)
}

func efsPlacement(c *mapping.Context, d *kind.Datastore, v mapping.View) {
	targets, open := v.Parts("aws_efs_mount_target", "file_system_id")
	var subnets mapping.Targets
	for _, m := range targets {
		t := m.Targets("subnet_id", subnetTypes()...)
		subnets.Instances = append(subnets.Instances, t.Instances...)
		subnets.Literals = append(subnets.Literals, t.Literals...)
		if subnets.Open == nil {
			subnets.Open = t.Open
		}
		guard(c, m, v.UID(), "security_groups")
	}
	switch {
	case len(targets) > 0 || open != nil:
		if subnets.Open == nil {
			subnets.Open = open
		}
		place(c, d, v, subnets)
	default: // nothing can mount it through this configuration
		d.NetworkPlacement = kind.Known("none").From(v.Provenance())
	}
}

// efsRedundancy: all zones of the region, unless one is named; several regions where it is replicated to another.
func efsRedundancy(v mapping.View) kind.Attr[string] {
	replicas, open := v.Parts("aws_efs_replication_configuration", "source_file_system_id")
	zones := kind.Choose(written(v, "availability_zone_name"), "single", "multi_az")
	if open != nil {
		return kind.Because[string](*open).From(v.Provenance())
	}
	if len(replicas) == 0 {
		return zones
	}
	replica := replicas[0] // a file system has one at most
	region := replica.Block("destination").String("region")
	if region.Absent() {
		return kind.Unknown[string](evidence.Unresolved, "the region of the replica").From(replica.Provenance())
	}
	return kind.Then(v.Region(), func(here string) kind.Attr[string] {
		return kind.Then(region.OrNull(), func(there string) kind.Attr[string] {
			if here == there {
				return zones
			}
			return kind.Known("multi_region")
		})
	}).From(replica.Provenance())
}

// fsxFileSystem maps the products of FSx, which are encrypted always and lie in a network.
func fsxFileSystem(product string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		d := v.Datastore("filesystem")
		encryptedByService(c, &d, v.UID(), v, "kms_key_id")
		d.EncryptionInTransitRequired = kind.Unknown[bool](evidence.NotInPlane, "FSx settles it with each client or share")
		awsstore.Private(&d)
		place(c, &d, v, v.Targets("subnet_ids", subnetTypes()...), "security_group_ids")
		d.DeletionProtection = kind.NA[bool]()
		d.Redundancy = kind.Convert(v.String("deployment_type").Or("SINGLE_AZ"), func(typ string) string {
			if strings.HasPrefix(typ, "MULTI_AZ") {
				return "multi_az"
			}
			return "single" // SINGLE_AZ_*, SCRATCH_*, PERSISTENT_*, CACHE_*
		})
		awsstore.ManagedEngine(&d, "fsx-"+product)
		awsstore.WithoutWORM(&d)
		awsstore.WithoutExpiry(&d)
		d.LoggingAccess = kind.Known(false).From(v.Provenance())
		if product == "windows" {
			audit := v.Block("audit_log_configuration").String("file_access_audit_log_level").Or("DISABLED")
			d.LoggingAccess = kind.Convert(audit, func(level string) bool { return level == "SUCCESS_AND_FAILURE" || level == "SUCCESS_ONLY" })
		}
		nativeBackups(c, v, &d, fsxRetention(v, product), awsstore.NoCopies(), awsstore.DailyBackup())
		c.Emit(v, "filesystem", v.Instance.Name, "", d)
	}
}

// fsxRetention: Windows keeps daily backups for seven days unless told otherwise, the others none; a file cache has none.
func fsxRetention(v mapping.View, product string) kind.Attr[int64] {
	days := v.Int("automatic_backup_retention_days")
	switch product {
	case "windows":
		return days.Or(7)
	case "file_cache":
		return kind.Known[int64](0)
	}
	return days.Or(0)
}
