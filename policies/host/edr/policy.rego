# METADATA
# title: EDR runs in prevention mode and reports to a watched console
# description: |
#   A pass shows that endpoint detection runs on the host and stops what it finds, that its console heard of it lately, and that the console
#   sends its findings to somebody. It does not show that they are read. Software that only reports is a failure of medium severity. An
#   appliance that can run none is recorded as a waiver, which leaves the failure visible.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [host]
#   collectors: [host, aws, governance]
#   rationale: EDR is what finds and isolates a live intruder on a device.
#   remediation: >-
#     Install the sensor of the vendor's package, start its unit, put the host into a group with a prevention policy in the console, let the
#     host reach the console, and let the console's detections reach a mailbox or pager that somebody answers.
#   parameters:
#     - name: agent_checkin_hours
#       default: 24
#       unit: hours
#       source: product default
package checks.host.edr

import data.lib.agent
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("no endpoint detection is installed on %s", [e.name]),
	"expected": "endpoint detection and response in prevention mode",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.host
	agent.looked_for(e, {"edr"})
	found := agent.candidates(e, {"edr"})
	count([a | some a in found; a.attrs.installed == false]) == count(found)
}

fail contains {
	"uid": e.uid,
	"severity": flaw(a).severity,
	"message": sprintf("%s on %s %s", [product(a), e.name, flaw(a).text]),
	"expected": "it runs, prevents and reports to a watched console",
	"actual": sprintf("it %s", [flaw(a).text]),
	"attributes": [],
	"at": {"uid": a.uid},
} if {
	some e in input.host
	agent.looked_for(e, {"edr"})
	found := agent.candidates(e, {"edr"})
	count([other | some other in found; useless(other)]) == count(found)
	some a in found
	flaw(a)
}

pass contains {"uid": e.uid, "message": sprintf("%s guards %s and reports to %s", [product(a), e.name, ev.entity(a.attrs.console).name])} if {
	some e in input.host
	some a in agent.on(e)
	a.attrs.type == "edr"
	a.attrs.running == true
	a.attrs.mode == "prevent"
	ev.hours_since(a, "last_checkin_at") <= input.params.agent_checkin_hours
	watched(a.attrs.console)
}

not_applicable contains {"uid": e.uid, "message": "a container host that is rebuilt from an image: what it runs is examined there"} if {
	some e in input.host
	agent.immutable_container(e)
}

unknown contains {
	"uid": e.uid,
	"path": "agent",
	"reason": "not_collected",
	"message": sprintf("what endpoint detection runs on %s, and who hears of it, is not known", [e.name]),
} if {
	some e in input.host
}

# watched holds for a console that is on and sends its findings to somebody; unwatched for one that is known not to.
watched(uid) if {
	console := ev.entity(uid)
	console.attrs.enabled == true
	is_string(console.attrs.findings_destination)
}

unwatched(uid) if is_null(uid)

unwatched(uid) if ev.entity(uid).attrs.enabled == false

unwatched(uid) if is_null(ev.entity(uid).attrs.findings_destination)

useless(a) if a.attrs.installed == false

useless(a) if flaw(a)

# flaw is the worst that is known to be wrong with a sensor that is installed, and how bad it is.
flaw(a) := {"text": "does not run", "severity": "high"} if {
	a.attrs.type == "edr"
	a.attrs.installed != false
	a.attrs.running == false
} else := {"text": sprintf("was last heard of on %s", [a.attrs.last_checkin_at]), "severity": "high"} if {
	a.attrs.type == "edr"
	ev.hours_since(a, "last_checkin_at") > input.params.agent_checkin_hours
} else := {"text": "reports to no console that tells somebody", "severity": "high"} if {
	a.attrs.type == "edr"
	unwatched(a.attrs.console)
} else := {"text": "only reports", "severity": "medium"} if {
	a.attrs.type == "edr"
	a.attrs.mode == "detect"
}

product(a) := a.attrs.product if {
	is_string(a.attrs.product)
} else := a.name
