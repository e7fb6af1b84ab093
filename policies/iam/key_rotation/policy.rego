# METADATA
# title: Access keys are rotated within 90 days
# description: |
#   A pass shows that an active access key was made or replaced within the days of the parameter. It does not show that the key is
#   needed: iam.workload_identity and iam.unused_credentials judge that. Passwords, SSH keys, certificates and devices are not judged, nor
#   is a key that is switched off. Code does not show when a key was made.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
# schemas:
#   - input.credential: schema.credential
# custom:
#   severity: high
#   units: [credential]
#   collectors: [aws]
#   parameters:
#     - name: key_max_age_days
#       default: 90
#       unit: days
#       source: CIS AWS 7.0 2.12; AWS HIPAA conformance pack AccessKeysRotated 90
#   rationale: Old keys have had the most time to leak.
#   remediation: Create a second key (aws iam create-access-key), switch its user over, set the old one inactive (aws iam update-access-key --status Inactive) and delete it. Better, replace the key by a role.
package checks.iam.key_rotation

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the access key %s is %d days old", [e.name, floor(age(e))]),
	"expected": sprintf("at most %d days", [input.params.key_max_age_days]),
	"actual": sprintf("%d days", [floor(age(e))]),
	"attributes": ["created_at"],
} if {
	some e in input.credential
	e.attrs.type == "access_key"
	e.attrs.active == true
	age(e) > input.params.key_max_age_days
}

pass contains e.uid if {
	some e in input.credential
	e.attrs.type == "access_key"
	e.attrs.active == true
	fresh(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no access key", [e.name])} if {
	some e in input.credential
	e.attrs.type in {"password", "ssh_key", "api_token", "mfa_device", "certificate"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is inactive", [e.name])} if {
	some e in input.credential
	e.attrs.active == false
}

# age is how many days ago the key was made, or replaced where it was; undefined while either is not known.
age(e) := ev.days_since(e, "created_at") if {
	ev.is_null_fact(e, "rotated_at")
} else := min([ev.days_since(e, "created_at"), ev.days_since(e, "rotated_at")])

# fresh holds where either is known to be recent: the later of the two counts.
fresh(e) if ev.days_since(e, "created_at") <= input.params.key_max_age_days

fresh(e) if ev.days_since(e, "rotated_at") <= input.params.key_max_age_days
