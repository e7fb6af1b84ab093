package services

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// s3Service reads buckets. One list names the buckets of all regions; what S3 says of a bucket takes a call for each setting, in the
// bucket's region.
func s3Service() api.Service {
	labels := []string{
		"data.classification", "data.categories", "data.owner", "data.administrator", "data.retention_days", "data.deidentified", "criticality",
		"environment", "record_class",
	}
	return api.Service{
		Name: "s3", Global: true, Kinds: []string{"bucket", "log_source"}, Collect: s3Buckets, Rate: 500,
		Operations: []api.Operation{
			{Name: "ListBuckets", Actions: []string{"s3:ListAllMyBuckets"}, Tells: []string{"bucket", "retention_days"}},
			{Name: "GetBucketLocation", Tells: []string{"bucket", "location.region", "retention_days"}},
			{Name: "GetBucketEncryption", Actions: []string{"s3:GetEncryptionConfiguration"}, Tells: []string{"encryption.at_rest", "encryption.key_management", "encryption.source"}},
			{Name: "GetBucketPolicy", Tells: []string{
				"exposure.public", "exposure.public_paths", "encryption.in_transit_required", "can_read", "can_write", "can_admin",
			}},
			{Name: "GetBucketPolicyStatus", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "GetPublicAccessBlock", Actions: []string{"s3:GetBucketPublicAccessBlock"}, Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "GetBucketAcl", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "GetBucketOwnershipControls", Tells: []string{"exposure.public", "exposure.public_paths"}},
			{Name: "GetBucketVersioning", Tells: []string{
				"versioning", "lifecycle.expire_days", "retention_days", "immutability.mode", "immutability.days", "redundancy",
			}},
			{Name: "GetObjectLockConfiguration", Actions: []string{"s3:GetBucketObjectLockConfiguration"}, Tells: []string{"immutability.mode", "immutability.days"}},
			{Name: "GetBucketLifecycleConfiguration", Actions: []string{"s3:GetLifecycleConfiguration"}, Tells: []string{"lifecycle.expire_days", "retention_days"}},
			{Name: "GetBucketLogging", Tells: []string{"logging.access", "scope", "retention_days"}},
			{Name: "GetBucketReplication", Actions: []string{"s3:GetReplicationConfiguration"}, Tells: []string{"redundancy"}},
			{Name: "GetBucketTagging", Tells: labels},
		},
	}
}

// bucket is one bucket while it is read.
type bucket struct {
	c      *api.Context      // calls go to the bucket's region
	client func() *s3.Client // one for all of the bucket's calls
	name   string
	arn    string
	region string
}

// oneClient gives the same client for every call.
func oneClient(c *api.Context) func() *s3.Client {
	client := s3.NewFromConfig(c.AWS())
	return func() *s3.Client { return client }
}

// clientsByRegion gives the same client for every bucket of a region: to make one costs as much as a call.
func clientsByRegion() func(c *api.Context) func() *s3.Client {
	var mu sync.Mutex
	made := map[string]func() *s3.Client{}
	return func(c *api.Context) func() *s3.Client {
		mu.Lock()
		defer mu.Unlock()
		if made[c.Region] == nil {
			made[c.Region] = oneClient(c)
		}
		return made[c.Region]
	}
}

// listBuckets lists the buckets of all regions. S3 says where each of them lies to who asks for pages, and to nobody else.
func listBuckets(ctx context.Context, c *api.Context) api.Listing[types.Bucket] {
	const page = 1000
	return api.List(ctx, c, s3.NewFromConfig(c.AWS()).ListBuckets, &s3.ListBucketsInput{MaxBuckets: aws.Int32(page)},
		func(o *s3.ListBucketsOutput) []types.Bucket { return o.Buckets })
}

func s3Buckets(ctx context.Context, c *api.Context) {
	list := listBuckets(ctx, c)
	homes := make(map[string]string, len(list.Items))
	for _, b := range list.Items {
		homes[aws.ToString(b.Name)] = aws.ToString(b.BucketRegion)
	}
	c.InRegions(slices.Concat(c.Account.Regions, c.Account.Left), list.Fail, "bucket")
	c.InRegions(c.Account.Regions, list.Fail, "log_source")
	clients := clientsByRegion()
	api.Each(ctx, c, list.Items, func(ctx context.Context, item types.Bucket) {
		b := bucket{c: c, name: aws.ToString(item.Name), region: aws.ToString(item.BucketRegion)}
		b.arn = "arn:" + c.Account.Partition + ":s3:::" + b.name
		if b.region == "" {
			b.region = bucketRegion(ctx, c, b.name)
		}
		if b.region != "" {
			b.c = c.In(b.region)
		}
		b.client = clients(b.c)
		b.read(ctx, list.Prov, homes)
	})
}

// bucketRegion asks where a bucket lies; "" where that is denied. S3 has no name for its first region, and an old one for eu-west-1.
func bucketRegion(ctx context.Context, c *api.Context, name string) string {
	a := api.Ask(ctx, c, s3.NewFromConfig(c.AWS()).GetBucketLocation, &s3.GetBucketLocationInput{Bucket: aws.String(name)})
	switch {
	case !a.OK():
		return ""
	case a.Out.LocationConstraint == "":
		return "us-east-1"
	case a.Out.LocationConstraint == types.BucketLocationConstraintEu:
		return "eu-west-1"
	}
	return string(a.Out.LocationConstraint)
}

// read reads one bucket. Homes are the regions of the account's buckets, by name.
func (b bucket) read(ctx context.Context, prov *evidence.Provenance, homes map[string]string) {
	d := b.c.Datastore("bucket", b.tags(ctx))
	if b.region == "" {
		d.LocationRegion = kind.Unknown[string](evidence.AccessDenied, "s3:GetBucketLocation of "+b.name)
		d.LocationCountry = kind.Unknown[string](evidence.AccessDenied, "s3:GetBucketLocation of "+b.name)
	}
	api.Together(ctx, func(ctx context.Context) {
		b.access(ctx, &d)
	}, func(ctx context.Context) {
		b.encryption(ctx, &d)
		d.LoggingAccess = b.logging(ctx)
	}, func(ctx context.Context) {
		d.Versioning = b.versioning(ctx)
		b.immutability(ctx, d.Versioning, &d)
		d.LifecycleExpireDays = b.expiry(ctx, d.Versioning)
		d.Redundancy = b.redundancy(ctx, d.Versioning, homes)
	})
	d.NetworkPlacement = kind.Known("none")
	d.DeletionProtection = kind.NA[bool]() // S3 has no such switch; versions and object lock are attributes of their own
	discovery(ctx, b.c, b.name, &d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutBackup(&d)
	d.BackupLatestRestorableAt = kind.NA[kind.Time]()
	b.c.Emit(api.Entity{Kind: "bucket", UID: b.arn, Name: b.name, Scope: b.scope(), Prov: prov}, d)
}

// scope is that of the bucket's region, although one call lists the buckets of all; the account's where the region is not known.
func (b bucket) scope() string {
	if b.region == "" {
		return b.c.Account.UID()
	}
	return b.c.Account.UID() + ":" + b.region
}

func (b bucket) in() *string { return aws.String(b.name) }

func (b bucket) tags(ctx context.Context) api.Tags {
	ask := func() api.Tags {
		a := api.Ask(ctx, b.c, b.client().GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: b.in()}, "NoSuchTagSet")
		t := api.TagsOf(a.Out.TagSet, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
		t.Fail, t.Prov = a.Fail, a.Prov
		return t
	}
	if b.region == "" {
		return ask()
	}
	return listedTags(ctx, b.c, b.arn, ask)
}

// encryption: S3 has encrypted all new objects since January 2023, with its own keys where nothing else is configured. S3 answers with a
// rule in either case, so what it answers by itself counts as its default.
func (b bucket) encryption(ctx context.Context, d *kind.Datastore) {
	a := api.Ask(ctx, b.c, b.client().GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: b.in()}, "ServerSideEncryptionConfigurationNotFoundError")
	var rule types.ServerSideEncryptionByDefault
	if conf := a.Out.ServerSideEncryptionConfiguration; conf != nil && len(conf.Rules) > 0 && conf.Rules[0].ApplyServerSideEncryptionByDefault != nil {
		rule = *conf.Rules[0].ApplyServerSideEncryptionByDefault
	}
	byKMS := strings.HasPrefix(string(rule.SSEAlgorithm), "aws:kms")
	key := aws.ToString(rule.KMSMasterKeyID)
	d.EncryptionAtRest = kind.Known(true).From(a.Prov)
	d.EncryptionKeyManagement = api.Read(a, func(*s3.GetBucketEncryptionOutput) kind.Attr[string] {
		if !byKMS {
			return kind.Known("provider")
		}
		return keyManagement(ctx, b.c, key)
	})
	d.EncryptionSource = api.Read(a, func(*s3.GetBucketEncryptionOutput) kind.Attr[string] {
		if byKMS {
			return kind.Known("explicit")
		}
		return kind.Known("provider_default")
	})
	switch {
	case !a.OK():
		b.c.RelateOpen("encrypted_by", b.arn)
	case byKMS && key != "":
		b.c.Relate("encrypted_by", b.arn, keyARN(ctx, b.c, key))
	}
}

// access fills who can reach the bucket by all ways together, and whether only over TLS.
func (b bucket) access(ctx context.Context, d *kind.Datastore) {
	block := b.blocks(ctx)
	policy := api.Ask(ctx, b.c, b.client().GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: b.in()}, "NoSuchBucketPolicy")
	b.c.ResourcePolicy(b.arn, policy.Out.Policy, policy.Fail)
	doc := api.Read(policy, func(o *s3.GetBucketPolicyOutput) kind.Attr[iampolicy.Document] { return document(o.Policy) })
	var x awsstore.Exposure
	x.Add("policy", kind.Both(b.publicPolicy(ctx, doc), kind.Not(block.restrictPublicBuckets)))
	x.Add("acl", b.openACL(ctx, block))
	b.accessPoints(ctx, doc, block, &x)
	x.Fill(d)
	d.EncryptionInTransitRequired = asks(doc, func(doc iampolicy.Document) iampolicy.Result {
		return iampolicy.DeniesInsecureTransport(doc, iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{iampolicy.Literal(b.arn)}})
	})
}

// publicPolicy: what the policy says, or S3's own judgement of it where ours cannot decide.
func (b bucket) publicPolicy(ctx context.Context, doc kind.Attr[iampolicy.Document]) kind.Attr[bool] {
	public := publicThrough(ctx, b.c, doc)
	if _, undecided := asks(doc, iampolicy.Public).Reason(); !undecided || public.IsKnown() {
		return public
	}
	a := api.Ask(ctx, b.c, b.client().GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: b.in()}, "NoSuchBucketPolicy")
	if !a.OK() || a.Out.PolicyStatus == nil && a.Code == "" {
		return public
	}
	return api.Read(a, func(o *s3.GetBucketPolicyStatusOutput) kind.Attr[bool] {
		if o.PolicyStatus != nil && aws.ToBool(o.PolicyStatus.IsPublic) {
			return publicThrough(ctx, b.c, kind.Known(opened("s3")))
		}
		return kind.Known(false)
	})
}

// accessBlock are the settings of the block that decide: the bucket's own or the account's, whichever is on.
type accessBlock struct{ ignorePublicACLs, restrictPublicBuckets kind.Attr[bool] }

// A bucket need not be asked for what the account decides for all.
func (b bucket) blocks(ctx context.Context) accessBlock {
	account := accountBlock(ctx, b.c)
	if isTrue(account.ignorePublicACLs) && isTrue(account.restrictPublicBuckets) {
		return account
	}
	own := api.Ask(ctx, b.c, b.client().GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: b.in()}, "NoSuchPublicAccessBlockConfiguration")
	read := func(setting func(*types.PublicAccessBlockConfiguration) *bool) kind.Attr[bool] {
		return api.Read(own, func(o *s3.GetPublicAccessBlockOutput) kind.Attr[bool] {
			return kind.Known(o.PublicAccessBlockConfiguration != nil && aws.ToBool(setting(o.PublicAccessBlockConfiguration)))
		})
	}
	return accessBlock{
		kind.Either(read(func(p *types.PublicAccessBlockConfiguration) *bool { return p.IgnorePublicAcls }), account.ignorePublicACLs),
		kind.Either(read(func(p *types.PublicAccessBlockConfiguration) *bool { return p.RestrictPublicBuckets }), account.restrictPublicBuckets),
	}
}

func isTrue(a kind.Attr[bool]) bool {
	yes, known := a.Value()
	return known && yes
}

// openACL says whether an ACL lets everyone in. Where ACLs are ignored nobody need be asked what they are.
func (b bucket) openACL(ctx context.Context, block accessBlock) kind.Attr[bool] {
	if isTrue(block.ignorePublicACLs) {
		return kind.Not(block.ignorePublicACLs)
	}
	return kind.Both(b.publicACL(ctx), kind.Not(block.ignorePublicACLs))
}

// publicACL says whether an ACL grants anything to everyone. Ownership "BucketOwnerEnforced" turns ACLs off.
func (b bucket) publicACL(ctx context.Context) kind.Attr[bool] {
	ownership := api.Ask(ctx, b.c, b.client().GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: b.in()}, "OwnershipControlsNotFoundError")
	enforced := api.Read(ownership, func(o *s3.GetBucketOwnershipControlsOutput) kind.Attr[bool] {
		return kind.Known(o.OwnershipControls != nil && len(o.OwnershipControls.Rules) > 0 &&
			o.OwnershipControls.Rules[0].ObjectOwnership == types.ObjectOwnershipBucketOwnerEnforced)
	})
	if isTrue(enforced) {
		return kind.Known(false).From(ownership.Prov)
	}
	acl := api.Ask(ctx, b.c, b.client().GetBucketAcl, &s3.GetBucketAclInput{Bucket: b.in()})
	granted := api.Read(acl, func(o *s3.GetBucketAclOutput) kind.Attr[bool] {
		for _, g := range o.Grants {
			if g.Grantee != nil && isEverybody(aws.ToString(g.Grantee.URI)) {
				return publicThrough(ctx, b.c, kind.Known(opened("s3")))
			}
		}
		return kind.Known(false)
	})
	return kind.Both(granted, kind.Not(enforced))
}

// isEverybody recognises the two predefined groups that anybody belongs to.
func isEverybody(uri string) bool {
	return strings.HasSuffix(uri, "/groups/global/AllUsers") || strings.HasSuffix(uri, "/groups/global/AuthenticatedUsers")
}

func (b bucket) versioning(ctx context.Context) kind.Attr[bool] {
	a := api.Ask(ctx, b.c, b.client().GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: b.in()})
	return api.Read(a, func(o *s3.GetBucketVersioningOutput) kind.Attr[bool] {
		return kind.Known(o.Status == types.BucketVersioningStatusEnabled)
	})
}

// immutability reads the default retention that object lock puts on new objects. Only versions can be locked, so that a bucket that keeps
// none needs no call.
func (b bucket) immutability(ctx context.Context, versions kind.Attr[bool], d *kind.Datastore) {
	if on, known := versions.Value(); known && !on {
		d.ImmutabilityMode, d.ImmutabilityDays = kind.Choose(versions, "", "none"), kind.NA[int64]()
		return
	}
	a := api.Ask(ctx, b.c, b.client().GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: b.in()}, "ObjectLockConfigurationNotFoundError")
	var retention *types.DefaultRetention
	if conf := a.Out.ObjectLockConfiguration; conf != nil && conf.Rule != nil {
		retention = conf.Rule.DefaultRetention
	}
	d.ImmutabilityMode = api.Read(a, func(*s3.GetObjectLockConfigurationOutput) kind.Attr[string] {
		if retention == nil {
			return kind.Known("none")
		}
		return kind.Known(strings.ToLower(string(retention.Mode)))
	})
	d.ImmutabilityDays = api.Read(a, func(*s3.GetObjectLockConfigurationOutput) kind.Attr[int64] {
		const daysOfYear = 365
		switch {
		case retention == nil:
			return kind.NA[int64]()
		case aws.ToInt32(retention.Years) > 0:
			return kind.Known(int64(*retention.Years) * daysOfYear)
		}
		return kind.Known(int64(aws.ToInt32(retention.Days)))
	})
}

// expiry is after how many days every object is gone. Rules that speak of a part of the objects do not count, and where versions are kept an
// expired object stays as a version until those expire too.
func (b bucket) expiry(ctx context.Context, versions kind.Attr[bool]) kind.Attr[int64] {
	a := api.Ask(ctx, b.c, b.client().GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: b.in()}, "NoSuchLifecycleConfiguration")
	return api.Read(a, func(o *s3.GetBucketLifecycleConfigurationOutput) kind.Attr[int64] {
		var current, old *int32
		for _, r := range o.Rules {
			if r.Status != types.ExpirationStatusEnabled || !ofAll(r) {
				continue
			}
			if r.Expiration != nil {
				current = sooner(current, r.Expiration.Days)
			}
			if r.NoncurrentVersionExpiration != nil {
				old = sooner(old, r.NoncurrentVersionExpiration.NoncurrentDays)
			}
		}
		if current == nil {
			return kind.Null[int64]()
		}
		return kind.Then(versions, func(kept bool) kind.Attr[int64] {
			switch {
			case !kept:
				return kind.Known(int64(*current))
			case old == nil:
				return kind.Null[int64]()
			}
			return kind.Known(int64(*current) + int64(*old))
		})
	})
}

// ofAll reports whether a lifecycle rule speaks of all objects.
func ofAll(r types.LifecycleRule) bool {
	if f := r.Filter; f != nil {
		return aws.ToString(f.Prefix) == "" && f.Tag == nil && f.And == nil && f.ObjectSizeGreaterThan == nil && f.ObjectSizeLessThan == nil
	}
	return aws.ToString(r.Prefix) == "" //nolint:staticcheck // old rules still say it there
}

func sooner(a, b *int32) *int32 {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// logging is whether reads and writes of the objects are recorded: by server access logging, or by the data events of a trail.
func (b bucket) logging(ctx context.Context) kind.Attr[bool] {
	a := api.Ask(ctx, b.c, b.client().GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: b.in()})
	if on := a.Out.LoggingEnabled; on != nil {
		b.accessLog(ctx, aws.ToString(on.TargetBucket), a.Prov)
	}
	if a.Fail != nil && a.Fail.Reason != evidence.NotCollected {
		b.c.Incomplete("log_source", evidence.Partial, "whether "+b.name+" writes an access log is not known")
	}
	own := api.Read(a, func(o *s3.GetBucketLoggingOutput) kind.Attr[bool] { return kind.Known(o.LoggingEnabled != nil) })
	if yes, known := own.Value(); known && yes {
		return own
	}
	return kind.Either(own, accessRecorded(ctx, b.c, b.arn))
}

// accessLog emits a bucket's server access log as a source of records, in the scope of the bucket's region.
func (b bucket) accessLog(ctx context.Context, target string, prov *evidence.Provenance) {
	uid := b.arn + "#access-log"
	l := delivered(ctx, b.c, "object_access", kind.Known(true), b.arn, target)
	b.c.Emit(api.Entity{Kind: "log_source", UID: uid, Name: b.name + " (access log)", Scope: b.scope(), Prov: prov}, l)
	relateLogs(b.c, b.arn, uid, l)
}

// redundancy: objects lie in three zones, and in several regions where they are replicated to another one. Three zones are sure even where it
// cannot be told in which region the replica is. Only versions are replicated, so that a bucket that keeps none needs no call. Directory
// buckets are no part of the list.
func (b bucket) redundancy(ctx context.Context, versions kind.Attr[bool], homes map[string]string) kind.Attr[string] {
	if on, known := versions.Value(); known && !on {
		return kind.Choose(versions, "", "multi_az")
	}
	a := api.Ask(ctx, b.c, b.client().GetBucketReplication, &s3.GetBucketReplicationInput{Bucket: b.in()}, "ReplicationConfigurationNotFoundError")
	if conf := a.Out.ReplicationConfiguration; conf != nil {
		for _, r := range conf.Rules {
			if r.Status != types.ReplicationRuleStatusEnabled || r.Destination == nil {
				continue
			}
			name := strings.TrimPrefix(aws.ToString(r.Destination.Bucket), "arn:"+b.c.Account.Partition+":s3:::")
			if home := homes[name]; home != "" && home != b.region {
				return kind.Known("multi_region").From(a.Prov)
			}
		}
	}
	return kind.Known("multi_az").From(a.Prov)
}
