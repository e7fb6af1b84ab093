# METADATA
# title: Backups are kept at least the tier's retention and not beyond the data's deletion limit
# description: |
#   A pass shows that some plan keeps backups as long as the tier of the criticality asks, and, for personal data with a
#   deletion limit, that none keeps them longer than the limit and the time that deletion takes to reach backups. It does
#   not show that expired backups were deleted.
# schemas:
#   - input.datastore: schema.datastore
#   - input.host: schema.host
# custom:
#   severity: medium
#   units: [datastore, host]
#   collectors: [aws, terraform, host]
#   rationale: Too short loses history, too long breaks storage limitation.
#   remediation: Set the retention of the plan that selects it (lifecycle.delete_after, backup_retention_period) between the tier and the deletion limit.
#   parameters:
#     - name: backup_retention_days
#       default: {critical: 35, high: 35, medium: 30, low: 14}
#       unit: days
#       source: AWS Config and Turbot use 35 days; not a HIPAA number
#     - name: backup_erasure_lag_days
#       default: 90
#       unit: days
#       source: product default for GDPR deletion reaching backups
#     - name: backed_up_kinds
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: list
#       source: "product default: what a backup service can restore; queues, streams, caches and logs hold data in passing or copies of it"
package checks.backup.retention

import data.lib.backup

fail contains {
	"uid": e.uid,
	"message": sprintf("backups of %s are kept for %d days; its tier asks for %d", [e.name, longest(e), tier(e)]),
	"expected": sprintf("at least %d days", [tier(e)]),
	"actual": sprintf("%d days", [longest(e)]),
	"attributes": ["criticality"],
} if {
	some e in input.datastore
	backup.whole(e)
	count([rule | some rule in backup.rules(e); is_null(rule.retention_days)]) == 0
	longest(e) < tier(e)
}

pass contains e.uid if {
	some e in input.datastore
	long_enough(e)
	not_too_long(e)
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

fail contains {
	"uid": e.uid,
	"message": sprintf("backups of %s are kept for %d days; its tier asks for %d", [e.name, longest(e), tier(e)]),
	"expected": sprintf("at least %d days", [tier(e)]),
	"actual": sprintf("%d days", [longest(e)]),
	"attributes": ["criticality"],
} if {
	some e in input.host
	backup.whole(e)
	count([rule | some rule in backup.rules(e); is_null(rule.retention_days)]) == 0
	longest(e) < tier(e)
}

pass contains e.uid if {
	some e in input.host
	long_enough(e)
	not_too_long(e)
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in input.host
	backup.uncovered(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("backups of %s outlive the deletion limit of its personal data (%d days, and %d for deletion to reach backups)", [e.name, e.attrs["data.retention_days"], input.params.backup_erasure_lag_days]),
	"expected": sprintf("at most %d days", [erased(e)]),
	"actual": "a rule keeps them longer",
	"attributes": ["data.retention_days"],
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	some rule in backup.rules(e)
	beyond(rule, erased(e))
}

# longest is the longest known retention of the rules that select the entity.
longest(e) := max([rule.retention_days |
	some rule in backup.rules(e)
	is_number(rule.retention_days)
])

tier(e) := input.params.backup_retention_days[e.attrs["derived.criticality"]]

long_enough(e) if longest(e) >= tier(e)

long_enough(e) if {
	some rule in backup.rules(e)
	is_null(rule.retention_days)
	is_number(tier(e))
}

erased(e) := e.attrs["data.retention_days"] + input.params.backup_erasure_lag_days if is_number(e.attrs["data.retention_days"])

beyond(rule, limit) if {
	is_number(rule.retention_days)
	rule.retention_days > limit
}

beyond(rule, limit) if {
	is_null(rule.retention_days)
	is_number(limit)
}

# not_too_long: no personal data, no deletion limit, or every rule within it. A host carries no deletion limit of its own.
not_too_long(e) if e.kind == "host"

not_too_long(e) if e.attrs["derived.personal"] == false

not_too_long(e) if is_null(e.attrs["data.retention_days"])

not_too_long(e) if {
	backup.whole(e)
	limit := erased(e)
	count([rule | some rule in backup.rules(e); beyond(rule, limit)]) == 0
}
