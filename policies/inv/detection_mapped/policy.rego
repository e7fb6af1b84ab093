# METADATA
# title: "Part 3: each high threat maps to a tool or process that would detect it, and that tool is live"
# description: |
#   A pass shows that a high or critical risk which is open names at least one control that is live: a detector or alert rule that is on, or
#   a review of logs within the days of the parameter. It does not show that this control would in fact detect the threat. Controls are
#   named by uid, id, name or, for detectors, product. A check of Assay that is named instead judges a setting and detects
#   nothing: alone it leaves the answer open.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.risk: schema.risk
# custom:
#   severity: medium
#   units: [risk]
#   collectors: [governance, aws, host]
#   parameters:
#     - name: log_review_days
#       default: 7
#       unit: days
#       source: CIS Controls 8.11
#   rationale: Third part of the four-part process; this is where paper meets telemetry.
#   remediation: List under controls of the risk the detector (such as the GuardDuty detector's ARN), the alert rule or the log review that would notice it, and keep it on; where nothing would, add an alert.
package checks.inv.detection_mapped

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the %s risk %s names nothing that would detect it", [e.attrs.level, e.name]),
	"expected": "a live detector, alert rule or log review",
	"actual": "none",
	"attributes": ["controls"],
} if {
	some e in input.risk
	grave(e)
	ev.whole(e, "controls")
	count(e.attrs.controls) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing that the %s risk %s names is live: %s", [e.attrs.level, e.name, concat(", ", [faults(control)[0] | some control in e.attrs.controls])]),
	"expected": "a live detector, alert rule or log review",
	"actual": concat(", ", [faults(control)[0] | some control in e.attrs.controls]),
	"attributes": ["controls"],
} if {
	some e in input.risk
	grave(e)
	ev.whole(e, "controls")
	count(e.attrs.controls) > 0
	every control in e.attrs.controls {
		count(faults(control)) > 0
		not live(control)
	}
}

pass contains {"uid": e.uid, "message": sprintf("%s would detect it", [control])} if {
	some e in input.risk
	grave(e)
	some control in e.attrs.controls
	live(control)
}

not_applicable contains {"uid": e.uid, "message": "of lower level"} if {
	some e in input.risk
	e.attrs.level in {"medium", "low"}
}

not_applicable contains {"uid": e.uid, "message": "closed"} if {
	some e in input.risk
	e.attrs.status == "closed"
}

unknown contains {
	"uid": e.uid,
	"path": "controls",
	"reason": "unlinked",
	"message": sprintf("whether %s is live, or detects anything, is not known", [control]),
} if {
	some e in input.risk
	some control in e.attrs.controls
	not live(control)
	count(faults(control)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "controls",
	"reason": object.get(e.unknown, "controls", "not_attested"),
	"message": "what would detect it is not fully stated",
} if {
	some e in input.risk
	not ev.whole(e, "controls")
}

grave(e) if {
	e.attrs.level in {"critical", "high"}
	e.attrs.status == "open"
}

# candidates are what could detect: tools, alerts and reviews.
candidates := array.concat(array.concat(ev.all_of("detector"), ev.all_of("alert_rule")), ev.all_of("log_review"))

# found are the candidates that a control names.
found(control) := [c | some c in candidates; control in ({c.uid, c.id, c.name} | {object.get(c.attrs, "product", c.name)})]

live(control) if {
	some c in found(control)
	on(c)
}

on(c) if c.attrs.enabled == true

on(c) if {
	c.kind == "log_review"
	ev.days_since(c, "performed_on") <= input.params.log_review_days
}

# faults say why a named control is not live: all that it names is off, or there is nothing of the name where all was read.
faults(control) := [sprintf("%s is off", [control])] if {
	count(found(control)) > 0
	every c in found(control) {
		dead(c)
	}
} else := [sprintf("%s is not there", [control])] if {
	count(found(control)) == 0
	not regex.match(`^[a-z]+\.[a-z0-9_]+$`, control) # the id of a check
	scope.enumerated("detector")
	scope.enumerated("alert_rule")
	ev.recorded("log_review")
	ev.covered_within("detector", "aws")
} else := []

dead(c) if c.attrs.enabled == false

dead(c) if {
	c.kind == "log_review"
	ev.days_since(c, "performed_on") > input.params.log_review_days
}
