# METADATA
# title: Every store and host of medium or higher criticality is selected by an active backup plan
# description: |
#   A pass shows that an enabled plan, or the provider's own automated backups, selects the store or host. It does not
#   show that a backup was made, nor that it can be restored: backup.fresh and backup.restore_tested judge that. Sensitive
#   stores count whatever their criticality.
# schemas:
#   - input.datastore: schema.datastore
#   - input.host: schema.host
# custom:
#   severity: critical
#   units: [datastore, host]
#   collectors: [aws, terraform, host, governance]
#   rationale: Uncovered systems are found on the day they are needed.
#   remediation: "Add the resource to a backup plan: a tag or an ARN in an aws_backup_selection, backup_retention_period above 0 on a database, point_in_time_recovery on a table, a scheduled restic or borg job on a host."
#   parameters:
#     - name: backed_up_kinds
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: list
#       source: "product default: what a backup service can restore; queues, streams, caches and logs hold data in passing or copies of it"
package checks.backup.covered

import data.lib.backup
import data.lib.ev

fail contains proof(e) if {
	some e in input.datastore
	e.attrs.kind_detail in input.params.backed_up_kinds
	important(e)
	backup.uncovered(e)
}

fail contains proof(e) if {
	some e in input.host
	important(e)
	e.attrs.stateless == false
	backup.uncovered(e)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.kind_detail in input.params.backed_up_kinds
	in_scope(e)
	count(backup.plans(e)) > 0
}

pass contains e.uid if {
	some e in input.host
	in_scope(e)
	count(backup.plans(e)) > 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("a %s holds data in passing, or a copy of it", [e.attrs.kind_detail])} if {
	some e in input.datastore
	is_string(e.attrs.kind_detail)
	not e.attrs.kind_detail in input.params.backed_up_kinds
	ev.known(e, "kind_detail")
}

not_applicable contains {"uid": e.uid, "message": "of low criticality or none, and not sensitive"} if {
	some e in input.datastore
	minor(e)
}

not_applicable contains {"uid": e.uid, "message": "of low criticality or none, and not sensitive"} if {
	some e in input.host
	minor(e)
}

not_applicable contains {"uid": e.uid, "message": "rebuilt from an image; holds no data of its own"} if {
	some e in input.host
	e.attrs.stateless == true
}

unknown contains {
	"uid": e.uid,
	"path": "backup_plan",
	"reason": "not_collected",
	"message": "no known plan selects it, and plans may be declared elsewhere or select it by what is not known",
} if {
	some e in input.datastore
	important(e)
	count(backup.plans(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "backup_plan",
	"reason": "not_collected",
	"message": "no known plan selects it, and plans may be declared elsewhere or select it by what is not known",
} if {
	some e in input.host
	important(e)
	count(backup.plans(e)) == 0
}

proof(e) := {
	"uid": e.uid,
	"message": sprintf("the automated backups of %s are off and no backup plan selects it", [e.name]),
	"expected": "an enabled backup plan selects it, or automated backups are on",
	"actual": "no plan selects it; backups are kept for 0 days",
	"attributes": ["backup.native_retention_days"],
} if {
	backup.switched_off(e)
} else := {
	"uid": e.uid,
	"message": sprintf("no backup plan selects %s", [e.name]),
	"expected": "an enabled backup plan selects it",
	"actual": "no plan selects it",
	"attributes": ["criticality"],
}

# important holds where the criticality or the data call for backups.
important(e) if e.attrs["derived.criticality"] in ["critical", "high", "medium"]

important(e) if e.attrs["derived.sensitive"] == true

# in_scope holds where the entity is not proved to be minor: a pass on an entity of unknown weight is a pass all the same.
in_scope(e) if not minor(e)

minor(e) if {
	ev.known(e, "derived.criticality")
	not e.attrs["derived.criticality"] in ["critical", "high", "medium"]
	e.attrs["derived.sensitive"] == false
}
