package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

const (
	bucketType   = "aws_s3_bucket"
	logGroupType = "aws_cloudwatch_log_group"
	firehoseType = "aws_kinesis_firehose_delivery_stream"
)

// logSource begins a log source that writes to the store named by an argument: where it goes, whether it is encrypted there, and
// how long it is kept. Every log source that AWS delivers leaves the system that wrote it.
func logSource(c *mapping.Context, typ string, enabled kind.Attr[bool], scope string, v mapping.View, arg string) kind.LogSource {
	l := kind.LogSource{
		Type: kind.Known(typ), Enabled: enabled, Scope: kind.Known(scope),
		MultiRegion: kind.NA[bool](), Validation: kind.NA[bool](), Forwarded: enabled,
	}
	if on, known := enabled.Value(); known && !on {
		l.Destination, l.Encrypted, l.RetentionDays = kind.NA[string](), kind.NA[bool](), kind.NA[int64]()
		return l
	}
	store, where := logStore(c, v, arg)
	l.Destination = where
	l.Encrypted, l.RetentionDays = storedLogs(c, store, where)
	return l
}

// logStore finds the store that an argument names, also inside a longer ARN.
func logStore(c *mapping.Context, v mapping.View, arg string) (*resource.Instance, kind.Attr[string]) {
	types := []string{bucketType, logGroupType, firehoseType}
	prov := v.ProvenanceOf(arg)
	t := v.Targets(arg, types...)
	r := t.First()
	if r == nil {
		if mentioned := v.Mentions(arg, types...); len(mentioned) == 1 {
			r = mentioned[0]
		}
	}
	if r != nil {
		return r, kind.Known(c.UID(r.Address)).From(prov)
	}
	if len(t.Literals) > 0 {
		name, _, _ := strings.Cut(t.Literals[0], ".s3.") // a bucket's domain name
		for _, b := range c.All(bucketType) {
			if own, known := b.String("bucket").Known(); known && own == name {
				return b.Instance, kind.Known(b.UID()).From(prov)
			}
		}
		return nil, kind.Known(t.Literals[0]).From(prov)
	}
	return nil, notDeclared[string](t, "the destination").From(prov)
}

// storedLogs says how a store keeps logs. Buckets and log groups are encrypted by AWS in any case.
func storedLogs(c *mapping.Context, store *resource.Instance, where kind.Attr[string]) (kind.Attr[bool], kind.Attr[int64]) {
	if store == nil || store.Mode == resource.Data {
		why := evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the destination is not declared here"}
		if reason, unknown := where.Reason(); unknown {
			why = reason
		}
		return kind.Because[bool](why), kind.Because[int64](why)
	}
	v := c.View(store)
	switch store.Type {
	case bucketType:
		return kind.Known(true).From(v.Provenance()), s3Expiry(v, kind.Known(false))
	case logGroupType:
		return kind.Known(true).From(v.Provenance()), kind.Then(v.Int("retention_in_days").Or(0), func(days int64) kind.Attr[int64] {
			if days == 0 {
				return kind.Null[int64]() // never expires
			}
			return kind.Known(days)
		})
	}
	why := evidence.Unknown{Reason: evidence.Unsupported, Detail: store.Type + " passes the logs on"}
	return kind.Because[bool](why), kind.Because[int64](why)
}
