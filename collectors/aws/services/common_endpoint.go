package services

import (
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

const httpsPort = 443

// httpsEndpoint begins an endpoint that AWS offers over HTTPS only, in several zones, without a listener of its own.
func httpsEndpoint(c *api.Context, exposure string, tags api.Tags) kind.Endpoint {
	return kind.Endpoint{
		Exposure: kind.Known(exposure), Protocol: kind.Known("https"), Port: kind.Known[int64](httpsPort), TLSEnabled: kind.Known(true),
		RedirectToHttps: kind.NA[bool](), WAF: kind.Null[string](), Zones: kind.NA[int64](),
		DataClassification: tags.Label(c.Labels.Classification), TLSPolicy: kind.NA[string](),
	}
}

// undocumentedTLS is unknown because AWS does not say which version its endpoints demand.
func undocumentedTLS(what string) kind.Attr[string] {
	return kind.Unknown[string](evidence.Unsupported, "AWS does not document the oldest TLS version of "+what)
}

// exposedUnless is internal where something is private, else internet.
func exposedUnless(private bool) string {
	if private {
		return "internal"
	}
	return "internet"
}

// stringTags are tags that a service returns as a map.
func stringTags(tags map[string]string) api.Tags { return api.Tags{Values: tags} }
