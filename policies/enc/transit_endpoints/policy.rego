# METADATA
# title: Every endpoint that carries data uses TLS 1.2 or better and refuses or redirects plaintext
# description: |
#   A pass shows that the endpoint accepts nothing older than the oldest allowed version of TLS, or that it answers plain HTTP with a
#   redirect to HTTPS and nothing else. It does not show which cipher suites are agreed on, nor how the endpoint talks to what
#   stands behind it. Endpoints on loopback, and those labelled as serving public data only, are not judged.
# related_resources:
#   - https://csrc.nist.gov/pubs/sp/800/52/r2/final
#   - https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
# schemas:
#   - input.endpoint: schema.endpoint
# custom:
#   severity: high
#   units: [endpoint]
#   collectors: [aws, terraform, host]
#   parameters:
#     - name: tls_min
#       default: "1.2"
#       unit: version
#       source: NIST SP 800-52r2; AWS HIPAA conformance pack (ELBSecurityPolicy-TLS-1-2-2017-01)
#   rationale: Unencrypted transmission exposes and lets data be altered.
#   remediation: >-
#     Give the listener protocol HTTPS or TLS and ssl_policy ELBSecurityPolicy-TLS13-1-2-2021-06, let the HTTP listener only redirect
#     (default_action type redirect to HTTPS), and set minimum_protocol_version TLSv1.2_2021 and viewer_protocol_policy
#     redirect-to-https on a CloudFront distribution.
package checks.enc.transit_endpoints

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s carries data in plaintext", [e.name]),
	"expected": "TLS, or a redirect to HTTPS and nothing else",
	"actual": "plaintext is served",
	"attributes": ["tls.enabled"],
} if {
	some e in input.endpoint
	e.attrs["tls.enabled"] == false
	serves(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s accepts TLS %s", [e.name, label(e.attrs["tls.min_version"])]),
	"expected": sprintf("TLS %v at least", [input.params.tls_min]),
	"actual": sprintf("TLS %s", [label(e.attrs["tls.min_version"])]),
	"attributes": ["tls.min_version"],
} if {
	some e in input.endpoint
	e.attrs["tls.enabled"] == true
	version(e.attrs["tls.min_version"]) < version(input.params.tls_min)
}

pass contains e.uid if {
	some e in input.endpoint
	e.attrs["tls.enabled"] == true
	version(e.attrs["tls.min_version"]) >= version(input.params.tls_min)
}

pass contains e.uid if {
	some e in input.endpoint
	e.attrs["tls.enabled"] == false
	e.attrs.redirect_to_https == true
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s can be reached from its own host only", [e.name])} if {
	some e in input.endpoint
	e.attrs.exposure == "loopback"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is labelled as serving public data", [e.name])} if {
	some e in input.endpoint
	e.attrs["data.classification"] == "public"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is reached through another endpoint, which ends TLS", [e.name])} if {
	some e in input.endpoint
	e.attrs["tls.enabled"] == true
	ev.not_applicable(e, "tls.min_version")
}

# serves holds where the endpoint is known to do more with plaintext than to redirect it.
serves(e) if e.attrs.redirect_to_https == false

serves(e) if ev.not_applicable(e, "redirect_to_https")

# version is a version as a number, so that a parameter may be written as either; undefined for anything else.
version(v) := v if is_number(v)

version(v) := to_number(v) if {
	is_string(v)
	regex.match(`^[0-9]\.[0-9]$`, v)
}

# label writes the version that stands for SSL 3.0 by its name.
label("0.3") := "1.0 and SSL 3.0"

label(v) := v if v != "0.3"
