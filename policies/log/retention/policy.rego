# METADATA
# title: Security logs are kept at least 365 days
# description: |
#   A pass shows that what the source writes is kept for the days that are asked for, or without limit. It does not show that the logs are
#   complete, nor that they can be searched. HIPAA's six years bind documentation, not each line of a log.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
#   - https://www.ecfr.gov/current/title-45/section-164.316
# schemas:
#   - input.log_source: schema.log_source
# custom:
#   severity: medium
#   units: [log_source]
#   collectors: [aws, terraform, host]
#   rationale: Intrusions are found late; too little history hides the start.
#   remediation: Set retention_in_days of the aws_cloudwatch_log_group, or the expiration of the bucket's lifecycle rule, to the days that are asked for. On a host, forward logs to a store that keeps them.
#   parameters:
#     - name: log_retention_days
#       default: 365
#       unit: days
#       source: product and Prowler default 365; CIS Controls 8.10 floor 90
package checks.log.retention

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("logs of %s are kept for %d days", [e.name, e.attrs.retention_days]),
	"expected": sprintf("at least %d days", [input.params.log_retention_days]),
	"actual": sprintf("%d days", [e.attrs.retention_days]),
	"attributes": ["retention_days"],
} if {
	some e in input.log_source
	ev.below(e, "retention_days", input.params.log_retention_days)
	ends_there(e)
}

pass contains e.uid if {
	some e in input.log_source
	ev.at_least(e, "retention_days", input.params.log_retention_days)
}

pass contains {"uid": e.uid, "message": "kept without limit"} if {
	some e in input.log_source
	ev.is_null_fact(e, "retention_days")
}

pass contains {"uid": e.uid, "message": sprintf("%s, where it sends them, keeps them long enough", [store.name])} if {
	some e in input.log_source
	startswith(e.scope, "host:")
	e.attrs.forwarded == true
	store := ev.entity(e.attrs.destination)
	keeps(store)
}

not_applicable contains {"uid": e.uid, "message": "an organisation's trail, which is judged in its own account"} if {
	some e in input.log_source
	[trail, _] := split(e.uid, "#")
	ev.entity(trail).kind == "log_source"
}

not_applicable contains {"uid": e.uid, "message": "writes nothing"} if {
	some e in input.log_source
	e.attrs.enabled == false
}

unknown contains {
	"uid": e.uid,
	"path": "destination",
	"reason": "not_collected",
	"message": sprintf("the host keeps its logs for %d days and sends them on; how long they are kept there is not known", [e.attrs.retention_days]),
} if {
	some e in input.log_source
	ev.below(e, "retention_days", input.params.log_retention_days)
}

# ends_there holds where the days are those of the last place where the logs lie: always, but for a host that sends them on.
ends_there(e) if not startswith(e.scope, "host:")

ends_there(e) if e.attrs.forwarded == false

ends_there(e) if {
	store := ev.entity(e.attrs.destination)
	ev.below(store, "lifecycle.expire_days", input.params.log_retention_days)
}

keeps(store) if ev.is_null_fact(store, "lifecycle.expire_days")

keeps(store) if ev.at_least(store, "lifecycle.expire_days", input.params.log_retention_days)
