# METADATA
# title: Anti-malware runs on every host with fresh signatures and recent scans
# description: |
#   A pass shows that anti-malware software runs on the host, that its signatures are fresh where it has any, and that it scanned lately or
#   examines files as they are opened. Endpoint detection in prevention mode counts as anti-malware too. It does not show that all file systems
#   are scanned. An appliance that can run none is recorded as a waiver, which leaves the failure visible.
# related_resources:
#   - https://docs.clamav.net/manual/Usage/Scanning.html
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [host]
#   collectors: [host, governance]
#   rationale: Protection from malicious software is named in HIPAA, and a scanner without fresh signatures finds last year's malware.
#   remediation: >-
#     Install and start a scanner (apt install clamav-daemon clamav-freshclam, or the vendor's package), keep freshclam running, and scan on
#     access (clamonacc) or at least weekly from a timer.
#   parameters:
#     - name: av_definitions_max_age_hours
#       default: 72
#       unit: hours
#       source: product default
#     - name: av_scan_days
#       default: 7
#       unit: days
#       source: product default
package checks.host.antivirus

import data.lib.agent
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("no anti-malware software is installed on %s", [e.name]),
	"expected": "anti-malware software that runs",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.host
	agent.looked_for(e, {"antivirus", "edr"})
	found := agent.candidates(e, {"antivirus", "edr"})
	count([a | some a in found; a.attrs.installed == false]) == count(found)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s on %s %s", [product(a), e.name, flaw(a)]),
	"expected": "anti-malware software that runs, with fresh signatures and a recent scan",
	"actual": sprintf("it %s", [flaw(a)]),
	"attributes": [],
	"at": {"uid": a.uid},
} if {
	some e in input.host
	agent.looked_for(e, {"antivirus", "edr"})
	found := agent.candidates(e, {"antivirus", "edr"})
	count([other | some other in found; useless(other)]) == count(found)
	some a in found
	flaw(a)
}

pass contains {"uid": e.uid, "message": sprintf("%s guards %s", [product(a), e.name])} if {
	some e in input.host
	some a in agent.on(e)
	guards(a)
}

not_applicable contains {"uid": e.uid, "message": "a container host that is rebuilt from an image: what it runs is examined there"} if {
	some e in input.host
	agent.immutable_container(e)
}

unknown contains {
	"uid": e.uid,
	"path": "agent",
	"reason": "not_collected",
	"message": sprintf("what anti-malware software runs on %s, and how well, is not known", [e.name]),
} if {
	some e in input.host
}

guards(a) if {
	a.attrs.type == "antivirus"
	a.attrs.installed == true
	a.attrs.running == true
	fresh(a)
	scans(a)
}

guards(a) if {
	a.attrs.type == "edr"
	a.attrs.installed == true
	a.attrs.running == true
	a.attrs.mode == "prevent"
}

fresh(a) if ev.hours_since(a, "definitions_at") <= input.params.av_definitions_max_age_hours

fresh(a) if ev.not_applicable(a, "definitions_at")

scans(a) if a.attrs.mode == "prevent"

scans(a) if ev.days_since(a, "last_scan_at") <= input.params.av_scan_days

scans(a) if ev.not_applicable(a, "last_scan_at")

useless(a) if a.attrs.installed == false

useless(a) if flaw(a)

# flaw is what is known to be wrong with software that is installed.
flaw(a) := "does not run" if {
	a.attrs.type in {"antivirus", "edr"}
	a.attrs.installed != false
	a.attrs.running == false
} else := sprintf("has signatures of %s", [a.attrs.definitions_at]) if {
	a.attrs.type == "antivirus"
	ev.hours_since(a, "definitions_at") > input.params.av_definitions_max_age_hours
} else := sprintf("last scanned on %s", [a.attrs.last_scan_at]) if {
	a.attrs.type == "antivirus"
	a.attrs.mode == "detect"
	ev.days_since(a, "last_scan_at") > input.params.av_scan_days
} else := "only reports" if {
	a.attrs.type == "edr"
	a.attrs.mode == "detect"
}

product(a) := a.attrs.product if {
	is_string(a.attrs.product)
} else := a.name
