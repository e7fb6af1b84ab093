# METADATA
# title: A current map shows how sensitive data moves through, into and out of the systems
# description: |
#   A pass shows that the map was reviewed lately, and that every sensitive store and every internet-facing endpoint which was found is an end
#   of one of its flows. It does not show that the flows are drawn right. A map counts by its flows (sections.flows), which name
#   systems by id, name or asset. Where records were read and no map is among them, the organisation fails.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.document: schema.document
#   - input.organization: schema.organization
# custom:
#   severity: low
#   units: [document, organization]
#   collectors: [governance, aws, terraform]
#   rationale: Only the proposed rule demands it, but incident scoping needs it today.
#   remediation: Keep a document of doc_type map whose sections.flows name every sensitive store and internet-facing endpoint; assay's own list of entities is a good first draft. Review it each year and after changes.
#   parameters:
#     - name: inventory_days
#       default: 365
#       unit: days
#       source: NPRM 164.308(a)(1)(ii)(C)
package checks.inv.network_map

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was last reviewed %d days ago", [e.name, floor(ev.days_since(e, "last_reviewed_on"))]),
	"expected": sprintf("a review in the last %d days", [input.params.inventory_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "last_reviewed_on"))]),
	"attributes": ["last_reviewed_on"],
} if {
	some e in input.document
	in_force(e)
	ev.days_since(e, "last_reviewed_on") > input.params.inventory_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not show %d of the sensitive stores and internet-facing endpoints, such as %s", [e.name, count(undrawn), min(undrawn)]),
	"expected": "all of them are an end of a flow",
	"actual": sprintf("%d are not", [count(undrawn)]),
	"attributes": ["sections.flows"],
} if {
	some e in input.document
	in_force(e)
	drawn_whole
	count(undrawn) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no map of how its data moves", [e.name]),
	"expected": "a document of type map",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	ev.managed_in("document", e.scope)
	startswith(e.scope, "gov:")
	every d in ev.all_of("document") {
		no_map(d)
	}
}

pass contains e.uid if {
	some e in input.document
	in_force(e)
	e.attrs.status == "approved"
	ev.days_since(e, "last_reviewed_on") <= input.params.inventory_days
	scope.enumerated("datastore")
	scope.enumerated("endpoint")
	every s in ev.all_of("datastore") {
		ev.known(s, "derived.sensitive")
	}
	every p in ev.all_of("endpoint") {
		ev.known(p, "exposure")
	}
	count(undrawn) == 0
}

not_applicable contains {"uid": e.uid, "message": "not a map"} if {
	some e in input.document
	is_string(e.attrs.doc_type)
	e.attrs.doc_type != "map"
}

not_applicable contains {"uid": e.uid, "message": "no longer in force"} if {
	some e in input.document
	e.attrs.status in ["superseded", "retired"]
}

not_applicable contains {"uid": e.uid, "message": "its map is judged"} if {
	some e in input.organization
	some d in ev.all_of("document")
	in_force(d)
}

unknown contains {
	"uid": e.uid,
	"path": "document",
	"reason": "not_collected",
	"message": "no complete register of documents was collected",
} if {
	some e in input.organization
}

unknown contains {
	"uid": e.uid,
	"path": "status",
	"reason": "not_attested",
	"message": "the map is not approved",
} if {
	some e in input.document
	in_force(e)
	not ev.known(e, "status")
}

unknown contains {
	"uid": e.uid,
	"path": "status",
	"reason": "not_attested",
	"message": "the map is a draft",
} if {
	some e in input.document
	e.attrs.status == "draft"
}

unknown contains {
	"uid": e.uid,
	"path": "sections.flows",
	"reason": "not_collected",
	"message": "which stores are sensitive and which endpoints face the internet is not fully known",
} if {
	some e in input.document
	in_force(e)
	e.attrs.status == "approved"
}

# in_force holds for a map that is not superseded or retired.
in_force(d) if {
	d.attrs.doc_type == "map"
	not ended(d)
}

ended(d) if d.attrs.status in ["superseded", "retired"]

no_map(d) if {
	is_string(d.attrs.doc_type)
	d.attrs.doc_type != "map"
}

no_map(d) if ended(d)

maps := [d | some d in ev.all_of("document"); in_force(d)]

# drawn are the names that the flows of all maps give: several maps together are one.
drawn contains name if {
	some d in maps
	some flow in d.attrs["sections.flows"]
	some name in [flow.from, flow.to]
}

# drawn_whole holds where no map can have a flow that is not known.
drawn_whole if {
	every d in maps {
		ev.whole(d, "sections.flows")
	}
}

# undrawn are the names of what must be on the map and is not.
undrawn contains s.name if {
	some s in ev.all_of("datastore")
	s.attrs["derived.sensitive"] == true
	not on_map(s)
}

undrawn contains p.name if {
	some p in ev.all_of("endpoint")
	p.attrs.exposure == "internet"
	not on_map(p)
}

on_map(e) if {
	some name in scope.names(e)
	name in drawn
}

on_map(e) if e.name in drawn

on_map(e) if {
	some uid in ev.sources(e, "represents")
	asset := ev.entity(uid)
	on_map_as(asset)
}

on_map_as(asset) if {
	some name in scope.names(asset)
	name in drawn
}

on_map_as(asset) if asset.name in drawn

on_map_as(asset) if asset.attrs.tag in drawn
