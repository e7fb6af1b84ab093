package services

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// acmService reads the certificates of endpoints. The list tells everything that is judged.
func acmService() api.Service {
	return api.Service{
		Name: "acm", Kinds: []string{"credential"}, Collect: acmCertificates,
		Operations: []api.Operation{
			{Name: "ListCertificates", Tells: []string{"credential"}},
		},
	}
}

func acmCertificates(ctx context.Context, c *api.Context) {
	in := &acm.ListCertificatesInput{
		// Without a filter AWS lists RSA_2048 only.
		Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()},
	}
	l := api.List(ctx, c, acm.NewFromConfig(c.AWS()).ListCertificates, in,
		func(o *acm.ListCertificatesOutput) []types.CertificateSummary { return o.CertificateSummaryList })
	for _, s := range l.Items {
		c.Emit(api.Entity{Kind: "credential", UID: aws.ToString(s.CertificateArn), Name: aws.ToString(s.DomainName), Prov: l.Prov}, certificateOf(s))
	}
}

// certificateOf maps a certificate. One that was never issued does not expire, because there is nothing to expire.
func certificateOf(s types.CertificateSummary) kind.Credential {
	k := kind.Credential{
		Type: kind.Known("certificate"), Active: kind.Known(s.Status == types.CertificateStatusIssued), LastUsedAt: kind.NA[kind.Time](),
		CreatedAt: firstTime(s.CreatedAt, s.ImportedAt, s.IssuedAt), RotatedAt: kind.Null[kind.Time](), ExpiresAt: api.Time(s.NotAfter),
		InUse: kind.Unknown[bool](evidence.Unsupported, "acm:ListCertificates does not say whether it is in use"),
	}
	if s.InUse != nil {
		k.InUse = kind.Known(*s.InUse)
	}
	switch s.Status {
	case types.CertificateStatusPendingValidation, types.CertificateStatusValidationTimedOut, types.CertificateStatusFailed:
		k.ExpiresAt = kind.NA[kind.Time]()
	default:
		if s.NotAfter == nil {
			k.ExpiresAt = kind.Unknown[kind.Time](evidence.Unsupported, "acm:ListCertificates does not say when it expires")
		}
	}
	k.KeySpec = kind.Unknown[string](evidence.Unsupported, "acm:ListCertificates does not say the key's algorithm")
	if s.KeyAlgorithm != "" {
		k.KeySpec = kind.Known(strings.ReplaceAll(string(s.KeyAlgorithm), "-", "_")) // AWS writes both
	}
	if s.NotBefore != nil && s.CreatedAt != nil && s.NotBefore.Sub(*s.CreatedAt) > issuing {
		k.RotatedAt = api.Time(s.NotBefore) // ACM renewed it: what it serves now is younger than the request
	}
	return k
}

// issuing is how long a request may wait for its first certificate: 72 hours, after which it has failed.
const issuing = 72 * time.Hour

// firstTime is the first time that is there.
func firstTime(times ...*time.Time) kind.Attr[kind.Time] {
	for _, t := range times {
		if t != nil {
			return api.Time(t)
		}
	}
	return kind.Unknown[kind.Time](evidence.Unsupported, "acm:ListCertificates does not say when it was made")
}
