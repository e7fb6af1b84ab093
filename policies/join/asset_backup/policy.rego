# METADATA
# title: Every in-use asset of medium or higher criticality resolves to something backed up
# description: |
#   A pass shows that at least one store or host that the asset stands for has a recovery point as fresh as its schedule promises (the
#   rule of backup.fresh), or without a known schedule as the tier of the asset's criticality asks; or that somebody attested a backup
#   elsewhere lately. It does not show that all that the asset stands for is backed up: backup.covered judges each store. Assets that stand for
#   nothing that holds data are not judged; the configuration of a network device counts as data.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.asset: schema.asset
# custom:
#   severity: high
#   units: [asset]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: freshness_factor
#       default: 1.25
#       unit: factor
#       source: product default
#     - name: rpo_tolerance_minutes
#       default: 15
#       unit: minutes
#       source: product default (job duration jitter)
#     - name: backup_interval_minutes
#       default: {critical: 1440, high: 1440, medium: 10080, low: 43200}
#       unit: minutes
#       source: CIS Controls 11.2 (weekly or more often); the proposed HIPAA rule asks ePHI backups at most 2880 minutes old; a declared RPO wins
#     - name: external_backup_days
#       default: 30
#       unit: days
#       source: product default
#   rationale: Starts from the register, so systems outside the cloud are not forgotten.
#   remediation: Select the store or host with a backup plan and see that the jobs run, or record who backs it up elsewhere as an attestation of type external_backup. Complete represents in assets.csv so that the asset leads to what it stands for.
package checks.join.asset_backup

import data.lib.backup
import data.lib.clock
import data.lib.deps
import data.lib.ev
import data.lib.records
import data.lib.recovery

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing that %s stands for has a fresh backup (%s)", [e.name, concat(", ", sort([s.id | some s in stores(e)]))]),
	"expected": "a fresh recovery point, or an attestation of a backup elsewhere",
	"actual": "neither",
	"attributes": ["represents"],
} if {
	some e in input.asset
	judged(e)
	resolved(e)
	count(stores(e)) > 0
	count([s | some s in stores(e); stale(s, e)]) == count(stores(e))
	unattested(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s, which %s stands for, was backed up %s ago", [s.id, e.name, backup.hours(recovery.age(s))])} if {
	some e in input.asset
	judged(e)
	some s in stores(e)
	recovery.age(s) <= limit(s, e)
}

pass contains {"uid": e.uid, "message": sprintf("%s attested a backup of %s elsewhere on %s", [a.attrs.by, e.name, a.attrs.on])} if {
	some e in input.asset
	judged(e)
	some a in attestations(e)
	holds(a)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is not in use", [e.name])} if {
	some e in input.asset
	e.attrs.status in {"stored", "retired", "disposed"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is of low criticality", [e.name])} if {
	some e in input.asset
	e.attrs.criticality == "low"
}

not_applicable contains {"uid": e.uid, "message": sprintf("what %s stands for holds no data", [e.name])} if {
	some e in input.asset
	ev.known(e, "type")
	e.attrs.type != "network_device"
	resolved(e)
	count(represented(e)) > 0
	count([r | some r in represented(e); dataless(r)]) == count(represented(e))
}

unknown contains {"uid": e.uid, "path": path, "reason": e.unknown[path], "message": "the inventory does not say it"} if {
	some e in input.asset
	some path in ["status", "criticality", "represents"]
	e.unknown[path]
}

unknown contains {"uid": e.uid, "path": "represents", "reason": "unlinked", "message": "nothing that was collected stands behind it, and nobody attested a backup elsewhere"} if {
	some e in input.asset
	count(stores(e)) == 0
}

unknown contains {"uid": e.uid, "path": "represents", "reason": "unlinked", "message": "not all that it stands for was collected"} if {
	some e in input.asset
	not resolved(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": sprintf("the recovery points of %s were not all read", [s.id])} if {
	some e in input.asset
	some s in stores(e)
	not recovery.enumerated(s)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap("attestation")} if {
	some e in input.asset
	not ev.recorded("attestation")
}

judged(e) if {
	e.attrs.status == "in_use"
	e.attrs.criticality in {"critical", "high", "medium"}
}

represented(e) := [r | some uid in ev.targets(e, "represents"); r := ev.entity(uid)]

stores(e) := [r | some r in represented(e); deps.holds_data(r)]

# resolved holds where everything that the asset stands for was collected.
resolved(e) if {
	ev.whole(e, "represents")
	ev.settled(e, "represents")
	count(represented(e)) == count(ev.targets(e, "represents"))
}

dataless(r) if r.attrs.stateless == true

dataless(r) if not deps.holds_data(r)

# limit is the greatest age of the newest copy, in minutes.
limit(s, _) := (backup.shortest(s) * input.params.freshness_factor) + input.params.rpo_tolerance_minutes

limit(s, e) := (input.params.backup_interval_minutes[e.attrs.criticality] * input.params.freshness_factor) + input.params.rpo_tolerance_minutes if {
	not backup.shortest(s)
}

stale(s, e) if {
	recovery.enumerated(s)
	recovery.age(s) > limit(s, e)
}

stale(s, _) if {
	recovery.enumerated(s)
	count(recovery.states(s)) == 0
}

attestations(e) := [a |
	some a in ev.all_of("attestation")
	a.attrs.type == "external_backup"
	a.attrs.subject in ({e.uid, e.id, object.get(e.attrs, "tag", e.id)} | {uid | some uid in ev.targets(e, "represents")})
]

holds(a) if {
	clock.days_since(a.attrs.on) >= 0
	clock.days_since(a.attrs.on) <= input.params.external_backup_days
	not ended(a)
}

ended(a) if clock.past(a.attrs.expires_on)

unattested(e) if {
	ev.recorded("attestation")
	count([a | some a in attestations(e); holds(a)]) == 0
	attestations_told
}

attestations_told if {
	every a in ev.all_of("attestation") {
		ev.all_known(a, ["type", "subject", "on"])
	}
}
