# METADATA
# title: Data stores, volumes, snapshots and log stores are encrypted at rest
# description: |
#   A pass shows that the store is encrypted at rest. It does not show who can decrypt: provider-default encryption passes
#   here and is judged by enc.customer_keys. Default encryption of block storage is judged on the account, per used region.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
# schemas:
#   - input.datastore: schema.datastore
#   - input.account: schema.account
# custom:
#   severity: high
#   units: [datastore, account]
#   collectors: [aws, terraform, host]
#   rationale: The addressable encryption specification and the breach safe harbour both hang on it.
#   remediation: Turn on encryption at rest, with a customer-managed key where the data is sensitive. An existing database or volume is encrypted by restoring an encrypted copy of its snapshot.
package checks.enc.at_rest

import data.lib.ev

fail contains {
	"uid": e.uid,
	"severity": severity(e),
	"message": sprintf("%s is not encrypted at rest", [e.name]),
	"expected": "encryption at rest is on",
	"actual": "encryption at rest is off",
	"attributes": ["encryption.at_rest"],
} if {
	some e in input.datastore
	e.attrs["encryption.at_rest"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("new block volumes in %s are not encrypted by default", [region.name]),
	"expected": "default encryption of block storage is on in every used region",
	"actual": sprintf("off in %s", [region.name]),
	"attributes": [sprintf("regions[%d].ebs_default_encryption", [i])],
} if {
	some e in input.account
	some i, region in e.attrs.regions
	region.used == true
	region.ebs_default_encryption == false
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["encryption.at_rest"] == true
}

pass contains e.uid if {
	some e in input.account
	ev.whole(e, "regions")
	used := [region | some region in e.attrs.regions; region.used == true]
	encrypted := [region | some region in used; region.ebs_default_encryption == true]
	count(encrypted) == count(used)
}

severity(e) := "critical" if {
	e.attrs["derived.sensitive"] == true
} else := "high"
