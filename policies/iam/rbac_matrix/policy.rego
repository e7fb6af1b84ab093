# METADATA
# title: An approved matrix maps job functions to roles, access levels and data classes, and covers every human-usable role
# description: |
#   A pass on a role shows that a complete and approved row of the RBAC matrix speaks of it; a pass on a row shows that the row is
#   complete and approved. It does not show that the level fits the job, nor that people have only what the row grants. In profile
#   audit a matrix that was not supplied is a failure.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://csrc.nist.gov/projects/role-based-access-control
# schemas:
#   - input.rbac_role: schema.rbac_role
#   - input.role: schema.role
# custom:
#   severity: high
#   units: [rbac_role, role]
#   collectors: [governance, aws, terraform]
#   rationale: RBAC needs a written statement of who may see what; it is also how minimum necessary is shown.
#   remediation: Add the role to rbac.yaml with its job functions, grants (cloud_role, level, data_classes) and approved_by. cloud_role is the role's name or ARN, or a pattern with "*".
package checks.iam.rbac_matrix

import data.lib.ev
import data.lib.rbac

fail contains {
	"uid": e.uid,
	"message": sprintf("the row %s of the RBAC matrix lacks %s", [e.name, concat(", ", sort(missing))]),
	"expected": "job functions, level, data classes and approval",
	"actual": sprintf("without %s", [concat(", ", sort(missing))]),
	"attributes": sort([field | some field in missing]),
} if {
	some e in input.rbac_role
	missing := rbac.lacking(e)
	count(missing) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no row of the RBAC matrix speaks of %s", [e.name]),
	"expected": "a row in the RBAC matrix",
	"actual": "none",
	"attributes": ["human_assumable"],
} if {
	some e in input.role
	e.attrs.human_assumable == true
	rbac.unnamed(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the rows of the RBAC matrix that speak of %s are incomplete", [e.name]),
	"expected": "a complete and approved row",
	"actual": sprintf("incomplete: %s", [concat(", ", sort([row.name | some row in rows]))]),
	"attributes": ["human_assumable"],
} if {
	some e in input.role
	e.attrs.human_assumable == true
	ev.recorded("rbac_role")
	rows := rbac.named_by(e)
	count(rows) > 0
	count([row | some row in rows; count(rbac.lacking(row)) > 0]) == count(rows)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("people can assume %s and no RBAC matrix was supplied", [e.name]),
	"expected": "a row in the RBAC matrix",
	"actual": "no matrix",
	"attributes": ["human_assumable"],
} if {
	some e in input.role
	input.profile == "audit"
	e.attrs.human_assumable == true
	ev.unrecorded("rbac_role")
}

pass contains e.uid if {
	some e in input.rbac_role
	rbac.filled(e)
}

pass contains e.uid if {
	some e in input.role
	e.attrs.human_assumable == true
	some row in rbac.named_by(e)
	rbac.filled(row)
}

not_applicable contains {"uid": e.uid, "message": sprintf("no person can assume %s", [e.name])} if {
	some e in input.role
	e.attrs.human_assumable == false
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("people can assume %s, and no RBAC matrix was supplied", [e.name]),
} if {
	some e in input.role
	e.attrs.human_assumable == true
	ev.unrecorded("rbac_role")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("the RBAC matrix that must speak of %s was not read completely", [e.name]),
} if {
	some e in input.role
	e.attrs.human_assumable == true
	not ev.unrecorded("rbac_role")
	not ev.recorded("rbac_role")
}
