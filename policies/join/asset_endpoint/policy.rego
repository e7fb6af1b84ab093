# METADATA
# title: "Every in-use device runs antivirus and EDR: all devices, as the seed says"
# description: |
#   A pass shows that every host which the laptop, workstation, server or mobile device in the inventory stands for runs anti-malware
#   software (or endpoint detection that prevents) and endpoint detection whose console heard of it lately; or that an exception which is
#   reasoned, approved and current covers it. Signatures, scans and who watches the console are judged by host.antivirus and host.edr.
#   A register of exceptions that was not supplied does not undo a failure. Container hosts that are rebuilt from an image are examined there.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.asset: schema.asset
# custom:
#   severity: high
#   units: [asset]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: agent_checkin_hours
#       default: 24
#       unit: hours
#       source: product default
#   rationale: Coverage against the register, not against the console's own list.
#   remediation: Enrol the device in the endpoint software, start what is stopped, and let it reach its console. Record a device that can run none as an exception with its reason and what is done instead.
package checks.join.asset_endpoint

import data.lib.agent
import data.lib.clock
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s (%s) has no working %s%s", [host.name, e.name, words[type], why(host, type)]),
	"expected": sprintf("%s that works", [words[type]]),
	"actual": "missing or silent",
	"attributes": ["represents"],
	"at": {"uid": host.uid},
} if {
	some e in input.asset
	judged(e)
	some host in hosts(e)
	not agent.immutable_container(host)
	some type, _ in words
	agent.looked_for(host, counting[type])
	found := agent.candidates(host, counting[type])
	count([a | some a in found; useless(a, type)]) == count(found)
	unexcused(e, host, type)
}

pass contains e.uid if {
	some e in input.asset
	judged(e)
	resolved(e)
	count(hosts(e)) > 0
	every host in hosts(e) {
		every type, _ in words {
			fine(e, host, type)
		}
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is not in use", [e.name])} if {
	some e in input.asset
	e.attrs.status in {"stored", "retired", "disposed"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a %s", [e.name, replace(e.attrs.type, "_", " ")])} if {
	some e in input.asset
	e.attrs.type in {"network_device", "application", "data", "cloud_service", "removable_media"}
}

unknown contains {"uid": e.uid, "path": path, "reason": e.unknown[path], "message": "the inventory does not say it"} if {
	some e in input.asset
	some path in ["status", "type", "represents"]
	e.unknown[path]
}

unknown contains {"uid": e.uid, "path": "represents", "reason": "unlinked", "message": "no host or console was collected that shows it, or not all that it names"} if {
	some e in input.asset
	not shown(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": sprintf("whether %s works on %s", [words[type], host.name])} if {
	some e in input.asset
	some host in hosts(e)
	some type, _ in words
	not fine(e, host, type)
}

words := {"antivirus": "anti-malware software", "edr": "endpoint detection"}

# counting are the types of agent that count as one: endpoint detection that prevents is anti-malware software too.
counting := {"antivirus": {"antivirus", "edr"}, "edr": {"edr"}}

judged(e) if {
	e.attrs.status == "in_use"
	e.attrs.type in {"laptop", "workstation", "server", "mobile"}
}

hosts(e) := [r | some uid in ev.targets(e, "represents"); r := ev.entity(uid); r.kind == "host"]

resolved(e) if {
	ev.whole(e, "represents")
	ev.settled(e, "represents")
	count([uid | some uid in ev.targets(e, "represents"); ev.entity(uid)]) == count(ev.targets(e, "represents"))
}

shown(e) if {
	resolved(e)
	count(hosts(e)) > 0
}

fine(_, host, _) if agent.immutable_container(host)

fine(_, host, type) if {
	some a in agent.on(host)
	works(a, type)
}

fine(e, host, type) if {
	some x in ev.all_of("exception")
	excuses(x, e, host, type)
}

works(a, "antivirus") if {
	a.attrs.type == "antivirus"
	alive(a)
	heard(a)
}

works(a, "antivirus") if {
	a.attrs.type == "edr"
	a.attrs.mode == "prevent"
	alive(a)
	heard(a)
}

works(a, "edr") if {
	a.attrs.type == "edr"
	a.attrs.mode == "prevent"
	alive(a)
	clock.hours_since(a.attrs.last_checkin_at) <= input.params.agent_checkin_hours
}

alive(a) if {
	a.attrs.installed == true
	a.attrs.running == true
}

# Anti-malware software without a console answers to nobody.
heard(a) if ev.not_applicable(a, "last_checkin_at")

heard(a) if clock.hours_since(a.attrs.last_checkin_at) <= input.params.agent_checkin_hours

useless(a, _) if a.attrs.installed == false

useless(a, _) if a.attrs.running == false

useless(a, _) if clock.hours_since(a.attrs.last_checkin_at) > input.params.agent_checkin_hours

useless(a, _) if {
	a.attrs.type == "edr"
	a.attrs.mode == "detect"
}

useless(a, "edr") if {
	a.attrs.type == "edr"
	ev.not_applicable(a, "last_checkin_at")
}

why(host, type) := sprintf(" (%s)", [concat(", ", sort([a.name | some a in agent.candidates(host, counting[type])]))]) if {
	count(agent.candidates(host, counting[type])) > 0
} else := ""

# excuses holds for an exception of the device or its host that is reasoned, approved and current.
excuses(x, e, host, type) if {
	speaks_of(x, e, host, type)
	ev.stated(x.attrs.reason)
	ev.stated(x.attrs.approved_by)
	is_string(x.attrs.expires_on)
	not clock.past(x.attrs.expires_on)
	not faulty(x)
}

faulty(x) if {
	some p in x.attrs["derived.problems"]
	p
}

speaks_of(x, e, host, type) if {
	x.attrs.check in {sprintf("host.%s", [type]), "join.asset_endpoint"}
	x.attrs.subject in {e.uid, e.id, e.name, host.uid, host.id, host.name}
}

# unexcused holds where no known exception can cover the device. An exception accepts a failure and does not undo it: one in a register
# that was not supplied leaves the failure what it is.
unexcused(e, host, type) if {
	count([x | some x in ev.all_of("exception"); not without_effect(x, e, host, type)]) == 0
}

without_effect(x, e, host, type) if {
	ev.all_known(x, ["check", "subject"])
	not speaks_of(x, e, host, type)
}

without_effect(x, _, _, _) if clock.past(x.attrs.expires_on)

without_effect(x, _, _, _) if ev.unset(x.attrs.reason)

without_effect(x, _, _, _) if ev.unset(x.attrs.approved_by)

without_effect(x, _, _, _) if faulty(x)
