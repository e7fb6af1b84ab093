# METADATA
# title: Scopes, and the entities that a source names
# description: |
#   A scope contains others: an account its regions, as aws:1 does aws:1:eu-west-1. What one collector read in parts, by region, is whole only
#   where every part is. A log source, a detector or a document names what it covers by uid or id, in a text or a list.
package lib.scope

import data.lib.ev

# overlap holds where one scope is the other, or a part of it.
overlap(a, b) if a == b

overlap(a, b) if startswith(a, concat("", [b, ":"]))

overlap(a, b) if startswith(b, concat("", [a, ":"]))

# near are the scopes of the snapshot that overlap a scope, itself included. The engine lists them: to try every scope for every entity
# would cost the square of their number.
near(where) := scopes if {
	scopes := data.evidence.near[where]
} else := []

# around are the entities of a kind in the scopes that overlap a scope.
around(kind, where) := [e | some other in near(where); some e in data.evidence.within[kind][other]]

# covered and managed_in are those of lib.ev.
covered(kind, where) if ev.covered(kind, where)

managed_in(kind, where) if ev.managed_in(kind, where)

# enumerated holds where everything of the kind was read in every scope of the snapshot.
enumerated(kind) if {
	statements := [status | some status in data.evidence.coverage[kind]]
	count(statements) > 0
	every status in statements {
		status == "complete"
	}
}

# measured holds where everything of the kind was read in every scope in which things are observed: accounts and hosts, not code or records.
measured(kind) if {
	statements := [status | some s, status in data.evidence.coverage[kind]; not on_paper(s)]
	count(statements) > 0
	every status in statements {
		status == "complete"
	}
}

on_paper(s) if startswith(s, "tf:")

on_paper(s) if ev.inside(s, "gov")

# part_covered holds where everything of the kind was read in a part of a scope, such as a region of an account: by what was said of the
# whole, and of the part.
part_covered(kind, whole, part) if {
	statements := [status | some s in [whole, concat(":", [whole, part])]; status := data.evidence.coverage[kind][s]]
	count(statements) > 0
	every status in statements {
		status == "complete"
	}
}

# words are the names in a text that are separated by spaces or commas.
words(text) := {word | some word in regex.split(`[\s,]+`, text); word != ""} if is_string(text)

# names are those by which others speak of an entity; an account also goes by its scope.
names(e) := {e.uid, e.id, e.scope} if e.kind == "account"

names(e) := {e.uid, e.id} if e.kind != "account"

# account_of is the account number in an ARN; empty where it names none, as that of a bucket.
account_of(arn) := split(arn, ":")[4] if startswith(arn, "arn:")
