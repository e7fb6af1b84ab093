# METADATA
# title: A full or snapshot-equivalent backup exists within 31 days
# description: |
#   A pass shows, for running systems, a completed full backup (or a provider snapshot, which restores as a full one) of
#   recent date; in code, a schedule that makes one often enough. It does not show that it can be restored.
# schemas:
#   - input.datastore: schema.datastore
#   - input.host: schema.host
# custom:
#   severity: medium
#   units: [datastore, host]
#   collectors: [aws, terraform, host]
#   rationale: Chains need a sound base captured at regular intervals.
#   remediation: "Schedule a full backup or a snapshot at least monthly: a rule in the backup plan, a full job in the backup tool."
#   parameters:
#     - name: full_max_age_days
#       default: 31
#       unit: days
#       source: product default
#     - name: full_backup_types
#       default: [full, snapshot, continuous]
#       unit: list
#       source: "product default: a provider snapshot restores as a full backup, and continuous backup rests on snapshots"
#     - name: minutes_per_day
#       default: 1440
#       unit: minutes
#       source: arithmetic
#     - name: backed_up_kinds
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: list
#       source: "product default: what a backup service can restore; queues, streams, caches and logs hold data in passing or copies of it"
package checks.backup.full

import data.lib.backup
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("no schedule makes a full backup of %s every %d days", [e.name, input.params.full_max_age_days]),
	"expected": sprintf("a full backup or snapshot at least every %d days", [input.params.full_max_age_days]),
	"actual": "no rule makes one that often",
	"attributes": ["criticality"],
} if {
	some e in input.datastore
	e.plane == "declared"
	count(backup.plans(e)) > 0
	backup.whole(e)
	count(often(e)) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no full recovery point of the last %d days", [e.name, input.params.full_max_age_days]),
	"expected": sprintf("a completed full backup or snapshot of the last %d days", [input.params.full_max_age_days]),
	"actual": "none",
	"attributes": ["criticality"],
} if {
	some e in input.datastore
	e.plane == "observed"
	count(backup.plans(e)) > 0
	backup.points_read(e)
	every point in backup.points(e) {
		ev.all_known(point, ["type", "status", "completed_at"])
	}
	count(recent(e)) == 0
}

pass contains e.uid if {
	some e in input.datastore
	e.plane == "declared"
	count(often(e)) > 0
}

pass contains e.uid if {
	some e in input.datastore
	based(e)
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in input.datastore
	backup.uncovered(e)
	not backup.transient(e, input.params.backed_up_kinds)
}

not_applicable contains {"uid": e.uid, "message": sprintf("a %s holds data in passing, or a copy of it", [e.attrs.kind_detail])} if {
	some e in input.datastore
	backup.transient(e, input.params.backed_up_kinds)
	not based(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no schedule makes a full backup of %s every %d days", [e.name, input.params.full_max_age_days]),
	"expected": sprintf("a full backup or snapshot at least every %d days", [input.params.full_max_age_days]),
	"actual": "no rule makes one that often",
	"attributes": ["criticality"],
} if {
	some e in input.host
	e.plane == "declared"
	count(backup.plans(e)) > 0
	backup.whole(e)
	count(often(e)) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no full recovery point of the last %d days", [e.name, input.params.full_max_age_days]),
	"expected": sprintf("a completed full backup or snapshot of the last %d days", [input.params.full_max_age_days]),
	"actual": "none",
	"attributes": ["criticality"],
} if {
	some e in input.host
	e.plane == "observed"
	count(backup.plans(e)) > 0
	backup.points_read(e)
	every point in backup.points(e) {
		ev.all_known(point, ["type", "status", "completed_at"])
	}
	count(recent(e)) == 0
}

pass contains e.uid if {
	some e in input.host
	e.plane == "declared"
	count(often(e)) > 0
}

pass contains e.uid if {
	some e in input.host
	count(recent(e)) > 0
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in input.host
	backup.uncovered(e)
}

# often are the rules that make a base often enough; continuous backup of a provider rests on its own snapshots.
often(e) := [rule |
	some rule in backup.rules(e)
	rule.type in input.params.full_backup_types
	is_number(rule.interval_minutes)
	rule.interval_minutes <= input.params.full_max_age_days * input.params.minutes_per_day
]

# based holds where a base is there, whatever made it.
based(e) if count(recent(e)) > 0

# recent are the completed full recovery points that are young enough.
recent(e) := [point |
	some point in backup.points(e)
	point.attrs.status == "completed"
	point.attrs.type in input.params.full_backup_types
	ev.days_since(point, "completed_at") <= input.params.full_max_age_days
]
