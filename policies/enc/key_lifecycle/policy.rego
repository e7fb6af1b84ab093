# METADATA
# title: Encryption keys rotate, are not public, and are not about to vanish
# description: |
#   A pass shows that the key is enabled (or protects nothing), that a symmetric key rotates often enough, that its policy names no
#   public principal, and that it grants decryption to no wildcard. It does not show that the principals in the policy need the key.
#   Keys that the provider manages are not judged; asymmetric and imported keys cannot rotate by themselves.
# related_resources:
#   - https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
#   - https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
# schemas:
#   - input.key: schema.key
# custom:
#   severity: high
#   units: [key]
#   collectors: [aws, terraform]
#   parameters:
#     - name: key_rotation_days
#       default: 365
#       unit: days
#       source: CIS AWS 7.0 4.6 (rotation on; AWS default is yearly)
#   rationale: A deleted key destroys data and every backup under it; an open key policy voids encryption.
#   remediation: >-
#     Set enable_key_rotation = true and keep rotation_period_in_days within the limit. Name accounts, roles or services as principals
#     of the key policy, never "*". Cancel the deletion (aws kms cancel-key-deletion) or re-enable a key that still protects data.
package checks.enc.key_lifecycle

import data.lib.ev

fail contains {
	"uid": e.uid,
	"severity": "critical",
	"message": sprintf("%s is %s while it protects %s", [e.name, state(e), protected(e)]),
	"expected": "a key that protects data is enabled",
	"actual": state(e),
	"attributes": ["state"],
} if {
	some e in input.key
	e.attrs.state in lost
	count(ev.sources(e, "encrypted_by")) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not rotate", [e.name]),
	"expected": "automatic rotation is on",
	"actual": "automatic rotation is off",
	"attributes": ["rotation.enabled"],
} if {
	some e in input.key
	e.attrs.spec == "SYMMETRIC_DEFAULT"
	e.attrs["rotation.enabled"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s rotates every %d days only", [e.name, e.attrs["rotation.period_days"]]),
	"expected": sprintf("rotation at least every %d days", [input.params.key_rotation_days]),
	"actual": sprintf("every %d days", [e.attrs["rotation.period_days"]]),
	"attributes": ["rotation.period_days"],
} if {
	some e in input.key
	e.attrs["rotation.enabled"] == true
	ev.above(e, "rotation.period_days", input.params.key_rotation_days)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the policy of %s lets the public use the key", [e.name]),
	"expected": "no public principal in the key policy",
	"actual": "a public principal",
	"attributes": ["policy.public"],
} if {
	some e in input.key
	e.attrs["policy.public"] == true
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the policy of %s grants decryption to every principal", [e.name]),
	"expected": "decryption is granted to named principals",
	"actual": "decryption is granted to *",
	"attributes": ["policy.wildcard_decrypt"],
} if {
	some e in input.key
	e.attrs["policy.wildcard_decrypt"] == true
}

pass contains e.uid if {
	some e in input.key
	kept(e)
	rotates(e)
	e.attrs["policy.public"] == false
	e.attrs["policy.wildcard_decrypt"] == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is managed by the provider, who rotates and guards it", [e.name])} if {
	some e in input.key
	e.attrs.manager == "provider"
}

unknown contains {
	"uid": e.uid,
	"path": "state",
	"reason": "unlinked",
	"message": sprintf("%s is %s, and whether it protects data is not known", [e.name, state(e)]),
} if {
	some e in input.key
	e.attrs.state in lost
}

lost := {"disabled", "pending_deletion"}

state(e) := replace(e.attrs.state, "_", " ")

# kept holds where the key is there for the data that it protects, if any.
kept(e) if e.attrs.state == "enabled"

kept(e) if {
	e.attrs.state in lost
	count(ev.sources(e, "encrypted_by")) == 0
	not startswith(e.scope, "tf:") # data of other root modules may be under the key
	ev.covered("datastore", e.scope)
	ev.covered("recovery_point", e.scope)
	ev.covered("log_source", e.scope)
	ev.all_settled("encrypted_by")
}

rotates(e) if ev.not_applicable(e, "rotation.enabled")

rotates(e) if {
	is_string(e.attrs.spec)
	e.attrs.spec != "SYMMETRIC_DEFAULT"
}

rotates(e) if {
	e.attrs["rotation.enabled"] == true
	ev.at_most(e, "rotation.period_days", input.params.key_rotation_days)
}

# protected names what the key protects: the first by name, and how many more.
protected(e) := names[0] if {
	names := dependents(e)
	count(names) == 1
}

protected(e) := sprintf("%s and %d more", [names[0], count(names) - 1]) if {
	names := dependents(e)
	count(names) > 1
}

dependents(e) := sort([ev.entity(uid).name | some uid in ev.sources(e, "encrypted_by")])
