# METADATA
# title: People who changed job had their access re-decided
# description: |
#   A pass shows that, within the time after the last change of job, a review decided about one of the person's logins or an access was
#   granted or taken back, and that the roles which the person has now are for the new job function by the RBAC matrix; or that the
#   person has no access, or changed so recently that the time is still running. It does not show that what was decided was right.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.person: schema.person
# custom:
#   severity: medium
#   units: [person]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: job_change_days
#       default: 30
#       unit: days
#       source: product default
#   rationale: Privilege piles up through transfers.
#   remediation: Go through the person's roles with the new manager, take back what the matrix does not allow for the new job function (revoked_on in grants.csv), and record the decision as a review or as grants. Let a change of job in the roster start this by itself.
package checks.join.movers

import data.lib.clock
import data.lib.ev
import data.lib.owner
import data.lib.records
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s changed job on %s, and nobody decided about the access within %v days", [e.name, e.attrs.job_changed_on, input.params.job_change_days]),
	"expected": sprintf("a review decision, or a grant or its end, within %v days", [input.params.job_change_days]),
	"actual": "none",
	"attributes": ["job_changed_on"],
} if {
	some e in input.person
	here(e)
	overdue(e)
	count(known_accesses(e)) > 0
	whole(e)
	not decided(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s still has the role %s, which the matrix does not allow for %s", [e.name, row.name, e.attrs.job_function]),
	"expected": sprintf("roles for %s", [e.attrs.job_function]),
	"actual": row.name,
	"attributes": ["job_function"],
	"at": {"uid": grant.uid, "attribute": "rbac_role"},
} if {
	some e in input.person
	here(e)
	overdue(e)
	some grant in current_grants(e)
	row := row_of(grant)
	ev.whole(row, "job_functions")
	is_string(e.attrs.job_function)
	not e.attrs.job_function in row.attrs.job_functions
}

pass contains e.uid if {
	some e in input.person
	here(e)
	overdue(e)
	decided(e)
	ev.recorded("access_grant")
	ev.all_settled("granted_to")
	every grant in grants(e) {
		ended_or_allowed(grant, e)
	}
}

pass contains {"uid": e.uid, "message": sprintf("%s has no access", [e.name])} if {
	some e in input.person
	here(e)
	overdue(e)
	whole(e)
	count(accesses(e)) == 0
	count([g | some g in grants(e); not ended(g)]) == 0
	not decided(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s changed job on %s; the access must be decided about within %v days", [e.name, e.attrs.job_changed_on, input.params.job_change_days])} if {
	some e in input.person
	here(e)
	clock.days_since(e.attrs.job_changed_on) <= input.params.job_change_days
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s never changed job", [e.name])} if {
	some e in input.person
	ev.is_null_fact(e, "job_changed_on")
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s does not work here", [e.name])} if {
	some e in input.person
	e.attrs.status in {"terminated", "pending"}
}

unknown contains {"uid": e.uid, "path": path, "reason": e.unknown[path], "message": "the roster does not say it"} if {
	some e in input.person
	some path in ["status", "job_changed_on", "job_function"]
	e.unknown[path]
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap(register)} if {
	some e in input.person
	some register in records.unread(["access_review", "access_grant", "rbac_role"])
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": "which logins are theirs: not all were read, or some have no known owner",
} if {
	some e in input.person
	not logins_known
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether the grant %s is for the new job function", [grant.id]),
} if {
	some e in input.person
	some grant in grants(e)
	not ended_or_allowed(grant, e)
}

unknown contains {
	"uid": e.uid,
	"reason": object.get(login.unknown, "enabled", "not_collected"),
	"message": sprintf("whether the login %s is enabled", [login.id]),
} if {
	some e in input.person
	some login in owner.logins(e)
	not ev.known(login, "enabled")
}

here(e) if e.attrs.status in {"active", "leave"}

overdue(e) if clock.days_since(e.attrs.job_changed_on) > input.params.job_change_days

in_window(e, day) if {
	after := clock.days(e.attrs.job_changed_on, day)
	after >= 0
	after <= input.params.job_change_days
}

grants(e) := [g | some uid in ev.sources(e, "granted_to"); g := ev.entity(uid)]

# current_grants are those that are known to hold.
current_grants(e) := [g |
	some g in grants(e)
	g.attrs.revoked_on == null
	lasting(g)
]

lasting(grant) if grant.attrs.expires_on == null

lasting(grant) if clock.days_since(grant.attrs.expires_on) <= 0

ended(grant) if clock.past(grant.attrs.revoked_on)

ended(grant) if clock.past(grant.attrs.expires_on)

known_accesses(e) := array.concat([l | some l in owner.logins(e); l.attrs.enabled == true], current_grants(e))

accesses(e) := array.concat([l | some l in owner.logins(e); object.get(l.attrs, "enabled", true) == true], current_grants(e))

decided(e) if {
	some grant in grants(e)
	some day in [object.get(grant.attrs, "approved_on", null), object.get(grant.attrs, "revoked_on", null)]
	in_window(e, day)
}

decided(e) if {
	some review in ev.all_of("access_review")
	in_window(e, review.attrs.performed_on)
	some login in array.concat([e], owner.logins(e))
	login.uid in reviewed[review.uid]
}

reviewed := {review.uid: {entry.uid | some entry in review.attrs.principals} | some review in ev.all_of("access_review")}

ended_or_allowed(grant, _) if ended(grant)

ended_or_allowed(grant, e) if e.attrs.job_function in row_of(grant).attrs.job_functions

row_of(grant) := ev.entity(row_index[grant.attrs.rbac_role])

row_index := object.union_n([{word: row.uid} | some row in ev.all_of("rbac_role"); some word in [row.uid, row.id, row.name]])

# whole holds where every decision and every access would be on record.
whole(_) if {
	ev.recorded("access_review")
	ev.recorded("access_grant")
	rows_told
}

rows_told if {
	ev.all_settled("granted_to")
	logins_known
	count([r | some r in ev.all_of("access_review"); not told(r)]) == 0
	count([g | some g in ev.all_of("access_grant"); not dated(g)]) == 0
}

told(review) if {
	ev.known(review, "performed_on")
	ev.each_known(review, "principals", "uid")
}

dated(grant) if {
	ev.all_known(grant, ["approved_on", "revoked_on", "expires_on"])
	count(ev.targets(grant, "granted_to")) > 0
}

logins_known if {
	scope.measured("principal")
	owner.settled
}
