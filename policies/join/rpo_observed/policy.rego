# METADATA
# title: Declared RPO versus the newest recovery point actually found
# description: |
#   A pass shows that every store and host on which the process depends, directly, through assets or through other processes, can be
#   restored to a state that is no older than the process's recovery point objective and the tolerance. For continuous backup the newest
#   time to which it can be restored counts. It does not show that the copy restores. Vendors and services without data of their own are
#   passed over.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/recovery-points.html
# schemas:
#   - input.business_process: schema.business_process
# custom:
#   severity: critical
#   units: [business_process]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: rpo_tolerance_minutes
#       default: 15
#       unit: minutes
#       source: product default (job duration jitter)
#   rationale: None of the tools read compares the business promise with the last successful copy.
#   remediation: Look at the last jobs of the plan that protects the store and mend what stops them; shorten the schedule or turn on continuous backup where the objective is shorter than the schedule; or have the objective changed by the owner of the process.
package checks.join.rpo_observed

import data.lib.backup
import data.lib.deps
import data.lib.ev
import data.lib.recovery

fail contains {
	"uid": e.uid,
	"message": sprintf("%s may lose %s; the newest state of %s to restore is %s old", [e.name, backup.hours(e.attrs.rpo_minutes), store.id, backup.hours(age)]),
	"expected": sprintf("at most %s", [backup.hours(e.attrs.rpo_minutes)]),
	"actual": sprintf("%s: %s", [store.id, backup.hours(age)]),
	"attributes": ["rpo_minutes"],
	"at": {"uid": store.uid},
} if {
	some e in input.business_process
	some store in deps.stores(e)
	recovery.enumerated(store)
	age := recovery.age(store)
	age > limit(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s may lose %s, and %s has no copy to restore", [e.name, backup.hours(e.attrs.rpo_minutes), store.id]),
	"expected": sprintf("a copy of the last %s", [backup.hours(e.attrs.rpo_minutes)]),
	"actual": sprintf("%s: none", [store.id]),
	"attributes": ["rpo_minutes"],
	"at": {"uid": store.uid},
} if {
	some e in input.business_process
	is_number(limit(e))
	some store in deps.stores(e)
	recovery.enumerated(store)
	count(recovery.states(store)) == 0
}

pass contains {"uid": e.uid, "message": sprintf("%s may lose %s; %d stores and hosts can be restored to less", [e.name, backup.hours(e.attrs.rpo_minutes), count(deps.stores(e))])} if {
	some e in input.business_process
	deps.whole(e)
	every store in deps.stores(e) {
		recovery.age(store) <= limit(e)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s needs no recovery point objective, by the impact analysis", [e.name])} if {
	some e in input.business_process
	ev.not_applicable(e, "rpo_minutes")
}

unknown contains {"uid": e.uid, "path": "rpo_minutes", "reason": e.unknown.rpo_minutes, "message": "the impact analysis does not say it"} if {
	some e in input.business_process
	e.unknown.rpo_minutes
}

unknown contains {
	"uid": e.uid,
	"path": "depends_on",
	"reason": "unlinked",
	"message": sprintf("what it depends on: nothing collected stands behind %s", [deps.said(word)]),
} if {
	some e in input.business_process
	some word in deps.open_ends(e)
}

unknown contains {"uid": e.uid, "path": "depends_on", "reason": "unlinked", "message": "on which stores or hosts it depends: none is named"} if {
	some e in input.business_process
	count(deps.stores(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("to which time %s can be restored: its recovery points were not all read", [store.id]),
} if {
	some e in input.business_process
	some store in deps.stores(e)
	not recovery.enumerated(store)
}

limit(e) := e.attrs.rpo_minutes + input.params.rpo_tolerance_minutes
