# METADATA
# title: Log-in attempts are recorded and unusual ones raise a discrepancy
# description: |
#   A pass on an account shows that failed sign-ins alert somebody, or that in every used region a detector is on that learns what is normal
#   (capability ml_anomaly). A pass on a host shows that its logins are logged, and that failed ones lock the account or alert somebody. It
#   does not show that anybody follows up: log.reviewed and ir.triage judge that. That the account's sign-ins are recorded is judged by
#   log.trail. In code, confirmation of a recipient is not known; a rule counts as soon as it has a recipient who did not refuse.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html
# schemas:
#   - input.account: schema.account
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [account, host]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: login_detectors
#       default: [ids, siem]
#       unit: types of detectors
#       source: "product default; Amazon GuardDuty's finding types UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B and CredentialAccess:IAMUser/AnomalousBehavior"
#   rationale: A separate HIPAA specification; feeds unauthorised-access incidents.
#   remediation: Alarm on failed console sign-ins (a metric filter on the trail's log group for eventName ConsoleLogin with errorMessage "Failed authentication"), or turn GuardDuty on in every used region. On hosts log logins (rsyslog authpriv or journald) and lock after failures (deny = 5 in /etc/security/faillock.conf).
package checks.log.login_monitoring

import data.lib.alert
import data.lib.detect
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("failed sign-ins to %s alert nobody, and no detector learns what is normal in %s", [e.name, region]),
	"expected": "an alert on failed sign-ins, or a detector in every used region",
	"actual": sprintf("neither in %s", [region]),
	"attributes": [],
} if {
	some e in input.account
	alert.managed_in(e.scope)
	every rule in alert.rules(e.scope) {
		silent(rule)
	}
	some place in e.attrs.regions
	place.used == true
	region := place.name
	every typ in input.params.login_detectors {
		detect.read(e, region, typ)
		nothing_learns(e, region, typ)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not log logins", [e.name]),
	"expected": "logins are logged",
	"actual": "no log of logins",
	"attributes": [],
} if {
	some e in input.host
	startswith(e.scope, "host:")
	ev.covered("log_source", e.scope)
	ev.settled(e, "logs_to")
	every s in ev.all_of("log_source") {
		not_its_log(s, e)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("failed logins to %s lock nothing and alert nobody", [e.name]),
	"expected": "a lock after failed logins, or an alert",
	"actual": "neither",
	"attributes": ["pam.lockout_threshold"],
} if {
	some e in input.host
	e.attrs["pam.lockout_threshold"] == 0
	scope.managed_in("alert_rule", e.scope)
	every rule in ev.all_of("alert_rule") {
		silent(rule)
	}
}

pass contains {"uid": e.uid, "message": sprintf("%s tells somebody of failed sign-ins", [rule.name])} if {
	some e in input.account
	some rule in alert.rules(e.scope)
	tells(rule)
}

pass contains e.uid if {
	some e in input.account
	ev.each_known(e, "regions", "used")
	used := {place.name | some place in e.attrs.regions; place.used == true}
	count(used) > 0
	every region in used {
		learns(e, region)
	}
}

pass contains e.uid if {
	some e in input.host
	logged(e)
	answered(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site: its hosts are judged", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

unknown contains {
	"uid": e.uid,
	"path": "alert_rule",
	"reason": "not_collected",
	"message": sprintf("whether failed sign-ins to %s alert somebody is not known", [e.name]),
} if {
	some e in input.account
	not alert.managed_in(e.scope)
}

unknown contains {
	"uid": e.uid,
	"path": "detector",
	"reason": "not_in_plane",
	"message": sprintf("neither an alert on failed sign-ins nor a detector that learns what is normal in every used region is known for %s", [e.name]),
} if {
	some e in input.account
	alert.managed_in(e.scope)
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": "not_collected",
	"message": sprintf("whether %s logs logins is not known", [e.name]),
} if {
	some e in input.host
	not logged(e)
}

unknown contains {
	"uid": e.uid,
	"path": "pam.lockout_threshold",
	"reason": object.get(e.unknown, "pam.lockout_threshold", "unlinked"),
	"message": sprintf("whether failed logins to %s lock the account or alert somebody is not known", [e.name]),
} if {
	some e in input.host
	not answered(e)
}

# tells holds where an alert rule is known to tell somebody of failed sign-ins.
tells(rule) if {
	rule.attrs.enabled == true
	"auth_failure" in rule.attrs.watches
	some target in rule.attrs.targets
	object.get(target, "confirmed", true) == true
}

# silent holds where it is known not to.
silent(rule) if rule.attrs.enabled == false

silent(rule) if {
	ev.whole(rule, "watches")
	not "auth_failure" in rule.attrs.watches
}

silent(rule) if {
	ev.whole(rule, "targets")
	every target in rule.attrs.targets {
		target.confirmed == false
	}
}

# learns holds where a detector that learns what is normal is known to be on in a region of the account.
learns(e, region) if {
	some typ in input.params.login_detectors
	some d in detect.watching_region(e, region, typ)
	d.attrs.type == typ
	is_string(d.attrs.scope)
	d.attrs.enabled == true
	"ml_anomaly" in d.attrs.capabilities
}

# nothing_learns holds where no detector that may watch the region is one of the type that learns what is normal, and on.
nothing_learns(e, region, typ) if {
	watching := detect.watching_region(e, region, typ)
	count([d | some d in watching; blind(d)]) == count(watching)
}

blind(d) if d.attrs.enabled == false

blind(d) if {
	ev.whole(d, "capabilities")
	not "ml_anomaly" in d.attrs.capabilities
}

# logged holds where a log of logins of the host is known to be on.
logged(e) if {
	some s in ev.all_of("log_source")
	s.attrs.type == "os_auth"
	s.attrs.enabled == true
	names(s, e)
}

names(s, e) if {
	some name in scope.words(s.attrs.scope)
	name in scope.names(e)
}

names(s, e) if s.uid in ev.targets(e, "logs_to")

# not_its_log holds where a source is known not to be a log of the host's logins that is on.
not_its_log(s, _) if s.attrs.enabled == false

not_its_log(s, _) if {
	is_string(s.attrs.type)
	s.attrs.type != "os_auth"
}

not_its_log(s, e) if {
	is_string(s.attrs.scope)
	count(scope.words(s.attrs.scope) & {"all"}) == 0
	not names(s, e)
}

# answered holds where failed logins lock the account or alert somebody.
answered(e) if ev.above(e, "pam.lockout_threshold", 0)

answered(e) if {
	some rule in scope.around("alert_rule", e.scope)
	tells(rule)
}
