# METADATA
# title: Every person who can log in interactively has MFA
# description: |
#   A pass shows that the person has a second factor, or signs in through an identity provider that demands one of everybody. It does
#   not show that the factor resists phishing. Of accounts that AWS IAM or Linux keeps, the account's own second factor decides; a
#   requirement counts only where it is enforced at sign-in, by an identity provider or IAM Identity Center.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
#   - https://www.ecfr.gov/current/title-45/section-164.312
# schemas:
#   - input.principal: schema.principal
# custom:
#   severity: critical
#   units: [principal]
#   collectors: [aws, terraform, host]
#   rationale: A password alone does not verify that the person is the one claimed.
#   remediation: Enrol a passkey or hardware key for the person (aws iam enable-mfa-device), or replace the console password by IAM Identity Center with MFA required at every sign-in.
package checks.iam.user_mfa

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can log in without a second factor", [e.name]),
	"expected": "a second factor",
	"actual": "none",
	"attributes": ["mfa.enabled"],
} if {
	some e in input.principal
	person(e)
	e.attrs.enabled == true
	e.attrs.interactive == true
	e.attrs["mfa.enabled"] == false
	alone(e)
}

pass contains e.uid if {
	some e in input.principal
	person(e)
	e.attrs.enabled == true
	e.attrs.interactive == true
	e.attrs["mfa.enabled"] == true
}

pass contains {"uid": e.uid, "message": sprintf("the identity provider demands a second factor of %s", [e.name])} if {
	some e in input.principal
	person(e)
	e.attrs.enabled == true
	e.attrs.interactive == true
	federated(e)
	demanded(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is disabled", [e.name])} if {
	some e in input.principal
	e.attrs.enabled == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s cannot log in interactively", [e.name])} if {
	some e in input.principal
	e.attrs.interactive == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no person", [e.name])} if {
	some e in input.principal
	e.attrs.type in {"root", "service_linked"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no person", [e.name])} if {
	some e in input.principal
	e.attrs.type == "workload"
	e.attrs.source == "linux"
}

unknown contains {
	"uid": e.uid,
	"path": "mfa.enabled",
	"reason": object.get(e.unknown, "mfa.enabled", "not_collected"),
	"message": sprintf("whether %s has enrolled a second factor", [e.name]),
} if {
	some e in input.principal
	federated(e)
	not ev.known(e, "mfa.enabled")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("the sign-in policy of %s's identity provider was not collected", [e.name]),
} if {
	some e in input.principal
	federated(e)
	count(governing(e)) == 0
	ev.known(e, "source")
}

# A console password is for people, whatever the type says.
person(e) if e.attrs.type == "human"

person(e) if {
	e.attrs.type == "workload"
	e.attrs.interactive == true
	e.attrs.source in {"aws_iam", "aws_identity_center", "idp"}
}

federated(e) if e.attrs.source in {"aws_identity_center", "idp"}

# governing are the policies of the identity provider through which the principal signs in: those whose scope is the provider (by
# the principal's source), the principal's own scope, or the account of that scope.
governing(e) := [p |
	some p in ev.all_of("auth_policy")
	p.attrs.scope in names(e)
]

names(e) := {e.scope, e.attrs.source} | {a.uid | some a in ev.all_of("account"); a.scope == e.scope}

demanded(e) if {
	some p in governing(e)
	p.attrs.mfa_required == true
}

# alone holds where nothing but the principal's own second factor protects the sign-in.
alone(e) if e.attrs.source in {"aws_iam", "linux"}

alone(e) if {
	federated(e)
	policies := governing(e)
	count(policies) > 0
	count([p | some p in policies; p.attrs.mfa_required == false]) == count(policies)
}
