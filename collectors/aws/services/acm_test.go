package services

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// selfSigned makes a certificate with an elliptic key, in PEM.
func selfSigned(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.org"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, private.Public(), private))(t)
	encoded := must(x509.MarshalPKCS8PrivateKey(private))(t)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// Against moto: a certificate that waits for its validation.
func TestCertificates(t *testing.T) {
	l := newIdentityLab(t)
	must(acm.NewFromConfig(l.config).RequestCertificate(t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("www.example.org")}))(t)
	golden(t, "certificates", says(l.collect(t, "acm", "us-east-1"), "credential"))
}

// Against moto: a certificate that IAM keeps for a load balancer.
func TestServerCertificate(t *testing.T) {
	l := newIdentityLab(t)
	certificate, key := selfSigned(t)
	must(iam.NewFromConfig(l.config).UploadServerCertificate(t.Context(), &iam.UploadServerCertificateInput{
		ServerCertificateName: aws.String("old"), CertificateBody: aws.String(string(certificate)), PrivateKey: aws.String(string(key)),
	}))(t)
	b := l.collect(t, "iam", "us-east-1")
	var got map[string]any
	for _, e := range b.Entities {
		if e.UID == "arn:aws:iam::123456789012:server-certificate/old" {
			got = map[string]any{"type": e.Attrs["type"], "key_spec": e.Attrs["key_spec"], "in_use": e.Unknown["in_use"].Reason, "active": e.Attrs["active"]}
		}
	}
	if diff := cmp.Diff(map[string]any{"type": "certificate", "key_spec": "EC_prime256v1", "in_use": evidence.NotCollected, "active": true}, got); diff != "" {
		t.Error(diff)
	}
}

// Literal answers: certificates as ACM describes them.
func TestCertificateOf(t *testing.T) {
	day := func(n int) *time.Time { return aws.Time(time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC)) }
	entity := func(s types.CertificateSummary) *evidence.Entity {
		e := &evidence.Entity{}
		kind.Fill(e, certificateOf(s))
		return e
	}
	renewed := entity(types.CertificateSummary{
		Status: types.CertificateStatusIssued, CreatedAt: day(1), NotBefore: day(20), NotAfter: day(31), InUse: aws.Bool(true), KeyAlgorithm: "EC-prime256v1",
	})
	want := map[string]any{
		"type": "certificate", "active": true, "in_use": true, "created_at": "2026-01-01T00:00:00Z", "rotated_at": "2026-01-20T00:00:00Z",
		"expires_at": "2026-01-31T00:00:00Z", "key_spec": "EC_prime256v1",
	}
	if diff := cmp.Diff(want, renewed.Attrs); diff != "" {
		t.Error(diff)
	}
	expired := entity(types.CertificateSummary{Status: types.CertificateStatusExpired, ImportedAt: day(2), NotAfter: day(3), KeyAlgorithm: "RSA_2048"})
	if expired.Attrs["active"] != false || expired.Attrs["expires_at"] != "2026-01-03T00:00:00Z" || expired.Attrs["created_at"] != "2026-01-02T00:00:00Z" {
		t.Errorf("an expired certificate is %v", expired.Attrs)
	}
}

func TestKeysOfCertificatesThatCannotBeReadAreUnknown(t *testing.T) {
	for _, text := range []string{"", "no pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"} {
		spec, expires := certificateFacts(text)
		a, _ := spec.Reason()
		b, _ := expires.Reason()
		if a.Reason != evidence.ParseError || b.Reason != evidence.ParseError {
			t.Errorf("%q: %v, %v", text, spec, expires)
		}
	}
}
