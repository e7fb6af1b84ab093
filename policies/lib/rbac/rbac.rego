# METADATA
# title: The matrix of roles, job functions and access levels
# description: |
#   A row of the matrix (rbac_role) grants access levels on roles. It names a role by uid, id, name or ARN, or by a pattern with "*".
#   A role from code has no ARN yet: there, the name at the end of an ARN counts. A row counts only once somebody approved it.
package lib.rbac

import data.lib.ev

rows := ev.all_of("rbac_role")

# names holds where the words of a grant mean the entity.
names(words, e) if words in {e.uid, e.id, e.name}

names(words, e) if {
	is_string(words)
	contains(words, "*")
	some own in {e.uid, e.id, e.name}
	glob.match(words, null, own)
}

names(words, e) if {
	is_string(words)
	startswith(words, "arn:")
	not startswith(e.id, "arn:")
	endswith(words, concat("", ["/", e.name]))
}

# listed_admin holds where an approved row lists the entity at level admin.
listed_admin(e) if {
	some row in rows
	ev.stated(row.attrs.approved_by)
	some grant in row.attrs.grants
	grant.level == "admin"
	names(grant.cloud_role, e)
}

# unlisted_admin holds where the matrix was read and no row lists the entity at level admin.
unlisted_admin(e) if {
	ev.recorded("rbac_role")
	count([row | some row in rows; silent_on_admin(row, e)]) == count(rows)
}

silent_on_admin(row, _) if ev.unset(row.attrs.approved_by)

silent_on_admin(row, e) if {
	ev.whole(row, "grants")
	count([grant | some grant in row.attrs.grants; grant.level == "admin"; names(grant.cloud_role, e)]) == 0
}

# named_by are the rows that speak of the entity at any level.
named_by(e) := [row |
	some row in rows
	some grant in row.attrs.grants
	names(grant.cloud_role, e)
]

# unnamed holds where the matrix was read and no row speaks of the entity.
unnamed(e) if {
	ev.recorded("rbac_role")
	count([row | some row in rows; silent_on(row, e)]) == count(rows)
}

silent_on(row, e) if {
	ev.whole(row, "grants")
	count([grant | some grant in row.attrs.grants; names(grant.cloud_role, e)]) == 0
}

# filled holds where a row says everything that it must: job functions, and for each grant the level and the data classes, approved.
filled(row) if {
	ev.stated(row.attrs.approved_by)
	ev.whole(row, "job_functions")
	count(row.attrs.job_functions) > 0
	ev.whole(row, "grants")
	count(row.attrs.grants) > 0
	count([grant | some grant in row.attrs.grants; complete(grant)]) == count(row.attrs.grants)
}

complete(grant) if {
	ev.stated(grant.cloud_role)
	ev.stated(grant.level)
	count(grant.data_classes) > 0
}

# lacking are the fields that a row is known to lack.
lacking(row) := ((unset_fields(row) | empty_lists(row)) | grants_short(row)) | not_attested(row)

unset_fields(row) := {"approved_by" | ev.unset(row.attrs.approved_by)}

empty_lists(row) := {"job_functions" | row.attrs.job_functions == []} | {"grants" | row.attrs.grants == []}

grants_short(row) := {sprintf("grants[%d].%s", [i, field]) |
	some i, grant in row.attrs.grants
	some field in short(grant)
}

short(grant) := {field | some field in {"cloud_role", "level"}; ev.unset(grant[field])} | {"data_classes" | grant.data_classes == []}

# A field that the register leaves out is a gap in an audit.
not_attested(row) := {field |
	input.profile == "audit"
	some field in {"job_functions", "grants", "approved_by"}
	ev.not_attested(row, field)
}
