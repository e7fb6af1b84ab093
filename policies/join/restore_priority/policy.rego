# METADATA
# title: Restore order follows business criticality, in the plan and in real recoveries
# description: |
#   A pass shows that the ranks of the impact analysis follow criticality and recovery time objective, that what a process or store
#   needs comes before it, that the recovery procedures keep the same order, and that incidents and drills restored nothing before
#   something more critical without a recorded reason. A process counts as urgent as the most urgent one that depends on it. Of a drill,
#   the restores of what it covers on its day are compared; a finding of the drill counts as the recorded reason. It does not show that
#   criticalities are right.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [organization]
#   collectors: [governance, aws]
#   rationale: "Seed: recover according to the priority of systems and operations."
#   remediation: Correct restore_rank in bia.yaml or the order of the procedures in recovery.yaml; put what others need first. Where an incident had to depart from the order, record why (restore_order_reason).
package checks.join.restore_priority

import data.lib.deps
import data.lib.ev
import data.lib.records

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is recovered after %s (rank %v and %v) and is more urgent", [early.id, late.id, early.attrs.restore_rank, late.attrs.restore_rank]),
	"expected": sprintf("%s first", [early.id]),
	"actual": sprintf("%s first", [late.id]),
	"attributes": ["headcount"],
	"at": {"uid": early.uid, "attribute": "restore_rank"},
} if {
	some e in input.organization
	some [early, late] in rank_inversions
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s needs %s, which is not recovered before it", [dependent.id, needed.id]),
	"expected": sprintf("%s before %s", [needed.id, dependent.id]),
	"actual": "the other way round, or together",
	"attributes": ["headcount"],
	"at": {"uid": dependent.uid},
} if {
	some e in input.organization
	some [dependent, needed] in dependency_inversions
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the procedure %s comes before %s, and recovers what has a later rank", [before.id, after.id]),
	"expected": "procedures in the order of the ranks",
	"actual": sprintf("order %v before %v", [before.attrs.order, after.attrs.order]),
	"attributes": ["headcount"],
	"at": {"uid": before.uid, "attribute": "order"},
} if {
	some e in input.organization
	some [before, after] in procedure_inversions
}

fail contains {
	"uid": e.uid,
	"message": sprintf("in the incident %s, %s was restored before %s, which is more critical, and no reason is recorded", [incident.id, deps.said(first), deps.said(second)]),
	"expected": sprintf("%s first, or a reason", [deps.said(second)]),
	"actual": sprintf("%s first", [deps.said(first)]),
	"attributes": ["headcount"],
	"at": {"uid": incident.uid, "attribute": "restore_order"},
} if {
	some e in input.organization
	some incident in ev.all_of("incident")
	ev.unset(incident.attrs.restore_order_reason)
	some [first, second] in incident_inversions(incident)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("in the drill %s, %s was restored before %s, which is more critical, and no finding says why", [drill.id, deps.said(first), deps.said(second)]),
	"expected": sprintf("%s first", [deps.said(second)]),
	"actual": sprintf("%s first", [deps.said(first)]),
	"attributes": ["headcount"],
	"at": {"uid": drill.uid},
} if {
	some e in input.organization
	some drill in drills
	ev.whole(drill, "findings")
	count(drill.attrs.findings) == 0
	some [first, second] in drill_inversions(drill)
}

pass contains {"uid": e.uid, "message": sprintf("%d processes are recovered in the order of their priority", [count(processes)])} if {
	some e in input.organization
	count(processes) > 0
	plan_whole(e)
	count(rank_inversions) == 0
	count(dependency_inversions) == 0
	count(procedure_inversions) == 0
	every incident in ev.all_of("incident") {
		in_order(incident)
	}
	every drill in drills {
		drilled_in_order(drill)
	}
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap(register)} if {
	some e in input.organization
	some register in records.unread(registers)
}

unknown contains {"uid": e.uid, "reason": "not_attested", "message": "the order of recovery: the impact analysis lists no process"} if {
	some e in input.organization
	ev.recorded("business_process")
	count(processes) == 0
}

unknown contains {"uid": e.uid, "reason": "not_attested", "message": sprintf("the rank, urgency or dependencies of %s: the records do not say them", [node.id])} if {
	some e in input.organization
	some node in array.concat(processes, ev.all_of("recovery_procedure"))
	not told(node)
}

unknown contains {"uid": e.uid, "reason": "not_attested", "message": sprintf("in which order the incident %s was recovered from, or why", [incident.id])} if {
	some e in input.organization
	some incident in ev.all_of("incident")
	not in_order(incident)
}

unknown contains {"uid": e.uid, "reason": "not_attested", "message": sprintf("in which order the drill %s restored, or why", [drill.id])} if {
	some e in input.organization
	some drill in drills
	not drilled_in_order(drill)
}

registers := ["business_process", "recovery_procedure", "incident", "exercise"]

processes := ev.all_of("business_process")

# levels are the criticalities with their place: the smaller, the more critical.
levels := {level: i | some i, level in ["critical", "high", "medium", "low"]}

needed_by := {p.uid: [uid | some uid in ev.sources(p, "depends_on"); ev.entity(uid).kind == "business_process"] | some p in processes}

# dependents are the processes that need a process, directly or not, and itself.
dependents(p) := [ev.entity(uid) | some uid in graph.reachable(needed_by, {p.uid})]

# urgency is the highest criticality and the shortest objective of those that need the process.
urgency(p) := [min([levels[q.attrs.criticality] | some q in dependents(p)]), min([q.attrs.rto_minutes | some q in dependents(p); is_number(q.attrs.rto_minutes)])]

# Sorted by urgency and then by rank, ranks may not fall where the urgency changes.
by_urgency := sort([[urgency(p), p.attrs.restore_rank, p.uid] | some p in processes; is_number(p.attrs.restore_rank)])

rank_inversions := {[ev.entity(a[2]), ev.entity(b[2])] |
	some i, a in by_urgency
	b := by_urgency[i + 1]
	a[0] < b[0]
	a[1] > b[1]
	firm(ev.entity(b[2]))
}

# firm holds where nothing unknown could make a process more urgent than it seems: what needs it is known, and how urgent that is.
firm(process) if {
	needs_told
	every q in dependents(process) {
		ev.all_known(q, ["criticality", "rto_minutes"])
	}
}

needs_told if {
	ev.recorded("business_process")
	every p in processes {
		ev.whole(p, "depends_on")
		ev.settled(p, "depends_on")
	}
}

dependency_inversions := process_inversions | store_inversions

process_inversions := {[p, q] |
	some p in processes
	some uid in ev.targets(p, "depends_on")
	q := ev.entity(uid)
	q.kind == "business_process"
	rank := q.attrs.restore_rank
	is_number(rank)
	is_number(p.attrs.restore_rank)
	rank >= object.get(p.attrs, "restore_rank", rank)
}

# A store that must wait for another has a procedure that comes later.
store_inversions := {[ev.entity(uid), ev.entity(first)] |
	some uid, firsts in object.get(data.evidence.out, "restore_after", {})
	some first in firsts
	some later in procedures_of(uid)
	some earlier in procedures_of(first)
	order := earlier.attrs.order
	is_number(order)
	is_number(later.attrs.order)
	order >= object.get(later.attrs, "order", order)
}

procedures_of(uid) := [p | some from in ev.sources({"uid": uid}, "covers"); p := ev.entity(from); p.kind == "recovery_procedure"]

# Procedures are compared by the best rank of the processes that they cover.
by_rank := sort([[min(ranks), procedure.attrs.order, procedure.uid] |
	some procedure in ev.all_of("recovery_procedure")
	is_number(procedure.attrs.order)
	ranks := [rank | some uid in ev.targets(procedure, "covers"); rank := ev.entity(uid).attrs.restore_rank; is_number(rank)]
	count(ranks) > 0
])

procedure_inversions := {[ev.entity(b[2]), ev.entity(a[2])] |
	some i, a in by_rank
	b := by_rank[i + 1]
	a[0] < b[0]
	a[1] > b[1]
	ranked(ev.entity(b[2]))
}

# ranked holds where the ranks of all that a procedure covers are known.
ranked(procedure) if {
	ev.whole(procedure, "covers")
	every uid in ev.targets(procedure, "covers") {
		rank_known(ev.entity(uid))
	}
}

rank_known(covered) if covered.kind != "business_process"

rank_known(covered) if ev.known(covered, "restore_rank")

# level is how critical what was restored is.
level(uid) := urgency(ev.entity(uid))[0] if {
	ev.entity(uid).kind == "business_process"
} else := levels[ev.entity(uid).attrs["derived.criticality"]] if {
	ev.entity(uid).attrs["derived.criticality"]
} else := levels[ev.entity(uid).attrs.criticality]

# waits_for holds where the second could not come before the first.
waits_for(second, first) if first in deps.reached({"uid": second})

waits_for(second, first) if {
	after := object.get(data.evidence.out, "restore_after", {})
	some node in graph.reachable(after, {second})
	first in after[node]
}

inverted(order) := {[first, second] |
	some i, first in order
	some j, second in order
	i < j
	level(first) > level(second)
	settled_level(first)
	ev.settled({"uid": second}, "restore_after")
	not waits_for(second, first)
}

settled_level(uid) if ev.entity(uid).kind != "business_process"

settled_level(uid) if firm(ev.entity(uid))

incident_inversions(incident) := inverted(incident.attrs.restore_order)

drills := [x |
	some x in ev.all_of("exercise")
	x.attrs.type == "dr_drill"
]

drill_inversions(drill) := inverted([row[1] | some row in sort(restores(drill))])

# restores are what a drill restored of the things that it covers, with the time.
restores(drill) := [[t.attrs.started_at, store.uid] |
	some covered in ev.targets(drill, "covers")
	some store in behind(covered)
	some uid in ev.sources(store, "protects")
	t := ev.entity(uid)
	t.kind == "restore_test"
	startswith(t.attrs.started_at, drill.attrs.held_on)
]

behind(uid) := array.concat([s | s := ev.entity(uid); deps.holds_data(s)], deps.stores({"uid": uid}))

in_order(incident) if incident.attrs.restore_order == []

in_order(incident) if {
	ev.whole(incident, "restore_order")
	rated(incident.attrs.restore_order)
	count(incident_inversions(incident)) == 0
}

in_order(incident) if ev.stated(incident.attrs.restore_order_reason)

in_order(incident) if ev.not_applicable(incident, "restore_order")

# rated holds where of everything that was restored it is known how critical it is.
rated(order) if {
	every uid in order {
		level(uid)
	}
}

drilled_in_order(drill) if {
	ev.known(drill, "held_on")
	order := [row[1] | some row in restores(drill)]
	rated(order)
	count(drill_inversions(drill)) == 0
}

drilled_in_order(drill) if {
	ev.whole(drill, "findings")
	count(drill.attrs.findings) > 0
}

# plan_whole holds where every register was read and says ranks, urgency and dependencies.
plan_whole(_) if {
	every register in registers {
		ev.recorded(register)
	}
	ev.all_settled("restore_after")
	every node in array.concat(processes, ev.all_of("recovery_procedure")) {
		told(node)
	}
}

told(node) if {
	node.kind == "business_process"
	ev.all_known(node, ["restore_rank", "criticality", "rto_minutes"])
	ev.whole(node, "depends_on")
	ev.settled(node, "depends_on")
}

told(node) if {
	node.kind == "recovery_procedure"
	ev.known(node, "order")
	ev.whole(node, "covers")
	ev.settled(node, "covers")
}
