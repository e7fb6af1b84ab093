# METADATA
# title: Critical fixes are applied within 15 days and high ones within 30
# description: |
#   A pass shows that no update which the last look found missing is older than the days of its severity, counted from the later of its
#   publication and the day it was first seen missing, or from the one of the two that is known. It does not show that all software on the host is
#   known to the package manager. An update without a rating counts as critical until its days are over, and proves nothing after. An
#   accepted delay is recorded as a waiver, which leaves the failure visible.
# related_resources:
#   - https://www.cisa.gov/news-events/directives/bod-19-02-vulnerability-remediation-requirements-internet-accessible-systems
#   - https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager-compliance-states.html
# schemas:
#   - input.host: schema.host
#   - input.managed_service: schema.managed_service
# custom:
#   severity: critical
#   units: [host, managed_service]
#   collectors: [host, aws]
#   rationale: Most exploited flaws had a patch available.
#   remediation: >-
#     Install the updates that the finding names (apt-get install --only-upgrade, dnf upgrade --advisory, the SSM document AWS-RunPatchBaseline), and
#     restart what uses them. Let unattended-upgrades, dnf-automatic or an SSM patch policy do it from now on.
#   parameters:
#     - name: patch_critical_days
#       default: 15
#       unit: days
#       source: CISA BOD 19-02; NPRM 164.308(a)(4)
#     - name: patch_high_days
#       default: 30
#       unit: days
#       source: CISA BOD 19-02; NPRM 164.308(a)(4)
#     - name: patch_medium_days
#       default: 90
#       unit: days
#       source: product default
#     - name: patch_check_days
#       default: 7
#       unit: days
#       source: product default
#     - name: patch_listed_updates
#       default: 5
#       unit: updates
#       source: product default
package checks.patch.sla

import data.lib.ev
import data.lib.patch
import data.lib.scope

fail contains {
	"uid": e.uid,
	"severity": worst,
	"message": sprintf("%d updates of %s are overdue: %s", [count(late), e.name, brief(late)]),
	"expected": sprintf("critical ones within %d days, high ones within %d, medium ones within %d", [limits.critical, limits.high, limits.medium]),
	"actual": sprintf("%d overdue, the oldest by %d days", [count(late), floor(max([by | some item in late; by := patch.age(item) - limits[item.severity]]))]),
	"attributes": [],
	"at": {"uid": state.uid, "attribute": "pending"},
} if {
	some e in judged
	some state in patch.current(e, input.params.patch_check_days)
	late := overdue(state)
	count(late) > 0
	worst := [s | some s in ["critical", "high", "medium"]; some item in late; item.severity == s][0]
}

pass contains {"uid": e.uid, "message": sprintf("nothing that %s lacks is overdue", [e.name])} if {
	some e in judged
	current := patch.current(e, input.params.patch_check_days)
	count([state | some state in current; ev.enumerated(state, "pending")]) > 0
	count([state | some state in current; some item in state.attrs.pending; not in_time(item)]) == 0
}

not_applicable contains {"uid": e.uid, "message": "the provider updates what it runs on"} if {
	some e in input.managed_service
	ev.not_applicable(e, "runtime_eol_on")
	e.attrs.runtime != "container image"
	scope.covered("patch_state", e.scope)
	count(patch.observed(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "patch_state",
	"reason": "not_collected",
	"message": sprintf("no source tells which updates %s lacks", [e.name]),
} if {
	some e in judged
	count(patch.observed(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "patch_state.checked_at",
	"reason": "stale",
	"message": sprintf("missing updates of %s were last looked for more than %d days ago, or at an unknown time", [e.name, input.params.patch_check_days]),
} if {
	some e in judged
	count(patch.observed(e)) > 0
	count(patch.current(e, input.params.patch_check_days)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "patch_state.pending",
	"reason": "not_collected",
	"message": sprintf("the severity or the age of some updates that %s lacks is not known", [e.name]),
} if {
	some e in judged
	count(patch.current(e, input.params.patch_check_days)) > 0
}

judged := input.host

judged := input.managed_service

limits := {
	"critical": input.params.patch_critical_days,
	"high": input.params.patch_high_days,
	"medium": input.params.patch_medium_days,
}

overdue(state) := [item | some item in state.attrs.pending; patch.age(item) > limits[item.severity]]

in_time(item) if item.severity == "low"

in_time(item) if patch.age(item) <= limits[item.severity]

in_time(item) if {
	item.severity == "unknown"
	patch.age(item) <= limits.critical
}

brief(late) := concat(", ", names) if {
	names := [patch.label(item) | some item in late]
	count(names) <= input.params.patch_listed_updates
} else := sprintf("%s and others", [concat(", ", array.slice([patch.label(item) | some item in late], 0, input.params.patch_listed_updates))])
