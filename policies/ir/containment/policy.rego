# METADATA
# title: Affected systems can be isolated and were isolated promptly
# description: |
#   A pass on an incident of high or critical severity shows that it was contained within the minutes of the parameter after it was
#   noticed. A pass on the organisation shows that a capability to isolate systems (a quarantine group, isolation by the EDR, a network block)
#   is documented and was tried within the days of the parameter. It does not show that everything affected was isolated. An incident that is
#   still open fails once its minutes have passed. Lesser incidents are not judged.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://csrc.nist.gov/pubs/sp/800/61/r3/final
# schemas:
#   - input.incident: schema.incident
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [incident, organization]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: contain_minutes
#       default: {critical: 240, high: 1440}
#       unit: minutes
#       source: product default; policy overrides
#     - name: exercise_days
#       default: 365
#       unit: days
#       source: CIS Controls 17.7 (annual); NPRM 12 months
#   rationale: "Seed: isolate affected systems."
#   remediation: Prepare a security group without rules for quarantine, or isolation by the EDR, describe how it is used in capabilities (type isolation, documented true), try it each year and note last_tested_on; note detected_at and contained_at of every incident.
package checks.ir.containment

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, of severity %s, was contained after %d minutes", [e.name, e.attrs.severity, floor(duration(e))]),
	"expected": sprintf("at most %d minutes", [limit(e)]),
	"actual": sprintf("%d minutes", [floor(duration(e))]),
	"attributes": ["contained_at"],
} if {
	some e in input.incident
	is_string(e.attrs.contained_at)
	duration(e) > limit(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, of severity %s, is not contained %d minutes after it was noticed", [e.name, e.attrs.severity, floor(waiting(e))]),
	"expected": sprintf("at most %d minutes", [limit(e)]),
	"actual": "not contained",
	"attributes": ["contained_at"],
} if {
	some e in input.incident
	not_contained(e)
	waiting(e) > limit(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no tested way to isolate a system", [e.name]),
	"expected": sprintf("a documented capability, tried in the last %d days", [input.params.exercise_days]),
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	ev.recorded("capability")
	every c in ev.all_of("capability") {
		unfit(c)
	}
}

pass contains e.uid if {
	some e in input.incident
	is_string(e.attrs.contained_at)
	duration(e) <= limit(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s was tried lately", [c.name])} if {
	some e in input.organization
	some c in ev.all_of("capability")
	c.attrs.type == "isolation"
	c.attrs.documented == true
	ev.days_since(c, "last_tested_on") <= input.params.exercise_days
}

not_applicable contains {"uid": e.uid, "message": "of lower severity"} if {
	some e in input.incident
	e.attrs.severity in {"medium", "low"}
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": sprintf("the register does not say it of %s", [e.name]),
} if {
	some e in input.incident
	some path in ["severity", "detected_at", "contained_at"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "contained_at",
	"reason": "not_attested",
	"message": sprintf("%s is not contained yet, and its minutes have not passed", [e.name]),
} if {
	some e in input.incident
	not_contained(e)
	waiting(e) <= limit(e)
}

unknown contains {
	"uid": e.uid,
	"path": "capability",
	"reason": "not_collected",
	"message": "whether a way to isolate systems is documented and was tried lately is not known",
} if {
	some e in input.organization
}

# limit is how many minutes containment may take; undefined for lesser incidents.
limit(e) := input.params.contain_minutes[e.attrs.severity]

duration(e) := ev.minutes_between(e.attrs.detected_at, e.attrs.contained_at)

waiting(e) := ev.minutes_between(e.attrs.detected_at, input.as_of)

not_contained(e) if ev.is_null_fact(e, "contained_at")

# A status of open says that an incident is not contained, where the register has no time for it.
not_contained(e) if {
	e.unknown.contained_at == "not_attested"
	e.attrs.status == "open"
}

# unfit holds for a capability that is known not to be a tested way to isolate.
unfit(c) if {
	is_string(c.attrs.type)
	c.attrs.type != "isolation"
}

unfit(c) if c.attrs.documented == false

unfit(c) if ev.days_since(c, "last_tested_on") > input.params.exercise_days

# A capability without a day of its last test was not tested, by the measure of an audit.
unfit(c) if {
	input.profile == "audit"
	ev.not_attested(c, "last_tested_on")
}
