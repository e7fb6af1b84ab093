# METADATA
# title: No attached policy grants all actions on all resources outside approved admin roles
# description: |
#   A pass shows that no statement of the policy allows every action, or every action of a service that rules the others, on every
#   resource without a condition; or that only roles hold the policy which the RBAC matrix lists at level admin. It does not show that
#   narrower grants are needed, nor what boundaries and organisation policies take away again. Policies of resources are judged with
#   their resource. A policy held only by roles is not decided without the matrix.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html
# schemas:
#   - input.policy: schema.policy
# custom:
#   severity: critical
#   units: [policy]
#   collectors: [aws, terraform]
#   parameters:
#     - name: admin_services
#       default: [iam, kms, s3, backup]
#       unit: service prefixes of IAM actions
#       source: controls.md (iam.no_admin_wildcard)
#   rationale: Full wildcards cancel role-based access.
#   remediation: Name the actions and resources that the job needs (aws iam generate-service-last-accessed-details shows those in use). Where a role must administer everything, list it at level admin in the RBAC matrix and attach the policy to that role only.
package checks.iam.no_admin_wildcard

import data.lib.ev
import data.lib.rbac

fail contains {
	"uid": e.uid,
	"message": sprintf("%s allows %s on every resource and is held by %s", [e.name, grants(e), named(unapproved(e))]),
	"expected": "named actions on named resources",
	"actual": sprintf("%s on *", [grant(statement)]),
	"attributes": [sprintf("statements[%d].actions", [i])],
} if {
	some e in input.policy
	own(e)
	some i, statement in e.attrs.statements
	wild(statement)
	count(unapproved(e)) > 0
}

pass contains e.uid if {
	some e in input.policy
	own(e)
	ev.whole(e, "statements")
	count(wildcards(e)) == 0
}

pass contains {"uid": e.uid, "message": sprintf("only roles at level admin hold %s", [e.name])} if {
	some e in input.policy
	own(e)
	count(wildcards(e)) > 0
	ev.enumerated(e, "attached_to")
	every uid in e.attrs.attached_to {
		admin_role(ev.entity(uid))
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is attached to nothing", [e.name])} if {
	some e in input.policy
	ev.enumerated(e, "attached_to")
	count(e.attrs.attached_to) == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s belongs to a resource and is judged with it", [e.name])} if {
	some e in input.policy
	e.attrs.managed_by == "resource"
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("%s allows %s on every resource; no RBAC matrix says whether the roles that hold it may administer", [e.name, grants(e)]),
} if {
	some e in input.policy
	count(wildcards(e)) > 0
	not ev.recorded("rbac_role")
}

unknown contains {
	"uid": e.uid,
	"path": "attached_to",
	"reason": "unlinked",
	"message": sprintf("%s allows %s on every resource, and who holds it is not fully known", [e.name, grants(e)]),
} if {
	some e in input.policy
	count(wildcards(e)) > 0
	ev.recorded("rbac_role")
}

own(e) if e.attrs.managed_by in {"provider", "customer", "inline"}

wildcards(e) := [statement | some statement in e.attrs.statements; wild(statement)]

wild(statement) if {
	statement.effect == "Allow"
	statement.conditions == {}
	everywhere(statement)
	broad(statement)
}

everywhere(statement) if {
	some resource in statement.resources
	regex.match(`^\*+$`, resource)
}

everywhere(statement) if count(statement.not_resources) > 0

broad(statement) if {
	some action in statement.actions
	broad_action(action)
}

# NotAction allows all but what it lists: that is too much as long as it spares one of the services whole.
broad(statement) if {
	count(statement.not_actions) > 0
	some service in input.params.admin_services
	not excluded(statement.not_actions, service)
}

broad_action(action) if regex.match(`^\*+(:\*+)?$`, action)

broad_action(action) if {
	[service, name] := split(lower(action), ":")
	service in input.params.admin_services
	regex.match(`^\*+$`, name)
}

excluded(actions, service) if {
	some action in actions
	startswith(lower(action), concat("", [service, ":"]))
}

excluded(actions, _) if {
	some action in actions
	startswith(action, "*")
}

grant(statement) := concat(", ", sort([action | some action in statement.actions; broad_action(action)])) if {
	count(statement.actions) > 0
} else := sprintf("everything but %s", [concat(", ", statement.not_actions)])

# grants says what all wide statements of the policy allow together. They are few: what is wide is everything, or one of a few services.
grants(e) := concat(", ", sort({lower(action) |
	some statement in wildcards(e)
	some action in statement.actions
	broad_action(action)
})) if {
	every statement in wildcards(e) { count(statement.actions) > 0 }
} else := concat(" and ", sort({grant(statement) | some statement in wildcards(e)}))

# named is what a message says of the holders: the first by name, and how many more.
named(holders) := concat(", ", holders) if count(holders) == 1

named(holders) := sprintf("%s and %d more", [sort(holders)[0], count(holders) - 1]) if count(holders) > 1

admin_role(holder) if {
	holder.kind == "role"
	rbac.listed_admin(holder)
}

# unapproved are the holders that no row of a matrix can excuse, since it lists roles only, and the roles that no row does excuse.
unapproved(e) := {label(uid) |
	some uid in e.attrs.attached_to
	person_or_group(uid)
} | {role.name |
	some uid in e.attrs.attached_to
	role := ev.entity(uid)
	role.kind == "role"
	rbac.unlisted_admin(role)
}

person_or_group(uid) if ev.entity(uid).kind == "principal"

person_or_group(uid) if regex.match(`(^|[:.])aws_iam_(user|group)\.|:(user|group)/`, uid)

label(uid) := ev.entity(uid).name

label(uid) := regex.replace(uid, `^.*(/|aws_iam_(user|group)\.)`, "") if not ev.entity(uid)
