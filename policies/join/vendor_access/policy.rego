# METADATA
# title: Outside parties with technical access have a contract, and contracted access ends with the contract
# description: |
#   A pass on a vendor shows that it has no login and no trusted account, or a contract in force, and where it can reach health
#   information or personal data a business associate agreement or a data processing agreement in force. A pass on the organisation
#   shows that every account outside of it that a role trusts with sensitive data belongs to a vendor in the register. Which agreement
#   is needed follows from the laws that the organisation states (regimes). It does not show that the vendor still needs the access.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
# schemas:
#   - input.vendor: schema.vendor
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [vendor, organization]
#   collectors: [aws, host, governance]
#   rationale: Trust policies outlive vendor relationships.
#   remediation: Remove the vendor's account from the trust policy and disable its logins on the day the contract ends. Sign the missing agreement before the access is used. List accounts and logins of each vendor in vendors.yaml under principals.
package checks.join.vendor_access

import data.lib.access
import data.lib.ev
import data.lib.owner
import data.lib.records
import data.lib.scope
import data.lib.vendors

fail contains {
	"uid": e.uid,
	"message": sprintf("every contract with %s is over, and %s still lets it in", [e.name, way.id]),
	"expected": "no access after the contract",
	"actual": way.id,
	"attributes": ["principals"],
	"at": {"uid": way.uid, "attribute": "trust"},
} if {
	some e in input.vendor
	vendors.whole(e)
	count([c | some c in vendors.contracts(e); vendors.over(c)]) == count(vendors.contracts(e))
	count(vendors.contracts(e)) > 0
	some way in vendors.ways(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has access through %s and no contract", [e.name, way.id]),
	"expected": "a contract in force",
	"actual": "none",
	"attributes": ["principals"],
	"at": {"uid": way.uid, "attribute": "trust"},
} if {
	some e in input.vendor
	vendors.whole(e)
	count(vendors.contracts(e)) == 0
	some way in vendors.ways(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can reach %s through %s without %s in force", [e.name, ev.entity(store).name, way.id, agreements[type]]),
	"expected": sprintf("%s in force", [agreements[type]]),
	"actual": "none",
	"attributes": ["role"],
	"at": {"uid": way.uid, "attribute": "trust"},
} if {
	some e in input.vendor
	vendors.whole(e)
	some type, stores in holding
	demanded(type)
	some way in vendors.ways(e)
	some store in vendors.surely_reached(way, stores)
	of_type := [c | some c in vendors.contracts(e); c.attrs.type == type]
	count([c | some c in of_type; vendors.over(c)]) == count(of_type)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s lets in %s, which no vendor in the register owns and which can reach %s", [role.id, trust.principal, ev.entity(store).name]),
	"expected": "an account of a vendor in the register",
	"actual": trust.principal,
	"attributes": ["regimes"],
	"at": {"uid": role.uid, "attribute": "trust"},
} if {
	some e in input.organization
	register_whole(e)
	some [role, trust] in strangers
	some store in vendors.surely_reached(role, sensitive)
}

pass contains {"uid": e.uid, "message": sprintf("%s has no access", [e.name])} if {
	some e in input.vendor
	ways_known(e)
	count(vendors.possible_ways(e)) == 0
}

pass contains e.uid if {
	some e in input.vendor
	ways_known(e)
	count(vendors.possible_ways(e)) > 0
	some c in vendors.contracts(e)
	vendors.in_force(c)
	every type, _ in holding {
		satisfied(e, type)
	}
}

pass contains e.uid if {
	some e in input.organization
	trusts_known(e)
	every stranger in strangers {
		harmless(stranger[0])
	}
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap(register)} if {
	some e in input.vendor
	some register in records.unread(["vendor", "contract", "organization"])
}

unknown contains {"uid": e.uid, "path": "principals", "reason": e.unknown.principals, "message": "by which accounts and logins it would be recognised"} if {
	some e in input.vendor
	e.unknown.principals
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": "through what it gets in: not all logins, roles and trusts were read",
} if {
	some e in input.vendor
	not ways_known(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("whether %s reaches data that take %s, or the agreement's dates", [way.id, agreements[type]]),
} if {
	some e in input.vendor
	some way in vendors.possible_ways(e)
	some type, _ in holding
	not satisfied(e, type)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("vendor")} if {
	some e in input.organization
	not ev.recorded("vendor")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": "whom roles trust: not all roles were read, or whether an account is part of the organisation is not known",
} if {
	some e in input.organization
	not trusts_known(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("whether %s, which %s lets in, can reach sensitive data", [trust.principal, role.id]),
} if {
	some e in input.organization
	some [role, trust] in strangers
	not harmless(role)
}

agreements := {"baa": "a business associate agreement", "dpa": "a data processing agreement"}

# holding are the stores with data for which a law asks for the type of agreement.
holding := {
	"baa": {s.uid | some s in ev.all_of("datastore"); s.attrs["derived.phi"] == true},
	"dpa": {s.uid | some s in ev.all_of("datastore"); s.attrs["derived.personal"] == true},
}

laws := {"baa": "hipaa", "dpa": "gdpr"}

# demanded holds where the organisation is known to be bound by the law; excused, where it is known not to be.
demanded(type) if {
	some o in ev.all_of("organization")
	laws[type] in o.attrs.regimes
}

excused(type) if {
	some o in ev.all_of("organization")
	ev.whole(o, "regimes")
	not laws[type] in o.attrs.regimes
}

# satisfied holds where the vendor has the agreement, or is known to reach nothing that takes one.
satisfied(e, type) if {
	some c in vendors.contracts(e)
	c.attrs.type == type
	vendors.in_force(c)
}

satisfied(_, type) if excused(type)

satisfied(e, type) if {
	every way in vendors.possible_ways(e) {
		access.all_settled(way)
		count(vendors.reached(way, unclear[type])) == 0
	}
}

# unclear are the stores of which it is not known that they do not hold such data.
unclear := {
	"baa": {s.uid | some s in ev.all_of("datastore"); not s.attrs["derived.phi"] == false},
	"dpa": {s.uid | some s in ev.all_of("datastore"); not s.attrs["derived.personal"] == false},
}

sensitive := {s.uid | some s in ev.all_of("datastore"); s.attrs["derived.sensitive"] == true}

perhaps_sensitive := {s.uid | some s in ev.all_of("datastore"); not s.attrs["derived.sensitive"] == false}

# strangers are the trusted accounts outside of the organisation that no vendor in the register owns.
strangers := [[role, trust] |
	some role in ev.all_of("role")
	some trust in role.attrs.trust
	vendors.outside(trust)
	not vendors.of_party(trust.principal)
]

harmless(role) if {
	access.all_settled(role)
	count(vendors.reached(role, perhaps_sensitive)) == 0
}

# register_whole holds where every vendor's accounts and logins are on record.
register_whole(_) if {
	ev.recorded("vendor")
	count([v | some v in ev.all_of("vendor"); not ev.whole(v, "principals")]) == 0
}

trusts_known(_) if {
	scope.measured("role")
	trusts_told
}

trusts_told if {
	count([r | some r in ev.all_of("role"); not clear(r)]) == 0
}

clear(role) if {
	ev.each_known(role, "trust", "principal")
	ev.each_known(role, "trust", "external")
	ev.each_known(role, "trust", "principal_type")
}

# ways_known holds where everything through which the vendor could get in was read.
ways_known(e) if {
	ev.whole(e, "principals")
	trusts_known(e)
	scope.measured("principal")
	owner.settled
}
