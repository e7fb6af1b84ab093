# METADATA
# title: What a process or an asset stands on
# description: |
#   A business process depends on assets, stores, hosts, vendors and other processes (depends_on); an asset represents observed things
#   (represents) and may depend on further assets. What was copied and restored is found at the end of these ways: stores and hosts. A
#   name at which nothing was found, or a list that is not known whole, leaves the ways open.
package lib.deps

import data.lib.ev

depends := object.get(data.evidence.out, "depends_on", {})

represents := object.get(data.evidence.out, "represents", {})

graph_of_all := {uid: array.concat(object.get(depends, uid, []), object.get(represents, uid, [])) |
	some uid in (object.keys(depends) | object.keys(represents))
}

# reached are the uids to which the ways from a process or asset lead, itself left out; words that nothing answers to are among them.
reached(e) := {next | some node in graph.reachable(graph_of_all, {e.uid}); some next in graph_of_all[node]}

# stores are the datastores and hosts among them.
stores(e) := [s | some uid in reached(e); s := ev.entity(uid); holds_data(s)]

holds_data(e) if e.kind == "host"

holds_data(e) if "datastore" in e.facets

# open_ends are the names at which a way ends without having reached anything: what nothing collected answers to, and what does not
# say all that it leads to.
open_ends(e) := {uid | some uid in reached(e); not ev.entity(uid)} | {uid |
	some uid in ({e.uid} | reached(e))
	node := ev.entity(uid)
	not told(node)
}

told(node) if not node.kind in {"business_process", "asset"}

told(node) if {
	node.kind == "business_process"
	ev.whole(node, "depends_on")
	ev.settled(node, "depends_on")
}

# Media and software that no collector reads may represent nothing; a machine, data or a service must lead to something.
told(node) if {
	node.kind == "asset"
	ev.whole(node, "represents")
	ev.settled(node, "represents")
	ev.settled(node, "depends_on")
	leads_on(node)
}

leads_on(node) if count(object.get(graph_of_all, node.uid, [])) > 0

leads_on(node) if node.attrs.type == "removable_media"

# whole holds where every way ends at something that was collected, and at least one at a store or host.
whole(e) if {
	ev.settled(e, "depends_on")
	count(open_ends(e)) == 0
	count(stores(e)) > 0
}

# said names an open end in a message.
said(uid) := ev.entity(uid).id if {
	ev.entity(uid)
} else := uid
