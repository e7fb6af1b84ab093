# METADATA
# title: Who a login belongs to
# description: |
#   A principal leads to people, teams and vendors by the relation owned_by, which is made after collection from, in this order, what a
#   label or a record declares, the vendor register, the e-mail address, and for people's logins the name. Nobody owns it only where
#   the roster, the teams and the vendor register were read and could have named its owner.
package lib.owner

import data.lib.ev

# owners are the people, teams and vendors that the principal is known to belong to.
owners(principal) := [owner | some uid in ev.targets(principal, "owned_by"); owner := ev.entity(uid)]

# logins are the principals of a person, team or vendor.
logins(owner) := [p | some uid in ev.sources(owner, "owned_by"); p := ev.entity(uid); p.kind == "principal"]

# impersonal holds for a principal that is known not to be a person's.
impersonal(principal) if principal.attrs.type in {"workload", "root", "service_linked"}

# personal holds for one that is known to be a person's.
personal(principal) if principal.attrs.type == "human"

personal(principal) if {
	principal.attrs.interactive == true
	not impersonal(principal)
}

# registers are the records that name owners.
registers := ["person", "team", "vendor"]

# registers_recorded holds where they were read, and nothing in them is missing by which a principal would be recognised.
registers_recorded if {
	every register in registers {
		ev.recorded(register)
	}
	count([p | some p in ev.all_of("person"); not addressed(p)]) == 0
	count([v | some v in ev.all_of("vendor"); not ev.whole(v, "principals")]) == 0
}

addressed(person) if ev.known(person, "email")

addressed(person) if ev.not_applicable(person, "email")

# uncovered holds where it is proved that nobody on record owns the principal.
uncovered(principal) if {
	count(owners(principal)) == 0
	ev.settled(principal, "owned_by")
	registers_recorded
	reachable(principal)
}

reachable(principal) if ev.known(principal, "email")

reachable(principal) if ev.not_applicable(principal, "email")

# strays are the enabled logins that may be a person's and of which nobody is known to be the owner. Anybody may own one of them.
strays := [p |
	some p in ev.all_of("principal")
	not impersonal(p)
	object.get(p.attrs, "enabled", true) == true
	count(owners(p)) == 0
]

# settled holds where every login has its owner: what is not linked to somebody is not theirs.
settled if {
	count(strays) == 0
	ev.all_settled("owned_by")
}
