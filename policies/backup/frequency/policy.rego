# METADATA
# title: The scheduled interval meets the tier or the declared RPO
# description: |
#   A pass shows that the shortest schedule that selects the store is short enough for the recovery point objective of the
#   business processes that depend on it, or for the tier of its criticality where no objective is declared. It does not
#   show that the jobs ran.
# schemas:
#   - input.datastore: schema.datastore
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [datastore, host]
#   collectors: [aws, terraform, host, governance]
#   rationale: A nightly job cannot meet a one-hour objective.
#   remediation: Shorten the schedule of the plan that selects it, turn on continuous backup (enable_continuous_backup, point-in-time recovery), or correct the criticality or the recovery point objective.
#   parameters:
#     - name: backup_interval_minutes
#       default: {critical: 1440, high: 1440, medium: 10080, low: 43200}
#       unit: minutes
#       source: CIS Controls 11.2 (weekly or more often); the proposed HIPAA rule asks ePHI backups at most 2880 minutes old; a declared RPO wins
#     - name: backed_up_kinds
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: list
#       source: "product default: what a backup service can restore; queues, streams, caches and logs hold data in passing or copies of it"
package checks.backup.frequency

import data.lib.backup

fail contains proof(e, shortest(e)) if {
	some e in input.datastore
	backup.whole(e)
	count(backup.plans(e)) > 0
	shortest(e) > limit(e)
}

pass contains e.uid if {
	some e in input.datastore
	shortest(e) <= limit(e)
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in input.datastore
	backup.uncovered(e)
	not backup.transient(e, input.params.backed_up_kinds)
}

not_applicable contains {"uid": e.uid, "message": sprintf("a %s holds data in passing, or a copy of it", [e.attrs.kind_detail])} if {
	some e in input.datastore
	backup.transient(e, input.params.backed_up_kinds)
}

fail contains proof(e, shortest(e)) if {
	some e in input.host
	backup.whole(e)
	count(backup.plans(e)) > 0
	shortest(e) > limit(e)
}

pass contains e.uid if {
	some e in input.host
	shortest(e) <= limit(e)
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in input.host
	backup.uncovered(e)
}

proof(e, interval) := {
	"uid": e.uid,
	"message": sprintf("%s is backed up every %d minutes at best; it may lose at most %d", [e.name, interval, limit(e)]),
	"expected": sprintf("a backup at least every %d minutes", [limit(e)]),
	"actual": sprintf("every %d minutes", [interval]),
	"attributes": ["criticality"],
}

# shortest is the shortest known interval of the rules that select the entity.
shortest(e) := min([rule.interval_minutes |
	some rule in backup.rules(e)
	is_number(rule.interval_minutes)
])

# limit is the recovery point objective, else the tier's interval.
limit(e) := e.attrs["derived.rpo_minutes"] if is_number(e.attrs["derived.rpo_minutes"])

limit(e) := input.params.backup_interval_minutes[e.attrs["derived.criticality"]] if {
	not has_objective(e)
}

has_objective(e) if is_number(e.attrs["derived.rpo_minutes"])
