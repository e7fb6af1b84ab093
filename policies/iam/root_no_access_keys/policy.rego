# METADATA
# title: The root user has no access keys
# description: |
#   A pass shows that the root user of the account has no access key, active or not. It does not show that nobody uses the root user:
#   iam.root_mfa and log.alerts judge its sign-in. Code does not show the keys of the root user.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html
# schemas:
#   - input.account: schema.account
# custom:
#   severity: critical
#   units: [account]
#   collectors: [aws]
#   rationale: Long-lived unrestricted API credentials defeat every other access control.
#   remediation: Find what uses the key (the credential report shows its last use), give that a role instead, then sign in as root and delete the key under My security credentials.
package checks.iam.root_no_access_keys

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the root user of %s has %s", [e.name, keys(e)]),
	"expected": "no access key",
	"actual": keys(e),
	"attributes": ["root.access_key_count"],
} if {
	some e in input.account
	ev.above(e, "root.access_key_count", 0)
}

pass contains e.uid if {
	some e in input.account
	e.attrs["root.access_key_count"] == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site, not a cloud account", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

keys(e) := "an access key" if {
	e.attrs["root.access_key_count"] == 1
} else := sprintf("%d access keys", [e.attrs["root.access_key_count"]])
