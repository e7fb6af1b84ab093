# METADATA
# title: The classification label matches encryption, backup and exposure as the handling rules require
# description: |
#   A pass shows that the store keeps every handling rule of its level, and that a content scan found nothing above the label. Rules are
#   read from the approved classification document (sections.levels[].rules): encryption_at_rest (required, customer_key),
#   encryption_in_transit (required), exposure (private), backup (required, immutable) and access_logging (required); "any" demands
#   nothing. A rule that cannot apply to the store counts as kept. A store without a known label is held to the rules of the highest
#   level. Rules in other words are for people. Of a running
#   system copies that exist count beside the plans that make them.
# related_resources:
#   - https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: critical
#   units: [datastore]
#   collectors: [aws, terraform, host, governance]
#   rationale: Labels and settings live in different places and drift apart.
#   remediation: Bring the setting that the finding names to what the level demands, or correct the label if the data are less sensitive than it says. Move content that a scan found above the label.
package checks.join.classification_controls

import data.lib.backup
import data.lib.ev
import data.lib.records

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is %s and breaks the handling rule %s = %s", [e.name, e.attrs["data.classification"], topic, requirement]),
	"expected": sprintf("%s = %s", [topic, requirement]),
	"actual": actual(e, topic),
	"attributes": [paths[topic]],
} if {
	some e in input.datastore
	some [topic, requirement] in rules_of(e)
	broken(e, topic, requirement)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds %s, which is above its label", [e.name, category]),
	"expected": "no content above the label",
	"actual": category,
	"attributes": ["discovery.found"],
} if {
	some e in input.datastore
	some category in e.attrs["discovery.found"]
	above_label(e, category)
}

pass contains e.uid if {
	some e in input.datastore
	rules_whole(e)
	rules := rules_of(e)
	every rule in rules {
		kept(e, rule[0], rule[1])
	}
	ev.known(e, "data.classification")
	nothing_above(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s keeps the rules of the highest level, whatever its label", [e.name])} if {
	some e in input.datastore
	unlabelled(e)
	rules_whole(e)
	rules := highest_rules
	every rule in rules {
		kept(e, rule[0], rule[1])
	}
	ev.all_known(e, ["encryption.at_rest"])
	nothing_above(e)
}

unknown contains {
	"uid": e.uid,
	"path": "data.classification",
	"reason": object.get(e.unknown, "data.classification", "not_collected"),
	"message": "by which level's rules the store must be handled",
} if {
	some e in input.datastore
	unlabelled(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("document")} if {
	some e in input.datastore
	not ev.recorded("document")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_attested",
	"message": sprintf("how the level %s is to be handled: no approved document on classification has rules for it", [e.attrs["data.classification"]]),
} if {
	some e in input.datastore
	ev.recorded("document")
	is_string(e.attrs["data.classification"])
	not rules_of(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_attested",
	"message": "by which rules the store must be handled: some documents do not say what they are about, whether they are approved, or all levels",
} if {
	some e in input.datastore
	ev.recorded("document")
	not rules_whole(e)
}

unknown contains {
	"uid": e.uid,
	"path": object.get(paths, topic, ""),
	"reason": object.get(e.unknown, object.get(paths, topic, ""), "unsupported"),
	"message": sprintf("whether the handling rule %s = %s is kept", [topic, ev.say(requirement)]),
} if {
	some e in input.datastore
	some [topic, requirement] in rules_of(e)
	not kept(e, topic, requirement)
}

unknown contains {
	"uid": e.uid,
	"path": "discovery.found",
	"reason": object.get(e.unknown, "discovery.found", "not_collected"),
	"message": "whether a content scan found anything above the label",
} if {
	some e in input.datastore
	not nothing_above(e)
}

# levels are those of the approved classification documents; of two with the same name the rules of both count.
levels := [level |
	some d in ev.all_of("document")
	"classification" in d.attrs.topics
	d.attrs.status == "approved"
	some level in d.attrs["sections.levels"]
]

# rules_whole holds where every document that could lay down rules was read.
rules_whole(_) if {
	ev.recorded("document")
	documents_told
}

documents_told if {
	count([d | some d in ev.all_of("document"); not told(d)]) == 0
}

told(d) if d.attrs.status in {"draft", "superseded", "retired"}

told(d) if {
	ev.known(d, "status")
	ev.whole(d, "topics")
	not "classification" in d.attrs.topics
}

told(d) if {
	ev.known(d, "status")
	ev.whole(d, "sections.levels")
}

rules_of(e) := rules if {
	rules := {[topic, requirement] |
		some level in levels
		level.name == e.attrs["data.classification"]
		some topic, requirement in level.rules
	}
	count(rules) > 0
}

highest_rules := rules if {
	top := max([level.rank | some level in levels])
	rules := {[topic, requirement] |
		some level in levels
		level.rank == top
		some topic, requirement in level.rules
	}
	count(rules) > 0
}

unlabelled(e) if ev.is_null_fact(e, "data.classification")

unlabelled(e) if not ev.known(e, "data.classification")

# paths are the attributes that the findings point to.
paths := {
	"encryption_at_rest": "encryption.key_management",
	"encryption_in_transit": "encryption.in_transit_required",
	"exposure": "exposure.public",
	"backup": "backup.native_retention_days",
	"access_logging": "logging.access",
}

kept(_, topic, "any") if paths[topic]

kept(e, "encryption_at_rest", requirement) if {
	requirement in {"required", "customer_key"}
	ev.not_applicable(e, "encryption.at_rest")
}

kept(e, "encryption_at_rest", "required") if e.attrs["encryption.at_rest"] == true

kept(e, "encryption_at_rest", "customer_key") if {
	e.attrs["encryption.at_rest"] == true
	e.attrs["encryption.key_management"] == "customer"
}

kept(e, "encryption_in_transit", "required") if e.attrs["encryption.in_transit_required"] == true

kept(e, "encryption_in_transit", "required") if ev.not_applicable(e, "encryption.in_transit_required")

kept(e, "exposure", "private") if e.attrs["exposure.public"] == false

kept(e, "exposure", "private") if ev.not_applicable(e, "exposure.public")

kept(e, "access_logging", "required") if e.attrs["logging.access"] == true

kept(e, "access_logging", "required") if ev.not_applicable(e, "logging.access")

kept(e, "backup", "required") if backed_up(e)

kept(e, "backup", "immutable") if immutable(e)

broken(e, "encryption_at_rest", requirement) if {
	requirement in {"required", "customer_key"}
	e.attrs["encryption.at_rest"] == false
}

broken(e, "encryption_at_rest", "customer_key") if e.attrs["encryption.key_management"] in {"none", "provider"}

broken(e, "encryption_in_transit", "required") if e.attrs["encryption.in_transit_required"] == false

broken(e, "exposure", "private") if e.attrs["exposure.public"] == true

broken(e, "access_logging", "required") if e.attrs["logging.access"] == false

broken(e, "backup", "required") if not_backed_up(e)

broken(e, "backup", "immutable") if not_immutable(e)

actual(e, "encryption_at_rest") := object.get(e.attrs, "encryption.key_management", "not encrypted")

actual(_, "encryption_in_transit") := "connections without TLS"

actual(_, "exposure") := "public"

actual(_, "access_logging") := "no access log"

actual(_, "backup") := "no such backup"

# plans are those that select the store, or the host of a volume.
plans(e) := [ev.entity(uid) | some subject in backup.subjects(e); some uid in ev.targets(subject, "selected_by")]

backed_up(e) if {
	some plan in plans(e)
	plan.attrs.enabled == true
}

backed_up(e) if ev.above(e, "backup.native_retention_days", 0)

backed_up(e) if e.attrs["backup.pitr"] == true

# A copy that exists is a backup, whoever made it.
backed_up(e) if {
	some point in backup.points(e)
	point.attrs.status == "completed"
}

not_backed_up(e) if {
	backup.settled(e)
	off := [plan | some plan in plans(e); plan.attrs.enabled == false]
	count(off) == count(plans(e))
	no_native(e)
	no_pitr(e)
	no_points(e)
}

# no_points holds where no copy exists; code, which cannot have any, says so by itself.
no_points(e) if startswith(e.scope, "tf:")

no_points(e) if {
	backup.points_read(e)
	count(backup.points(e)) == 0
}

no_native(e) if e.attrs["backup.native_retention_days"] == 0

no_native(e) if ev.not_applicable(e, "backup.native_retention_days")

no_pitr(e) if e.attrs["backup.pitr"] == false

no_pitr(e) if ev.not_applicable(e, "backup.pitr")

# vaults are the uids of the vaults in which the store's plans keep copies, and of those that hold one.
vaults(e) := {uid |
	some plan in plans(e)
	some rule in plan.attrs.rules
	some uid in array.concat([object.get(rule, "vault", null)], [copy.vault | some copy in object.get(rule, "copies", [])])
	is_string(uid)
} | {uid |
	some point in backup.points(e)
	point.attrs.status == "completed"
	uid := point.attrs.vault
	is_string(uid)
}

immutable(e) if {
	some uid in vaults(e)
	ev.entity(uid).attrs.locked == true
}

immutable(e) if e.attrs["immutability.mode"] in {"governance", "compliance"}

not_immutable(e) if {
	backup.settled(e)
	points_known(e)
	not_locked(e)
	every plan in plans(e) {
		ev.whole(plan, "rules")
	}
	every uid in vaults(e) {
		ev.entity(uid).attrs.locked == false
	}
}

# points_known holds where it is known in which vault every copy is.
points_known(e) if startswith(e.scope, "tf:")

points_known(e) if {
	backup.points_read(e)
	count([point | some point in backup.points(e); not ev.known(point, "vault")]) == 0
}

not_locked(e) if e.attrs["immutability.mode"] == "none"

not_locked(e) if ev.not_applicable(e, "immutability.mode")

# Content that makes a store sensitive must not be in one that is labelled as not sensitive.
above_label(e, category) if {
	category in {"phi", "personal", "special_category"}
	e.attrs["derived.sensitive"] == false
}

above_label(e, category) if {
	category in {"payment", "credentials"}
	e.attrs["data.classification"] == "public"
}

within_label(_, "none")

within_label(e, category) if {
	category in {"phi", "personal", "special_category"}
	e.attrs["derived.sensitive"] == true
}

within_label(e, category) if {
	category in {"payment", "credentials"}
	e.attrs["data.classification"] != "public"
}

nothing_above(e) if ev.not_applicable(e, "discovery.found")

nothing_above(e) if {
	ev.whole(e, "discovery.found")
	every category in e.attrs["discovery.found"] {
		within_label(e, category)
	}
}
