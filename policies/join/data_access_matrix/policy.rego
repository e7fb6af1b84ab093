# METADATA
# title: The people and workloads that can actually reach a sensitive store are those the matrix allows
# description: |
#   A pass shows that everybody who can read, write or administer the store by effective permission, directly, through a group or by
#   taking on a role, is allowed the store's class at that level by an approved row of the RBAC matrix: people by the job function of
#   their person, roles and workloads by name (grants[].cloud_role). For health information the row must name a category. It rests on
#   effective permissions having been worked out; session policies and what an application allows its users are outside.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.514
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [aws, host, governance]
#   rationale: Effective permission versus approved need; this is minimum necessary measured.
#   remediation: Take the access away in the identity, bucket or key policy that gives it, or, where the job needs it, have the row of the matrix (rbac.yaml) extended and approved.
package checks.join.data_access_matrix

import data.lib.access
import data.lib.ev
import data.lib.owner
import data.lib.rbac
import data.lib.records
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can %s %s, which no approved row of the matrix allows %s", [actor.id, verbs[relation], e.name, who]),
	"expected": sprintf("a row with the class %s at level %s", [e.attrs["data.classification"], needed[relation]]),
	"actual": "none",
	"attributes": ["data.classification"],
	"at": {"uid": actor.uid, "attribute": "name"},
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	matrix_whole(e)
	some relation, _ in verbs
	some actor in certain_actors(e, relation)
	who := denied(actor, e, relation)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	ev.known(e, "data.classification")
	access_whole(e)
	every relation, _ in verbs {
		every uid in access.actors(access.holders(e, relation)) {
			permitted(uid, e, relation)
		}
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is not sensitive", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == false
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": "who can reach it: some permission, trust or membership was not read or not worked out",
} if {
	some e in input.datastore
	not access_whole(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap(register)} if {
	some e in input.datastore
	some register in records.unread(["rbac_role", "person"])
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "some rows of the matrix do not say for which job functions they are, and what they allow"} if {
	some e in input.datastore
	ev.recorded("rbac_role")
	not matrix_whole(e)
}

unknown contains {
	"uid": e.uid,
	"path": "data.classification",
	"reason": object.get(e.unknown, "data.classification", "not_collected"),
	"message": "which class of data the matrix must allow",
} if {
	some e in input.datastore
	not is_string(e.attrs["data.classification"])
}

unknown contains {
	"uid": e.uid,
	"path": "derived.phi",
	"reason": "not_collected",
	"message": "whether it holds health information",
} if {
	some e in input.datastore
	is_string(e.attrs["data.classification"])
	not ev.known(e, "derived.phi")
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether the matrix allows %s, who can %s it: the person or the job function is not known", [actor.id, verbs[relation]]),
} if {
	some e in input.datastore
	is_string(e.attrs["data.classification"])
	some relation, _ in verbs
	some uid in access.actors(access.holders(e, relation))
	not permitted(uid, e, relation)
	actor := ev.entity(uid)
}

verbs := {"can_read": "read", "can_write": "write", "can_admin": "administer"}

needed := {"can_read": "read", "can_write": "write", "can_admin": "admin"}

# enough are the levels of a row that give an access.
enough := {"can_read": {"read", "write", "admin"}, "can_write": {"write", "admin"}, "can_admin": {"admin"}}

# certain_actors are those whose access nothing unknown can take away: the holders themselves, and whoever can act as one of them.
certain_actors(e, relation) := [actor |
	some uid in access.sure_actors(access.sure_holders(e, relation))
	actor := ev.entity(uid)
	actor.kind in {"principal", "role"}
]

# opens holds where a grant allows a class at the level, with health information where the store has it.
opens(grant, class, phi, relation) if {
	grant.level in enough[relation]
	class in grant.data_classes
	extends(grant, phi)
}

extends(_, false)

extends(grant, true) if count(grant.phi_categories) > 0

approved := [row | some row in ev.all_of("rbac_role"); ev.stated(row.attrs.approved_by)]

# functions are the job functions to which the matrix opens a class. What they depend on is named, and not the store, so that they are
# found once for all stores of a class.
functions(class, phi, relation) := {f |
	some row in approved
	some grant in row.attrs.grants
	opens(grant, class, phi, relation)
	some f in row.attrs.job_functions
}

functions_of(e, relation) := functions(e.attrs["data.classification"], e.attrs["derived.phi"], relation)

# named_by are the grants of approved rows that name a role or a workload.
named_by(uid) := [grant |
	actor := ev.entity(uid)
	not owner.personal(actor)
	some row_uid in rbac.naming(actor)
	row := ev.entity(row_uid)
	ev.stated(row.attrs.approved_by)
	some grant in row.attrs.grants
	rbac.means(grant.cloud_role, actor)
]

# permitted holds where the matrix is known to allow the access. A group allows nothing by itself: its members are judged.
permitted(uid, e, relation) if {
	person_of(uid).attrs.job_function in functions_of(e, relation)
}

permitted(uid, e, relation) if {
	some grant in named_by(uid)
	opens(grant, e.attrs["data.classification"], e.attrs["derived.phi"], relation)
}

permitted(uid, _, _) if {
	not ev.entity(uid)
	uid in groups
}

permitted(uid, _, _) if ev.entity(uid).attrs.enabled == false

groups := {group |
	some uid, targets in object.get(data.evidence.out, "member_of", {})
	some group in targets
}

# person_of is the one person that a principal belongs to.
person_of(uid) := people[0] if {
	people := [o | some o in owner.owners(ev.entity(uid)); o.kind == "person"]
	count(people) == 1
}

# denied says whom the matrix does not allow, where that is proved.
denied(actor, e, relation) := sprintf("to the job function %s", [function]) if {
	owner.personal(actor)
	actor.attrs.enabled == true
	ev.settled(actor, "owned_by")
	function := person_of(actor.uid).attrs.job_function
	is_string(function)
	judgeable(e)
	not function in functions_of(e, relation)
}

denied(actor, e, _) := "to anybody, since nobody on record owns it" if {
	owner.personal(actor)
	actor.attrs.enabled == true
	owner.uncovered(actor)
	judgeable(e)
}

denied(actor, e, relation) := "to it" if {
	impersonal(actor)
	judgeable(e)
	not permitted(actor.uid, e, relation)
}

impersonal(actor) if {
	actor.kind == "principal"
	actor.attrs.type == "workload"
	actor.attrs.enabled == true
}

impersonal(actor) if actor.kind == "role"

judgeable(e) if {
	is_string(e.attrs["data.classification"])
	ev.known(e, "derived.phi")
}

# matrix_whole holds where every row was read and says for whom it is and what it allows.
matrix_whole(_) if {
	ev.recorded("rbac_role")
	rows_told
}

rows_told if {
	count([row | some row in ev.all_of("rbac_role"); not told(row)]) == 0
}

told(row) if {
	ev.known(row, "approved_by")
	ev.whole(row, "job_functions")
	ev.whole(row, "grants")
}

# access_whole holds where all who can reach the store are known.
access_whole(e) if {
	access.settled(e)
	scope.covered("principal", e.scope)
	scope.covered("role", e.scope)
}
