# METADATA
# title: A recovery drill took place within 365 days and its defects were fixed
# description: |
#   A pass shows that the newest recovery drill is recent, that no defect which it showed is past its day, and that a plan for disaster
#   recovery was revised after it where it showed any. It does not show that the drill was hard enough, nor that the recovery was fast
#   enough: join.rto_demonstrated judges that. Where records were read and no drill is among them, the organisation fails. A drill in the
#   future is not judged.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://csrc.nist.gov/pubs/sp/800/34/r1/upd1/final
# schemas:
#   - input.exercise: schema.exercise
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [exercise, organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: exercise_days
#       default: 365
#       unit: days
#       source: CIS Controls 17.7 (annual); NPRM 12 months
#   rationale: Periodic testing and revision is its own HIPAA specification.
#   remediation: Hold a recovery drill at least each year, record it as an exercise of type dr_drill with its findings, owners and days, close them in time, and revise the plan with the topic disaster_recovery afterwards.
package checks.dr.tested

import data.lib.document
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the newest recovery drill, %s, was %d days ago", [e.name, floor(ev.days_since(e, "held_on"))]),
	"expected": sprintf("a drill in the last %d days", [input.params.exercise_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "held_on"))]),
	"attributes": ["held_on"],
} if {
	some e in input.exercise
	ev.days_since(e, "held_on") > input.params.exercise_days
	newest(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("a defect that %s showed should have been mended by %s", [e.name, defect.due_on]),
	"expected": "no defect past its day",
	"actual": sprintf("open since %s", [defect.due_on]),
	"attributes": [sprintf("findings[%d].due_on", [i])],
} if {
	some e in input.exercise
	newest(e)
	some i, defect in e.attrs.findings
	overdue(defect)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no plan for disaster recovery was revised after %s, which showed defects", [e.name]),
	"expected": "a revised plan",
	"actual": "none",
	"attributes": ["findings"],
} if {
	some e in input.exercise
	newest(e)
	count(e.attrs.findings) > 0
	ev.recorded("document")
	every d in ev.all_of("document") {
		unrevised(d, e)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s held no recovery drill", [e.name]),
	"expected": sprintf("a drill in the last %d days", [input.params.exercise_days]),
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	ev.recorded("exercise")
	every x in ev.all_of("exercise") {
		no_drill(x)
	}
}

pass contains e.uid if {
	some e in input.exercise
	newest(e)
	ev.days_since(e, "held_on") <= input.params.exercise_days
	ev.enumerated(e, "findings")
	every defect in e.attrs.findings {
		in_hand(defect)
	}
	learned(e)
}

not_applicable contains {"uid": e.uid, "message": "no recovery drill"} if {
	some e in input.exercise
	other_type(e)
}

not_applicable contains {"uid": e.uid, "message": "it has not taken place yet"} if {
	some e in input.exercise
	ev.days_since(e, "held_on") < 0
}

not_applicable contains {"uid": e.uid, "message": "a newer drill is judged"} if {
	some e in input.exercise
	e.attrs.type == "dr_drill"
	some other in drills
	ev.days_since(other, "held_on") < ev.days_since(e, "held_on")
}

not_applicable contains {"uid": e.uid, "message": "its newest drill is judged"} if {
	some e in input.organization
	count(drills) > 0
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": sprintf("the register does not say it of %s", [e.name]),
} if {
	some e in input.exercise
	some path in ["type", "held_on", "findings"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "findings",
	"reason": "not_attested",
	"message": "whether every defect was mended is not known",
} if {
	some e in input.exercise
	e.attrs.type == "dr_drill"
	count([d | some d in e.attrs.findings; not in_hand(d)]) > 0
}

unknown contains {
	"uid": e.uid,
	"path": "document",
	"reason": "not_collected",
	"message": "whether a plan for disaster recovery was revised afterwards is not known",
} if {
	some e in input.exercise
	e.attrs.type == "dr_drill"
	not learned(e)
}

unknown contains {
	"uid": e.uid,
	"path": "exercise",
	"reason": "not_collected",
	"message": "whether a recovery drill took place is not known",
} if {
	some e in input.organization
}

# drills are the recovery drills that took place.
drills := [x |
	some x in ev.all_of("exercise")
	x.attrs.type == "dr_drill"
	ev.days_since(x, "held_on") >= 0
]

other_type(x) if {
	is_string(x.attrs.type)
	x.attrs.type != "dr_drill"
}

no_drill(x) if other_type(x)

no_drill(x) if ev.days_since(x, "held_on") < 0

# newest holds for the drill after which no other can have taken place.
newest(e) if {
	e.attrs.type == "dr_drill"
	ev.known(e, "held_on")
	ev.recorded("exercise")
	every x in ev.all_of("exercise") {
		not_later(x, e)
	}
}

not_later(x, _) if no_drill(x)

not_later(x, e) if ev.days_since(x, "held_on") >= ev.days_since(e, "held_on")

# overdue holds for a defect that is open past its day; in_hand for one that was mended, or has time.
overdue(defect) if {
	defect.closed_on == null
	ev.days_ago(defect.due_on) >= 1
}

in_hand(defect) if is_string(defect.closed_on)

in_hand(defect) if {
	defect.closed_on == null
	ev.days_ago(defect.due_on) < 1
}

# learned holds where the drill showed nothing, or a plan in force was revised on its day or later.
learned(e) if {
	ev.enumerated(e, "findings")
	count(e.attrs.findings) == 0
}

learned(e) if {
	some d in document.about("plan", "disaster_recovery")
	document.in_force(d)
	ev.days_since(d, "revised_on") <= ev.days_since(e, "held_on")
}

unrevised(d, _) if document.useless(d, "plan", "disaster_recovery")

unrevised(d, e) if ev.days_since(d, "revised_on") > ev.days_since(e, "held_on")
