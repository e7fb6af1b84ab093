# METADATA
# title: The asset inventory and the observed estate agree
# description: |
#   A pass shows that every observed account, host and store (of the kinds that an inventory lists) is represented by an asset in use,
#   and that what every asset in use stands for was observed lately. A volume is listed with its host. Applications, data and media that
#   name nothing to observe are taken as they are. An asset counts as unseen only where a collector that could have seen it read
#   everything: an ARN or instance id in a collected account, any other name among the hosts that were read.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.310
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [organization]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: inventory_seen_days
#       default: 30
#       unit: days
#       source: product default
#     - name: inventoried_stores
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: kinds of store
#       source: "product default: what a backup service can restore; queues, streams, caches, logs, snapshots and images belong to something that is listed"
#     - name: unobservable_types
#       default: [application, data, removable_media]
#       unit: types of asset that may name nothing to observe
#       source: product default
#   rationale: What is not listed is not protected; what is listed but gone hides loss.
#   remediation: Add what the findings name to assets.csv with its ARN, instance id or host name under represents, or switch it off. Find the assets that nobody has seen; set those that are gone to retired or disposed, and treat those that cannot be found as lost.
package checks.join.inventory_reconciled

import data.lib.clock
import data.lib.ev
import data.lib.records
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the %s %s runs and no asset in use stands for it", [thing.kind, thing.id]),
	"expected": "an asset in use that represents it",
	"actual": "none",
	"attributes": ["headcount"],
	"at": {"uid": thing.uid},
} if {
	some e in input.organization
	inventory_whole(e)
	some thing in estate
	not listed(thing)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is in use by the inventory, and %s", [asset.id, why(asset)]),
	"expected": sprintf("seen within %v days", [input.params.inventory_seen_days]),
	"actual": "not seen",
	"attributes": ["headcount"],
	"at": {"uid": asset.uid, "attribute": "represents"},
} if {
	some e in input.organization
	some asset in in_use
	unseen(asset)
}

pass contains {"uid": e.uid, "message": sprintf("%d observed things and %d assets in use agree", [count(estate), count(in_use)])} if {
	some e in input.organization
	inventory_whole(e)
	estate_measured(e)
	count(estate) + count(in_use) > 0
	every thing in estate {
		listed(thing)
	}
	every asset in in_use {
		seen(asset)
	}
}

not_applicable contains {"uid": e.uid, "message": "nothing is listed and nothing was observed"} if {
	some e in input.organization
	inventory_whole(e)
	estate_measured(e)
	count(estate) + count(in_use) == 0
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("asset")} if {
	some e in input.organization
	not ev.recorded("asset")
}

unknown contains {"uid": e.uid, "reason": "not_attested", "message": sprintf("what %s stands for, or whether it is in use: the inventory does not say it, or names two things at once", [asset.id])} if {
	some e in input.organization
	some asset in ev.all_of("asset")
	not told(asset)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": sprintf("what there is: %s was not read everywhere", [kind])} if {
	some e in input.organization
	some kind in kinds
	spoiled(kind)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "what there is: no collector looked at accounts, stores or hosts"} if {
	some e in input.organization
	count([kind | some kind in kinds; scope.measured(kind)]) == 0
}

unknown contains {"uid": e.uid, "reason": "unlinked", "message": sprintf("whether what %s stands for still exists: no collector that could see it read everything", [asset.id])} if {
	some e in input.organization
	some asset in in_use
	not seen(asset)
	not unseen(asset)
}

# estate is what was observed and belongs into an inventory.
estate := [thing |
	some thing in array.concat(array.concat(ev.all_of("account"), ev.all_of("host")), stores)
	thing.plane == "observed"
]

stores := [s | some s in ev.all_of("datastore"); s.attrs.kind_detail in input.params.inventoried_stores]

in_use := [asset | some asset in ev.all_of("asset"); asset.attrs.status == "in_use"]

listed(thing) if {
	some uid in ev.sources(thing, "represents")
	ev.entity(uid).attrs.status == "in_use"
}

listed(thing) if {
	some host in ev.targets(thing, "volume_of")
	some uid in ev.sources({"uid": host}, "represents")
	ev.entity(uid).attrs.status == "in_use"
}

# inventory_whole holds where every row was read and says what it stands for.
inventory_whole(_) if {
	ev.recorded("asset")
	ev.all_settled("represents")
	count([a | some a in ev.all_of("asset"); not told(a)]) == 0
}

told(asset) if {
	ev.known(asset, "status")
	asset.attrs.status != "in_use"
}

told(asset) if {
	ev.known(asset, "status")
	ev.whole(asset, "represents")
	ev.settled(asset, "represents")
}

# estate_measured holds where all that was looked at was read. Who has no cloud account collects none, and who has no hosts of their own
# none of these.
estate_measured(_) if {
	some kind in kinds
	scope.measured(kind)
	every other in kinds {
		not spoiled(other)
	}
}

kinds := ["account", "datastore", "host"]

# spoiled holds for a kind of which a collector could not read everything.
spoiled(kind) if {
	some where, status in data.evidence.coverage[kind]
	status != "complete"
	not scope.on_paper(where)
}

represented(asset) := [thing | some uid in ev.targets(asset, "represents"); thing := ev.entity(uid)]

seen(asset) if {
	some thing in represented(asset)
	fresh(thing)
}

seen(asset) if {
	ev.whole(asset, "represents")
	count(asset.attrs.represents) == 0
	asset.attrs.type in input.params.unobservable_types
}

fresh(thing) if {
	thing.plane == "observed"
	thing.kind != "host"
}

fresh(thing) if {
	thing.kind == "host"
	clock.days_since(thing.attrs.last_seen_at) <= input.params.inventory_seen_days
}

# unseen holds where everything that the asset names is gone, or was last seen long ago.
unseen(asset) if {
	ev.whole(asset, "represents")
	ev.settled(asset, "represents")
	words := ev.targets(asset, "represents")
	count(words) > 0
	every word in words {
		gone(word, asset)
	}
}

gone(word, _) if clock.days_since(ev.entity(word).attrs.last_seen_at) > input.params.inventory_seen_days

gone(word, asset) if {
	not ev.entity(word)
	searched(word, asset)
}

# searched holds where a collector that could have seen what the word names read everything.
searched(word, _) if {
	startswith(word, "arn:")
	account := scope.account_of(word)
	account != ""
	searched_in(concat(":", ["aws", account]))
}

searched(word, _) if {
	startswith(word, "arn:")
	scope.account_of(word) == ""
	searched_in("aws")
}

searched(word, _) if {
	regex.match(`^(i|vol|fs)-[0-9a-f]+$`, word)
	searched_in("aws")
}

searched(word, asset) if {
	not cloud_word(word)
	asset.attrs.type in {"server", "laptop", "workstation", "mobile", "network_device"}
	ev.covered_within("host", "host")
}

searched(word, asset) if {
	not cloud_word(word)
	asset.attrs.type in {"application", "data", "cloud_service"}
	searched_in("aws")
}

searched_in(where) if {
	ev.covered_within("host", where)
	ev.covered_within("datastore", where)
}

cloud_word(word) if startswith(word, "arn:")

cloud_word(word) if regex.match(`^(i|vol|fs)-[0-9a-f]+$`, word)

why(asset) := sprintf("%s was last seen on %s", [thing.name, thing.attrs.last_seen_at]) if {
	thing := [t | some t in represented(asset); is_string(t.attrs.last_seen_at)][0]
} else := sprintf("no collector sees %s", [concat(", ", sort(ev.targets(asset, "represents")))])
