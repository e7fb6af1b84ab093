# METADATA
# title: Vendors, their contracts and what they can reach
# description: |
#   A vendor reaches the organisation through its logins (principals that belong to it by owned_by) and through roles that trust one of
#   its accounts (vendor.principals). A contract is in force from the day that both sides had signed until it expires or is ended.
package lib.vendors

import data.lib.access
import data.lib.clock
import data.lib.ev
import data.lib.owner

# words by which a vendor register names a party: itself, and the account that is in it.
words(text) := {text} | {id | some id in regex.find_n(`\b[0-9]{12}\b`, text, -1)}

# index leads from a word to the vendor; of two vendors that list the same word the last stands.
index := object.union_n([{word: v.uid} | some v in ev.all_of("vendor"); some own in v.attrs.principals; some word in words(own)])

# of_party is the vendor that a trusted party belongs to.
of_party(principal) := ev.entity([uid | some word in words(principal); uid := index[word]][0])

# outside holds for a trusted party that is known to be no part of the organisation.
outside(trust) if {
	trust.external == true
	trust.principal_type == "account"
}

# trusting are the roles that trust one of the vendor's parties.
trusting := object.union_n([{v.uid: {role.uid: true}} |
	some role in ev.all_of("role")
	some trust in role.attrs.trust
	outside(trust)
	v := of_party(trust.principal)
])

# ways are the enabled logins and the roles through which the vendor gets in.
ways(vendor) := array.concat([l | some l in owner.logins(vendor); l.attrs.enabled == true], roles(vendor))

# possible_ways are those and the logins of which it is not known whether they are enabled.
possible_ways(vendor) := array.concat([l | some l in owner.logins(vendor); object.get(l.attrs, "enabled", true) == true], roles(vendor))

roles(vendor) := [ev.entity(uid) | some uid, _ in object.get(trusting, vendor.uid, {})]

contracts(vendor) := [c | some uid in ev.targets(vendor, "governed_by"); c := ev.entity(uid)]

in_force(contract) if {
	clock.days_since(contract.attrs.executed_on) >= 0
	open_ended(contract)
	standing(contract)
}

open_ended(contract) if contract.attrs.expires_on == null

open_ended(contract) if {
	is_string(contract.attrs.expires_on)
	not clock.past(contract.attrs.expires_on)
}

standing(contract) if contract.attrs.terminated_on == null

standing(contract) if {
	is_string(contract.attrs.terminated_on)
	not clock.past(contract.attrs.terminated_on)
}

# over holds for a contract that is known to have ended, or never to have begun.
over(contract) if clock.past(contract.attrs.expires_on)

over(contract) if clock.past(contract.attrs.terminated_on)

over(contract) if clock.days_since(contract.attrs.executed_on) < 0

# whole holds where the registers of vendors and contracts were read, and every contract names its vendor and its kind.
whole(_) if {
	ev.recorded("vendor")
	ev.recorded("contract")
	contracts_told
}

contracts_told if {
	count([c | some c in ev.all_of("contract"); not told(c)]) == 0
}

told(contract) if {
	ev.known(contract, "type")
	count(ev.sources(contract, "governed_by")) > 0
}

# surely_reached are those of the given stores to which one of the ways certainly leads.
surely_reached(way, wanted) := {uid |
	some actor in access.surely_acts_as(way.uid)
	some relation, _ in access.levels
	not access.unsure(actor, relation)
	some uid in object.get(data.evidence.out, [relation, actor], [])
	uid in wanted
}

# reached are those of the given stores to which one of the ways leads.
reached(way, wanted) := {uid |
	some actor in access.acts_as(way.uid)
	some relation, _ in access.levels
	some uid in object.get(data.evidence.out, [relation, actor], [])
	uid in wanted
}
