# METADATA
# title: The cloud root user has MFA, hardware or passkey for accounts with sensitive data
# description: |
#   A pass shows that the root user has a second factor, one that resists phishing where the account holds sensitive data; or that the
#   account has no root credentials at all, because the organisation removed them. It does not show who holds the factor. The account
#   holds sensitive data where a store of it or of its regions is sensitive. Code cannot see the root user: there the check does not apply.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-mfa-for-root.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-access-management.html
#   - https://www.ecfr.gov/current/title-45/section-164.312
# schemas:
#   - input.account: schema.account
# custom:
#   severity: critical
#   units: [account]
#   collectors: [aws]
#   rationale: Root cannot be constrained by ordinary policies; a stolen password alone must never be enough.
#   remediation: Sign in as root and register a passkey or hardware key under My security credentials, then remove virtual devices; or let the organisation's management account remove the root credentials of member accounts (IAM, Root access management).
package checks.iam.root_mfa

import data.lib.ev
import data.lib.label
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the root user of %s can sign in without a second factor", [e.name]),
	"expected": "a second factor, or no root credentials",
	"actual": "none",
	"attributes": ["root.mfa_enabled"],
} if {
	some e in input.account
	e.plane != "declared"
	e.attrs["root.mfa_enabled"] == false
	has_credentials(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the second factor of the root user of %s can be phished, and %s %s", [e.name, store.name, label.sensitive(store)]),
	"expected": "a passkey or hardware key",
	"actual": "a virtual device",
	"attributes": ["root.mfa_phishing_resistant"],
} if {
	some e in input.account
	e.plane != "declared"
	e.attrs["root.mfa_enabled"] == true
	e.attrs["root.mfa_phishing_resistant"] == false
	has_credentials(e)
	store := example(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s has no root credentials", [e.name])} if {
	some e in input.account
	e.plane != "declared"
	e.attrs["root.credentials_managed_centrally"] == true
}

pass contains e.uid if {
	some e in input.account
	e.plane != "declared"
	e.attrs["root.mfa_enabled"] == true
	e.attrs["root.mfa_phishing_resistant"] == true
	not centrally(e)
}

pass contains {"uid": e.uid, "message": sprintf("the root user has a second factor, and %s holds no sensitive data", [e.name])} if {
	some e in input.account
	e.plane != "declared"
	e.attrs["root.mfa_enabled"] == true
	ev.covered("datastore", e.scope)
	every store in scope.around("datastore", e.scope) {
		store.attrs["derived.sensitive"] == false
	}
	not centrally(e)
}

not_applicable contains {"uid": e.uid, "message": "code does not show the root user"} if {
	some e in input.account
	e.plane == "declared"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site, not a cloud account", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

unknown contains {
	"uid": e.uid,
	"path": "root.credentials_managed_centrally",
	"reason": e.unknown["root.credentials_managed_centrally"],
	"message": sprintf("whether %s has root credentials at all", [e.name]),
} if {
	some e in input.account
	e.attrs["root.mfa_enabled"] == false
}

unknown contains {
	"uid": e.uid,
	"path": "datastore",
	"reason": "not_collected",
	"message": sprintf("whether %s holds sensitive data, for which a virtual device is not enough", [e.name]),
} if {
	some e in input.account
	e.attrs["root.mfa_enabled"] == true
	e.attrs["root.mfa_phishing_resistant"] == false
}

# has_credentials holds where the root user is known to have credentials of its own.
has_credentials(e) if e.attrs["root.credentials_managed_centrally"] == false

centrally(e) if e.attrs["root.credentials_managed_centrally"] == true

# example is the sensitive store of the account that comes first by name.
example(e) := [store | some store in found; store.name == name][0] if {
	found := sensitive(e)
	name := min({store.name | some store in found})
}

sensitive(e) := [s | some s in scope.around("datastore", e.scope); s.attrs["derived.sensitive"] == true]
