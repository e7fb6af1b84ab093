# METADATA
# title: Non-admin principals cannot raise their own privileges
# description: |
#   A pass shows that no known technique of escalation follows from the identity's policies, its groups' and its boundary; or that the
#   role is listed at level admin in the RBAC matrix, which has nothing to gain. It does not show techniques that nobody described yet, nor
#   what policies of resources or of the organisation add. A user cannot be listed in the matrix.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
# schemas:
#   - input.principal: schema.principal
#   - input.role: schema.role
# custom:
#   severity: high
#   units: [principal, role]
#   collectors: [aws, terraform]
#   rationale: Rights such as passing any role or editing policies turn a small compromise into full control.
#   remediation: Take away the action that the path begins with, or limit its Resource to the roles and policies that the job needs, with iam:PassedToService for iam:PassRole. A permissions_boundary also closes paths. List roles that must administer at level admin in the RBAC matrix.
package checks.iam.no_privilege_escalation

import data.lib.ev
import data.lib.rbac

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can raise its own privileges: %s", [e.name, paths(e)]),
	"expected": "no path to more privileges",
	"actual": paths(e),
	"attributes": ["escalation_paths"],
} if {
	some e in input.principal
	in_cloud(e)
	count(e.attrs.escalation_paths) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can raise its own privileges and is not listed at level admin: %s", [e.name, paths(e)]),
	"expected": "no path to more privileges, or level admin in the RBAC matrix",
	"actual": paths(e),
	"attributes": ["escalation_paths"],
} if {
	some e in input.role
	count(e.attrs.escalation_paths) > 0
	rbac.unlisted_admin(e)
}

pass contains e.uid if {
	some e in input.principal
	in_cloud(e)
	ev.enumerated(e, "escalation_paths")
	count(e.attrs.escalation_paths) == 0
}

pass contains e.uid if {
	some e in input.role
	ev.enumerated(e, "escalation_paths")
	count(e.attrs.escalation_paths) == 0
}

pass contains {"uid": e.uid, "message": sprintf("%s is listed at level admin in the RBAC matrix", [e.name])} if {
	some e in input.role
	rbac.listed_admin(e)
}

not_applicable contains {"uid": e.uid, "message": "the root user can do everything; other checks judge it"} if {
	some e in input.principal
	e.attrs.type == "root"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no permissions in the cloud of its own", [e.name])} if {
	some e in input.principal
	e.attrs.source == "linux"
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("%s can raise its own privileges (%s); no RBAC matrix says whether it is an admin role", [e.name, paths(e)]),
} if {
	some e in input.role
	count(e.attrs.escalation_paths) > 0
	not ev.recorded("rbac_role")
}

in_cloud(e) if e.attrs.source in {"aws_iam", "aws_identity_center", "idp"}

paths(e) := concat(", ", sort({p.name | some p in e.attrs.escalation_paths}))
