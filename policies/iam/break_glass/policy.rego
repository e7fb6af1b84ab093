# METADATA
# title: An emergency access path exists, is watched and was tested
# description: |
#   A pass on an identity for emergencies (label purpose = break_glass) shows that it has a second factor, that an alert rule is on which
#   tells of its use, that it was tested lately, and that its last use falls on the day of an exercise (or the next or previous one) or
#   in an incident. A pass on the procedure shows that it is in force and was reviewed lately; a pass on the organisation, that both exist. It
#   does not show that people can reach the identity when they need it: the exercise does. In profile audit a register of documents that
#   was not supplied is a failure.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
#   - https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_emergency_process.html
# schemas:
#   - input.principal: schema.principal
#   - input.document: schema.document
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [principal, document, organization]
#   collectors: [aws, governance]
#   parameters:
#     - name: break_glass_test_days
#       default: 365
#       unit: days
#       source: product default
#     - name: break_glass_record_days
#       default: 1
#       unit: days between a use and the day that its record states
#       source: product default (time zones)
#     - name: policy_review_days
#       default: 365
#       unit: days
#       source: CIS Controls annual review pattern; HIPAA says periodically
#   rationale: People must reach necessary ePHI in an emergency without leaving a standing back door.
#   remediation: Keep an IAM user or role for emergencies with the tag purpose = break_glass, a hardware key in a safe, and an alarm on its sign-in; write a procedure with the topic emergency_access; test it each year and record an exercise of type break_glass; record every other use as an incident.
package checks.iam.break_glass

import data.lib.alert
import data.lib.document
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, for emergencies, has no second factor", [e.name]),
	"expected": "a second factor",
	"actual": "none",
	"attributes": ["mfa.enabled"],
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	e.attrs["mfa.enabled"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing alerts when %s, for emergencies, is used", [e.name]),
	"expected": "an alert on its use",
	"actual": "none",
	"attributes": ["purpose"],
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	alert.managed_in(e.scope)
	every rule in alert.rules(e.scope) {
		ignores(rule)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the emergency access through %s was not tested in the last %d days", [e.name, input.params.break_glass_test_days]),
	"expected": sprintf("an exercise within %d days", [input.params.break_glass_test_days]),
	"actual": "none",
	"attributes": ["purpose"],
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	ev.recorded("exercise")
	every x in ev.all_of("exercise") {
		no_test(x)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, for emergencies, was used on %s, and neither an exercise nor an incident explains it", [e.name, ev.day(e.attrs.last_used_at)]),
	"expected": "an exercise or an incident",
	"actual": "neither",
	"attributes": ["last_used_at"],
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	is_string(e.attrs.last_used_at)
	ev.recorded("exercise")
	ev.recorded("incident")
	every x in ev.all_of("exercise") {
		no_excuse(x, e)
	}
	every i in ev.all_of("incident") {
		unrelated(i, e)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was last reviewed %d days ago", [e.name, floor(ev.days_since(e, "last_reviewed_on"))]),
	"expected": sprintf("a review in the last %d days", [input.params.policy_review_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "last_reviewed_on"))]),
	"attributes": ["last_reviewed_on"],
} if {
	some e in input.document
	procedure(e)
	document.in_force(e)
	document.overdue(e, input.params.policy_review_days)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no procedure for emergency access in force", [e.name]),
	"expected": "an approved procedure with the topic emergency_access",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	document.missing("procedure", "emergency_access")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no documents of %s were supplied, so there is no procedure for emergency access", [e.name]),
	"expected": "an approved procedure with the topic emergency_access",
	"actual": "no register of documents",
	"attributes": [],
} if {
	some e in input.organization
	input.profile == "audit"
	ev.unrecorded("document")
}

fail contains {
	"uid": e.uid,
	"message": "no identity in the cloud is labelled for emergencies",
	"expected": "an identity with the label purpose = break_glass",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	ev.covered_within("principal", "aws")
	every p in ev.all_of("principal") {
		ordinary(p)
	}
}

pass contains e.uid if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	e.attrs["mfa.enabled"] == true
	some rule in alert.rules(e.scope)
	watches(rule)
	some test in ev.all_of("exercise")
	tested(test)
	explained(e)
}

pass contains e.uid if {
	some e in input.document
	procedure(e)
	document.in_force(e)
	document.reviewed(e, input.params.policy_review_days)
}

pass contains e.uid if {
	some e in input.organization
	some d in document.about("procedure", "emergency_access")
	document.in_force(d)
	some p in ev.all_of("principal")
	p.attrs.purpose == "break_glass"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is not for emergencies", [e.name])} if {
	some e in input.principal
	ordinary(e)
}

not_applicable contains {"uid": e.uid, "message": "not a procedure for emergency access"} if {
	some e in input.document
	document.off_topic(e, "procedure", "emergency_access")
}

not_applicable contains {"uid": e.uid, "message": "not in force"} if {
	some e in input.document
	document.out_of_force(e)
}

unknown contains {
	"uid": e.uid,
	"path": "purpose",
	"reason": object.get(e.unknown, "purpose", "unlinked"),
	"message": sprintf("whether %s is for emergencies", [e.name]),
} if {
	some e in input.principal
	not ev.known(e, "purpose")
}

unknown contains {
	"uid": e.uid,
	"path": "mfa.enabled",
	"reason": object.get(e.unknown, "mfa.enabled", "unlinked"),
	"message": sprintf("whether %s has a second factor", [e.name]),
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	not ev.known(e, "mfa.enabled")
}

unknown contains {
	"uid": e.uid,
	"path": "alert_rule",
	"reason": "not_collected",
	"message": sprintf("whether anything alerts when %s is used is not known", [e.name]),
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	count([rule | some rule in alert.rules(e.scope); watches(rule)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "exercise",
	"reason": "not_collected",
	"message": "whether the emergency access was tested lately is not known",
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	count([x | some x in ev.all_of("exercise"); tested(x)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "last_used_at",
	"reason": object.get(e.unknown, "last_used_at", "unlinked"),
	"message": sprintf("whether an exercise or an incident explains the last use of %s is not known", [e.name]),
} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
	not explained(e)
}

unknown contains {
	"uid": e.uid,
	"path": "document",
	"reason": "not_collected",
	"message": "whether a procedure for emergency access is in force is not known",
} if {
	some e in input.organization
	count([d | some d in document.about("procedure", "emergency_access"); document.in_force(d)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "principal",
	"reason": "not_collected",
	"message": "whether any identity is for emergencies is not known",
} if {
	some e in input.organization
	count([p | some p in ev.all_of("principal"); p.attrs.purpose == "break_glass"]) == 0
}

procedure(d) if {
	d.attrs.doc_type == "procedure"
	"emergency_access" in d.attrs.topics
}

# ordinary holds for an identity that is known not to be labelled for emergencies: it has another label, or its labels were read and
# none states a purpose. Services of the provider and accounts of Linux are never the path into the cloud.
ordinary(p) if p.attrs.purpose in {"standard", "admin", "service"}

ordinary(p) if p.unknown.purpose == "not_in_plane"

ordinary(p) if p.attrs.type in {"root", "service_linked"}

ordinary(p) if p.attrs.source == "linux"

watches(rule) if {
	rule.attrs.enabled == true
	"break_glass_use" in rule.attrs.watches
}

ignores(rule) if rule.attrs.enabled == false

ignores(rule) if {
	ev.whole(rule, "watches")
	not "break_glass_use" in rule.attrs.watches
}

tested(x) if {
	x.attrs.type == "break_glass"
	ev.days_since(x, "held_on") <= input.params.break_glass_test_days
	ev.days_since(x, "held_on") >= 0
}

# no_test holds where an exercise is known not to be a test of emergency access in time.
no_test(x) if ev.days_since(x, "held_on") > input.params.break_glass_test_days

no_test(x) if ev.days_since(x, "held_on") < 0

no_test(x) if other_type(x)

other_type(x) if {
	is_string(x.attrs.type)
	x.attrs.type != "break_glass"
}

explained(e) if ev.is_null_fact(e, "last_used_at")

explained(e) if {
	some x in ev.all_of("exercise")
	x.attrs.type == "break_glass"
	apart(x, e) <= input.params.break_glass_record_days
}

explained(e) if {
	some i in ev.all_of("incident")
	within(i, e)
}

no_excuse(x, _) if other_type(x)

no_excuse(x, e) if apart(x, e) > input.params.break_glass_record_days

# apart is the number of days between an exercise and the last use of an identity.
apart(x, e) := abs(floor(ev.days_since(x, "held_on")) - floor(use_age(e)))

# use_age counts from the first hour of the day of the last use, as days_since does for a date.
use_age(e) := ev.days_ago(ev.day(e.attrs.last_used_at))

# within holds where the identity was used in an incident: between its beginning (or its discovery) and its end.
within(i, e) if {
	ev.days_since(i, "occurred_at") >= ev.days_since(e, "last_used_at")
	not_over(i, e)
}

within(i, e) if {
	ev.days_since(i, "detected_at") >= ev.days_since(e, "last_used_at")
	not_over(i, e)
}

not_over(i, _) if ev.is_null_fact(i, "closed_at")

not_over(i, e) if ev.days_since(i, "closed_at") <= ev.days_since(e, "last_used_at")

# unrelated holds where the use is known to lie before the incident began or after it ended.
unrelated(i, e) if {
	ev.days_since(i, "occurred_at") < ev.days_since(e, "last_used_at")
	ev.days_since(i, "detected_at") < ev.days_since(e, "last_used_at")
}

unrelated(i, e) if ev.days_since(i, "closed_at") > ev.days_since(e, "last_used_at")
