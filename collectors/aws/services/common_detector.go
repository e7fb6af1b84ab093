package services

import (
	"context"
	"strings"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// findingsRead is the number of findings that are read of one detector, the most severe first.
const findingsRead = 1000

// regionalDetector is a detector of the unit's region. Source is its name in events; "" where it sends none. A detector that is off sends its
// findings nowhere, and has no news.
func regionalDetector(ctx context.Context, c *api.Context, typ, product, source string, enabled kind.Attr[bool], can ...string) kind.Detector {
	if can == nil {
		can = []string{}
	}
	d := kind.Detector{
		Type: kind.Known(typ), Product: kind.Known(product), Enabled: enabled, Scope: kind.Known(c.Account.UID() + ":" + c.Region),
		Capabilities: kind.Known(can),
		LastEventAt:  kind.Unknown[kind.Time](evidence.Unsupported, product+" does not say when it last reported"),
	}
	if on, known := enabled.Value(); known && !on {
		d.FindingsDestination, d.LastEventAt = kind.NA[string](), kind.NA[kind.Time]()
		return d
	}
	d.FindingsDestination = findingsTo(ctx, c, source)
	return d
}

// offUID is the uid of a detector that has no ARN, because it is off or because AWS gives it none.
func offUID(c *api.Context, service string) string {
	return c.Account.UID() + ":" + c.Region + ":" + service + ":detector"
}

// findingsTo is where the findings of a detector go: what an EventBridge rule on its source in the region has as a target, else Security Hub in
// the region, which collects them; null where there is neither.
func findingsTo(ctx context.Context, c *api.Context, source string) kind.Attr[string] {
	var open *evidence.Unknown
	var prov *evidence.Provenance
	if source != "" {
		to, at, gap := passedOn(ctx, c, source)
		if to != "" {
			return kind.Known(to).From(at)
		}
		open, prov = gap, at
	}
	if source != "" && source != "aws.securityhub" {
		hub := hubIn(ctx, c)
		switch {
		case hub.arn != "":
			return kind.Known(hub.arn).From(hub.prov)
		case hub.fail != nil && open == nil:
			why := hub.fail.Unknown()
			open = &why
		}
	}
	if open != nil {
		return kind.Because[string](*open).From(prov)
	}
	return kind.Null[string]().From(prov)
}

// severityWord brings the words of AWS's detectors onto the common scale.
func severityWord(word string) kind.Attr[string] {
	switch s := strings.ToLower(word); s {
	case "critical", "high", "medium", "low":
		return kind.Known(s)
	case "informational":
		return kind.Known("low")
	}
	return kind.Unknown[string](evidence.Unsupported, "the severity "+word)
}

// instanceARN is the uid of an EC2 instance of the unit's region by its id.
func instanceARN(c *api.Context, id string) string { return c.ARN("ec2", "instance/"+id) }
