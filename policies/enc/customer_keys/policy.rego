# METADATA
# title: Sensitive stores use a customer-managed key
# description: |
#   A pass shows that the store is encrypted with a key that the customer manages and that the key is enabled. It does not show who
#   may use the key: enc.key_lifecycle judges the key's policy and rotation. A store without any label counts as sensitive.
# related_resources:
#   - https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: medium
#   units: [datastore]
#   collectors: [aws, terraform]
#   rationale: Provider-default encryption proves little about who can decrypt; a customer key gives policy, audit trail and revocation.
#   remediation: >-
#     Create a KMS key (aws_kms_key) and name it in the store's key argument (kms_key_id, kms_master_key_id or kms_key_arn). A store
#     that holds no sensitive data is labelled so, with the tags data-classification and data-categories.
package checks.enc.customer_keys

import data.lib.ev
import data.lib.label

fail contains {
	"uid": e.uid,
	"message": sprintf("%s %s and %s", [e.name, label.sensitive(e), wording[e.attrs["encryption.key_management"]]]),
	"expected": "a key that the customer manages",
	"actual": wording[e.attrs["encryption.key_management"]],
	"attributes": ["encryption.key_management"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	e.attrs["encryption.key_management"] in {"provider", "none"}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s %s and lies under key %s, which is %s", [e.name, label.sensitive(e), key.name, flaw(key)]),
	"expected": "an enabled key that the customer manages",
	"actual": sprintf("the key is %s", [flaw(key)]),
	"attributes": ["encryption.key_management"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	e.attrs["encryption.key_management"] == "customer"
	some uid in ev.targets(e, "encrypted_by")
	key := ev.entity(uid)
	flaw(key)
}

# That only a customer's key is used holds for sensitive data whether or not the data is known to be sensitive.
pass contains e.uid if {
	some e in input.datastore
	e.attrs["encryption.key_management"] == "customer"
	ev.settled(e, "encrypted_by")
	keys := ev.targets(e, "encrypted_by")
	count(keys) > 0
	every uid in keys {
		sound(ev.entity(uid))
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no sensitive data", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no encryption of its own", [e.name])} if {
	some e in input.datastore
	ev.not_applicable(e, "encryption.key_management")
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("the state of key %s is not known", [uid]),
} if {
	some e in input.datastore
	e.attrs["encryption.key_management"] == "customer"
	some uid in ev.targets(e, "encrypted_by")
	not judged(uid)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("which key encrypts %s is not known", [e.name]),
} if {
	some e in input.datastore
	e.attrs["encryption.key_management"] == "customer"
	count(ev.targets(e, "encrypted_by")) == 0
}

wording := {"provider": "is encrypted with a key of the provider", "none": "is not encrypted"}

flaw(key) := replace(key.attrs.state, "_", " ") if {
	key.attrs.state in {"disabled", "pending_deletion"}
} else := "managed by the provider" if {
	key.attrs.manager == "provider"
}

sound(key) if {
	key.attrs.state == "enabled"
	key.attrs.manager == "customer"
}

judged(uid) if sound(ev.entity(uid))

judged(uid) if flaw(ev.entity(uid))
