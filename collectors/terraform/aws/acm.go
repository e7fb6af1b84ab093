package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// acm maps certificates. Code says their key; when they expire is known only once they are issued.
func acm() mapping.Service {
	credential := []string{"credential"}
	return mapping.Service{Name: "acm", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_acm_certificate", Kinds: credential, Map: certificate},
			{Name: "aws_acmpca_certificate_authority", Kinds: credential, Map: authority},
		},
		noted("it proves the owner or issues a certificate that is read by itself", "aws_acm_certificate_validation",
			"aws_acmpca_certificate", "aws_acmpca_certificate_authority_certificate", "aws_acmpca_permission", "aws_acmpca_policy"),
	)}
}

// certificate is one that ACM issues, or one that is imported, whose key ACM does not choose.
func certificate(c *mapping.Context, v mapping.View) {
	spec := v.String("key_algorithm").Or("RSA_2048")
	if v.Has("certificate_body") || v.Has("private_key") {
		spec = v.String("key_algorithm").OrUnknown(evidence.Computed, "the imported certificate decides")
	}
	c.Emit(v, "credential", v.Instance.Name, "", newCertificate(spec, kind.Known(true)))
}

func authority(c *mapping.Context, v mapping.View) {
	spec := v.Block("certificate_authority_configuration").String("key_algorithm").OrUnknown(evidence.ParseError, "key_algorithm is required")
	c.Emit(v, "credential", v.Instance.Name, "", newCertificate(spec, v.Bool("enabled").Or(true)))
}

func newCertificate(spec kind.Attr[string], active kind.Attr[bool]) kind.Credential {
	return kind.Credential{
		Type: kind.Known("certificate"), Active: active, KeySpec: spec,
		ExpiresAt: outside[kind.Time]("the certificate is not issued yet"),
	}
}
