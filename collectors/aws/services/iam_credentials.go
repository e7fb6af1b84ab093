package services

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// emitCredential adds a credential of a user; user is empty for one that is nobody's.
func emitCredential(c *api.Context, uid, name, user string, prov *evidence.Provenance, k kind.Credential, aliases ...string) {
	c.Emit(api.Entity{Kind: "credential", UID: uid, Name: name, Aliases: aliases, Prov: prov}, k)
	c.Relate("credential_of", uid, user)
}

// iamUserCredentials are the console password, access keys and signing certificates of a user.
func iamUserCredentials(ctx context.Context, c *api.Context, arn, name string, in line) {
	if has, known := in.yes("password_enabled").Value(); known && has {
		made, changed := loginProfile(ctx, c, name), in.at("password_last_changed")
		emitCredential(c, arn+"#password", "password of "+name, arn, in.prov, kind.Credential{
			Type: kind.Known("password"), Active: in.yes("password_enabled"), InUse: kind.NA[bool](), KeySpec: kind.NA[string](),
			CreatedAt: made, RotatedAt: changedSince(made, changed),
			LastUsedAt: in.at("password_last_used"), ExpiresAt: in.at("password_next_rotation"),
		})
	}
	accessKeys(c, arn, name, in)
	signingCertificates(ctx, c, arn, name, in)
	if in.why != nil {
		c.Incomplete("credential", evidence.Partial, arn+": "+in.why.Detail)
	}
}

// loginProfile is when the user got a console password.
func loginProfile(ctx context.Context, c *api.Context, name string) kind.Attr[kind.Time] {
	a := api.Ask(ctx, c, iam.NewFromConfig(c.AWS()).GetLoginProfile, &iam.GetLoginProfileInput{UserName: aws.String(name)}, "NoSuchEntity")
	return api.Read(a, func(o *iam.GetLoginProfileOutput) kind.Attr[kind.Time] {
		if o.LoginProfile == nil {
			return kind.Unknown[kind.Time](evidence.Stale, "the password is gone since the credential report was made")
		}
		return api.Time(o.LoginProfile.CreateDate)
	})
}

// changedSince is when a credential was last replaced; null where that is when it was made.
func changedSince(made, changed kind.Attr[kind.Time]) kind.Attr[kind.Time] {
	return kind.Then(made, func(first kind.Time) kind.Attr[kind.Time] {
		return kind.Then(changed, func(at kind.Time) kind.Attr[kind.Time] {
			a, errA := time.Parse(time.RFC3339, string(first))
			b, errB := time.Parse(time.RFC3339, string(at))
			if errA == nil && errB == nil && b.Sub(a) < time.Minute {
				return kind.Null[kind.Time]()
			}
			return kind.Known(at)
		})
	})
}

// accessKeys are the one or two access keys of a user. A key is replaced by another, never changed, and never expires.
func accessKeys(c *api.Context, arn, name string, in line) {
	for _, n := range []string{"1", "2"} {
		column := "access_key_" + n
		if !in.has(column+"_active", column+"_last_rotated") {
			continue
		}
		emitCredential(c, arn+"#access_key_"+n, "access key "+n+" of "+name, arn, in.prov, kind.Credential{
			Type: kind.Known("access_key"), Active: in.yes(column + "_active"), InUse: kind.NA[bool](), KeySpec: kind.NA[string](),
			CreatedAt: in.at(column + "_last_rotated"), RotatedAt: kind.Null[kind.Time](),
			LastUsedAt: in.at(column + "_last_used_date"), ExpiresAt: kind.Null[kind.Time](),
		})
	}
}

// signingCertificates are the X.509 certificates with which old tools sign requests. The report says whether there are any.
func signingCertificates(ctx context.Context, c *api.Context, arn, name string, in line) {
	if !in.has("cert_1_active", "cert_1_last_rotated") && !in.has("cert_2_active", "cert_2_last_rotated") {
		return
	}
	l := api.List(ctx, c, iam.NewFromConfig(c.AWS()).ListSigningCertificates, &iam.ListSigningCertificatesInput{UserName: aws.String(name)},
		func(o *iam.ListSigningCertificatesOutput) []types.SigningCertificate { return o.Certificates })
	if !l.OK() {
		c.Incomplete("credential", evidence.Partial, l.Fail.Unknown().Detail)
	}
	for _, s := range l.Items {
		id := aws.ToString(s.CertificateId)
		spec, expires := certificateFacts(aws.ToString(s.CertificateBody))
		emitCredential(c, arn+"#signing_certificate_"+id, "signing certificate "+id+" of "+name, arn, l.Prov, kind.Credential{
			Type: kind.Known("certificate"), Active: kind.Known(s.Status == types.StatusTypeActive), InUse: kind.NA[bool](),
			CreatedAt: api.Time(s.UploadDate), RotatedAt: kind.Null[kind.Time](), LastUsedAt: neverSaid(), ExpiresAt: expires, KeySpec: spec,
		})
	}
}

// neverSaid is the last use of a credential of which AWS records none.
func neverSaid() kind.Attr[kind.Time] {
	return kind.Unknown[kind.Time](evidence.Unsupported, "IAM does not record when it was last used")
}

// certificateFacts reads a certificate in PEM: algorithm and size of its key, and when it ends.
func certificateFacts(text string) (spec kind.Attr[string], expires kind.Attr[kind.Time]) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		const detail = "the certificate is not in PEM"
		return kind.Unknown[string](evidence.ParseError, detail), kind.Unknown[kind.Time](evidence.ParseError, detail)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		detail := "the certificate cannot be read: " + err.Error()
		return kind.Unknown[string](evidence.ParseError, detail), kind.Unknown[kind.Time](evidence.ParseError, detail)
	}
	return keySpec(cert.PublicKey), api.Time(&cert.NotAfter)
}

// keySpec writes algorithm and size as ACM does.
func keySpec(key any) kind.Attr[string] {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return kind.Known(fmt.Sprintf("RSA_%d", k.N.BitLen()))
	case *ecdsa.PublicKey:
		names := map[string]string{"P-256": "EC_prime256v1", "P-384": "EC_secp384r1", "P-521": "EC_secp521r1"}
		if name, ok := names[k.Curve.Params().Name]; ok {
			return kind.Known(name)
		}
	case ed25519.PublicKey:
		return kind.Known("ED25519")
	}
	return kind.Unknown[string](evidence.Unsupported, fmt.Sprintf("a key of the type %T", key))
}

// mfaDevices are the virtual MFA devices of the account: by user, and those of nobody.
type mfaDevices struct {
	of   map[string][]types.VirtualMFADevice
	prov *evidence.Provenance
	fail *api.Failure
}

func devicesOf(ctx context.Context, c *api.Context) mfaDevices {
	l := virtualDevicesOf(ctx, c)
	d := mfaDevices{of: map[string][]types.VirtualMFADevice{}, prov: l.Prov, fail: l.Fail}
	for _, v := range l.Items {
		owner := ""
		if v.User != nil {
			owner = aws.ToString(v.User.Arn)
		}
		d.of[owner] = append(d.of[owner], v)
	}
	return d
}

// resistant tells whether a user's second factor resists phishing: it has one, and none of its devices is a virtual one, which is a number
// to type. What is no virtual device is a passkey, a security key or a hardware token.
func (d mfaDevices) resistant(arn string, enabled kind.Attr[bool]) kind.Attr[bool] {
	return kind.Then(enabled, func(on bool) kind.Attr[bool] {
		switch {
		case !on, len(d.of[arn]) > 0:
			return kind.Known(false).From(d.prov)
		case d.fail != nil:
			return kind.Because[bool](d.fail.Unknown()).From(d.prov)
		}
		return kind.Known(true).From(d.prov)
	})
}

// mfaCredentials are the devices of a user. Those that are no virtual ones are asked for where the user has a second factor but no virtual
// device; the root user's cannot be listed.
func mfaCredentials(ctx context.Context, c *api.Context, d mfaDevices, arn, name string, enabled kind.Attr[bool]) {
	own := d.of[arn]
	for _, v := range own {
		emitCredential(c, aws.ToString(v.SerialNumber), "virtual MFA device "+afterSlash(aws.ToString(v.SerialNumber)), arn, d.prov,
			mfaDevice(kind.Known(true), api.Time(v.EnableDate)))
	}
	if on, known := enabled.Value(); len(own) > 0 || d.fail != nil || !known || !on {
		return
	}
	l := api.List(ctx, c, iam.NewFromConfig(c.AWS()).ListMFADevices, &iam.ListMFADevicesInput{UserName: aws.String(name)},
		func(o *iam.ListMFADevicesOutput) []types.MFADevice { return o.MFADevices })
	if !l.OK() {
		c.Incomplete("credential", evidence.Partial, l.Fail.Unknown().Detail)
	}
	for _, m := range l.Items {
		serial := aws.ToString(m.SerialNumber)
		uid := serial
		if !strings.HasPrefix(serial, "arn:") {
			uid = arn + "#mfa_" + serial
		}
		emitCredential(c, uid, "MFA device "+afterSlash(serial), arn, l.Prov, mfaDevice(kind.Known(true), api.Time(m.EnableDate)))
	}
}

// unassignedDevices are virtual devices that nobody enrolled.
func unassignedDevices(c *api.Context, d mfaDevices) {
	for _, v := range d.of[""] {
		emitCredential(c, aws.ToString(v.SerialNumber), "virtual MFA device "+afterSlash(aws.ToString(v.SerialNumber)), "", d.prov,
			mfaDevice(kind.Known(false), kind.Unknown[kind.Time](evidence.Unsupported, "IAM says when a device was enrolled, and nobody enrolled it")))
	}
}

func mfaDevice(active kind.Attr[bool], made kind.Attr[kind.Time]) kind.Credential {
	return kind.Credential{
		Type: kind.Known("mfa_device"), Active: active, InUse: kind.NA[bool](), CreatedAt: made, RotatedAt: kind.Null[kind.Time](),
		LastUsedAt: neverSaid(), ExpiresAt: kind.Null[kind.Time](), KeySpec: kind.NA[string](),
	}
}

// sshKeys are a user's keys for CodeCommit.
type sshKeys struct {
	list   api.Listing[types.SSHPublicKeyMetadata]
	active kind.Attr[bool]
}

func sshKeysOf(ctx context.Context, c *api.Context, name string) sshKeys {
	k := sshKeys{list: api.List(ctx, c, iam.NewFromConfig(c.AWS()).ListSSHPublicKeys, &iam.ListSSHPublicKeysInput{UserName: aws.String(name)},
		func(o *iam.ListSSHPublicKeysOutput) []types.SSHPublicKeyMetadata { return o.SSHPublicKeys })}
	k.active = kind.Known(false)
	for _, s := range k.list.Items {
		k.active = kind.Either(k.active, kind.Known(s.Status == types.StatusTypeActive))
	}
	if !k.list.OK() {
		k.active = kind.Either(k.active, kind.Because[bool](k.list.Fail.Unknown()))
	}
	k.active = k.active.From(k.list.Prov)
	return k
}

func (k sshKeys) emit(ctx context.Context, c *api.Context, arn string) {
	if !k.list.OK() {
		c.Incomplete("credential", evidence.Partial, k.list.Fail.Unknown().Detail)
	}
	for _, s := range k.list.Items {
		id := aws.ToString(s.SSHPublicKeyId)
		body := api.Ask(ctx, c, iam.NewFromConfig(c.AWS()).GetSSHPublicKey, &iam.GetSSHPublicKeyInput{
			UserName: s.UserName, SSHPublicKeyId: s.SSHPublicKeyId, Encoding: types.EncodingTypeSsh,
		})
		emitCredential(c, arn+"#ssh_key_"+id, "SSH key "+id+" of "+aws.ToString(s.UserName), arn, k.list.Prov, kind.Credential{
			Type: kind.Known("ssh_key"), Active: kind.Known(s.Status == types.StatusTypeActive), InUse: kind.NA[bool](),
			CreatedAt: api.Time(s.UploadDate), RotatedAt: kind.Null[kind.Time](), LastUsedAt: neverSaid(), ExpiresAt: kind.Null[kind.Time](),
			KeySpec: api.Read(body, func(o *iam.GetSSHPublicKeyOutput) kind.Attr[string] {
				if o.SSHPublicKey == nil {
					return kind.Unknown[string](evidence.APIError, "iam:GetSSHPublicKey returned no key")
				}
				algorithm, _, found := strings.Cut(strings.TrimSpace(aws.ToString(o.SSHPublicKey.SSHPublicKeyBody)), " ")
				if !found || strings.HasPrefix(algorithm, "-") {
					return kind.Unknown[string](evidence.Unsupported, "the key is not in OpenSSH's form")
				}
				return kind.Known(algorithm)
			}),
		}, id)
	}
}

// serviceTokens are the credentials that IAM makes for one service: Git passwords, keys for databases and models.
type serviceTokens struct {
	of   map[string][]types.ServiceSpecificCredentialMetadata // by user name
	prov *evidence.Provenance
	fail *api.Failure
}

func serviceCredentialsOf(ctx context.Context, c *api.Context) serviceTokens {
	l := api.List(ctx, c, iam.NewFromConfig(c.AWS()).ListServiceSpecificCredentials, &iam.ListServiceSpecificCredentialsInput{AllUsers: aws.Bool(true)},
		func(o *iam.ListServiceSpecificCredentialsOutput) []types.ServiceSpecificCredentialMetadata {
			return o.ServiceSpecificCredentials
		})
	t := serviceTokens{of: map[string][]types.ServiceSpecificCredentialMetadata{}, prov: l.Prov, fail: l.Fail}
	switch {
	case l.Fail == nil:
	case l.Fail.Reason == evidence.Unsupported: // where IAM cannot list such credentials, it makes none
		t.fail = nil
	default:
		c.Incomplete("credential", evidence.Partial, l.Fail.Unknown().Detail)
	}
	for _, s := range l.Items {
		t.of[aws.ToString(s.UserName)] = append(t.of[aws.ToString(s.UserName)], s)
	}
	return t
}

func (t serviceTokens) active(name string) kind.Attr[bool] {
	on := kind.Known(false)
	for _, s := range t.of[name] {
		on = kind.Either(on, kind.Known(s.Status == types.StatusTypeActive))
	}
	if t.fail != nil {
		on = kind.Either(on, kind.Because[bool](t.fail.Unknown()))
	}
	return on.From(t.prov)
}

func (t serviceTokens) emit(c *api.Context, arn, name string) {
	for _, s := range t.of[name] {
		id := aws.ToString(s.ServiceSpecificCredentialId)
		emitCredential(c, arn+"#service_credential_"+id, aws.ToString(s.ServiceName)+" credential of "+name, arn, t.prov, kind.Credential{
			Type: kind.Known("api_token"), Active: kind.Known(s.Status == types.StatusTypeActive), InUse: kind.NA[bool](),
			CreatedAt: api.Time(s.CreateDate), RotatedAt: kind.Null[kind.Time](), LastUsedAt: neverSaid(),
			ExpiresAt: api.Time(s.ExpirationDate), KeySpec: kind.NA[string](),
		}, id)
	}
}

// iamServerCertificates are certificates of endpoints that IAM keeps instead of ACM.
func iamServerCertificates(ctx context.Context, c *api.Context) {
	client := iam.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListServerCertificates, &iam.ListServerCertificatesInput{},
		func(o *iam.ListServerCertificatesOutput) []types.ServerCertificateMetadata {
			return o.ServerCertificateMetadataList
		})
	api.Each(ctx, c, l.Items, func(ctx context.Context, m types.ServerCertificateMetadata) {
		full := api.Ask(ctx, c, client.GetServerCertificate, &iam.GetServerCertificateInput{ServerCertificateName: m.ServerCertificateName})
		c.Emit(api.Entity{Kind: "credential", UID: aws.ToString(m.Arn), Name: aws.ToString(m.ServerCertificateName), Prov: l.Prov}, kind.Credential{
			Type: kind.Known("certificate"), Active: kind.Known(true),
			InUse:     kind.Unknown[bool](evidence.NotCollected, "IAM does not say which load balancers and distributions use it"),
			CreatedAt: api.Time(m.UploadDate), RotatedAt: kind.Null[kind.Time](), LastUsedAt: kind.NA[kind.Time](), ExpiresAt: api.Time(m.Expiration),
			KeySpec: api.Read(full, func(o *iam.GetServerCertificateOutput) kind.Attr[string] {
				if o.ServerCertificate == nil {
					return kind.Unknown[string](evidence.APIError, "iam:GetServerCertificate returned no certificate")
				}
				spec, _ := certificateFacts(aws.ToString(o.ServerCertificate.CertificateBody))
				return spec
			}),
		})
	})
}
