# METADATA
# title: Incremental and differential backups have an intact chain back to an existing full
# description: |
#   A pass shows that an incremental copy leads, link by link, to a completed full one, over completed copies that all exist and are not too
#   many; and that a differential copy rests on a completed full one, the newest when it was made. It does not show that the copies can be
#   read. Copies that restore by themselves (full, snapshots of a provider, continuous backup) have no chain to judge.
# related_resources:
#   - https://docs.bareos.org/TasksAndConcepts/VolumeManagement.html
#   - https://pgbackrest.org/user-guide.html
# schemas:
#   - input.recovery_point: schema.recovery_point
# custom:
#   severity: high
#   units: [recovery_point]
#   collectors: [aws, host]
#   rationale: Incrementals depend on every link since the last backup, differentials on the last full; one gap loses all that follows.
#   remediation: >-
#     Start a full backup now, and let the retention of full copies outlast that of the copies that rest on them (pgBackRest
#     repo1-retention-full-type=time, the volume retention of Bareos pools). Schedule full backups often enough to keep chains short.
#   parameters:
#     - name: max_chain_length
#       default: 30
#       unit: links
#       source: product default
package checks.backup.chain_integrity

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s rests on %s, which is %s", [e.name, link.name, link.attrs.status]),
	"expected": "an unbroken chain of completed copies",
	"actual": sprintf("%s is %s", [link.name, link.attrs.status]),
	"attributes": ["chain.parent"],
} if {
	some e in input.recovery_point
	chained(e)
	some link in links(e)
	link.uid != e.uid
	link.attrs.status in {"partial", "expired", "deleting"}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s rests on %s, which no longer exists", [e.name, uid]),
	"expected": "an unbroken chain of completed copies",
	"actual": sprintf("%s is gone", [uid]),
	"attributes": ["chain.parent"],
} if {
	some e in input.recovery_point
	chained(e)
	some uid in gone(e)
	scope.covered("recovery_point", e.scope)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the chain of %s does not begin with a full copy", [e.name]),
	"expected": "a chain that begins with a completed full copy",
	"actual": "no full copy in the chain",
	"attributes": ["chain.parent"],
} if {
	some e in input.recovery_point
	chained(e)
	whole(e)
	count([link | some link in links(e); link.attrs.type == "full"]) == 0
	count([link | some link in links(e); ev.known(link, "type")]) == count(links(e))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s needs %d earlier copies to be restored", [e.name, count(links(e)) - 1]),
	"expected": sprintf("a chain of at most %d links", [input.params.max_chain_length]),
	"actual": sprintf("%d links", [count(links(e)) - 1]),
	"attributes": ["chain.parent"],
} if {
	some e in input.recovery_point
	chained(e)
	count(links(e)) - 1 > input.params.max_chain_length
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s rests on %s, although the full copy %s was newer when it was made", [e.name, base.name, newer.name]),
	"expected": "the newest full copy as base",
	"actual": base.name,
	"attributes": ["chain.base"],
} if {
	some e in input.recovery_point
	e.attrs.type == "differential"
	base := ev.entity(e.attrs["chain.base"])
	some newer in siblings(e)
	overtook(newer, base, e)
}

pass contains {"uid": e.uid, "message": sprintf("%s leads to a completed full copy over %d links", [e.name, count(links(e)) - 1])} if {
	some e in input.recovery_point
	e.attrs.type == "incremental"
	intact(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s rests on the newest full copy when it was made", [e.name])} if {
	some e in input.recovery_point
	e.attrs.type == "differential"
	intact(e)
	newest_base(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("a %s copy is restored by itself", [e.attrs.type])} if {
	some e in input.recovery_point
	e.attrs.type in {"full", "snapshot", "continuous"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is %s: nothing is restored from it", [e.name, e.attrs.status])} if {
	some e in input.recovery_point
	chained(e)
	e.attrs.status in {"partial", "expired", "deleting"}
}

unknown contains {
	"uid": e.uid,
	"path": "recovery_point",
	"reason": "not_collected",
	"message": sprintf("%s was not collected", [uid]),
} if {
	some e in input.recovery_point
	some uid in gone(e)
}

chained(e) if e.attrs.type in {"incremental", "differential"}

# next is the copy that another one needs, if any: the full copy of a differential, else the copy that it continues. A full copy needs none.
next(point) := point.attrs["chain.base"] if {
	point.attrs.type == "differential"
	is_string(point.attrs["chain.base"])
}

next(point) := point.attrs["chain.parent"] if {
	point.attrs.type == "incremental"
	is_string(point.attrs["chain.parent"])
}

# chains maps each copy to the one that it needs. It has an entry for every copy, so that the ends of a chain, and what is gone, are
# found too. It is built by comprehension and union, which take time in proportion to the copies.
chains := object.union(
	object.union(
		{point.uid: [] | some point in ev.all_of("recovery_point")},
		{needed: [] | some point in ev.all_of("recovery_point"); needed := next(point)},
	),
	{point.uid: [needed] | some point in ev.all_of("recovery_point"); needed := next(point)},
)

# steps are the uids of a chain, itself included: each copy has at most one that it needs.
steps(e) := graph.reachable(chains, {e.uid})

links(e) := [link | some uid in steps(e); link := ev.entity(uid)]

gone(e) := [uid | some uid in steps(e); not ev.entity(uid)]

# whole holds where all of the chain is known and exists.
whole(e) if {
	count(gone(e)) == 0
	count([link | some link in links(e); not followed(link)]) == 0
}

# followed holds where it is known of a copy what it needs.
followed(link) if link.attrs.type in {"full", "snapshot", "continuous"}

followed(link) if {
	link.attrs.type == "incremental"
	ev.known(link, "chain.parent")
}

followed(link) if {
	link.attrs.type == "differential"
	ev.known(link, "chain.base")
}

# intact holds where the chain leads to a full copy, every copy of it is complete, and it is short enough.
intact(e) if {
	whole(e)
	all_links := links(e)
	some base in all_links
	base.attrs.type == "full"
	count([link | some link in all_links; link.attrs.status == "completed"]) == count(all_links)
	count(all_links) - 1 <= input.params.max_chain_length
}

# siblings are the full copies of what a copy protects.
siblings(e) := [other |
	some target in ev.targets(e, "protects")
	some uid in ev.sources({"uid": target}, "protects")
	other := ev.entity(uid)
	other.attrs.type == "full"
	other.attrs.status == "completed"
]

# overtook holds where a full copy was completed after the base, and before the copy was begun.
overtook(newer, base, e) if {
	newer.uid != base.uid
	ev.ns(newer.attrs.completed_at) > ev.ns(base.attrs.completed_at)
	ev.ns(newer.attrs.completed_at) < ev.ns(e.attrs.created_at)
}

# newest_base holds where every full copy of the same store or host is known to be the base, older than it, or younger than the copy.
newest_base(e) if {
	scope.covered("recovery_point", e.scope)
	ev.settled(e, "protects")
	base := ev.entity(e.attrs["chain.base"])
	count([other | some other in siblings(e); fits(other, base, e)]) == count(siblings(e))
}

fits(other, base, _) if other.uid == base.uid

fits(other, base, _) if ev.ns(other.attrs.completed_at) <= ev.ns(base.attrs.completed_at)

fits(other, _, e) if ev.ns(other.attrs.completed_at) >= ev.ns(e.attrs.created_at)
