# METADATA
# title: Records that must not change are held under write-once or ledger protection
# description: |
#   A pass shows that a store labelled as audit, legal hold or evidence is write-once for at least as long as its records
#   must be kept, or is protected by an anchored hash chain. It does not show what was written.
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: medium
#   units: [datastore]
#   collectors: [aws, terraform]
#   rationale: Write-once storage and hash chains keep records from being changed; an editable record proves nothing.
#   remediation: Turn on S3 Object Lock in compliance mode for the retention of the records (aws_s3_bucket_object_lock_configuration), or use a ledger with an external anchor.
#   parameters:
#     - name: worm_record_classes
#       default: [audit, legal_hold, evidence]
#       unit: list
#       source: product default
package checks.int.worm_records

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds %s records and can be changed", [e.name, e.attrs.record_class]),
	"expected": "write-once protection or an anchored hash chain",
	"actual": "none",
	"attributes": ["immutability.mode"],
} if {
	some e in input.datastore
	e.attrs.record_class in input.params.worm_record_classes
	unlocked(e)
	unchained(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is write-once for %d days; its records are kept for %d", [e.name, e.attrs["immutability.days"], e.attrs["data.retention_days"]]),
	"expected": sprintf("at least %d days", [e.attrs["data.retention_days"]]),
	"actual": sprintf("%d days", [e.attrs["immutability.days"]]),
	"attributes": ["immutability.days"],
} if {
	some e in input.datastore
	e.attrs.record_class in input.params.worm_record_classes
	is_number(e.attrs["data.retention_days"])
	ev.below(e, "immutability.days", e.attrs["data.retention_days"])
	unchained(e)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.record_class in input.params.worm_record_classes
	e.attrs["immutability.mode"] in ["governance", "compliance"]
	is_number(e.attrs["data.retention_days"])
	ev.at_least(e, "immutability.days", e.attrs["data.retention_days"])
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.record_class in input.params.worm_record_classes
	e.attrs["immutability.mode"] in ["governance", "compliance"]
	is_null(e.attrs["data.retention_days"])
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.record_class in input.params.worm_record_classes
	e.attrs["integrity.hash_chain"] == true
}

not_applicable contains {"uid": e.uid, "message": "holds no records of a class that must not change"} if {
	some e in input.datastore
	ev.known(e, "record_class")
	not e.attrs.record_class in input.params.worm_record_classes
}

unlocked(e) if e.attrs["immutability.mode"] == "none"

unlocked(e) if ev.not_applicable(e, "immutability.mode")

unchained(e) if e.attrs["integrity.hash_chain"] == false

unchained(e) if ev.not_applicable(e, "integrity.hash_chain")
