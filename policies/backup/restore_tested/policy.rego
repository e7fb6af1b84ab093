# METADATA
# title: A restore test succeeded within the tier's interval
# description: |
#   A pass shows that a copy of the store or host was restored with success within the days of its tier; or that one of its group was: stores
#   of the same kind that one row of the asset inventory represents. Where no criticality is known, a pass meets every tier. It does not show
#   that the restored data was examined: backup.restore_verified judges that.
# related_resources:
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing.html
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.datastore: schema.datastore
#   - input.host: schema.host
# custom:
#   severity: critical
#   units: [datastore, host]
#   collectors: [aws, host, governance]
#   rationale: Only a restore proves a backup.
#   remediation: >-
#     Add the store to an AWS Backup restore testing plan (aws_backup_restore_testing_plan and _selection), or run assay collect
#     --restore-test on a host with a restic or borg repository, or restore by hand and record it under restore_tests in the governance records.
#   parameters:
#     - name: restore_test_days
#       default: {critical: 90, high: 90, medium: 180, low: 365}
#       unit: days
#       source: CIS Controls 11.5 (quarterly); NPRM monthly
#     - name: backed_up_kinds
#       default: [bucket, database, volume, filesystem, search, share]
#       unit: list
#       source: "product default: what a backup service can restore; queues, streams, caches and logs hold data in passing or copies of it"
package checks.backup.restore_tested

import data.lib.backup
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("no restore of %s has ever succeeded", [e.name]),
	"expected": sprintf("a successful restore test in the last %d days", [max(limits(e))]),
	"actual": "none",
	"attributes": ["criticality"],
} if {
	some e in judged
	e.plane != "declared"
	all_read(e)
	count(backup.plans(e)) + count(backup.points(e)) > 0
	count(ages(e)) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the last successful restore of %s was %d days ago; its tier asks for one every %d", [e.name, floor(newest), max(limits(e))]),
	"expected": sprintf("a successful restore test in the last %d days", [max(limits(e))]),
	"actual": sprintf("%d days ago", [floor(newest)]),
	"attributes": ["criticality"],
} if {
	some e in judged
	e.plane != "declared"
	all_read(e)
	newest := min(ages(e))
	newest > max(limits(e))
}

pass contains {"uid": e.uid, "message": sprintf("%s was restored with success %d days ago", [e.name, floor(newest)])} if {
	some e in judged
	newest := min(ages(e))
	newest <= min(limits(e))
}

not_applicable contains {"uid": e.uid, "message": "not covered by a plan: backup.covered judges that"} if {
	some e in judged
	backup.uncovered(e)
	count(backup.points(e)) == 0
}

not_applicable contains {"uid": e.uid, "message": "holds data in passing, or none of its own"} if {
	some e in judged
	backup.passed_over(e, input.params.backed_up_kinds)
}

unknown contains {
	"uid": e.uid,
	"path": "restore_test",
	"reason": "not_in_plane",
	"message": "code does not tell whether a restore was tried",
} if {
	some e in judged
	e.plane == "declared"
}

unknown contains {
	"uid": e.uid,
	"path": "restore_test",
	"reason": "not_collected",
	"message": sprintf("not all restores of %s are known", [e.name]),
} if {
	some e in judged
	e.plane != "declared"
	not all_read(e)
}

unknown contains {
	"uid": e.uid,
	"path": "criticality",
	"reason": "not_attested",
	"message": sprintf("no label and no business process says how critical %s is, and so how often a restore is due", [e.name]),
} if {
	some e in judged
	count(limits(e)) > 1
}

judged := input.datastore

judged := input.host

# limits are the days of the tier; of every tier where the criticality is not known.
limits(e) := {days} if {
	days := input.params.restore_test_days[e.attrs["derived.criticality"]]
} else := {days | some days in input.params.restore_test_days}

# ages are how many days ago successful restores were completed, of the entity and of those in its group.
ages(e) := [ev.days_since(test, "completed_at") |
	some uid in ({e.uid} | group(e))
	some test in tests(uid)
	test.attrs.status == "completed"
]

# tests are the restores of one store or host, as the relation protects or the attribute tells.
tests(uid) := [test |
	some found in ({t | some t in ev.sources({"uid": uid}, "protects")} | object.get(by_attribute, uid, set()))
	test := ev.entity(found)
	test.kind == "restore_test"
]

by_attribute[uid] contains test.uid if {
	some test in ev.all_of("restore_test")
	uid := test.attrs.protects
	is_string(uid)
}

subjects(test) := {uid | some uid in ev.targets(test, "protects")} | {uid | uid := test.attrs.protects; is_string(uid)}

# group are the stores or hosts of the same kind that a row of the inventory declares to be one asset with the entity.
group(e) := {uid |
	some row in ev.sources(e, "represents")
	some uid in ev.targets({"uid": row}, "represents")
	ev.entity(uid).kind == e.kind
}

# all_read holds where no further successful restore of the entity can be known to its provider or host.
all_read(e) if {
	scope.covered("restore_test", e.scope)
	unclear == 0
}

# unclear is how many restores there are of which the subject, the outcome or the time is not known.
unclear := count([test | some test in ev.all_of("restore_test"); not clear(test)])

clear(test) if test.attrs.status == "failed"

clear(test) if {
	test.attrs.status == "completed"
	ev.known(test, "completed_at")
	count(subjects(test)) > 0
	ev.settled(test, "protects")
}
