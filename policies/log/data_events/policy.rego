# METADATA
# title: Access to sensitive data stores is itself logged
# description: |
#   A pass shows that reads and writes of the store are recorded: by its own access or audit log, or by the data events of a trail. It does
#   not show that the records are kept long enough or reviewed: log.retention and log.reviewed judge that.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [aws, terraform]
#   rationale: Management events do not show who read the records.
#   remediation: "Select the store in an event_selector (data_resource) or advanced_event_selector of the aws_cloudtrail, add an aws_s3_bucket_logging, or export the database's audit log (enabled_cloudwatch_logs_exports with pgaudit, or the audit plugin)."
#   parameters:
#     - name: access_logged_kinds
#       default: [bucket, database, search]
#       unit: list
#       source: "product default: the stores for which providers record single accesses"
package checks.log.data_events

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("nobody can tell who read %s: access to it is not logged", [e.name]),
	"expected": "reads and writes are logged",
	"actual": "not logged",
	"attributes": ["logging.access"],
} if {
	some e in input.datastore
	e.attrs.kind_detail in input.params.access_logged_kinds
	e.attrs["derived.sensitive"] == true
	e.attrs["logging.access"] == false
	scope.covered("log_source", e.scope)
	not maybe_recorded(e)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.kind_detail in input.params.access_logged_kinds
	e.attrs["logging.access"] == true
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.kind_detail in input.params.access_logged_kinds
	recorded(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("single accesses to a %s are not logged by providers", [e.attrs.kind_detail])} if {
	some e in input.datastore
	is_string(e.attrs.kind_detail)
	ev.known(e, "kind_detail")
	not e.attrs.kind_detail in input.params.access_logged_kinds
}

not_applicable contains {"uid": e.uid, "message": "not sensitive"} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == false
}

# recorders are the sources that record accesses to stores, and are on or may be.
recorders := [s |
	some s in ev.all_of("log_source")
	s.attrs.type in ["object_access", "database"]
	not off(s)
]

off(s) if s.attrs.enabled == false

# recorded_names are the stores that sources name which are known to be on; every_bucket the scopes of those that record all buckets.
recorded_names contains name if {
	some s in recorders
	s.attrs.enabled == true
	some name in scope.words(s.attrs.scope)
}

every_bucket contains s.scope if {
	some s in recorders
	s.attrs.type == "object_access"
	s.attrs.enabled == true
	"all" in scope.words(s.attrs.scope)
}

recorded(e) if {
	some name in scope.names(e)
	name in recorded_names
}

recorded(e) if {
	e.attrs.kind_detail == "bucket"
	some other in every_bucket
	scope.overlap(other, e.scope)
}

# maybe_names are the stores that any of the sources name; open_scopes those of sources of which it is not known what they record.
maybe_names contains name if {
	some s in recorders
	some name in scope.words(s.attrs.scope)
}

open_scopes contains s.scope if {
	some s in recorders
	not ev.known(s, "scope")
	not ev.not_applicable(s, "scope")
}

maybe_recorded(e) if {
	some name in scope.names(e)
	name in maybe_names
}

maybe_recorded(e) if {
	e.attrs.kind_detail == "bucket"
	"all" in maybe_names
}

maybe_recorded(e) if {
	some other in open_scopes
	scope.overlap(other, e.scope)
}
