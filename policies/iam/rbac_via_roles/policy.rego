# METADATA
# title: People get permissions only through roles or groups
# description: |
#   A pass shows that the person holds no policy directly and that no sudo rule of the person's host names the person. It does not show
#   that the groups and roles fit the job; the RBAC matrix is for that.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
#   - https://www.sudo.ws/docs/man/sudoers.man/
# schemas:
#   - input.principal: schema.principal
# custom:
#   severity: medium
#   units: [principal]
#   collectors: [aws, terraform, host]
#   rationale: Direct grants drift away from job functions and are missed in reviews.
#   remediation: Attach the policy to a group (aws_iam_group_policy_attachment) and put the person in it with aws_iam_user_group_membership, or grant a permission set in IAM Identity Center. In sudoers write %group instead of the user's name.
package checks.iam.rbac_via_roles

import data.lib.ev
import data.lib.login

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds policies directly (%d)", [e.name, e.attrs.direct_policy_count]),
	"expected": "permissions through groups and roles only",
	"actual": sprintf("%d direct policies", [e.attrs.direct_policy_count]),
	"attributes": ["direct_policy_count"],
} if {
	some e in input.principal
	e.attrs.type == "human"
	ev.above(e, "direct_policy_count", 0)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("a sudo rule on %s names %s", [host.name, e.name]),
	"expected": "sudo rules that name groups",
	"actual": sprintf("a rule for the user %s", [rule.subject]),
	"attributes": ["name"],
} if {
	some e in input.principal
	e.attrs.type == "human"
	e.attrs.source == "linux"
	host := login.host_of(e)
	some rule in host.attrs["sudo.rules"]
	names(rule, e)
}

pass contains e.uid if {
	some e in input.principal
	e.attrs.type == "human"
	no_policy(e)
	no_sudo(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no person", [e.name])} if {
	some e in input.principal
	e.attrs.type in {"workload", "service_linked", "root"}
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("the sudo rules of the host of %s are not known", [e.name]),
} if {
	some e in input.principal
	e.attrs.source == "linux"
	not no_sudo(e)
}

no_policy(e) if e.attrs.direct_policy_count == 0

no_policy(e) if ev.not_applicable(e, "direct_policy_count")

no_sudo(e) if e.attrs.source in {"aws_iam", "aws_identity_center", "idp"}

no_sudo(e) if {
	e.attrs.source == "linux"
	host := login.host_of(e)
	ev.whole(host, "sudo.rules")
	every rule in host.attrs["sudo.rules"] {
		not names(rule, e)
	}
}

names(rule, e) if {
	rule.subject_type == "user"
	rule.subject == e.attrs.name
}

# ALL stands for every user.
names(rule, _) if {
	rule.subject_type == "user"
	rule.subject == "ALL"
}
