# METADATA
# title: Password and lockout policy meets length, reuse and attempt limits
# description: |
#   A pass shows that new passwords must be long enough and differ from earlier ones, and that failed attempts lock the account, where
#   the system has such a setting. It does not show the length of passwords that were set before. That passwords do not expire is no
#   finding. Where no second factor is demanded, the longer length for single-factor passwords counts; in an AWS account, which cannot demand
#   one, the shorter length is enough where every user with a password has a second factor.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#   - https://pages.nist.gov/800-63-4/sp800-63b.html
# schemas:
#   - input.auth_policy: schema.auth_policy
# custom:
#   severity: medium
#   units: [auth_policy]
#   collectors: [aws, terraform, host]
#   parameters:
#     - name: password_min_length
#       default: 14
#       unit: characters
#       source: CIS AWS 7.0 2.8; AWS HIPAA pack 14
#     - name: password_min_length_no_mfa
#       default: 15
#       unit: characters
#       source: NIST SP 800-63B-4 for single-factor passwords
#     - name: password_reuse
#       default: 24
#       unit: passwords
#       source: CIS AWS 7.0 2.9; AWS HIPAA pack 24
#     - name: lockout_threshold
#       default: 10
#       unit: attempts
#       source: product default
#   rationale: Length and lockout resist guessing; forced periodic change is no longer recommended, so its absence is not a finding.
#   remediation: Set minimum_password_length and password_reuse_prevention in aws_iam_account_password_policy. On hosts set minlen in pwquality.conf, remember in pam_pwhistory and deny in faillock.conf.
package checks.iam.password_policy

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s allows passwords of %d characters", [e.name, e.attrs.min_length]),
	"expected": sprintf("at least %d characters", [least(e)]),
	"actual": sprintf("%d characters", [e.attrs.min_length]),
	"attributes": ["min_length"],
} if {
	some e in input.auth_policy
	ev.below(e, "min_length", least(e))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s remembers %d passwords against reuse", [e.name, e.attrs.reuse_prevention]),
	"expected": sprintf("at least %d passwords", [input.params.password_reuse]),
	"actual": sprintf("%d passwords", [e.attrs.reuse_prevention]),
	"attributes": ["reuse_prevention"],
} if {
	some e in input.auth_policy
	ev.below(e, "reuse_prevention", input.params.password_reuse)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s locks nobody out", [e.name]),
	"expected": sprintf("a lock after at most %d attempts", [input.params.lockout_threshold]),
	"actual": "no lock",
	"attributes": ["lockout.threshold"],
} if {
	some e in input.auth_policy
	e.attrs["lockout.threshold"] == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s locks an account only after %d attempts", [e.name, e.attrs["lockout.threshold"]]),
	"expected": sprintf("a lock after at most %d attempts", [input.params.lockout_threshold]),
	"actual": sprintf("%d attempts", [e.attrs["lockout.threshold"]]),
	"attributes": ["lockout.threshold"],
} if {
	some e in input.auth_policy
	ev.above(e, "lockout.threshold", input.params.lockout_threshold)
}

pass contains e.uid if {
	some e in input.auth_policy
	long_enough(e)
	remembers(e)
	locks(e)
}

not_applicable contains {"uid": e.uid, "message": "nobody logs in with a password of this account"} if {
	some e in input.auth_policy
	account := ev.entity(e.attrs.scope)
	account.kind == "account"
	not startswith(e.scope, "tf:")
	ev.covered_within("principal", account.scope)
	every p in ev.all_of("principal") {
		no_password(p, account)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s accepts no password", [host.name])} if {
	some e in input.auth_policy
	host := ev.entity(e.attrs.scope)
	host.kind == "host"
	host.attrs["ssh.password_authentication"] == false
}

# least is the length that is demanded whatever is not known.
least(e) := input.params.password_min_length_no_mfa if {
	e.attrs.mfa_required == false
} else := input.params.password_min_length

long_enough(e) if ev.at_least(e, "min_length", max([input.params.password_min_length, input.params.password_min_length_no_mfa]))

long_enough(e) if {
	e.attrs.mfa_required == true
	ev.at_least(e, "min_length", input.params.password_min_length)
}

long_enough(e) if {
	all_have_mfa(e)
	ev.at_least(e, "min_length", input.params.password_min_length)
}

# all_have_mfa holds where everybody whose password the policy of an account rules has a second factor: IAM has no switch that demands
# one.
all_have_mfa(e) if {
	account := ev.entity(e.attrs.scope)
	account.kind == "account"
	not startswith(e.scope, "tf:")
	ev.covered_within("principal", account.scope)
	every p in ev.all_of("principal") {
		guarded(p, account)
	}
}

guarded(p, account) if no_password(p, account)

guarded(p, _) if p.attrs["mfa.enabled"] == true

remembers(e) if ev.at_least(e, "reuse_prevention", input.params.password_reuse)

remembers(e) if ev.not_applicable(e, "reuse_prevention")

locks(e) if {
	ev.at_least(e, "lockout.threshold", 1)
	ev.at_most(e, "lockout.threshold", input.params.lockout_threshold)
}

locks(e) if ev.not_applicable(e, "lockout.threshold")

no_password(p, account) if p.scope != account.scope

no_password(p, _) if p.attrs.interactive == false

no_password(p, _) if p.attrs.source in {"aws_identity_center", "idp"}

# the password of the root user is not the policy's to rule
no_password(p, _) if p.attrs.type == "root"
