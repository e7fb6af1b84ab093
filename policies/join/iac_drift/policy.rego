# METADATA
# title: What runs is what was reviewed
# description: |
#   A pass shows that every security-relevant attribute which both the code and the live system state is equal. Lists are compared
#   without their order and however the addresses of rules are grouped, and only where both were read whole. It does not compare what only one
#   of them states; where the live system refused to show what code states, nothing is concluded. What runs and is not
#   in code is given for review where everything of its kind that is in code was found running; where code has other entities
#   of the kind, the state that would say which is which is missing.
# related_resources:
#   - https://developer.hashicorp.com/terraform/tutorials/state/resource-drift
#   - https://developer.hashicorp.com/terraform/cli/commands/plan#planning-modes
# schemas:
#   - input.entity: schema.entity
# custom:
#   severity: medium
#   units: [entity]
#   collectors: [aws, terraform]
#   parameters:
#     - name: drift_paths
#       default: [encryption, exposure, rules, retention, mfa, logging]
#       unit: words of attribute paths
#       source: product default
#   rationale: A control fixed in code but changed by hand fails silently.
#   remediation: Run terraform plan -refresh-only to see the difference, then terraform apply to restore what was reviewed, or change the code and have it reviewed. Bring what is not in code under it with an import block.
package checks.join.iac_drift

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s of %s is %s in code and %s in reality", [path, e.name, brief(declared), brief(observed)]),
	"expected": brief(declared),
	"actual": brief(observed),
	"attributes": [path],
} if {
	some e in input.entity
	some path, declared in e.planes.declared
	path in security_paths
	observed := e.planes.observed[path]
	differ(e, path, declared, observed)
}

pass contains e.uid if {
	some e in input.entity
	compared := [path |
		some path, declared in e.planes.declared
		path in security_paths
		same(e, path, declared, e.planes.observed[path])
	]
	count(compared) > 0
	count(compared) == count(common(e))
	not refused(e)
}

review contains {"uid": e.uid, "message": sprintf("%s runs and is not in code", [e.name])} if {
	some e in input.entity
	unmatched(e)
	e.kind in matched_kinds
	not e.kind in waiting_kinds
}

not_applicable contains {"uid": e.uid, "message": sprintf("code manages no %s", [replace(e.kind, "_", " ")])} if {
	some e in input.entity
	unmatched(e)
	not e.kind in matched_kinds
	not e.kind in waiting_kinds
}

not_applicable contains {"uid": e.uid, "message": sprintf("code and reality state no security setting of %s in common", [e.name])} if {
	some e in input.entity
	nothing_in_common(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether %s is one of the entities in code: no state says which address has which id", [e.name]),
} if {
	some e in input.entity
	unmatched(e)
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": "unlinked",
	"message": "the list is not known whole on both sides",
} if {
	some e in input.entity
	some path, _ in e.partial
	relevant(path)
	not contains(path, "[")
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": reason,
	"message": "code states it, and reality could not be read",
} if {
	some e in input.entity
	some path, reason in withheld(e)
}

refused(e) if count(withheld(e)) > 0

# withheld are the settings that code states and that observation tried to read and did not get.
withheld(e) := {path: reason |
	some path, _ in e.planes.declared
	path in security_paths
	reason := e.planes.unread[path]
	reason in {"access_denied", "throttled", "api_error", "parse_error", "stale", "truncated"}
}

unmatched(e) if not e.planes.declared

# common are the security-relevant paths that both planes state.
common(e) := [path |
	some path, _ in e.planes.declared
	path in security_paths
	_ = e.planes.observed[path]
]

nothing_in_common(e) if {
	e.planes.declared
	count(common(e)) == 0
	count([path | some path, _ in e.partial; relevant(path)]) == 0
	not refused(e)
}

# matched_kinds have entities in code that were found running; waiting_kinds have some that were not.
matched_kinds := {e.kind | some e in data.evidence.entities; e.planes.declared; e.planes.observed}

waiting_kinds := {e.kind | some e in data.evidence.entities; e.plane == "declared"}

# security_paths are the relevant ones of the paths that code states, found once for all entities.
security_paths := {path | some path in stated_paths; relevant(path)} - invisible

# Whether somebody chose the encryption or left it to the provider is in code, and cannot be seen in what runs.
invisible := {"encryption.source"}

stated_paths := {path | some e in input.entity; some path, _ in e.planes.declared}

# relevant holds for a path that has one of the words, between dots and underscores.
relevant(path) if {
	some word in regex.split(`[._]`, path)
	word in input.params.drift_paths
}

relevant(path) if {
	some prefix in input.params.drift_paths
	startswith(path, concat("", [prefix, "."]))
}

relevant(path) if path in input.params.drift_paths

same(_, _, a, b) if {
	not is_array(a)
	a == b
}

same(e, path, a, b) if {
	is_array(a)
	is_array(b)
	not e.partial[path]
	atoms(a) == atoms(b)
}

differ(e, path, a, b) if {
	is_array(a)
	is_array(b)
	not e.partial[path]
	atoms(a) != atoms(b)
}

differ(_, _, a, b) if {
	not is_array(a)
	a != b
}

differ(_, _, a, b) if {
	is_array(a)
	not is_array(b)
}

# atoms are what a list says, one thing at a time: code and provider group the addresses of a rule differently and mean the same.
atoms(list) := {atom | some x in list; some atom in spread(x)}

spread(x) := {[sorted(object.remove(x, ["cidrs", "refs"])), peer] | some peer in peers(x)} if {
	is_object(x)
} else := {x}

peers(x) := found if {
	found := {p | some p in object.get(x, "cidrs", [])} | {p | some p in object.get(x, "refs", [])}
	count(found) > 0
} else := {null}

# sorted lets the order of lists inside of an element not matter.
sorted(x) := {key: ordered(value) | some key, value in x}

ordered(value) := sort(value) if {
	is_array(value)
} else := value

# brief renders a value so that a finding stays readable: lists by their length.
brief(value) := sprintf("a list of %d", [count(value)]) if {
	is_array(value)
} else := "none" if {
	value == null
} else := ev.say(value)
