# METADATA
# title: Serious detector findings became tickets or incidents in time
# description: |
#   A pass shows that a high or critical finding was closed, was suppressed with a reason, or is referred to by an incident that was
#   opened within the time. Findings that are younger than the time, and lesser ones, are not judged. It does not show that the incident
#   was handled well.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings.html
# schemas:
#   - input.finding: schema.finding
# custom:
#   severity: high
#   units: [finding]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: finding_ack_hours
#       default: 24
#       unit: hours
#       source: product default
#   rationale: Detection without response is noise.
#   remediation: Open an incident for the finding and name it under finding_refs, close the finding, or suppress it with a reason. Let the detector open tickets by itself (EventBridge rule on high findings).
package checks.join.findings_to_incidents

import data.lib.clock
import data.lib.ev
import data.lib.records

fail contains {
	"uid": e.uid,
	"message": sprintf("the %s finding %s is open for %d hours, and no incident refers to it", [e.attrs.severity, e.name, floor(clock.hours_since(e.attrs.opened_at))]),
	"expected": sprintf("an incident within %v hours", [input.params.finding_ack_hours]),
	"actual": "none",
	"attributes": ["status"],
} if {
	some e in input.finding
	judged(e)
	e.attrs.status == "open"
	register_whole(e)
	count(ev.sources(e, "raised_from")) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the incident %s was detected %d hours after the finding %s", [incident.id, ceil(clock.hours(e.attrs.opened_at, incident.attrs.detected_at)), e.name]),
	"expected": sprintf("within %v hours", [input.params.finding_ack_hours]),
	"actual": sprintf("%d hours", [ceil(clock.hours(e.attrs.opened_at, incident.attrs.detected_at))]),
	"attributes": ["opened_at"],
	"at": {"uid": incident.uid, "attribute": "detected_at"},
} if {
	some e in input.finding
	judged(e)
	e.attrs.status == "open"
	register_whole(e)
	some incident in incidents(e)
	count([i | some i in incidents(e); late(i, e)]) == count(ev.sources(e, "raised_from"))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the %s finding %s was suppressed without a reason", [e.attrs.severity, e.name]),
	"expected": "a reason",
	"actual": "none",
	"attributes": ["suppression_reason"],
} if {
	some e in input.finding
	judged(e)
	e.attrs.status == "suppressed"
	ev.unset(e.attrs.suppression_reason)
	not answered(e)
	register_whole(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s is closed", [e.name])} if {
	some e in input.finding
	judged(e)
	e.attrs.status == "closed"
}

pass contains {"uid": e.uid, "message": sprintf("%s was suppressed: %s", [e.name, e.attrs.suppression_reason])} if {
	some e in input.finding
	judged(e)
	e.attrs.status == "suppressed"
	ev.stated(e.attrs.suppression_reason)
}

pass contains e.uid if {
	some e in input.finding
	judged(e)
	e.attrs.status in {"open", "suppressed"}
	answered(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is of %s severity", [e.name, e.attrs.severity])} if {
	some e in input.finding
	e.attrs.severity in {"medium", "low"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s was opened %d hours ago; an answer is due within %v", [e.name, floor(clock.hours_since(e.attrs.opened_at)), input.params.finding_ack_hours])} if {
	some e in input.finding
	clock.hours_since(e.attrs.opened_at) <= input.params.finding_ack_hours
}

unknown contains {"uid": e.uid, "path": path, "reason": e.unknown[path], "message": "the detector does not say it"} if {
	some e in input.finding
	some path in ["severity", "status", "opened_at"]
	e.unknown[path]
}

unknown contains {"uid": e.uid, "path": "suppression_reason", "reason": e.unknown.suppression_reason, "message": "why it was suppressed"} if {
	some e in input.finding
	e.attrs.status == "suppressed"
	e.unknown.suppression_reason
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("incident")} if {
	some e in input.finding
	not ev.recorded("incident")
}

unknown contains {"uid": e.uid, "reason": "unlinked", "message": "whether an incident refers to it: some incidents do not say which findings led to them, or when they were detected"} if {
	some e in input.finding
	ev.recorded("incident")
	not register_whole(e)
}

judged(e) if {
	e.attrs.severity in {"critical", "high"}
	clock.hours_since(e.attrs.opened_at) > input.params.finding_ack_hours
}

incidents(e) := [i | some uid in ev.sources(e, "raised_from"); i := ev.entity(uid)]

answered(e) if {
	some incident in incidents(e)
	clock.hours(e.attrs.opened_at, incident.attrs.detected_at) <= input.params.finding_ack_hours
}

late(incident, e) if clock.hours(e.attrs.opened_at, incident.attrs.detected_at) > input.params.finding_ack_hours

# register_whole holds where every incident says which findings led to it.
register_whole(_) if {
	ev.recorded("incident")
	ev.all_settled("raised_from")
	incidents_told
}

incidents_told if {
	count([i | some i in ev.all_of("incident"); not ev.whole(i, "finding_refs")]) == 0
}
