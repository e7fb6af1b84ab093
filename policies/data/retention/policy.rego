# METADATA
# title: Stores with personal data have a deletion limit that matches the record of processing
# description: |
#   A pass shows that objects expire by themselves, no later than the store's label says and no later than the longest limit that the
#   record of processing declares for the activities that use the store. Of health data it also shows that they are kept as long as the
#   parameter demands, where it is set. Earlier versions in a versioned bucket are backups: they may outlast the limit by the lag that
#   is allowed to backups. Where the store cannot delete by itself and only a label states the limit, a person must judge
#   the job that deletes.
# related_resources:
#   - https://eur-lex.europa.eu/eli/reg/2016/679/oj
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: medium
#   units: [datastore]
#   collectors: [aws, terraform, governance]
#   parameters:
#     - name: backup_erasure_lag_days
#       default: 90
#       unit: days
#       source: product default for GDPR deletion reaching backups
#     - name: min_phi_retention_days
#       default: null
#       unit: days
#       source: unset; the retention of medical records is State law
#   rationale: Data kept too long is exposed for longer and breaches storage limitation.
#   remediation: Add a rule with expiration to aws_s3_bucket_lifecycle_configuration, ttl to aws_dynamodb_table or retention_in_days to aws_cloudwatch_log_group, label the store with data-retention-days, and declare the limit in ropa.yaml under erasure_limits.
package checks.data.retention

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds personal data without a deletion limit", [e.name]),
	"expected": "a deletion limit",
	"actual": "none",
	"attributes": ["data.retention_days"],
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	ev.is_null_fact(e, "data.retention_days")
	no_expiry(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s deletes after %d days, its label says %d", [e.name, e.attrs["lifecycle.expire_days"], e.attrs["data.retention_days"]]),
	"expected": sprintf("at most %d days", [e.attrs["data.retention_days"]]),
	"actual": sprintf("%d days", [e.attrs["lifecycle.expire_days"]]),
	"attributes": ["lifecycle.expire_days"],
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	is_number(e.attrs["data.retention_days"])
	ev.above(e, "lifecycle.expire_days", e.attrs["data.retention_days"] + most_lag(e))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s keeps data for %d days, the record of processing declares %d", [e.name, kept(e), longest(e)]),
	"expected": sprintf("at most %d days", [longest(e)]),
	"actual": sprintf("%d days", [kept(e)]),
	"attributes": ["data.retention_days", "lifecycle.expire_days"],
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	kept(e) > longest(e) + most_lag(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s deletes health data after %d days already", [e.name, kept(e)]),
	"expected": sprintf("at least %d days", [input.params.min_phi_retention_days]),
	"actual": sprintf("%d days", [kept(e)]),
	"attributes": ["data.retention_days", "lifecycle.expire_days"],
} if {
	some e in input.datastore
	e.attrs["derived.phi"] == true
	is_number(input.params.min_phi_retention_days)
	kept(e) < input.params.min_phi_retention_days
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	is_number(e.attrs["lifecycle.expire_days"])
	within_label(e)
	kept(e) <= longest(e) + lag(e)
	long_enough(e)
}

review contains {
	"uid": e.uid,
	"message": sprintf("%s is to be emptied after %d days; whether a job does so is for a person to judge", [e.name, kept(e)]),
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	ev.not_applicable(e, "lifecycle.expire_days")
	kept(e) <= longest(e) + lag(e)
	long_enough(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no personal data", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.personal"] == false
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "what the store holds and how long it keeps it",
} if {
	some e in input.datastore
	some path in ["data.categories", "data.retention_days", "lifecycle.expire_days"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("no processing activity with erasure limits is linked to %s", [e.name]),
} if {
	some e in input.datastore
	not longest(e)
}

unknown contains {
	"uid": e.uid,
	"path": "lifecycle.expire_days",
	"reason": "not_collected",
	"message": sprintf("%s is labelled with a limit, and nothing in its settings enforces it", [e.name]),
} if {
	some e in input.datastore
	ev.is_null_fact(e, "lifecycle.expire_days")
}

no_expiry(e) if ev.is_null_fact(e, "lifecycle.expire_days")

no_expiry(e) if ev.not_applicable(e, "lifecycle.expire_days")

# kept is how long data stay: what the store enforces, else what its label says.
kept(e) := e.attrs["lifecycle.expire_days"] if {
	is_number(e.attrs["lifecycle.expire_days"])
} else := e.attrs["data.retention_days"] if {
	is_number(e.attrs["data.retention_days"])
}

# lag is how long earlier versions may outlast the limit, and most_lag the same where it is not known whether there are any.
lag(e) := input.params.backup_erasure_lag_days if {
	e.attrs.versioning == true
} else := 0

most_lag(e) := 0 if {
	e.attrs.versioning == false
} else := 0 if {
	ev.not_applicable(e, "versioning")
} else := input.params.backup_erasure_lag_days

within_label(e) if ev.is_null_fact(e, "data.retention_days")

within_label(e) if {
	is_number(e.attrs["data.retention_days"])
	ev.at_most(e, "lifecycle.expire_days", e.attrs["data.retention_days"] + lag(e))
}

# longest is the longest limit of the activities that use the store; undefined while one of them states none in days.
longest(e) := max(limits) if {
	activities := ev.sources(e, "processes")
	count(activities) > 0
	every uid in activities {
		count(days(uid)) > 0
	}
	limits := [d | some uid in activities; some d in days(uid)]
}

days(uid) := [d | some d in ev.entity(uid).attrs.erasure_limits; is_number(d)]

long_enough(_) if input.params.min_phi_retention_days == null

long_enough(e) if e.attrs["derived.phi"] == false

long_enough(e) if {
	is_number(input.params.min_phi_retention_days)
	kept(e) >= input.params.min_phi_retention_days
}
