package services

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// labelPaths are the attributes of a store that its tags tell.
func labelPaths() []string {
	return []string{
		"environment", "data.classification", "data.categories", "data.owner", "data.administrator", "data.retention_days", "data.deidentified",
		"criticality", "record_class",
	}
}

// tagsFailed are the tags of a resource whose tags could not be read.
func tagsFailed[O any](a api.Answer[O]) api.Tags { return api.Tags{Fail: a.Fail, Prov: a.Prov} }

// tagsIn are the tags that an operation answered, or why it did not.
func tagsIn[O, T any](a api.Answer[O], list func(*O) []T, pair func(T) (key, value *string)) api.Tags {
	if !a.OK() {
		return tagsFailed(a)
	}
	tags := api.TagsOf(list(a.Out), pair)
	tags.Prov = a.Prov
	return tags
}

// tagsListed are the tags of a paginated operation, or why they are not all known.
func tagsListed[T any](l api.Listing[T], pair func(T) (key, value *string)) api.Tags {
	tags := api.TagsOf(l.Items, pair)
	tags.Fail, tags.Prov = l.Fail, l.Prov
	return tags
}

// tagsMapped are the tags that an operation answered as a map, or why it did not.
func tagsMapped[O any](a api.Answer[O], values func(*O) map[string]string) api.Tags {
	return api.Tags{Values: values(a.Out), Fail: a.Fail, Prov: a.Prov}
}

// encryption is what a service says of the encryption of a store.
type encryption struct {
	on kind.Attr[bool]
	// key is the key as the service names it: ARN, id or alias; "" where it names none and uses its own.
	key string
	// byDefault is whether the service encrypts without being told to. AWS does not record who chose a setting: what it would not have done
	// by itself, somebody chose.
	byDefault kind.Attr[bool]
}

// encrypt fills the attributes of encryption at rest, and relates the store to its key.
func encrypt(ctx context.Context, c *api.Context, d *kind.Datastore, uid string, e encryption) {
	d.EncryptionAtRest = e.on
	manager := keyManagement(ctx, c, e.key)
	d.EncryptionKeyManagement = kind.Then(e.on, func(on bool) kind.Attr[string] {
		if !on {
			return kind.Known("none")
		}
		return manager
	})
	d.EncryptionSource = kind.Then(e.on, func(on bool) kind.Attr[string] {
		if !on {
			return kind.NA[string]()
		}
		own := kind.Both(e.byDefault, kind.Convert(manager, func(m string) bool { return m == "provider" }))
		return kind.Choose(own, "provider_default", "explicit")
	})
	if yes, known := e.on.Value(); known && yes {
		relateKey(ctx, c, uid, e.key)
	}
}

// encryptedByService is for the stores that AWS encrypts always; a key may be named.
func encryptedByService(ctx context.Context, c *api.Context, d *kind.Datastore, uid, key string) {
	encrypt(ctx, c, d, uid, encryption{on: kind.Known(true), key: key, byDefault: kind.Known(true)})
}

// unknownKey takes back whose key an encrypted store has, where that could not be read; nothing happens without a reason.
func unknownKey(c *api.Context, d *kind.Datastore, uid string, why *evidence.Unknown) {
	if why == nil {
		return
	}
	d.EncryptionKeyManagement, d.EncryptionSource = kind.Because[string](*why), kind.Because[string](*why)
	c.RelateOpen("encrypted_by", uid)
}

// relateKey relates what is encrypted to its key, aliases followed. An alias of no key is named itself.
func relateKey(ctx context.Context, c *api.Context, uid, key string) {
	switch arn := keyARN(ctx, c, key); {
	case arn != "":
		c.Relate("encrypted_by", uid, arn)
	case key != "" && keyAliases(ctx, c).fail != nil:
		c.RelateOpen("encrypted_by", uid)
	case key != "":
		_, alias, _ := strings.Cut(key, "alias/")
		c.Relate("encrypted_by", uid, c.ARN("kms", "alias/"+alias))
	}
}

// refusesHTTP says whether a resource policy denies everyone the data of the resource in requests without TLS. Service is the prefix of the
// actions, such as "sqs".
func refusesHTTP(doc kind.Attr[iampolicy.Document], service, arn string) kind.Attr[bool] {
	resource := iampolicy.Resource{Service: service, ARNs: []iampolicy.Str{iampolicy.Literal(arn)}}
	return asks(doc, func(d iampolicy.Document) iampolicy.Result { return iampolicy.DeniesInsecureTransport(d, resource) })
}

// unsized is for stores of which AWS tells the capacity at most.
func unsized(d *kind.Datastore) {
	d.SizeBytes = kind.Unknown[int64](evidence.Unsupported, "AWS does not report the size of the content with the settings of the store")
}

// unsearched is for stores that no discovery service of AWS searches: Macie reads buckets only.
func unsearched(d *kind.Datastore) {
	d.DiscoveryLastScanAt = kind.NA[kind.Time]()
	d.DiscoveryFound = kind.NA[[]string]()
}

// selfBackup is a store that makes its own backups.
type selfBackup struct {
	uid, name string
	prov      *evidence.Provenance
	days      kind.Attr[int64]                     // how long they are kept; 0 = there are none
	copies    kind.Attr[[]kind.BackupPlanRuleCopy] // further regions
	latest    *time.Time                           // newest point in time to which it can be restored; nil where AWS names none
	rules     []awsstore.BackupRule
	more      *evidence.Unknown // why there are further rules; nil where these are all
}

// nativeBackups fills the retention of a service's own backups and, where they are or may be on, adds the plan that they amount to.
func nativeBackups(c *api.Context, d *kind.Datastore, b selfBackup) {
	plan, on := awsstore.NativePlan(d, b.days, b.copies, b.rules...)
	d.BackupLatestRestorableAt = kind.Then(d.BackupPITR, func(pitr bool) kind.Attr[kind.Time] {
		switch {
		case !pitr:
			return kind.NA[kind.Time]()
		case b.latest == nil:
			return kind.Unknown[kind.Time](evidence.Unsupported, "AWS names no point in time to which it can be restored")
		}
		return api.Time(b.latest)
	})
	if on {
		if rules, known := plan.Rules.Value(); known && b.more != nil {
			plan.Rules = kind.AtLeast(rules, *b.more)
		}
		uid := b.uid + "#automated-backups"
		c.Emit(api.Entity{Kind: "backup_plan", UID: uid, Name: b.name, Prov: b.prov}, plan)
		c.Relate("selected_by", b.uid, uid)
	}
}

// withoutBackup is for stores that have no backups of their own.
func withoutBackup(d *kind.Datastore) {
	awsstore.WithoutBackup(d)
	d.BackupLatestRestorableAt = kind.NA[kind.Time]()
}

// snapshot fills what every snapshot has in common.
func snapshot(d *kind.Datastore) {
	awsstore.Snapshot(d)
	d.BackupLatestRestorableAt = kind.NA[kind.Time]()
	d.EncryptionInTransitRequired = kind.NA[bool]()
	d.NetworkPlacement = kind.Known("none")
	unsearched(d)
}

// ownSnapshot is a copy that a service keeps of a store in its own storage, encrypted as all that the service stores.
type ownSnapshot struct {
	uid, name string
	source    string            // ARN of what it is a copy of
	manual    bool              // somebody made it and somebody must delete it: it is a store of its own, too
	key       string            // as encryption.key
	keyless   *evidence.Unknown // why the key is not known; nil where it is
	tags      api.Tags
	status    string // as recovery_point.status
	taken     *time.Time
	expires   kind.Attr[kind.Time]
	size      *int64
	prov      *evidence.Provenance
}

// emit adds the recovery point that the snapshot amounts to and, where somebody made it, the snapshot. No service that it is used for can
// share a snapshot with everybody.
func (s ownSnapshot) emit(ctx context.Context, c *api.Context) {
	point := s.uid
	if s.manual {
		point += "#recovery-point"
		d := c.Datastore("snapshot", s.tags)
		encryptedByService(ctx, c, &d, s.uid, s.key)
		unknownKey(c, &d, s.uid, s.keyless)
		snapshot(&d)
		awsstore.Private(&d)
		d.SizeBytes = sizeOf(s.size)
		c.Emit(api.Entity{Kind: "snapshot", UID: s.uid, Name: s.name, Prov: s.prov}, d)
	}
	p := snapshotPoint(s.status, s.taken, s.taken)
	p.ExpiresAt = s.expires
	keyOf(ctx, c, &p, point, aws.Bool(true), s.key)
	if s.keyless != nil {
		p.Key = kind.Because[string](*s.keyless)
		c.RelateOpen("encrypted_by", point)
	}
	p.SizeBytes = sizeOf(s.size)
	c.Emit(api.Entity{Kind: "recovery_point", UID: point, Name: s.name, Prov: s.prov}, p)
	c.Relate("protects", point, s.source)
}

// snapshotPoint is the recovery point that a service's own snapshot amounts to. It restores by itself and lies in the service's own storage.
func snapshotPoint(status string, taken, completed *time.Time) kind.RecoveryPoint {
	p := kind.RecoveryPoint{
		Status: kind.Known(status), Type: kind.Known("snapshot"), CreatedAt: timeOrUnknown(taken), CompletedAt: timeOrUnknown(completed),
		Vault: kind.NA[string](), ChainParent: kind.Null[string](), ChainBase: kind.Null[string](), ExpiresAt: kind.Null[kind.Time](),
	}
	if status == "partial" {
		p.CompletedAt = kind.NA[kind.Time]()
	}
	return p
}

// timeOrUnknown is a point in time that AWS always states, but for resources that are being made.
func timeOrUnknown(t *time.Time) kind.Attr[kind.Time] {
	if t == nil || t.IsZero() {
		return kind.Unknown[kind.Time](evidence.Unsupported, "AWS states no time yet")
	}
	return api.Time(t)
}

// daysAfter is the time some days later; unknown where either is not stated.
func daysAfter(t *time.Time, days *int32) kind.Attr[kind.Time] {
	if t == nil || days == nil {
		return kind.Unknown[kind.Time](evidence.Unsupported, "AWS does not state when it will be deleted")
	}
	const day = 24 * time.Hour
	return api.Time(aws.Time(t.Add(time.Duration(*days) * day)))
}

// keyOf fills the encryption of a recovery point.
func keyOf(ctx context.Context, c *api.Context, p *kind.RecoveryPoint, uid string, encrypted *bool, key string) {
	if encrypted == nil {
		why := evidence.Unknown{Reason: evidence.Unsupported, Detail: "AWS does not state whether this copy is encrypted"}
		p.Encrypted, p.Key = kind.Because[bool](why), kind.Because[string](why)
		return
	}
	p.Encrypted, p.Key = kind.Known(*encrypted), kind.Null[string]()
	if !*encrypted {
		return
	}
	arn := keyARN(ctx, c, key)
	if arn == "" {
		p.Key = kind.Unknown[string](evidence.Unsupported, "AWS does not name the key")
		return
	}
	p.Key = kind.Known(arn)
	c.Relate("encrypted_by", uid, arn)
}
