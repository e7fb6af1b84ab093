# METADATA
# title: The matrix of roles, job functions and access levels
# description: |
#   A row of the matrix (rbac_role) grants access levels on roles. It names a role by uid, id, name or ARN, or by a pattern with "*".
#   A role from code has no ARN yet: there, the name at the end of an ARN counts. A row counts only once somebody approved it.
package lib.rbac

import data.lib.ev

rows := ev.all_of("rbac_role")

# naming are the rows that speak of the entity at any level. They are found by the words of their grants, since both roles and rows can
# be many.
naming(e) := ({uid | some own in {e.uid, e.id, e.name}; some uid in object.get(word_index, own, set())} | by_pattern(e)) | by_tail(e)

word_index := by_word

by_word[grant.cloud_role] contains row.uid if {
	some row in rows
	some grant in row.attrs.grants
	is_string(grant.cloud_role)
}

patterns := {word | some word, _ in word_index; contains(word, "*")}

by_pattern(e) := {uid |
	some pattern in patterns
	some own in {e.uid, e.id, e.name}
	glob.match(pattern, null, own)
	some uid in word_index[pattern]
}

# tails are the names at the ends of ARNs.
tails := by_end

by_end[end] contains uid if {
	some word, uids in word_index
	startswith(word, "arn:")
	parts := split(word, "/")
	end := parts[count(parts) - 1]
	some uid in uids
}

by_tail(e) := object.get(tails, e.name, set()) if {
	not startswith(e.id, "arn:")
} else := set()

# means holds where the words of a grant mean the entity.
means(words, e) if words in {e.uid, e.id, e.name}

means(words, e) if {
	words in patterns
	some own in {e.uid, e.id, e.name}
	glob.match(words, null, own)
}

means(words, e) if {
	startswith(words, "arn:")
	not startswith(e.id, "arn:")
	endswith(words, concat("", ["/", e.name]))
}

# listed_admin holds where an approved row lists the entity at level admin.
listed_admin(e) if {
	some uid in naming(e)
	row := ev.entity(uid)
	ev.stated(row.attrs.approved_by)
	some grant in row.attrs.grants
	grant.level == "admin"
	means(grant.cloud_role, e)
}

# unlisted_admin holds where the matrix was read and no row lists the entity at level admin.
unlisted_admin(e) if {
	ev.recorded("rbac_role")
	count(obscure - unapproved) == 0
	count([uid | some uid in (naming(e) - unapproved); at_admin(ev.entity(uid), e)]) == 0
}

# obscure are the rows of which some grant is not fully known.
obscure := {row.uid | some row in rows; not ev.whole(row, "grants")}

unapproved := {row.uid | some row in rows; ev.unset(row.attrs.approved_by)}

at_admin(row, e) if {
	some grant in row.attrs.grants
	grant.level == "admin"
	means(grant.cloud_role, e)
}

named_by(e) := [ev.entity(uid) | some uid in naming(e)]

# unnamed holds where the matrix was read and no row speaks of the entity.
unnamed(e) if {
	ev.recorded("rbac_role")
	count(obscure) == 0
	count(naming(e)) == 0
}

# classes are the data classes that some row grants access to.
classes := {class | some row in rows; some grant in row.attrs.grants; some class in grant.data_classes}

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
