package services

import (
	"context"
	"strings"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// delivered begins a log source that a service writes and AWS delivers to the store that the ARN or name stands for, which keeps the records.
func delivered(ctx context.Context, c *api.Context, typ string, enabled kind.Attr[bool], scope, destination string) kind.LogSource {
	l := kind.LogSource{
		Type: kind.Known(typ), Enabled: enabled, Scope: kind.Known(scope), MultiRegion: kind.NA[bool](), Validation: kind.NA[bool](),
		Forwarded:   enabled,
		LastEventAt: kind.Unknown[kind.Time](evidence.Unsupported, "AWS does not state when the newest record arrived"),
	}
	if on, known := enabled.Value(); known && !on {
		l.Destination, l.Encrypted, l.RetentionDays = kind.NA[string](), kind.NA[bool](), kind.NA[int64]()
		l.LastEventAt = kind.NA[kind.Time]()
		return l
	}
	store := storeOfLogs(c, destination)
	if store == "" {
		why := evidence.Unknown{Reason: evidence.Unsupported, Detail: "AWS names no destination"}
		l.Destination, l.Encrypted, l.RetentionDays = kind.Because[string](why), kind.Because[bool](why), kind.Because[int64](why)
		return l
	}
	l.Destination = kind.Known(store)
	switch {
	case strings.Contains(store, ":s3:::"), strings.Contains(store, ":log-group:"):
		l.Encrypted = kind.Known(true) // AWS encrypts what buckets and log groups hold in any case
	default:
		l.Encrypted = kind.Unknown[bool](evidence.Unsupported, store+" passes the logs on")
	}
	l.RetentionDays = keptFor(ctx, c, l.Destination)
	return l
}

// heard completes a source whose records go to a log group, where its streams tell when the newest arrived.
func heard(ctx context.Context, c *api.Context, l *kind.LogSource, writes func(stream string) bool) {
	if to, known := l.Destination.Value(); known && strings.Contains(to, ":log-group:") {
		l.LastEventAt = newestRecord(ctx, c, to, writes)
	}
}

// storeOfLogs is the UID of the store in which logs end, as a service names it: an ARN, with a prefix in the bucket or with ":*" behind a
// log group; a bucket's name or domain name.
func storeOfLogs(c *api.Context, destination string) string {
	switch {
	case destination == "":
		return ""
	case strings.Contains(destination, ":s3:::"):
		bucket, _, _ := strings.Cut(destination, "/")
		return bucket
	case strings.HasPrefix(destination, "arn:"):
		return strings.TrimSuffix(destination, ":*")
	}
	bucket, _, _ := strings.Cut(destination, ".s3.")
	return "arn:" + c.Account.Partition + ":s3:::" + bucket
}

// relateLogs relates what is recorded to the log source that records it, and the source to its store.
func relateLogs(c *api.Context, from, source string, l kind.LogSource) {
	if on, known := l.Enabled.Value(); known && on {
		c.Relate("logs_to", from, source)
	}
	if to, known := l.Destination.Value(); known {
		c.Relate("logs_to", source, to)
	}
}
