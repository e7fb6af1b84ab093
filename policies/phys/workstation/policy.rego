# METADATA
# title: Workstation use and security rules exist and the devices follow them
# description: |
#   Judged on each policy about workstations and on each workstation and laptop that may hold sensitive data. A pass on the policy shows that it is
#   approved and speaks of functions, manner and surroundings. A pass on a device shows that its screen locks in time, that USB storage is
#   blocked or must be encrypted, and that somebody attests where it stands. It does not show that people keep to it. That no policy exists at
#   all is for gov.policy_set; the encryption of the disk for enc.host_disk.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.310
# schemas:
#   - input.host: schema.host
#   - input.document: schema.document
# custom:
#   severity: medium
#   units: [host, document]
#   collectors: [governance, host]
#   rationale: Two HIPAA standards ask for it, of which one half is a policy and the other a fact about the device.
#   remediation: >-
#     Write a workstation policy with the sections functions, manner and surroundings, and have it approved. Set the screen lock
#     (org.gnome.desktop.session idle-delay and lock-enabled), block usb-storage (modprobe.d) or allow encrypted media only (USBGuard), and record a
#     physical_placement attestation for each device.
#   parameters:
#     - name: session_idle_seconds
#       default: 900
#       unit: seconds
#       source: product default; 164.312(a)(2)(iii) fixes no number
#     - name: workstation_policy_sections
#       default: [functions, manner, surroundings]
#       unit: list
#       source: 45 CFR 164.310(b)
package checks.phys.workstation

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not say what is expected of the %s", [e.name, concat(", ", sort(missed))]),
	"expected": "functions to be performed, the manner, and the surroundings",
	"actual": sprintf("nothing on %s", [concat(", ", sort(missed))]),
	"attributes": ["sections.workstation"],
} if {
	some e in input.document
	on_workstations(e)
	e.attrs.status == "approved"
	ev.whole(e, "sections.workstation")
	missed := {s | some s in input.params.workstation_policy_sections} - {s | some s in e.attrs["sections.workstation"]}
	count(missed) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the screen of %s does not lock by itself in time", [e.name]),
	"expected": sprintf("a lock after at most %d seconds", [input.params.session_idle_seconds]),
	"actual": sprintf("%d seconds (0 is never)", [e.attrs.screen_lock_seconds]),
	"attributes": ["screen_lock_seconds"],
} if {
	some e in input.host
	desk(e)
	e.attrs["derived.sensitive"] == true
	slow(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("any USB storage can be used on %s", [e.name]),
	"expected": "blocked, or encrypted media only",
	"actual": "allowed",
	"attributes": ["removable_storage"],
} if {
	some e in input.host
	desk(e)
	e.attrs["derived.sensitive"] == true
	e.attrs.removable_storage == "allowed"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nobody attests where %s stands", [e.name]),
	"expected": "a current attestation of its placement",
	"actual": "none",
	"attributes": ["kind"],
} if {
	some e in input.host
	desk(e)
	e.attrs["derived.sensitive"] == true
	ev.recorded("attestation")
	count([statement | some statement in ev.all_of("attestation"); may_place(statement, e)]) == 0
}

pass contains e.uid if {
	some e in input.document
	on_workstations(e)
	e.attrs.status == "approved"
	every section in input.params.workstation_policy_sections {
		section in e.attrs["sections.workstation"]
	}
	ev.known(e, "sections.workstation")
}

pass contains e.uid if {
	some e in input.host
	desk(e)
	ev.at_least(e, "screen_lock_seconds", 1)
	ev.at_most(e, "screen_lock_seconds", input.params.session_idle_seconds)
	e.attrs.removable_storage in {"blocked", "encrypted_only"}
	some statement in ev.all_of("attestation")
	places(statement, e)
}

not_applicable contains {"uid": e.uid, "message": "it does not speak of workstations"} if {
	some e in input.document
	ev.whole(e, "topics")
	not on_workstations(e)
}

not_applicable contains {"uid": e.uid, "message": "not in force"} if {
	some e in input.document
	e.attrs.status in {"superseded", "retired", "draft"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("a %s is no workstation", [replace(e.attrs.kind, "_", " ")])} if {
	some e in input.host
	e.attrs.kind in {"server", "vm", "container_host", "network_device", "mobile"}
}

not_applicable contains {"uid": e.uid, "message": "it holds no sensitive data"} if {
	some e in input.host
	desk(e)
	e.attrs["derived.sensitive"] == false
}

unknown contains {
	"uid": e.uid,
	"path": "attestation",
	"reason": "not_attested",
	"message": sprintf("whether somebody attests where %s stands is not known", [e.name]),
} if {
	some e in input.host
	desk(e)
	count([statement | some statement in ev.all_of("attestation"); places(statement, e)]) == 0
}

on_workstations(e) if {
	e.attrs.doc_type in {"policy", "standard", "procedure"}
	some topic in e.attrs.topics
	topic in {"workstation", "workstations", "workstation_use", "workstation_security"}
}

desk(e) if e.attrs.kind in {"workstation", "laptop"}

slow(e) if e.attrs.screen_lock_seconds == 0

slow(e) if ev.above(e, "screen_lock_seconds", input.params.session_idle_seconds)

# places holds for a statement about where the device stands that still counts; may_place for one that could be such a statement.
places(statement, e) if {
	statement.attrs.type == "physical_placement"
	statement.attrs.subject in names(e)
	ev.days_since(statement, "expires_on") < 1
}

may_place(statement, e) if places(statement, e)

may_place(statement, _) if not ev.known(statement, "subject")

# names are those by which a statement may name the device: its own, and those of the inventory rows that stand for it.
names(e) := (scope.names(e) | {e.name}) | {name |
	some uid in ev.sources(e, "represents")
	row := ev.entity(uid)
	some name in [row.uid, row.id, row.name]
}
