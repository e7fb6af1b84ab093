# METADATA
# title: Declared RTO versus the last restore test or drill actually timed
# description: |
#   A pass shows that the newest exercise that covers the process end to end, within the interval of its criticality, recovered it in
#   no more than its recovery time objective; or, without such an exercise, that full restores of every store and host on which it depends were
#   timed within the interval and fit, one after the other where one must wait for the other (restore_after) and side by side where not.
#   Restores of samples time nothing. It does not show that a recovery under stress is as fast as a drill.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
# schemas:
#   - input.business_process: schema.business_process
# custom:
#   severity: critical
#   units: [business_process]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: restore_test_days
#       default: {critical: 90, high: 90, medium: 180, low: 365}
#       unit: days
#       source: CIS Controls 11.5 (quarterly); NPRM monthly
#   rationale: An RTO that was never timed is a wish.
#   remediation: Recover the process end to end in a drill and record achieved_rto_minutes (exercises/*.yaml), or let AWS Backup restore testing restore every store that it needs. Where it was too slow, restore in parallel, keep a warm copy, or have the objective changed by the owner of the process.
package checks.join.rto_demonstrated

import data.lib.backup
import data.lib.clock
import data.lib.deps
import data.lib.ev
import data.lib.records
import data.lib.recovery

fail contains {
	"uid": e.uid,
	"message": sprintf("%s must be back within %s; the drill %s took %s", [e.name, backup.hours(e.attrs.rto_minutes), newest.id, backup.hours(newest.attrs.achieved_rto_minutes)]),
	"expected": sprintf("at most %s", [backup.hours(e.attrs.rto_minutes)]),
	"actual": backup.hours(newest.attrs.achieved_rto_minutes),
	"attributes": ["rto_minutes"],
	"at": {"uid": newest.uid, "attribute": "achieved_rto_minutes"},
} if {
	some e in input.business_process
	exercises_whole(e)
	newest := newest_drill(e)
	achieved := newest.attrs.achieved_rto_minutes
	achieved > objective(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s must be back within %s; restoring what it needs took %s", [e.name, backup.hours(e.attrs.rto_minutes), backup.hours(chain_minutes(e))]),
	"expected": sprintf("at most %s", [backup.hours(e.attrs.rto_minutes)]),
	"actual": backup.hours(chain_minutes(e)),
	"attributes": ["rto_minutes"],
} if {
	some e in input.business_process
	no_drill(e)
	tests_known(e)
	chain_minutes(e) > objective(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no recovery of %s was timed for %v days: no drill covers it, and %s was not restored in full", [e.name, interval(e), store.id]),
	"expected": sprintf("a drill or a timed restore within %v days", [interval(e)]),
	"actual": "none",
	"attributes": ["rto_minutes"],
	"at": {"uid": store.uid},
} if {
	some e in input.business_process
	is_number(objective(e))
	no_drill(e)
	some store in deps.stores(e)
	recovery.untimed(store, interval(e))
}

pass contains {"uid": e.uid, "message": sprintf("the drill %s recovered %s in %s", [newest.id, e.name, backup.hours(newest.attrs.achieved_rto_minutes)])} if {
	some e in input.business_process
	exercises_whole(e)
	newest := newest_drill(e)
	achieved := newest.attrs.achieved_rto_minutes
	achieved <= objective(e)
}

pass contains {"uid": e.uid, "message": sprintf("restoring what %s needs took %s", [e.name, backup.hours(chain_minutes(e))])} if {
	some e in input.business_process
	no_drill(e)
	deps.whole(e)
	tests_known(e)
	order_settled(e)
	chain_minutes(e) <= objective(e)
	count([uid | some uid in chain(e); not timing(uid, e)]) == 0
}

unknown contains {"uid": e.uid, "path": path, "reason": e.unknown[path], "message": "the impact analysis does not say it"} if {
	some e in input.business_process
	some path in ["rto_minutes", "criticality"]
	e.unknown[path]
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("exercise")} if {
	some e in input.business_process
	not ev.recorded("exercise")
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "whether a drill covers it: some exercises do not say what they covered, when, and how long the recovery took"} if {
	some e in input.business_process
	ev.recorded("exercise")
	not exercises_whole(e)
}

unknown contains {
	"uid": e.uid,
	"path": "depends_on",
	"reason": "unlinked",
	"message": sprintf("what must be restored for it: nothing collected stands behind %s", [deps.said(word)]),
} if {
	some e in input.business_process
	some word in deps.open_ends(e)
}

unknown contains {"uid": e.uid, "path": "depends_on", "reason": "unlinked", "message": "what must be restored for it: no store or host is named"} if {
	some e in input.business_process
	count(deps.stores(e)) == 0
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": sprintf("how long a restore of %s takes: the restore tests were not all read, or do not say it", [store.id])} if {
	some e in input.business_process
	no_drill(e)
	some store in deps.stores(e)
	not timing(store.uid, e)
}

unknown contains {"uid": e.uid, "reason": "unlinked", "message": "what must wait for what: the order of recovery is not recorded"} if {
	some e in input.business_process
	not order_settled(e)
}

objective(e) := e.attrs.rto_minutes if is_number(e.attrs.rto_minutes)

interval(e) := input.params.restore_test_days[e.attrs.criticality]

# drills are the exercises within the interval that covered the process and timed its recovery.
drills(e) := [x |
	some uid in ev.sources(e, "covers")
	x := ev.entity(uid)
	x.kind == "exercise"
	is_number(x.attrs.achieved_rto_minutes)
	age := clock.days_since(x.attrs.held_on)
	age >= 0
	age <= interval(e)
]

# Of two on one day the slower counts.
newest_drill(e) := ev.entity(newest[2]) if {
	newest := max([[x.attrs.held_on, x.attrs.achieved_rto_minutes, x.uid] | some x in drills(e)])
}

exercises_whole(_) if {
	ev.recorded("exercise")
	ev.all_settled("covers")
	exercises_told
}

exercises_told if {
	count([x | some x in ev.all_of("exercise"); not told(x)]) == 0
}

told(x) if {
	ev.whole(x, "covers")
	ev.known(x, "held_on")
	timed(x)
}

timed(x) if ev.known(x, "achieved_rto_minutes")

timed(x) if ev.not_applicable(x, "achieved_rto_minutes")

no_drill(e) if {
	exercises_whole(e)
	is_number(interval(e))
	count(drills(e)) == 0
}

after := object.get(data.evidence.out, "restore_after", {})

# chain are the stores and hosts of the process, and what must be restored before them.
chain(e) := stores | {next | some node in graph.reachable(after, stores); some next in after[node]} if {
	stores := {s.uid | some s in deps.stores(e)}
}

timing(uid, e) := recovery.timings(ev.entity(uid), interval(e))[0]

# chain_minutes is the longest way through the restores of which each waits for the next, as far as they were timed.
chain_minutes(e) := max([sum([minutes | some uid in path; minutes := timing(uid, e)]) | some path in paths(e)]) if {
	some uid in chain(e)
	is_number(timing(uid, e))
}

paths(e) := graph.reachable_paths({uid: object.get(after, uid, []) | some uid in chain(e)}, chain(e))

order_settled(e) if {
	every uid in chain(e) {
		ev.settled({"uid": uid}, "restore_after")
	}
}

# tests_known holds where no newer restore than the known ones can exist.
tests_known(e) if {
	every store in deps.stores(e) {
		recovery.tests_covered(store)
	}
}
