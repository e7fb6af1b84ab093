# METADATA
# title: "Part 1: an inventory lists what must be protected, with owner, location, version, classification and criticality"
# description: |
#   A pass shows that every asset of the inventory which is in use has an inventory number, owner, location, version, classification and
#   criticality, and was verified within the days of the parameter. It does not show that nothing is missing from the inventory:
#   join.inventory_reconciled compares it with what was found. In profile audit a field that the register lacks, and an inventory that
#   was not supplied, are failures.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.310
#   - https://www.cisecurity.org/controls/inventory-and-control-of-enterprise-assets
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [organization]
#   collectors: [governance, aws, host]
#   parameters:
#     - name: inventory_days
#       default: 365
#       unit: days
#       source: NPRM 164.308(a)(1)(ii)(C)
#   rationale: First part of the seed's four-part process.
#   remediation: Complete assets.csv (tag, type, owner, location, version, classification, criticality, status) for every asset in use and set last_verified_on when somebody checks the row; assay's list of what it found is a good first draft.
package checks.inv.assets

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the inventory of %s is empty", [e.name]),
	"expected": "an inventory of what must be protected",
	"actual": "no asset",
	"attributes": [],
} if {
	some e in input.organization
	ev.recorded("asset")
	count(ev.all_of("asset")) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no inventory of %s was supplied", [e.name]),
	"expected": "an inventory of what must be protected",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	input.profile == "audit"
	ev.unrecorded("asset")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%d assets in use, such as %s, lack %s", [count(incomplete), a.name, concat(", ", sort(lacking(a)))]),
	"expected": "all six fields of every asset in use",
	"actual": sprintf("%d assets with gaps", [count(incomplete)]),
	"attributes": [],
	"at": {"uid": a.uid, "attribute": min(lacking(a))},
} if {
	some e in input.organization
	count(incomplete) > 0
	a := first(incomplete)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%d assets in use, such as %s, were not verified in the last %d days", [count(stale), a.name, input.params.inventory_days]),
	"expected": sprintf("a verification in the last %d days", [input.params.inventory_days]),
	"actual": sprintf("%d assets", [count(stale)]),
	"attributes": [],
	"at": {"uid": a.uid, "attribute": "last_verified_on"},
} if {
	some e in input.organization
	count(stale) > 0
	a := first(stale)
}

pass contains {"uid": e.uid, "message": sprintf("%d assets in use are listed in full", [count(used)])} if {
	some e in input.organization
	ev.recorded("asset")
	count(used) > 0
	count([a | some a in used; full(a)]) == count(used)
}

unknown contains {
	"uid": e.uid,
	"path": "asset",
	"reason": "not_collected",
	"message": "no complete inventory was collected",
} if {
	some e in input.organization
	not ev.recorded("asset")
}

unknown contains {
	"uid": e.uid,
	"path": "asset",
	"reason": "not_attested",
	"message": sprintf("of %d assets the inventory does not state every field, such as of %s", [count(vague), first(vague).name]),
} if {
	some e in input.organization
	count(vague) > 0
}

unknown contains {
	"uid": e.uid,
	"path": "asset",
	"reason": "not_attested",
	"message": "no asset of the inventory is in use",
} if {
	some e in input.organization
	ev.recorded("asset")
	count(used) == 0
}

# used are the assets in use, and those that may be.
used := [a | some a in ev.all_of("asset"); not put_away(a)]

put_away(a) if a.attrs.status in {"stored", "retired", "disposed"}

incomplete := [a | some a in used; a.attrs.status == "in_use"; count(lacking(a)) > 0]

stale := [a | some a in used; a.attrs.status == "in_use"; ev.days_since(a, "last_verified_on") > input.params.inventory_days]

vague := [a | some a in used; not full(a)]

# first is the one with the first name of a list of assets, so that a message is the same in every run.
first(list) := [a | some a in list; a.name == name][0] if {
	name := min({a.name | some a in list})
}

# full holds where an asset states every field and was verified in time.
full(a) if {
	ev.stated(a.attrs.tag)
	ev.stated(a.attrs.owner)
	ev.stated(a.attrs.location)
	ev.stated(a.attrs.version)
	ev.stated(a.attrs.classification)
	ev.stated(a.attrs.criticality)
	ev.days_since(a, "last_verified_on") <= input.params.inventory_days
}

# lacking are the fields that an asset is known to lack: those left blank, and in an audit those that the register has no column for.
lacking(a) := blank(a) | left_out(a)

blank(a) := (({"tag" | ev.unset(a.attrs.tag)} | {"owner" | ev.unset(a.attrs.owner)}) | ({"location" | ev.unset(a.attrs.location)} | {"version" | ev.unset(a.attrs.version)})) | ({"classification" | ev.unset(a.attrs.classification)} | {"criticality" | ev.unset(a.attrs.criticality)})

left_out(a) := {path |
	input.profile == "audit"
	some path in ["tag", "owner", "location", "version", "classification", "criticality", "last_verified_on"]
	ev.not_attested(a, path)
}
