# METADATA
# title: A completed recovery point exists and is no older than the interval plus grace
# description: |
#   A pass shows that the newest completed recovery point, or the newest point in time to which the store can be restored, is as young as the
#   shortest known schedule that selects it promises, with the factor and the tolerance of the parameters. It does not show that the copy can
#   be restored: backup.restore_tested judges that. Code cannot tell whether a copy was made: there the check does not apply.
# related_resources:
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/recovery-points.html
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.datastore: schema.datastore
#   - input.host: schema.host
# custom:
#   severity: critical
#   units: [datastore, host]
#   collectors: [aws, host]
#   rationale: Schedules are promises; recovery points are facts.
#   remediation: >-
#     Look at the last jobs of the plan (aws backup list-backup-jobs --by-resource-arn, journalctl -u of the timer), mend what stops them
#     (rights of the backup role, vault policy, full repository, lock of an earlier run), and start a job by hand until the schedule holds.
#   parameters:
#     - name: freshness_factor
#       default: 1.25
#       unit: factor
#       source: product default
#     - name: rpo_tolerance_minutes
#       default: 15
#       unit: minutes
#       source: product default (job duration jitter)
#     - name: backed_up_kinds
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: list
#       source: "product default: what a backup service can restore; queues, streams, caches and logs hold data in passing or copies of it"
package checks.backup.fresh

import data.lib.backup
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the newest backup of %s is %s old; its schedule promises one every %s", [e.name, backup.hours(newest), backup.hours(backup.shortest(e))]),
	"expected": sprintf("a completed recovery point of the last %s", [backup.hours(limit(e))]),
	"actual": sprintf("%s old", [backup.hours(newest)]),
	"attributes": ["backup.latest_restorable_at"],
} if {
	some e in judged
	e.plane == "observed"
	complete(e)
	newest := min(ages(e))
	newest > limit(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is selected by a backup plan, and no completed recovery point of it exists", [e.name]),
	"expected": sprintf("a completed recovery point of the last %s", [backup.hours(limit(e))]),
	"actual": "none",
	"attributes": ["backup.latest_restorable_at"],
} if {
	some e in judged
	e.plane == "observed"
	complete(e)
	backup.points_read(e)
	count(ages(e)) == 0
	is_number(limit(e))
}

pass contains {"uid": e.uid, "message": sprintf("the newest backup of %s is %s old", [e.name, backup.hours(newest)])} if {
	some e in judged
	e.plane == "observed"
	newest := min(ages(e))
	newest <= limit(e)
}

not_applicable contains {"uid": e.uid, "message": "code does not tell whether copies were made"} if {
	some e in judged
	e.plane == "declared"
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in judged
	backup.uncovered(e)
}

not_applicable contains {"uid": e.uid, "message": "holds data in passing, or none of its own"} if {
	some e in judged
	backup.passed_over(e, input.params.backed_up_kinds)
}

unknown contains {
	"uid": e.uid,
	"path": "backup_plan",
	"reason": "unlinked",
	"message": sprintf("no schedule with a known interval is known to select %s", [e.name]),
} if {
	some e in judged
	not scheduled(e)
}

unknown contains {
	"uid": e.uid,
	"path": "recovery_point",
	"reason": "not_collected",
	"message": sprintf("the recovery points of %s were not all read", [e.name]),
} if {
	some e in judged
	scheduled(e)
}

judged := input.datastore

judged := input.host

scheduled(e) if is_number(backup.shortest(e))

# limit is the greatest age of the newest copy, in minutes.
limit(e) := (backup.shortest(e) * input.params.freshness_factor) + input.params.rpo_tolerance_minutes

# ages are how old, in minutes, the states are to which the entity can be restored.
ages(e) := array.concat(
	[backup.minutes_ago(point.attrs.completed_at) |
		some point in backup.points(e)
		point.attrs.status == "completed"
		is_string(point.attrs.completed_at)
	],
	[backup.minutes_ago(e.attrs["backup.latest_restorable_at"]) | is_string(e.attrs["backup.latest_restorable_at"])],
)

# complete holds where no younger copy than the known ones can exist.
complete(e) if {
	backup.points_read(e)
	count([point | some point in backup.points(e); undated(point)]) == 0
	continuous_known(e)
}

undated(point) if {
	not ev.known(point, "status")
}

undated(point) if {
	point.attrs.status == "completed"
	not ev.known(point, "completed_at")
}

# continuous_known holds where it is known whether, and to which time, the store itself can be restored.
continuous_known(e) if e.kind == "host"

continuous_known(e) if ev.known(e, "backup.latest_restorable_at")

continuous_known(e) if ev.not_applicable(e, "backup.latest_restorable_at")

continuous_known(e) if e.attrs["backup.pitr"] == false
