# METADATA
# title: Each host took a patch run within 30 days and is not waiting for a reboot into the fixed kernel
# description: |
#   A pass shows that updates were installed within the days of the parameter, or that a recent look found none left to install, and that no restart
#   has been due for long. It does not show that every update was taken: patch.sla judges that.
# related_resources:
#   - https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager.html
#   - https://manpages.debian.org/stable/needrestart/needrestart.1.en.html
# schemas:
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [host]
#   collectors: [host, aws]
#   rationale: An installed patch that is not running protects nothing.
#   remediation: >-
#     Run the updates now (apt-get upgrade, dnf upgrade, AWS-RunPatchBaseline with Operation Install) and restart. Let unattended-upgrades restart
#     by itself (Unattended-Upgrade::Automatic-Reboot), or use kernel live patching.
#   parameters:
#     - name: patch_cycle_days
#       default: 30
#       unit: days
#       source: CIS Controls 7.3 (monthly)
#     - name: reboot_days
#       default: 7
#       unit: days
#       source: product default
package checks.patch.cadence

import data.lib.ev
import data.lib.patch

fail contains {
	"uid": e.uid,
	"message": sprintf("updates were last installed on %s %d days ago", [e.name, floor(newest)]),
	"expected": sprintf("a patch run in the last %d days", [input.params.patch_cycle_days]),
	"actual": sprintf("%d days ago", [floor(newest)]),
	"attributes": [],
} if {
	some e in input.host
	newest := min(ages(e))
	newest > input.params.patch_cycle_days
	some state in patch.observed(e)
	something_left(state)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has waited for a restart since %s", [e.name, e.attrs.reboot_required_since]),
	"expected": sprintf("a restart within %d days", [input.params.reboot_days]),
	"actual": sprintf("due since %s", [e.attrs.reboot_required_since]),
	"attributes": ["reboot_required_since"],
} if {
	some e in input.host
	e.attrs.reboot_required == true
	ev.days_since(e, "reboot_required_since") >= input.params.reboot_days
}

pass contains {"uid": e.uid, "message": sprintf("updates were installed on %s %d days ago", [e.name, floor(min(ages(e)))])} if {
	some e in input.host
	min(ages(e)) <= input.params.patch_cycle_days
	restarted(e)
}

pass contains {"uid": e.uid, "message": sprintf("nothing was left to install on %s", [e.name])} if {
	some e in input.host
	not recent(e)
	some state in patch.current(e, input.params.patch_cycle_days)
	ev.whole(state, "pending")
	count(state.attrs.pending) == 0
	count([other | some other in patch.observed(e); something_left(other)]) == 0
	restarted(e)
}

not_applicable contains {"uid": e.uid, "message": "a template: its instances are judged, and its image is replaced"} if {
	some e in input.host
	e.plane == "declared"
	e.attrs.stateless == true
}

unknown contains {
	"uid": e.uid,
	"path": "patch_state.last_patched_at",
	"reason": "not_collected",
	"message": sprintf("when updates were last installed on %s is not known", [e.name]),
} if {
	some e in input.host
	count(ages(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "reboot_required",
	"reason": object.get(e.unknown, "reboot_required", "unlinked"),
	"message": sprintf("whether, and since when, %s waits for a restart is not known", [e.name]),
} if {
	some e in input.host
	not restarted(e)
}

# ages are how many days ago each source saw updates being installed.
ages(e) := [ev.days_since(state, "last_patched_at") |
	some state in patch.observed(e)
	is_string(state.attrs.last_patched_at)
]

recent(e) if min(ages(e)) <= input.params.patch_cycle_days

# something_left holds where a source does not know that nothing is left to install: a host that lacks nothing may have had no patch run
# for want of patches.
something_left(state) if count(state.attrs.pending) > 0

something_left(state) if ev.days_since(state, "checked_at") > input.params.patch_cycle_days

# restarted holds where no restart has been due for long.
restarted(e) if e.attrs.reboot_required == false

restarted(e) if {
	e.attrs.reboot_required == true
	ev.days_since(e, "reboot_required_since") < input.params.reboot_days
}

restarted(e) if {
	not ev.known(e, "reboot_required")
	e.attrs["kernel.running"] == e.attrs["kernel.installed_latest"]
}
