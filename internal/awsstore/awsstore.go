// Package awsstore knows what holds of AWS's data stores wherever they are seen: in code or live. Whether a service can be public at all, keeps
// versions, writes an access log or makes backups is a property of the service; the collectors of Terraform and of AWS read it here, so that
// the same store gets the same attributes from both.
package awsstore

import (
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/eol"
)

// Exposure combines the ways in which a store may be open to the public. The zero value is ready to use.
type Exposure struct {
	ways  []kind.Attr[bool]
	paths []string
}

// Add says that a way, by its name in exposure.public_paths, is or is not open.
func (x *Exposure) Add(path string, open kind.Attr[bool]) {
	x.ways = append(x.ways, open)
	x.paths = append(x.paths, path)
}

// Fill writes the combination: public as soon as one way is open.
func (x *Exposure) Fill(d *kind.Datastore) {
	d.ExposurePublic = kind.AnyOf(x.ways)
	open := []string{}
	var gap *evidence.Unknown
	for i, w := range x.ways {
		yes, known := w.Value()
		if known && yes && (len(open) == 0 || open[len(open)-1] != x.paths[i]) {
			open = append(open, x.paths[i])
		}
		if why, unknown := w.Reason(); unknown && gap == nil {
			gap = &why
		}
	}
	if gap != nil {
		d.ExposurePublicPaths = kind.AtLeast(open, *gap)
		return
	}
	d.ExposurePublicPaths = kind.Known(open)
}

// Private is the exposure of a store that AWS offers no way to open to the public.
func Private(d *kind.Datastore) {
	d.ExposurePublic = kind.Known(false)
	d.ExposurePublicPaths = kind.Known([]string{})
}

// WithoutEngine is for stores that run no versioned engine of their own.
func WithoutEngine(d *kind.Datastore) {
	d.Engine = kind.NA[string]()
	d.EngineVersion = kind.NA[string]()
	d.EngineEOLOn = kind.NA[kind.Date]()
	d.AutoMinorUpgrade = kind.NA[bool]()
}

// ManagedEngine is for services whose engine AWS keeps current without a version to choose.
func ManagedEngine(d *kind.Datastore, name string) {
	d.Engine = kind.Known(name)
	d.EngineVersion = kind.NA[string]()
	d.EngineEOLOn = kind.NA[kind.Date]()
	d.AutoMinorUpgrade = kind.NA[bool]()
}

// WithoutWORM is for stores that keep no versions and have no write-once mode: whoever may write may change what is there.
func WithoutWORM(d *kind.Datastore) {
	d.Versioning = kind.NA[bool]()
	d.ImmutabilityMode = kind.Known("none")
	d.ImmutabilityDays = kind.NA[int64]()
}

// Volume is what holds of every block volume: it lies in one zone, and nobody reaches it but through the machine that it is attached to.
func Volume(d *kind.Datastore) {
	d.EncryptionInTransitRequired = kind.NA[bool]()
	Private(d)
	d.NetworkPlacement = kind.Known("none")
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("single")
	d.LoggingAccess = kind.NA[bool]()
	WithoutEngine(d)
	WithoutWORM(d)
	WithoutExpiry(d)
}

// WithoutBackup is for stores that have no backups of their own.
func WithoutBackup(d *kind.Datastore) {
	d.BackupNativeRetentionDays = kind.Known[int64](0)
	d.BackupPITR = kind.Known(false)
}

// WithoutExpiry is for stores that never delete what they hold by themselves.
func WithoutExpiry(d *kind.Datastore) { d.LifecycleExpireDays = kind.Null[int64]() }

// OverHTTPS is for stores that are reached only through AWS's HTTPS endpoints, outside of any network of the customer.
func OverHTTPS(d *kind.Datastore) {
	d.EncryptionInTransitRequired = kind.Known(true)
	d.NetworkPlacement = kind.Known("none")
}

// Engine fills the engine, its version and the end of its support.
func Engine(d *kind.Datastore, name, version kind.Attr[string]) {
	d.Engine = name
	d.EngineVersion = version
	d.EngineEOLOn = kind.Then(name, func(n string) kind.Attr[kind.Date] {
		return kind.Then(version, func(ver string) kind.Attr[kind.Date] { return EndOfSupport(n, ver) })
	})
}

// EndOfSupport looks a release up: null where its maker supports it and has announced no end.
func EndOfSupport(product, version string) kind.Attr[kind.Date] {
	found, ok := eol.Find(product, version)
	switch {
	case !ok:
		return kind.Unknown[kind.Date](evidence.Unsupported, product+" "+version+" is not in the end-of-life table")
	case found.EndsOn == "":
		return kind.Null[kind.Date]()
	}
	return kind.Known(kind.Date(found.EndsOn))
}

// BackupRule is one rule of a service's own backups.
type BackupRule struct {
	Text    string // the schedule in words
	Minutes int64  // the interval
	Type    string // the type of the copies, as backup_plan.rules[].type
}

// ContinuousBackup is the rule of services that can be restored to any point in time; copies are at most five minutes behind.
func ContinuousBackup() BackupRule { return BackupRule{"continuous", 5, "continuous"} }

// DailyBackup is the rule of services that copy themselves once a day.
func DailyBackup() BackupRule { return BackupRule{"daily, in the backup window", 24 * 60, "snapshot"} }

// NativePlan fills the retention of a service's own backups, and returns the plan that they amount to; false where they are known to be off.
// Copies are the further regions to which the backups go.
func NativePlan(d *kind.Datastore, days kind.Attr[int64], copies kind.Attr[[]kind.BackupPlanRuleCopy], rules ...BackupRule) (kind.BackupPlan, bool) {
	d.BackupNativeRetentionDays = days
	d.BackupPITR = kind.Known(false)
	on := kind.Convert(days, func(n int64) bool { return n > 0 })
	plan := kind.BackupPlan{Enabled: on, Automated: kind.Known(true)}
	list := make([]kind.BackupPlanRule, 0, len(rules))
	for _, r := range rules {
		if r.Type == "continuous" {
			d.BackupPITR = on
		}
		list = append(list, kind.BackupPlanRule{
			Schedule: kind.Known(r.Text), IntervalMinutes: kind.Known(r.Minutes), Type: kind.Known(r.Type),
			RetentionDays: days, Vault: kind.NA[string](), Copies: copies,
		})
	}
	if n, known := days.Value(); known && n == 0 {
		return plan, false
	}
	plan.Rules = kind.Known(list)
	return plan, true
}

// NoCopies says that a service's own backups stay in the region.
func NoCopies() kind.Attr[[]kind.BackupPlanRuleCopy] { return kind.Known([]kind.BackupPlanRuleCopy{}) }

// Enabled reads an engine parameter's value as a switch.
func Enabled(a kind.Attr[string]) kind.Attr[bool] {
	return kind.Convert(a, func(s string) bool {
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "1", "on", "true", "yes", "enabled", "required":
			return true
		}
		return false
	})
}

// Snapshot is what every snapshot has in common: it does not change, expire or run anything by itself, and AWS keeps it in S3.
func Snapshot(d *kind.Datastore) {
	WithoutEngine(d)
	WithoutWORM(d)
	WithoutExpiry(d)
	WithoutBackup(d)
	d.DeletionProtection = kind.NA[bool]()
	d.Redundancy = kind.Known("multi_az")
	d.LoggingAccess = kind.NA[bool]()
}

// WholeDays rounds seconds up to days.
func WholeDays(seconds int64) int64 {
	const day = 24 * 60 * 60
	return (seconds + day - 1) / day
}

// Cache is what the caches of ElastiCache have in common: they lie inside a network and have no public address, and the engines log slow
// commands, not access.
func Cache(d *kind.Datastore) {
	Private(d)
	WithoutWORM(d)
	d.DeletionProtection = kind.NA[bool]()
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.NotInPlane, "each entry of a cache has its own time to live")
	d.LoggingAccess = kind.Known(false)
}

// CacheEngine fills the engine of a cache and looks its release up under the name that the end-of-life table has for it.
func CacheEngine(d *kind.Datastore, name, version kind.Attr[string]) {
	d.Engine = name
	d.EngineVersion = version
	d.EngineEOLOn = kind.Then(name, func(n string) kind.Attr[kind.Date] {
		return kind.Then(version, func(ver string) kind.Attr[kind.Date] { return EndOfSupport("elasticache-"+n, ver) })
	})
}

// SearchEngine splits a version such as OpenSearch_2.11 into the engine and its release.
func SearchEngine(version string) (engine, release string) {
	engine, release, found := strings.Cut(version, "_")
	if !found {
		return "", version
	}
	return strings.ToLower(engine), release
}

// VaultLock is the write-once protection of a vault of S3 Glacier: a lock policy that was completed binds everybody. For which archives, by
// their age, stands in a condition of the policy that is not read.
func VaultLock(d *kind.Datastore, locked kind.Attr[bool]) {
	d.Versioning = kind.NA[bool]()
	d.ImmutabilityMode = kind.Choose(locked, "compliance", "none")
	d.ImmutabilityDays = kind.Then(locked, func(on bool) kind.Attr[int64] {
		if !on {
			return kind.NA[int64]()
		}
		return kind.Unknown[int64](evidence.Unsupported, "the age of archives that the lock policy names")
	})
}
