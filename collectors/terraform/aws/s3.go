package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// s3 maps buckets. Their settings stand in resources of their own (provider 4 and later) or in blocks of the bucket
// (provider 3 and earlier); both forms are read.
func s3() mapping.Service {
	bucket := []string{"bucket"}
	types := []mapping.Type{
		{Name: "aws_s3_bucket", Kinds: bucket, Map: s3Bucket},
		{Name: "aws_s3_directory_bucket", Kinds: bucket, Map: s3DirectoryBucket},
		{Name: "aws_s3tables_table_bucket", Kinds: bucket, Map: s3TableBucket},
		{Name: "aws_s3_account_public_access_block", Kinds: []string{"account", "bucket"}, PartOf: []string{"aws_s3_bucket"}},
	}
	types = append(types, partsOf(bucket, []string{"aws_s3_bucket"},
		"aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_versioning", "aws_s3_bucket_public_access_block",
		"aws_s3_bucket_policy", "aws_s3_bucket_acl", "aws_s3_bucket_ownership_controls", "aws_s3_bucket_lifecycle_configuration",
		"aws_s3_bucket_object_lock_configuration", "aws_s3_bucket_logging", "aws_s3_bucket_replication_configuration",
		"aws_s3_access_point", "aws_s3control_access_point_policy")...)
	types = append(types, noted("what it serves is public only through the bucket's policy or ACL, which are read",
		"aws_s3_bucket_website_configuration", "aws_s3_bucket_cors_configuration")...)
	types = append(types, noted("moves or counts objects; says nothing about their protection",
		"aws_s3_bucket_accelerate_configuration", "aws_s3_bucket_analytics_configuration",
		"aws_s3_bucket_intelligent_tiering_configuration",
		"aws_s3_bucket_inventory", "aws_s3_bucket_metric", "aws_s3_bucket_request_payment_configuration", "aws_s3_bucket_abac",
		"aws_s3control_storage_lens_configuration", "aws_s3_bucket_metadata_configuration")...)
	types = append(types, noted("an event about objects, not a store of them", "aws_s3_bucket_notification")...)
	types = append(types, noted("a scope within a bucket that is mapped itself", "aws_s3control_directory_bucket_access_point_scope")...)
	types = append(types, noted("one object: its bucket's protection applies", "aws_s3_object", "aws_s3_bucket_object", "aws_s3_object_copy")...)
	types = append(types, noted("a way to buckets that are mapped themselves; the buckets' own policies and blocks apply",
		"aws_s3control_multi_region_access_point", "aws_s3control_multi_region_access_point_policy",
		"aws_s3control_object_lambda_access_point", "aws_s3control_object_lambda_access_point_policy",
		"aws_s3control_access_grant", "aws_s3control_access_grants_instance", "aws_s3control_access_grants_instance_resource_policy",
		"aws_s3control_access_grants_location")...)
	types = append(types, noted("lies on a customer's Outpost, which is not read",
		"aws_s3control_bucket", "aws_s3control_bucket_lifecycle_configuration", "aws_s3control_bucket_policy", "aws_s3outposts_endpoint")...)
	types = append(types, noted("organises tables in a table bucket, which is mapped",
		"aws_s3tables_namespace", "aws_s3tables_table", "aws_s3tables_table_policy", "aws_s3tables_table_bucket_policy")...)
	return mapping.Service{Name: "s3", Types: types}
}

func s3Bucket(c *mapping.Context, v mapping.View) {
	d := v.Datastore("bucket")
	s3Encryption(c, v, &d)
	s3Access(c, v, &d)
	d.NetworkPlacement = kind.Known("none")
	d.Versioning = s3Versioning(v)
	d.DeletionProtection = kind.NA[bool]() // S3 has no such switch; versions and object lock are attributes of their own
	s3Immutability(v, &d)
	d.LifecycleExpireDays = s3Expiry(v, d.Versioning)
	d.LoggingAccess = s3Logging(c, v)
	d.Redundancy = s3Redundancy(c, v)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutBackup(&d)
	c.Emit(v, "bucket", bucketName(v), "", d)
}

// bucketName is the bucket's name where it is known, else the resource's.
func bucketName(v mapping.View) string {
	if name, known := v.String("bucket").Known(); known && name != "" {
		return name
	}
	return v.Instance.Name
}

// setting reads one thing that may stand in a split resource or in a block of the bucket itself.
func setting(v mapping.View, part, legacy string) mapping.View {
	split := v.Part(part, "bucket")
	if split.Exists() || legacy == "" {
		return split
	}
	if inline := v.Block(legacy); inline.Exists() || split.Maybe() == nil {
		return inline
	}
	return split
}

// s3Encryption: S3 has encrypted all new objects since January 2023, with its own keys where nothing else is configured.
func s3Encryption(c *mapping.Context, v mapping.View, d *kind.Datastore) {
	rule := setting(v, "aws_s3_bucket_server_side_encryption_configuration", "server_side_encryption_configuration").Block("rule")
	byDefault := rule.Block("apply_server_side_encryption_by_default")
	encrypt(c, d, v.UID(), encryption{
		on: kind.Known(true).From(byDefault.Provenance()), view: byDefault, key: "kms_master_key_id", explicit: []string{"sse_algorithm"},
	})
	manager := d.EncryptionKeyManagement
	d.EncryptionKeyManagement = kind.Then(byDefault.String("sse_algorithm").Or(""), func(algorithm string) kind.Attr[string] {
		if algorithm == "AES256" || algorithm == "" {
			return kind.Known("provider")
		}
		return manager
	})
}

// s3Access fills who can reach the bucket, and whether only over TLS.
func s3Access(c *mapping.Context, v mapping.View, d *kind.Datastore) {
	block := s3Blocks(c, v)
	policies, open := v.Parts("aws_s3_bucket_policy", "bucket")
	if v.Has("policy") {
		policies = append(policies, v)
	}
	var x awsstore.Exposure
	tls := kind.Known(false).From(v.Provenance())
	for _, p := range policies {
		x.Add("policy", s3PublicPolicy(letsPublicIn(p, "policy"), block))
		tls = kind.Either(tls, refusesHTTP(v, p, "s3"))
	}
	if open != nil {
		x.Add("policy", kind.Both(kind.Because[bool](*open), kind.Not(block.restrictPublicBuckets)))
		tls = kind.Either(tls, kind.Because[bool](*open))
	}
	x.Add("acl", s3PublicACL(v, block))
	s3AccessPoints(v, block, len(policies) > 0 || open != nil, &x)
	x.Fill(d)
	d.EncryptionInTransitRequired = tls
}

// s3PublicPolicy says whether a public policy takes effect. restrict_public_buckets shuts out everyone but the owner's account;
// block_public_policy only makes S3 refuse such a policy, so what applies depends on which of the two is put first. Without a
// declared block the policy is taken to do what it says: S3 would refuse it where its default block were on.
func s3PublicPolicy(public kind.Attr[bool], block publicAccessBlock) kind.Attr[bool] {
	if yes, known := block.blockPublicPolicy.Value(); known && yes {
		refused := kind.Unknown[bool](evidence.Unresolved,
			"S3 refuses a public policy under block_public_policy unless the policy is put first; restrict_public_buckets would decide")
		public = kind.Both(public, refused)
	}
	return kind.Both(public, kind.Not(block.restrictPublicBuckets))
}

// publicAccessBlock are the four settings of a block: the bucket's own or the account's, whichever is on.
type publicAccessBlock struct {
	blockPublicPolicy, ignorePublicACLs, restrictPublicBuckets kind.Attr[bool]
}

func s3Blocks(c *mapping.Context, v mapping.View) publicAccessBlock {
	own := v.Part("aws_s3_bucket_public_access_block", "bucket")
	read := func(arg string) kind.Attr[bool] {
		out := own.Bool(arg).Or(false)
		for _, account := range c.All("aws_s3_account_public_access_block") {
			out = kind.Either(out, kind.Both(account.Bool(arg).Or(false), sameAccount(account, v)))
		}
		return out
	}
	return publicAccessBlock{read("block_public_policy"), read("ignore_public_acls"), read("restrict_public_buckets")}
}

// sameAccount says whether a setting of an account, which may not be made at all, is made in the account of a resource.
func sameAccount(a, b mapping.View) kind.Attr[bool] {
	switch {
	case a.Instance.Unexpanded != nil:
		return kind.Because[bool](*a.Instance.Unexpanded).From(a.Provenance())
	case a.Instance.Provider.Alias == b.Instance.Provider.Alias:
		return kind.Known(true)
	}
	return kind.Then(a.Account(), func(x string) kind.Attr[bool] {
		return kind.Convert(b.Account(), func(y string) bool { return x == y })
	})
}

// s3PublicACL says whether an ACL grants anything to everyone. Ownership "BucketOwnerEnforced" turns ACLs off.
func s3PublicACL(v mapping.View, block publicAccessBlock) kind.Attr[bool] {
	acls, open := v.Parts("aws_s3_bucket_acl", "bucket")
	public := grantsPublic(v)
	for _, acl := range append(acls, v) {
		public = kind.Either(public, equals(acl.String("acl"), "public-read", "public-read-write", "authenticated-read"))
	}
	for _, acl := range acls {
		grants, more := nested(acl.Block("access_control_policy"), "grant")
		for _, g := range grants {
			public = kind.Either(public, publicGrantee(g.Block("grantee")))
		}
		if more != nil {
			public = kind.Either(public, kind.Because[bool](*more))
		}
	}
	if open != nil {
		public = kind.Either(public, kind.Because[bool](*open))
	}
	ownership := v.Part("aws_s3_bucket_ownership_controls", "bucket").Block("rule").String("object_ownership")
	return kind.Both(kind.Both(public, kind.Not(block.ignorePublicACLs)), kind.Not(equals(ownership, "BucketOwnerEnforced")))
}

// grantsPublic reads the grants that provider 3 had in the bucket.
func grantsPublic(v mapping.View) kind.Attr[bool] {
	out := kind.Known(false).From(v.Provenance())
	grants, more := v.Blocks("grant")
	for _, g := range grants {
		out = kind.Either(out, publicGrantee(g))
	}
	if more != nil {
		out = kind.Either(out, kind.Because[bool](*more))
	}
	return out
}

// publicGrantee recognises the two predefined groups that anybody belongs to.
func publicGrantee(v mapping.View) kind.Attr[bool] {
	return equals(v.String("uri"),
		"http://acs.amazonaws.com/groups/global/AllUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers")
}

// s3AccessPoints adds the access points that let the public in. A request through one needs the bucket's policy too, which
// often delegates to access points; without any bucket policy there is no way in.
func s3AccessPoints(v mapping.View, block publicAccessBlock, bucketHasPolicy bool, x *awsstore.Exposure) {
	points, open := v.Parts("aws_s3_access_point", "bucket")
	if !bucketHasPolicy {
		return
	}
	for _, p := range points {
		own := p.Block("public_access_block_configuration")
		public := letsPublicIn(p, "policy")
		for _, split := range pointPolicies(p) {
			public = kind.Either(public, letsPublicIn(split, "policy"))
		}
		public = kind.Both(public, kind.Not(written(p, "vpc_configuration")))
		public = kind.Both(public, kind.Not(own.Bool("restrict_public_buckets").Or(true)))
		public = kind.Both(public, kind.Not(block.restrictPublicBuckets))
		delegated := kind.Unknown[bool](evidence.Unsupported, "whether the bucket's policy delegates to access points")
		x.Add("policy", kind.Both(public, delegated))
	}
	if open != nil {
		x.Add("policy", kind.Both(kind.Because[bool](*open), kind.Not(block.restrictPublicBuckets)))
	}
}

func pointPolicies(p mapping.View) []mapping.View {
	split, _ := p.Parts("aws_s3control_access_point_policy", "access_point_arn")
	return split
}

func s3Versioning(v mapping.View) kind.Attr[bool] {
	split := v.Part("aws_s3_bucket_versioning", "bucket")
	if split.Exists() {
		return equals(split.Block("versioning_configuration").String("status"), "Enabled")
	}
	legacy := v.Block("versioning")
	if legacy.Exists() || split.Maybe() == nil {
		return legacy.Bool("enabled").Or(false)
	}
	return kind.Because[bool](*split.Maybe()).From(v.Provenance())
}

// s3Immutability reads the default retention that object lock puts on new objects.
func s3Immutability(v mapping.View, d *kind.Datastore) {
	lock := setting(v, "aws_s3_bucket_object_lock_configuration", "object_lock_configuration").Block("rule").Block("default_retention")
	d.ImmutabilityMode = kind.Convert(lock.String("mode").Or("none"), strings.ToLower)
	d.ImmutabilityDays = kind.Then(d.ImmutabilityMode, func(mode string) kind.Attr[int64] {
		if mode == "none" {
			return kind.NA[int64]()
		}
		years := lock.Int("years")
		if !years.Absent() {
			return kind.Convert(years.OrNull(), func(n int64) int64 { return n * 365 })
		}
		return lock.Int("days").OrNull()
	})
}

// s3Expiry is after how many days every object is gone. Rules that speak of a part of the objects do not count, and where
// versions are kept an expired object stays as a version until those expire too.
func s3Expiry(v mapping.View, versions kind.Attr[bool]) kind.Attr[int64] {
	rules, open := nested(v.Part("aws_s3_bucket_lifecycle_configuration", "bucket"), "rule")
	legacy, more := v.Blocks("lifecycle_rule")
	if open == nil {
		open = more
	}
	current, old := kind.Null[int64]().From(v.Provenance()), kind.Null[int64]()
	for _, r := range slices.Concat(rules, legacy) {
		if applies := appliesToAll(r); applies.IsKnown() {
			if yes, _ := applies.Value(); !yes {
				continue
			}
		} else {
			current = sooner(current, kind.Then(applies, func(bool) kind.Attr[int64] { return kind.Null[int64]() }))
			continue
		}
		current = sooner(current, r.Block("expiration").Int("days").OrNull())
		noncurrent := r.Block("noncurrent_version_expiration")
		old = sooner(old, noncurrent.Int("noncurrent_days").Else(noncurrent.Int("days")).OrNull())
	}
	if open != nil && current.IsNull() {
		current = kind.Because[int64](*open)
	}
	return kind.Then(current, func(days int64) kind.Attr[int64] {
		return kind.Then(versions, func(kept bool) kind.Attr[int64] {
			if !kept {
				return kind.Known(days)
			}
			return kind.Convert(old, func(more int64) int64 { return days + more })
		})
	})
}

// appliesToAll says whether a rule is on and speaks of all objects.
func appliesToAll(r mapping.View) kind.Attr[bool] {
	on := equals(r.String("status"), "Enabled")
	if !r.Has("status") {
		on = r.Bool("enabled").Or(false)
	}
	all := kind.Both(on, equals(r.String("prefix"), ""))
	all = kind.Both(all, kind.Not(written(r, "tags")))
	filter := r.Block("filter")
	if filter.Maybe() != nil {
		return kind.Both(all, kind.Because[bool](*filter.Maybe()))
	}
	all = kind.Both(all, equals(filter.String("prefix"), ""))
	for _, narrower := range []string{"tag", "and", "object_size_greater_than", "object_size_less_than"} {
		all = kind.Both(all, kind.Not(written(filter, narrower)))
	}
	return all
}

// sooner is the smaller number of days; null is never. An unknown number wins over none.
func sooner(a, b kind.Attr[int64]) kind.Attr[int64] {
	x, aKnown := a.Value()
	y, bKnown := b.Value()
	switch {
	case aKnown && bKnown && x <= y, b.IsNull(), aKnown && !bKnown:
		return a
	}
	return b
}

// s3Logging is whether server access logging is on; data events of a trail are a log_source of their own.
func s3Logging(c *mapping.Context, v mapping.View) kind.Attr[bool] {
	logging := setting(v, "aws_s3_bucket_logging", "logging")
	t := logging.Targets("target_bucket", "aws_s3_bucket")
	for _, r := range t.Instances {
		c.Relate("logs_to", v.UID(), c.UID(r.Address))
	}
	if t.Open != nil {
		c.RelateOpen("logs_to", v.UID(), *t.Open)
	}
	if logging.Exists() {
		return kind.Known(true).From(logging.Provenance())
	}
	return written(logging, "target_bucket")
}

// s3Redundancy: objects lie in three zones, and in several regions where they are replicated to another one. Three zones are
// sure even where it cannot be told in which region the replica is.
func s3Redundancy(c *mapping.Context, v mapping.View) kind.Attr[string] {
	conf := setting(v, "aws_s3_bucket_replication_configuration", "replication_configuration")
	rules, _ := conf.Blocks("rule")
	old, _ := conf.Blocks("rules")
	across := kind.Known(false).From(v.Provenance())
	for _, r := range slices.Concat(rules, old) {
		replica := inOtherRegion(c, v, r.Block("destination"))
		across = kind.Either(across, kind.Both(equals(r.String("status"), "Enabled"), replica))
	}
	if _, known := across.Value(); !known {
		return kind.Known("multi_az").From(v.Provenance())
	}
	return kind.Choose(across, "multi_region", "multi_az")
}

// inOtherRegion says whether the bucket of a replication's destination lies in another region than the one that is replicated.
func inOtherRegion(c *mapping.Context, v, dest mapping.View) kind.Attr[bool] {
	here := v.Region()
	t := dest.Targets("bucket", "aws_s3_bucket")
	for _, r := range t.Instances {
		if r.Mode == resource.Managed {
			return kind.Then(here, func(a string) kind.Attr[bool] {
				return kind.Convert(c.View(r).Region(), func(b string) bool { return a != b })
			}).From(dest.Provenance())
		}
	}
	return notDeclared[bool](t, "the destination").From(dest.Provenance())
}

// s3DirectoryBucket: one zone, always encrypted, no ACLs and always all public access blocked.
func s3DirectoryBucket(c *mapping.Context, v mapping.View) {
	d := v.Datastore("bucket")
	rule := v.Part("aws_s3_bucket_server_side_encryption_configuration", "bucket").Block("rule")
	byDefault := rule.Block("apply_server_side_encryption_by_default")
	encryptedByService(c, &d, v.UID(), byDefault, "kms_master_key_id")
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutBackup(&d)
	awsstore.WithoutWORM(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.LifecycleExpireDays = s3Expiry(v, kind.Known(false))
	d.LoggingAccess = kind.Known(false)
	d.Redundancy = kind.Known("single")
	c.Emit(v, "bucket", bucketName(v), "", d)
}

// s3TableBucket: a store of tables, never public.
func s3TableBucket(c *mapping.Context, v mapping.View) {
	d := v.Datastore("bucket")
	encryptedByService(c, &d, v.UID(), v.Block("encryption_configuration"), "kms_key_arn")
	awsstore.Private(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutBackup(&d)
	awsstore.WithoutWORM(&d)
	awsstore.WithoutExpiry(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.LoggingAccess = kind.Known(false)
	d.Redundancy = kind.Known("multi_az")
	c.Emit(v, "bucket", v.Instance.Name, "", d)
}
