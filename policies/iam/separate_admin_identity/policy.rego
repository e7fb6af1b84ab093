# METADATA
# title: Administrators use a separate identity for privileged work
# description: |
#   A pass shows that somebody who owns a login with administrator rights also owns one without them, or has such rights only through roles
#   that are assumed for a session. It does not show that the person uses the right one. It needs the roster: a login belongs to a person by
#   the relation owned_by. Logins of software that somebody answers for are not counted.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
#   - https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final
# schemas:
#   - input.person: schema.person
# custom:
#   severity: low
#   units: [person]
#   collectors: [aws, host, governance]
#   rationale: Everyday browsing and mail should not run with administrative rights.
#   remediation: Give the administrator a second login without privileges for daily work, or take the rights from the login and put them on a role that it assumes for limited sessions.
package checks.iam.separate_admin_identity

import data.lib.ev
import data.lib.people
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has only logins with administrator rights: %s", [e.name, names(admins(e))]),
	"expected": "a login without them for daily work",
	"actual": names(admins(e)),
	"attributes": [],
} if {
	some e in input.person
	count(admins(e)) > 0
	ev.all_settled("owned_by")
	scope.enumerated("principal")
	every p in owned(e) {
		no_daily(p)
	}
}

pass contains {"uid": e.uid, "message": sprintf("%s has %s for daily work", [e.name, names(daily(e))])} if {
	some e in input.person
	count(admins(e)) > 0
	count(daily(e)) > 0
}

pass contains {"uid": e.uid, "message": sprintf("%s has administrator rights only through roles", [e.name])} if {
	some e in input.person
	unprivileged(e)
	through_roles(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s no longer works here", [e.name])} if {
	some e in input.person
	people.inactive(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no login with administrator rights", [e.name])} if {
	some e in input.person
	unprivileged(e)
	not through_roles(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("which logins %s has is not fully known", [e.name]),
} if {
	some e in input.person
	not complete
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether %s has administrator rights, or is a person's login, is not known", [p.name]),
} if {
	some e in input.person
	some p in owned(e)
	not ev.all_known(p, ["privileged", "type", "enabled"])
}

# complete holds where the logins of everybody are known.
complete if {
	ev.all_settled("owned_by")
	scope.enumerated("principal")
}

# owned are the logins that are linked to the person, but for those of software and those that are disabled.
owned(e) := [p |
	some uid in ev.sources(e, "owned_by")
	p := ev.entity(uid)
	p.kind == "principal"
	not passed_over(p)
]

passed_over(p) if p.attrs.type in {"workload", "service_linked"}

passed_over(p) if p.attrs.enabled == false

admins(e) := [p |
	some p in owned(e)
	p.attrs.type in {"human", "root"}
	p.attrs.enabled == true
	p.attrs.privileged == true
]

# daily are the logins without administrator rights.
daily(e) := [p |
	some p in owned(e)
	p.attrs.type == "human"
	p.attrs.enabled == true
	p.attrs.privileged == false
]

no_daily(p) if p.attrs.privileged == true

no_daily(p) if p.attrs.type == "root"

# unprivileged holds where every login of the person is known, and none of them has administrator rights.
unprivileged(e) if {
	complete
	every p in owned(e) {
		p.attrs.privileged == false
	}
}

# through_roles holds where a login of the person is known to be able to assume a privileged role.
through_roles(e) if {
	some p in daily(e)
	some uid in ev.targets(p, "can_assume")
	ev.entity(uid).attrs.privileged == true
}

names(list) := concat(", ", sort([p.name | some p in list]))
