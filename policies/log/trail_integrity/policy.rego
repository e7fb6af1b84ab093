# METADATA
# title: Audit logs are encrypted, validated, write-protected and kept where their subjects cannot alter them
# description: |
#   Judged on each audit trail that is on. A pass shows that its files are validated by digests and encrypted with a key of their own, in a
#   store that is not public, keeps versions or is write-once, and lies in another account or is locked in compliance mode. It does
#   not show that anybody validates the digests. A store in the audited account without such a lock is undecided: who may
#   change it depends on permissions.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
# schemas:
#   - input.log_source: schema.log_source
# custom:
#   severity: high
#   units: [log_source]
#   collectors: [aws, terraform]
#   rationale: An editable log is not evidence.
#   remediation: Set enable_log_file_validation = true and kms_key_id on the aws_cloudtrail; write to a private, versioned bucket in a log archive account, or lock the bucket with aws_s3_bucket_object_lock_configuration in COMPLIANCE mode.
package checks.log.trail_integrity

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the log files of %s are not validated: a changed file goes unnoticed", [e.name]),
	"expected": "log file validation is on",
	"actual": "off",
	"attributes": ["validation"],
} if {
	some e in input.log_source
	records(e)
	e.attrs.validation == false
}

fail contains {
	"uid": e.uid,
	"severity": "medium",
	"message": sprintf("the log files of %s are not encrypted with a key of their own", [e.name]),
	"expected": "encrypted with a key",
	"actual": "no key",
	"attributes": ["encrypted"],
} if {
	some e in input.log_source
	records(e)
	e.attrs.encrypted == false
}

fail contains {
	"uid": e.uid,
	"severity": "critical",
	"message": sprintf("%s writes to %s, which is public", [e.name, store.name]),
	"expected": "a store that is not public",
	"actual": "public",
	"attributes": ["destination"],
} if {
	some e in input.log_source
	records(e)
	store := ev.entity(e.attrs.destination)
	store.attrs["exposure.public"] == true
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s writes to %s, which keeps no versions and is not write-once", [e.name, store.name]),
	"expected": "versions, or write-once protection",
	"actual": "neither",
	"attributes": ["destination"],
} if {
	some e in input.log_source
	records(e)
	store := ev.entity(e.attrs.destination)
	store.attrs.versioning == false
	store.attrs["immutability.mode"] == "none"
}

pass contains e.uid if {
	some e in input.log_source
	records(e)
	e.attrs.validation == true
	e.attrs.encrypted == true
	store := ev.entity(e.attrs.destination)
	store.attrs["exposure.public"] == false
	keeps(store)
	beyond_reach(e, store)
}

not_applicable contains {"uid": e.uid, "message": "not an audit trail"} if {
	some e in input.log_source
	is_string(e.attrs.type)
	e.attrs.type != "cloud_audit"
}

not_applicable contains {"uid": e.uid, "message": "an organisation's trail, which is judged in its own account"} if {
	some e in input.log_source
	[trail, _] := split(e.uid, "#")
	ev.entity(trail).kind == "log_source"
}

not_applicable contains {"uid": e.uid, "message": "records no management events: log.trail judges that"} if {
	some e in input.log_source
	e.attrs.type == "cloud_audit"
	e.attrs.enabled == false
}

unknown contains {
	"uid": e.uid,
	"path": "destination",
	"reason": "not_collected",
	"message": "the store that it writes to was not collected",
} if {
	some e in input.log_source
	ev.known(e, "destination")
	not ev.entity(e.attrs.destination)
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": "not_collected",
	"message": sprintf("of %s, to which it writes", [store.name]),
} if {
	some e in input.log_source
	store := ev.entity(e.attrs.destination)
	some path in ["exposure.public", "versioning"]
	not ev.known(store, path)
}

unknown contains {
	"uid": e.uid,
	"path": "destination",
	"reason": "unlinked",
	"message": sprintf("whether those whose actions it records can change %s is not known; a compliance lock or another account would show that they cannot", [store.name]),
} if {
	some e in input.log_source
	store := ev.entity(e.attrs.destination)
	not beyond_reach(e, store)
}

# records holds for audit trails; those that are off are not applicable.
records(e) if e.attrs.type == "cloud_audit"

keeps(store) if store.attrs.versioning == true

keeps(store) if store.attrs["immutability.mode"] in ["governance", "compliance"]

# beyond_reach holds where those whose actions the trail records cannot alter what it wrote.
beyond_reach(_, store) if store.attrs["immutability.mode"] == "compliance"

beyond_reach(e, store) if {
	is_string(store.attrs.account)
	named := scope.words(e.attrs.scope)
	count(named) > 0
	apart := [name |
		some name in named
		some account in ev.all_of("account")
		audited(account, name)
		not store.attrs.account in scope.names(account)
	]
	count(apart) == count(named)
}

# audited holds where a trail's scope names the account, or one of its regions.
audited(account, name) if name in scope.names(account)

audited(account, name) if {
	some own in scope.names(account)
	startswith(name, concat("", [own, ":"]))
}
