# METADATA
# title: Restore tests verified integrity, not only that the job ended
# description: |
#   Judged on the newest restore of each store or host; earlier ones are not judged. A pass shows that the restored data was examined with
#   success: by checksums, by the application, by counting rows, by the provider's validation, or by a named person. It does not show that
#   everything was restored: where only a sample was, the message says so.
# related_resources:
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/restore-testing-validation.html
#   - https://restic.readthedocs.io/en/stable/045_working_with_repos.html
# schemas:
#   - input.restore_test: schema.restore_test
# custom:
#   severity: high
#   units: [restore_test]
#   collectors: [aws, host, governance]
#   rationale: A restore that returns corrupt or partial data passes a naive check.
#   remediation: >-
#     Let a function validate what the restore testing plan restores (EventBridge on Restore Job State Change, then
#     put-restore-validation-result), or compare digests and row counts after a restore and record the result with who did it.
#   parameters:
#     - name: restore_validation_methods
#       default: [checksum, app_check, row_count, provider_validation]
#       unit: list
#       source: product default
package checks.backup.restore_verified

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the restore %s failed", [e.name]),
	"expected": "a completed restore",
	"actual": "failed",
	"attributes": ["status"],
} if {
	some e in input.restore_test
	newest(e)
	e.attrs.status == "failed"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the data of the restore %s was examined and %s", [e.name, outcome[e.attrs["validation.status"]]]),
	"expected": "a successful validation",
	"actual": e.attrs["validation.status"],
	"attributes": ["validation.status"],
} if {
	some e in input.restore_test
	newest(e)
	e.attrs["validation.status"] in {"failed", "timed_out"}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nobody and nothing examined the data of the restore %s", [e.name]),
	"expected": "a successful validation",
	"actual": "none",
	"attributes": ["validation.status"],
} if {
	some e in input.restore_test
	newest(e)
	e.attrs["validation.status"] == "none"
}

pass contains {"uid": e.uid, "message": sprintf("%s restored was validated (%s)", [extent(e), e.attrs["validation.method"]])} if {
	some e in input.restore_test
	e.attrs.status == "completed"
	e.attrs["validation.status"] == "successful"
	trusted(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is newer", [later(e)[0].name])} if {
	some e in input.restore_test
	count(later(e)) > 0
}

unknown contains {
	"uid": e.uid,
	"path": "performed_by",
	"reason": "not_attested",
	"message": "validated by hand, by nobody who is named",
} if {
	some e in input.restore_test
	e.attrs["validation.method"] == "manual"
	not named(e)
}

unknown contains {
	"uid": e.uid,
	"path": "validation.status",
	"reason": e.unknown["validation.status"],
	"message": "the source does not tell whether the restored data was examined",
} if {
	some e in input.restore_test
	e.unknown["validation.status"]
}

unknown contains {
	"uid": e.uid,
	"path": "restore_test",
	"reason": "not_collected",
	"message": "a newer restore of the same may exist: not all were read",
} if {
	some e in input.restore_test
	not newest(e)
}

outcome := {"failed": "found wrong", "timed_out": "the examination did not end"}

trusted(e) if e.attrs["validation.method"] in input.params.restore_validation_methods

trusted(e) if {
	e.attrs["validation.method"] == "manual"
	named(e)
}

named(e) if ev.stated(e.attrs.performed_by)

extent(e) := "the sample" if {
	e.attrs.scope == "sample"
} else := "what was"

# later are the restores of the same store or host that were completed after this one.
later(e) := [other |
	some subject in subjects(e)
	some uid in ({t | some t in ev.sources({"uid": subject}, "protects")} | object.get(by_attribute, subject, set()))
	other := ev.entity(uid)
	other.kind == "restore_test"
	ev.ns(other.attrs.completed_at) > ev.ns(e.attrs.completed_at)
]

by_attribute[uid] contains test.uid if {
	some test in ev.all_of("restore_test")
	uid := test.attrs.protects
	is_string(uid)
}

subjects(test) := {uid | some uid in ev.targets(test, "protects")} | {uid | uid := test.attrs.protects; is_string(uid)}

# newest holds where no later restore can exist.
newest(e) if {
	scope.covered("restore_test", e.scope)
	ev.known(e, "completed_at")
	count(subjects(e)) > 0
	ev.settled(e, "protects")
	count([subject | some subject in subjects(e); not read_at(subject)]) == 0
	count(later(e)) == 0
}

# read_at holds where the restores of a store or host were read where it is, or it was not collected.
read_at(subject) if not ev.entity(subject)

read_at(subject) if ev.entity(subject).plane == "declared"

read_at(subject) if scope.covered("restore_test", ev.entity(subject).scope)
