# METADATA
# title: The cloud audit trail records management events in all regions
# description: |
#   A pass shows that a trail which covers the account, its own or its organisation's, is on and records reads and writes of management
#   events in all regions. It does not show that the records are safe from change, nor that anybody reads them: log.trail_integrity
#   and log.reviewed judge that. In code, that there is no such trail is proved only where trails are declared.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html
# schemas:
#   - input.account: schema.account
# custom:
#   severity: critical
#   units: [account]
#   collectors: [aws, terraform]
#   rationale: Without it nothing in the account can be reviewed.
#   remediation: Set is_multi_region_trail = true on an aws_cloudtrail that logs all management events, and leave enable_logging on. In an organisation, make it an organisation trail.
package checks.log.trail

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("no audit trail covers %s", [e.name]),
	"expected": "a trail that is on, in all regions",
	"actual": "no trail",
	"attributes": [],
} if {
	some e in input.account
	scope.covered("log_source", e.scope)
	untrailed(e)
	count(own(e)) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is the trail of %s and does not record all of it: %s", [trail.name, e.name, flaw.text]),
	"expected": "a trail that is on, in all regions",
	"actual": flaw.text,
	"attributes": [],
	"at": {"uid": trail.uid, "attribute": flaw.path},
} if {
	some e in input.account
	scope.covered("log_source", e.scope)
	untrailed(e)
	some trail in own(e)
	some flaw in flaws(trail)
}

pass contains {"uid": e.uid, "message": sprintf("%s records the management events of all regions", [trail.name])} if {
	some e in input.account
	some trail in trails
	trail.attrs.type == "cloud_audit"
	trail.attrs.enabled == true
	trail.attrs.multi_region == true
	covers(trail, e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site, not a cloud account", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": "not_in_plane",
	"message": "no trail is declared here; one may be declared elsewhere, such as the organisation's",
} if {
	some e in input.account
	startswith(e.scope, "tf:")
	count(own(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": "unlinked",
	"message": sprintf("whether %s is on, in all regions of %s, is not known", [trail.name, e.name]),
} if {
	some e in input.account
	some trail in trails
	scope.overlap(trail.scope, e.scope)
	count(flaws(trail)) == 0
}

# trails are the sources that are audit trails, or may be.
trails := [s | some s in ev.all_of("log_source"); not other(s)]

other(s) if {
	is_string(s.attrs.type)
	s.attrs.type != "cloud_audit"
}

# own are the trails of the account's scope.
own(e) := [t |
	some t in trails
	t.attrs.type == "cloud_audit"
	scope.overlap(t.scope, e.scope)
]

# untrailed holds where no trail, of whatever scope, can be the one that is asked for; in code only where trails are declared.
untrailed(e) if {
	declares(e)
	every trail in trails {
		inadequate(trail, e)
	}
}

declares(e) if not startswith(e.scope, "tf:")

declares(e) if count(own(e)) > 0

inadequate(trail, _) if count(flaws(trail)) > 0

inadequate(trail, e) if {
	is_string(trail.attrs.scope)
	not covers(trail, e)
	settled(trail)
}

# settled holds where the organisation that a trail covers is known, or it covers none.
settled(trail) if not "all" in scope.words(trail.attrs.scope)

settled(trail) if {
	some owner in ev.all_of("account")
	scope.overlap(trail.scope, owner.scope)
	ev.whole(owner, "organization_accounts")
}

flaws(trail) := off(trail) | narrow(trail)

off(trail) := {{"path": "enabled", "text": "it is off, or leaves management events out"} | trail.attrs.enabled == false}

narrow(trail) := {{"path": "multi_region", "text": "it covers a single region"} | trail.attrs.multi_region == false}

# covers holds where the trail names the account, or all accounts of an organisation that the account is in.
covers(trail, e) if {
	some name in scope.words(trail.attrs.scope)
	name in scope.names(e)
}

covers(trail, e) if {
	"all" in scope.words(trail.attrs.scope)
	scope.overlap(trail.scope, e.scope)
}

covers(trail, e) if {
	"all" in scope.words(trail.attrs.scope)
	some owner in ev.all_of("account")
	scope.overlap(trail.scope, owner.scope)
	some member in owner.attrs.organization_accounts
	member in scope.names(e)
}
