# METADATA
# title: Every human login belongs to someone on the roster or a contracted vendor
# description: |
#   A pass shows that the login is linked to somebody who works here or to a vendor in the register, or that the service account has an
#   owner: a team, a person who is still here, or a vendor. The link is what a label or record declares, the vendor register, the e-mail
#   address or, for people, the name. It does not show that the person needs the login. Disabled logins, the root user and the
#   provider's own service identities are not judged.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_users.html
# schemas:
#   - input.principal: schema.principal
# custom:
#   severity: high
#   units: [principal]
#   collectors: [aws, host, governance]
#   rationale: Accounts nobody claims are either leftovers or intrusions.
#   remediation: Find out whose login it is and say so in the tag owner, in its e-mail address or in vendors.yaml under principals; of a service account name the team that runs it. Disable what nobody claims and look through what it did.
package checks.join.orphan_principals

import data.lib.ev
import data.lib.owner
import data.lib.people
import data.lib.records

fail contains {
	"uid": e.uid,
	"message": sprintf("nobody on the roster and no vendor owns the login %s", [e.name]),
	"expected": "an owner",
	"actual": "none by label, e-mail address or name",
	"attributes": ["email"],
} if {
	some e in input.principal
	judged(e)
	owner.uncovered(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s belongs to %s, who is no longer here", [e.name, o.id]),
	"expected": "an owner who works here",
	"actual": o.attrs.status,
	"attributes": ["enabled"],
	"at": {"uid": o.uid, "attribute": "status"},
} if {
	some e in input.principal
	judged(e)
	some o in owner.owners(e)
	people.inactive(o)
	none_here(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the login %s belongs to the team %s and to no person", [e.name, o.id]),
	"expected": "a person",
	"actual": "a team",
	"attributes": ["type"],
	"at": {"uid": o.uid, "attribute": "members"},
} if {
	some e in input.principal
	judged(e)
	e.attrs.type == "human"
	some o in owner.owners(e)
	o.kind == "team"
	only_teams(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s belongs to %s", [e.name, o.id])} if {
	some e in input.principal
	judged(e)
	some o in owner.owners(e)
	owns(o, e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is disabled", [e.name])} if {
	some e in input.principal
	e.attrs.enabled == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is the %s's own", [e.name, whose[e.attrs.type]])} if {
	some e in input.principal
	whose[e.attrs.type]
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": records.gap(register),
} if {
	some e in input.principal
	some register in records.unread(owner.registers)
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "whose it is, or whether it counts",
} if {
	some e in input.principal
	some path in ["type", "enabled", "email"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": "whose it is: the labels that would name the owner could not be read",
} if {
	some e in input.principal
	not ev.settled(e, "owned_by")
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": "whose it is: the roster lacks e-mail addresses, or the vendor register logins, by which it would be recognised",
} if {
	some e in input.principal
	count(records.unread(owner.registers)) == 0
	not owner.registers_recorded
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether %s, to whom it belongs, is still here", [o.id]),
} if {
	some e in input.principal
	some o in owner.owners(e)
	not people.inactive(o)
	not owns(o, e)
}

whose := {"root": "account", "service_linked": "provider"}

judged(e) if {
	e.attrs.enabled == true
	e.attrs.type in {"human", "workload"}
}

owns(o, _) if {
	o.kind == "person"
	people.active(o)
}

owns(o, _) if o.kind == "vendor"

# A team can own a service account, and not what one person must answer for.
owns(o, e) if {
	o.kind == "team"
	e.attrs.type == "workload"
}

# only_teams holds where no person or vendor on record owns the login, although teams do.
only_teams(e) if {
	ev.settled(e, "owned_by")
	owner.registers_recorded
	owner.reachable(e)
	every o in owner.owners(e) {
		o.kind == "team"
	}
}

# none_here holds where each owner is known to have left.
none_here(e) if {
	ev.settled(e, "owned_by")
	every o in owner.owners(e) {
		people.inactive(o)
	}
}
