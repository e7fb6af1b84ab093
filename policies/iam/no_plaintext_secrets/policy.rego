# METADATA
# title: No secret appears in code, state outputs, user data or environment definitions
# description: |
#   A pass on a secret in a secret store shows that it rotates often enough. A failure shows a secret where it can be read: the finding
#   names the place and a keyed hash, never the value. That nothing was found is no finding of its own: not every secret looks like one.
#   A secret that was found must be replaced, not only moved: the history keeps it.
# related_resources:
#   - https://developer.hashicorp.com/terraform/language/manage-sensitive-data
#   - https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
# schemas:
#   - input.secret: schema.secret
# custom:
#   severity: critical
#   units: [secret]
#   collectors: [terraform, aws, host]
#   parameters:
#     - name: key_max_age_days
#       default: 90
#       unit: days
#       source: CIS AWS 7.0 2.12; AWS HIPAA conformance pack AccessKeysRotated 90
#   rationale: Infrastructure code is widely readable and kept forever.
#   remediation: Replace the secret, store the new one in aws_secretsmanager_secret or let the service manage it (manage_master_user_password), and pass its ARN. Use write-only arguments or ephemeral values so that it stays out of the state. Turn rotation on with aws_secretsmanager_secret_rotation.
package checks.iam.no_plaintext_secrets

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("a secret stands %s: %s", [places[e.attrs.location], e.name]),
	"expected": "secrets in a secret store only",
	"actual": sprintf("a secret %s", [places[e.attrs.location]]),
	"attributes": ["location"],
} if {
	some e in input.secret
	places[e.attrs.location]
}

fail contains {
	"uid": e.uid,
	"severity": "medium",
	"message": sprintf("%s does not rotate", [e.name]),
	"expected": sprintf("rotation within %d days", [input.params.key_max_age_days]),
	"actual": "no rotation",
	"attributes": ["rotation.enabled"],
} if {
	some e in input.secret
	e.attrs.location == "secret_store"
	e.attrs["rotation.enabled"] == false
}

fail contains {
	"uid": e.uid,
	"severity": "medium",
	"message": sprintf("%s rotates only every %d days", [e.name, e.attrs["rotation.period_days"]]),
	"expected": sprintf("rotation within %d days", [input.params.key_max_age_days]),
	"actual": sprintf("every %d days", [e.attrs["rotation.period_days"]]),
	"attributes": ["rotation.period_days"],
} if {
	some e in input.secret
	e.attrs.location == "secret_store"
	e.attrs["rotation.enabled"] == true
	ev.above(e, "rotation.period_days", input.params.key_max_age_days)
}

pass contains e.uid if {
	some e in input.secret
	e.attrs.location == "secret_store"
	e.attrs["rotation.enabled"] == true
	ev.at_most(e, "rotation.period_days", input.params.key_max_age_days)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s cannot rotate", [e.name])} if {
	some e in input.secret
	e.attrs.location == "secret_store"
	ev.not_applicable(e, "rotation.enabled")
}

# places are the locations where a secret can be read by those who must not have it.
places := {
	"iac_source": "in code",
	"iac_state": "in the Terraform state",
	"user_data": "in user data",
	"env_plain": "in an environment definition",
	"host_file_world_readable": "in a file that everybody on the host can read",
}
