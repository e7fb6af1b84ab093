# METADATA
# title: Reading evidence in three values
# description: |
#   Every attribute of an entity is known, unknown or not applicable, and only known ones are in e.attrs. A policy reads them
#   directly where a known value must equal something (e.attrs["encryption.at_rest"] == false): an unknown value then proves
#   nothing. Everything else goes through this library, because Rego itself would lie: a missing field makes `not` true,
#   null sorts below every number, and "every" over an empty list holds.
#
#   data.evidence is the indexed snapshot: kinds (entities by kind and facet), entities (by uid), out and into (uids by
#   relation and end), open (relations that may have more targets), coverage (status by kind and scope), within (entities by kind and
#   scope), near (for a scope, those of the snapshot that are it, a part of it, or contain it). The functions name what they read as
#   exactly as they can (data.evidence.out[relation][uid], and not the whole of data.evidence.out): assay diff judges again only
#   what a change of the evidence read reaches.
package lib.ev

# known holds where the attribute has a value, null included.
known(e, path) if {
	_ = e.attrs[path]
}

# all_known holds where each of the attributes has a value.
all_known(e, paths) if {
	every path in paths {
		_ = e.attrs[path]
	}
}

# whole holds where the list is known and nothing in it, and none of its elements, is unknown. Only then can a policy prove
# something about all elements.
whole(e, list) if {
	is_array(e.attrs[list])
	not e.partial[list]
}

# enumerated holds where the list is known and no further element can exist, although something inside of an element may be
# unknown. A policy that proves something about each element by itself, from what is known of it, needs no more.
enumerated(e, list) if {
	is_array(e.attrs[list])
	not e.partial[concat("", [list, "[]"])]
}

# is_null holds where the value is known to be null: never, none, no label.
is_null_fact(e, path) if is_null(e.attrs[path])

# Numbers: each holds only for a known number.
at_least(e, path, limit) if {
	is_number(e.attrs[path])
	e.attrs[path] >= limit
}

at_most(e, path, limit) if {
	is_number(e.attrs[path])
	e.attrs[path] <= limit
}

above(e, path, limit) if {
	is_number(e.attrs[path])
	e.attrs[path] > limit
}

below(e, path, limit) if {
	is_number(e.attrs[path])
	e.attrs[path] < limit
}

# not_applicable holds where the attribute cannot apply to the entity.
not_applicable(e, path) if e.na[path]

# Times: dates (YYYY-MM-DD) and times (RFC 3339) as nanoseconds.
ns(value) := time.parse_rfc3339_ns(value) if contains(value, "T")

ns(value) := time.parse_rfc3339_ns(concat("", [value, "T00:00:00Z"])) if not contains(value, "T")

# days_since is how long ago a known time or date was, in days, at the snapshot's time; negative for the future.
days_since(e, path) := days_ago(e.attrs[path])

# days_ago is the same for a time or date by itself, such as one in a list.
days_ago(value) := (input.as_of_ns - ns(value)) / 86400000000000 if is_string(value)

# minutes_between is how long after one time another one is; negative where it comes before.
minutes_between(from, to) := (ns(to) - ns(from)) / 60000000000 if {
	is_string(from)
	is_string(to)
}

# day is the date of a time or date.
day(value) := substring(value, 0, 10)

# entity is the entity of a uid; undefined where the snapshot has none.
entity(uid) := data.evidence.entities[uid]

# all_of are the entities of a kind or facet; an empty list where there are none, which proves nothing by itself: see covered.
all_of(kind) := list if {
	list := data.evidence.kinds[kind]
} else := []

# covered holds where everything of the kind in the scope was read: in the scope itself, in its parts (the regions of an account) and in
# what contains it (the account, which holds what belongs to no region). At least one of them must speak of the kind.
covered(kind, scope) if {
	statuses := {status | some s in data.evidence.near[scope]; status := data.evidence.coverage[kind][s]}
	statuses == {"complete"}
}

# managed_in holds where the kind was read completely in the scope and the scope is where it is managed: for a Terraform
# root module, which sees only what it declares, at least one entity of the kind must be declared there.
managed_in(kind, scope) if {
	covered(kind, scope)
	not startswith(scope, "tf:")
}

managed_in(kind, scope) if {
	covered(kind, scope)
	startswith(scope, "tf:")
	_ = data.evidence.within[kind][scope]
}

# covered_within and managed_within ask the same of a scope and of all scopes inside of it, such as the regions of an account or
# all accounts ("aws"); at least one of them must speak of the kind.
covered_within(kind, scope) if {
	statuses := {status | some s in data.evidence.near[scope]; status := data.evidence.coverage[kind][s]; inside(s, scope)}
	statuses == {"complete"}
}

managed_within(kind, scope) if {
	covered_within(kind, scope)
	not startswith(scope, "tf:")
}

managed_within(kind, scope) if managed_in(kind, scope)

inside(s, scope) if s == scope

inside(s, scope) if startswith(s, concat("", [scope, ":"]))

# recorded holds where the governance records of the kind were read completely: what is not among them is not recorded.
recorded(kind) if covered_within(kind, "gov")

# unrecorded holds where no governance record of the kind was supplied at all. That is a gap in an audit, and no proof otherwise.
unrecorded(kind) if {
	statuses := {status | some s, status in data.evidence.coverage[kind]; inside(s, "gov")}
	count(statuses - {"skipped"}) == 0
}

# not_attested holds where the record of the entity lacks the field.
not_attested(e, path) if e.unknown[path] == "not_attested"

# each_known holds where the list is known, no element can be missing, and the field of each element is known or cannot apply.
each_known(e, list, field) if {
	enumerated(e, list)
	not e.partial[concat("", [list, "[].", field])]
}

# targets are the uids that relations of a type lead to from the entity; sources are those that they come from.
targets(e, relation) := uids if {
	uids := data.evidence.out[relation][e.uid]
} else := []

sources(e, relation) := uids if {
	uids := data.evidence.into[relation][e.uid]
} else := []

# settled holds where no further relation of the type can lead from the entity.
settled(e, relation) if not data.evidence.open[relation][e.uid]

# all_settled holds where nothing in the whole snapshot can have a further relation of the type: only then are the sources of an
# entity all there are.
all_settled(relation) if not data.evidence.open[relation]

# unset holds for a value that says nothing: null, and text of blanks.
unset(value) if value == null

unset(value) if {
	is_string(value)
	trim_space(value) == ""
}

# stated holds for text that says something.
stated(value) if {
	is_string(value)
	trim_space(value) != ""
}

# say renders a value for a message: strings as they are, everything else as JSON.
say(value) := value if is_string(value)

say(value) := json.marshal(value) if not is_string(value)

# hours_since is days_since in hours.
hours_since(e, path) := days_since(e, path) * 24

# day_ns is a day in nanoseconds.
day_ns := 86400000000000
