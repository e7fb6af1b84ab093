# METADATA
# title: Certificates in use are valid for at least 30 more days and use approved strength
# description: |
#   A pass shows that a certificate which something uses does not end within the days of the parameter and that its key is long enough.
#   It does not show that clients trust its issuer. A certificate that nothing uses is not judged, but an expired one should be removed.
#   Keys are named by algorithm and bits (RSA_2048, EC_256) or curve (EC_prime256v1); Ed25519 and Ed448 are strong enough.
# related_resources:
#   - https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html
#   - https://csrc.nist.gov/pubs/sp/800/131/a/r2/final
# schemas:
#   - input.credential: schema.credential
# custom:
#   severity: medium
#   units: [credential]
#   collectors: [aws, host]
#   parameters:
#     - name: cert_expiry_days
#       default: 30
#       unit: days
#       source: Turbot control acm_certificate_expires_30_days
#     - name: cert_key_bits
#       default: {RSA: 2048, EC: 256}
#       unit: bits
#       source: NIST SP 800-131A Rev. 2
#     - name: cert_curve_bits
#       default: {prime256v1: 256, secp256r1: 256, secp384r1: 384, secp521r1: 521, p-256: 256, p-384: 384, p-521: 521, secp224r1: 224, prime192v1: 192, secp192r1: 192}
#       unit: bits by curve
#       source: RFC 5480 section 2.1.1.1
#   rationale: Expired certificates break service or train people to click through.
#   remediation: Request certificates in ACM with DNS validation, which renew by themselves, or renew with an ACME client on a timer. Replace keys below RSA 2048 or EC 256 (aws acm request-certificate --key-algorithm EC_prime256v1). Delete expired certificates that nothing uses.
package checks.enc.certificates

import data.lib.ev

fail contains {
	"uid": e.uid,
	"severity": expired_severity(e),
	"message": sprintf("the certificate %s expired %d days ago", [e.name, floor(ev.days_since(e, "expires_at"))]),
	"expected": expired_wish(e),
	"actual": sprintf("expired on %s", [ev.day(e.attrs.expires_at)]),
	"attributes": ["expires_at"],
} if {
	some e in input.credential
	e.attrs.type == "certificate"
	expired(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the certificate %s expires in %d days", [e.name, floor(remaining(e))]),
	"expected": sprintf("more than %d days", [input.params.cert_expiry_days]),
	"actual": sprintf("%d days", [floor(remaining(e))]),
	"attributes": ["expires_at"],
} if {
	some e in input.credential
	e.attrs.type == "certificate"
	e.attrs.in_use == true
	remaining(e) <= input.params.cert_expiry_days
	remaining(e) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the key of the certificate %s is weak: %s", [e.name, e.attrs.key_spec]),
	"expected": sprintf("RSA of %d bits or EC of %d bits", [input.params.cert_key_bits.RSA, input.params.cert_key_bits.EC]),
	"actual": e.attrs.key_spec,
	"attributes": ["key_spec"],
} if {
	some e in input.credential
	e.attrs.type == "certificate"
	e.attrs.in_use == true
	[algorithm, bits] := key(e.attrs.key_spec)
	bits < input.params.cert_key_bits[algorithm]
}

pass contains e.uid if {
	some e in input.credential
	e.attrs.type == "certificate"
	e.attrs.in_use == true
	lasts(e)
	strong(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no certificate", [e.name])} if {
	some e in input.credential
	e.attrs.type in {"password", "access_key", "ssh_key", "api_token", "mfa_device"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("nothing uses %s", [e.name])} if {
	some e in input.credential
	e.attrs.type == "certificate"
	e.attrs.in_use == false
	lasting(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s was never issued", [e.name])} if {
	some e in input.credential
	e.attrs.type == "certificate"
	e.attrs.active == false
	ev.not_applicable(e, "expires_at")
}

unknown contains {
	"uid": e.uid,
	"path": "key_spec",
	"reason": "unsupported",
	"message": sprintf("whether a key %s is strong enough", [e.attrs.key_spec]),
} if {
	some e in input.credential
	e.attrs.type == "certificate"
	is_string(e.attrs.key_spec)
	not key(e.attrs.key_spec)
	not strong(e)
}

remaining(e) := 0 - ev.days_since(e, "expires_at")

expired(e) if remaining(e) <= 0

lasting(e) if remaining(e) > 0

lasting(e) if ev.is_null_fact(e, "expires_at")

lasts(e) if remaining(e) > input.params.cert_expiry_days

lasts(e) if ev.is_null_fact(e, "expires_at")

# expired_severity is high for a certificate that something uses; one that nothing is known to use is only to be removed.
expired_severity(e) := "high" if {
	e.attrs.in_use == true
} else := "low"

expired_wish(e) := "a valid certificate" if {
	e.attrs.in_use == true
} else := "no expired certificates"

# key is the algorithm and the number of bits of a key; undefined for what is neither RSA nor a known elliptic curve.
key(spec) := ["RSA", to_number(found[1])] if {
	found := regex.find_all_string_submatch_n(`(?i)^RSA[-_ ]?([0-9]{3,5})$`, spec, 1)[0]
} else := ["EC", to_number(found[1])] if {
	found := regex.find_all_string_submatch_n(`(?i)^(?:EC|ECC|ECDSA)[-_ ]?([0-9]{3})$`, spec, 1)[0]
} else := ["EC", input.params.cert_curve_bits[curve]] if {
	curve := lower(regex.replace(spec, `(?i)^(?:EC|ECC|ECDSA)[-_ ]`, ""))
}

strong(e) if {
	[algorithm, bits] := key(e.attrs.key_spec)
	bits >= input.params.cert_key_bits[algorithm]
}

strong(e) if regex.match(`(?i)^ed(25519|448)$`, e.attrs.key_spec)
