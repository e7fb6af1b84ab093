# METADATA
# title: Every in-use device in the inventory has recent patch evidence
# description: |
#   A pass shows that missing updates were looked for lately on every host that the device in the inventory stands for, or that the
#   provider runs what it stands for. It does not show that updates were installed: patch.sla and patch.cadence judge that.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager.html
# schemas:
#   - input.asset: schema.asset
# custom:
#   severity: high
#   units: [asset]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: patch_evidence_days
#       default: {server: 7, workstation: 7, network_device: 7, laptop: 30, mobile: 30}
#       unit: days
#       source: product default
#   rationale: The unpatched device is usually the one no agent reports on.
#   remediation: Add the device to the hosts that are read (hosts.yaml) or to Systems Manager inventory and patch scans, or take it off the inventory if it is gone. Complete represents in assets.csv with its host name, instance id or serial number.
package checks.join.asset_patch

import data.lib.clock
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("missing updates of %s (%s) were last looked for on %s", [host.name, e.name, newest(host)]),
	"expected": sprintf("within %v days", [limit(e)]),
	"actual": sprintf("%d days ago", [floor(clock.days_since(newest(host)))]),
	"attributes": ["represents"],
	"at": {"uid": host.uid},
} if {
	some e in input.asset
	judged(e)
	some host in hosts(e)
	examined(host)
	clock.days_since(newest(host)) > limit(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing looks for missing updates of %s (%s)", [host.name, e.name]),
	"expected": sprintf("within %v days", [limit(e)]),
	"actual": "never",
	"attributes": ["represents"],
	"at": {"uid": host.uid},
} if {
	some e in input.asset
	judged(e)
	some host in hosts(e)
	examined(host)
	count(states(host)) == 0
}

pass contains e.uid if {
	some e in input.asset
	judged(e)
	resolved(e)
	count(hosts(e)) > 0
	every host in hosts(e) {
		some state in states(host)
		clock.days_since(state.attrs.checked_at) <= limit(e)
	}
}

pass contains {"uid": e.uid, "message": sprintf("the provider runs what %s stands for", [e.name])} if {
	some e in input.asset
	e.attrs.status == "in_use"
	run_by_provider(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is not in use", [e.name])} if {
	some e in input.asset
	e.attrs.status in {"stored", "retired", "disposed"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no device", [e.name])} if {
	some e in input.asset
	e.attrs.type in {"application", "data", "removable_media"}
}

unknown contains {"uid": e.uid, "path": path, "reason": e.unknown[path], "message": "the inventory does not say it"} if {
	some e in input.asset
	some path in ["status", "type", "represents"]
	e.unknown[path]
}

unknown contains {"uid": e.uid, "path": "represents", "reason": "unlinked", "message": "no host that was collected stands behind it, or not all that it names"} if {
	some e in input.asset
	not resolved(e)
}

unknown contains {"uid": e.uid, "path": "represents", "reason": "unlinked", "message": "no host that was collected stands behind it"} if {
	some e in input.asset
	count(hosts(e)) == 0
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": sprintf("when missing updates of %s were last looked for", [host.name])} if {
	some e in input.asset
	some host in hosts(e)
	not examined(host)
}

judged(e) if {
	e.attrs.status == "in_use"
	is_number(limit(e))
	not run_by_provider(e)
}

limit(e) := input.params.patch_evidence_days[e.attrs.type]

represented(e) := [r | some uid in ev.targets(e, "represents"); r := ev.entity(uid)]

hosts(e) := [r | some r in represented(e); r.kind == "host"]

resolved(e) if {
	ev.whole(e, "represents")
	ev.settled(e, "represents")
	count(represented(e)) == count(ev.targets(e, "represents"))
}

run_by_provider(e) if e.attrs.type == "cloud_service"

run_by_provider(e) if {
	resolved(e)
	count(represented(e)) > 0
	count([r | some r in represented(e); managed(r)]) == count(represented(e))
}

managed(r) if r.kind == "managed_service"

managed(r) if {
	"datastore" in r.facets
	startswith(r.scope, "aws:")
}

states(host) := [s | some uid in ev.sources(host, "runs_on"); s := ev.entity(uid); s.kind == "patch_state"]

newest(host) := max([s.attrs.checked_at | some s in states(host); is_string(s.attrs.checked_at)])

# examined holds where no other evidence of patches on the host can exist, and its times are known.
examined(host) if {
	scope.covered("patch_state", host.scope)
	ev.all_settled("runs_on")
	every s in states(host) {
		ev.known(s, "checked_at")
	}
}
