package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/kind"
)

const (
	httpPort  = 80
	httpsPort = 443
)

// httpsEndpoint begins an endpoint that AWS offers over HTTPS only, in several zones, without a listener of its own.
func httpsEndpoint(c *mapping.Context, v mapping.View, exposure kind.Attr[string]) kind.Endpoint {
	return kind.Endpoint{
		Exposure: exposure, Protocol: kind.Known("https"), Port: kind.Known[int64](httpsPort), TLSEnabled: kind.Known(true),
		RedirectToHttps: kind.NA[bool](), WAF: kind.Null[string]().From(v.Provenance()), Zones: kind.NA[int64](),
		DataClassification: v.Label(c.Labels.Classification), TLSPolicy: kind.NA[string](),
	}
}

// exposedUnless is internal where the attribute is true, else internet.
func exposedUnless(private kind.Attr[bool]) kind.Attr[string] {
	return kind.Choose(private, "internal", "internet")
}

// accessLogs relates an endpoint to the log source that records its requests, where that is on.
func accessLogs(c *mapping.Context, endpoint, source string, l kind.LogSource) {
	if on, known := l.Enabled.Value(); known && on {
		c.Relate("logs_to", endpoint, source)
	}
	if to, known := l.Destination.Value(); known {
		c.Relate("logs_to", source, to)
	}
}
