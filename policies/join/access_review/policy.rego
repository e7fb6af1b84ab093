# METADATA
# title: Access reviews cover every current principal, are on time, and their decisions were carried out
# description: |
#   A pass shows that every enabled principal was looked at within the time (shorter for privileged ones and those that reach sensitive
#   data) or is newer than the last review, that nobody reviewed their own login, that what was decided was carried out in time, and
#   that a login which was to be revoked is not enabled today. Whether a modified permission is now as decided is not compared. The
#   provider's own service identities are left out.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [organization]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: access_review_days
#       default: {privileged_or_sensitive: 90, others: 365}
#       unit: days
#       source: CIS Controls 5.1 (quarterly)
#     - name: review_execution_days
#       default: 14
#       unit: days
#       source: product default
#   rationale: A review that misses accounts or is not executed is theatre.
#   remediation: Review the principals that the findings name, with somebody other than their owner, and record each with its decision and the day it was carried out (reviews/*.yaml). Disable what was to be revoked.
package checks.join.access_review

import data.lib.access
import data.lib.clock
import data.lib.ev
import data.lib.owner
import data.lib.people
import data.lib.records
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was not reviewed for %v days", [p.id, known_limit(p)]),
	"expected": sprintf("a review within %v days", [known_limit(p)]),
	"actual": "none on record",
	"attributes": ["headcount"],
	"at": {"uid": p.uid, "attribute": "enabled"},
} if {
	some e in input.organization
	whole(e)
	some p in judged
	p.attrs.enabled == true
	is_string(p.attrs.type)
	not reviewed_within(p, known_limit(p))
	not perhaps_new(p, known_limit(p))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s reviewed the login %s, which is their own", [reviewer.id, entry.uid]),
	"expected": "a reviewer who is not the subject",
	"actual": reviewer.id,
	"attributes": ["headcount"],
	"at": {"uid": review.uid, "attribute": "reviewer"},
} if {
	some e in input.organization
	some review in recent
	some entry in review.attrs.principals
	some reviewer in people.persons(review.attrs.reviewer)
	entry.uid in own_words(reviewer)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the decision of %s to %s %s was not carried out within %v days", [review.attrs.performed_on, entry.decision, entry.uid, input.params.review_execution_days]),
	"expected": sprintf("within %v days", [input.params.review_execution_days]),
	"actual": executed(entry),
	"attributes": ["headcount"],
	"at": {"uid": review.uid, "attribute": "principals"},
} if {
	some e in input.organization
	some review in recent
	some entry in review.attrs.principals
	entry.decision in {"revoke", "modify"}
	too_late(review, entry)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was to be revoked by the review of %s and is still enabled", [entry.uid, review.attrs.performed_on]),
	"expected": "disabled",
	"actual": "enabled",
	"attributes": ["headcount"],
	"at": {"uid": entry.uid, "attribute": "enabled"},
} if {
	some e in input.organization
	some review in recent
	some entry in review.attrs.principals
	entry.decision == "revoke"
	ev.entity(entry.uid).attrs.enabled == true
	due(review, entry)
	not decided_later(review, entry)
}

pass contains e.uid if {
	some e in input.organization
	whole(e)
	scope.measured("principal")
	count(judged) > 0
	every p in judged {
		covered(p)
	}
	owner.settled
	every review in recent {
		proper(review)
	}
}

not_applicable contains {"uid": e.uid, "message": "there is no principal"} if {
	some e in input.organization
	scope.measured("principal")
	count(ev.all_of("principal")) == 0
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("access_review")} if {
	some e in input.organization
	not ev.recorded("access_review")
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "the reviews on record do not say who was reviewed by whom, when and with what outcome"} if {
	some e in input.organization
	ev.recorded("access_review")
	not whole(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "which principals there are: they were not read everywhere"} if {
	some e in input.organization
	not scope.measured("principal")
}

unknown contains {"uid": e.uid, "reason": "unlinked", "message": "whether anybody reviewed their own login: not every login has a known owner"} if {
	some e in input.organization
	not owner.settled
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether %s had to be reviewed by now: its state, its age or its reach is not known", [p.id]),
} if {
	some e in input.organization
	some p in judged
	not covered(p)
}

# judged are the principals that may be enabled and are the organisation's to decide about.
judged := [p |
	some p in ev.all_of("principal")
	not p.attrs.type == "service_linked"
	object.get(p.attrs, "enabled", true) == true
]

# recent are the reviews that can still count for something.
recent := [r |
	some r in ev.all_of("access_review")
	clock.days_since(r.attrs.performed_on) <= input.params.access_review_days.others
]

reviewed := {r.uid: {entry.uid | some entry in r.attrs.principals} | some r in recent}

last_review := max([day | some r in ev.all_of("access_review"); day := r.attrs.performed_on; is_string(day)])

reviewed_within(p, days) if {
	some r in recent
	clock.days_since(r.attrs.performed_on) <= days
	p.uid in reviewed[r.uid]
}

# known_limit is the time that is known to hold for the principal; strict_limit the one that holds at worst.
known_limit(p) := input.params.access_review_days.privileged_or_sensitive if {
	exposed(p)
} else := input.params.access_review_days.others

strict_limit(p) := input.params.access_review_days.others if {
	unexposed(p)
} else := input.params.access_review_days.privileged_or_sensitive

exposed(p) if p.attrs.privileged == true

exposed(p) if p.uid in access.readers

unexposed(p) if {
	p.attrs.privileged == false
	access.all_settled(p)
	not p.uid in access.possible_readers
}

# A principal that came after the last review waits for the next, no longer than any other.
new(p, days) if {
	clock.days(last_review, p.attrs.created_at) > 0
	clock.days_since(p.attrs.created_at) <= days
}

perhaps_new(p, days) if new(p, days)

perhaps_new(p, _) if not ev.known(p, "created_at")

# Where there was no review at all, only the age counts.
perhaps_new(p, days) if {
	not last_review
	clock.days_since(p.attrs.created_at) <= days
}

covered(p) if {
	p.attrs.enabled == true
	reviewed_within(p, strict_limit(p))
}

covered(p) if new(p, strict_limit(p))

own_words(person) := {uid | some uid in ev.sources(person, "owned_by")} | {person.uid, person.id}

executed(entry) := sprintf("on %s", [entry.executed_on]) if {
	is_string(entry.executed_on)
} else := "not yet"

too_late(review, entry) if clock.days(review.attrs.performed_on, entry.executed_on) > input.params.review_execution_days

too_late(review, entry) if {
	entry.executed_on == null
	clock.days_since(review.attrs.performed_on) > input.params.review_execution_days
}

in_time(review, entry) if clock.days(review.attrs.performed_on, entry.executed_on) <= input.params.review_execution_days

in_time(review, entry) if {
	entry.executed_on == null
	clock.days_since(review.attrs.performed_on) <= input.params.review_execution_days
}

# due holds where the decision should have had its effect.
due(_, entry) if is_string(entry.executed_on)

due(review, _) if clock.days_since(review.attrs.performed_on) > input.params.review_execution_days

decided_later(review, entry) if {
	some later in recent
	clock.days(review.attrs.performed_on, later.attrs.performed_on) > 0
	entry.uid in reviewed[later.uid]
}

# proper holds where everything about the review itself is in order.
proper(review) if {
	some reviewer in people.persons(review.attrs.reviewer)
	every entry in review.attrs.principals {
		not entry.uid in own_words(reviewer)
		carried_out(review, entry)
	}
}

carried_out(_, entry) if entry.decision == "keep"

carried_out(review, entry) if {
	entry.decision == "modify"
	in_time(review, entry)
}

carried_out(review, entry) if {
	entry.decision == "revoke"
	in_time(review, entry)
	effective(review, entry)
}

effective(_, entry) if ev.entity(entry.uid).attrs.enabled == false

effective(_, entry) if not ev.entity(entry.uid)

effective(review, entry) if not due(review, entry)

effective(review, entry) if decided_later(review, entry)

# whole holds where the register was read and every review says what it must.
whole(_) if {
	ev.recorded("access_review")
	count([r | some r in ev.all_of("access_review"); not told(r)]) == 0
}

told(review) if {
	ev.known(review, "performed_on")
	ev.each_known(review, "principals", "uid")
}
