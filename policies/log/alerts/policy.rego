# METADATA
# title: Alerts exist for the security-relevant event classes and reach a confirmed recipient
# description: |
#   A pass shows that for each class of events an alert rule is on and has a recipient who confirmed, or that a managed detector tells the
#   class and sends its findings somewhere. It does not show that anybody reacts. Confirmation is not in code, so that code proves a
#   missing class at most, and only where alert rules are declared. Alarms of the account that holds the organisation's trail count for its members.
# related_resources:
#   - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
#   - https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html
# schemas:
#   - input.account: schema.account
# custom:
#   severity: high
#   units: [account]
#   collectors: [aws, terraform]
#   rationale: Detection must interrupt a person.
#   remediation: For each class add an aws_cloudwatch_log_metric_filter on the trail's log group with an aws_cloudwatch_metric_alarm, or an aws_cloudwatch_event_rule, whose target is an SNS topic with a confirmed subscription.
#   parameters:
#     - name: alert_classes
#       default: [root_use, auth_failure, no_mfa_login, iam_change, trail_change, key_deletion, bucket_policy_change, network_change, unauthorised_call, org_change]
#       unit: list
#       source: CIS AWS 7.0 section 5
#     - name: detected_classes
#       default: {ids: [root_use, trail_change]}
#       unit: classes by type of detector
#       source: "Amazon GuardDuty's finding types Policy:IAMUser/RootCredentialUsage and Stealth:IAMUser/CloudTrailLoggingDisabled"
package checks.log.alerts

import data.lib.alert
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing in %s alerts on %s", [e.name, concat(", ", sort(missing))]),
	"expected": "an alert for each class of events",
	"actual": sprintf("%d of %d classes are watched", [count(input.params.alert_classes) - count(missing), count(input.params.alert_classes)]),
	"attributes": [],
} if {
	some e in input.account
	alert.managed_in(e.scope)
	missing := {class | some class in input.params.alert_classes; unwatched(e, class)}
	count(missing) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("what alerts on %s in %s reaches nobody", [concat(", ", sort(mute)), e.name]),
	"expected": "a recipient who confirmed, for each class of events",
	"actual": "nobody confirmed",
	"attributes": [],
} if {
	some e in input.account
	alert.managed_in(e.scope)
	mute := {class | some class in input.params.alert_classes; reaches_nobody(e, class)}
	count(mute) > 0
}

pass contains e.uid if {
	some e in input.account
	told := {class | some class in input.params.alert_classes; reaches(e, class)}
	count(told) == count({class | some class in input.params.alert_classes})
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site, not a cloud account", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

unknown contains {
	"uid": e.uid,
	"path": "alert_rule",
	"reason": "not_in_plane",
	"message": "no alert is declared here; alerting may be managed elsewhere",
} if {
	some e in input.account
	startswith(e.scope, "tf:")
	count(rules(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "alert_rule",
	"reason": "not_in_plane",
	"message": sprintf("whether an alert on %s reaches somebody who confirmed is not known", [concat(", ", sort(unsure))]),
} if {
	some e in input.account
	unsure := {class | some class in input.params.alert_classes; not reaches(e, class)}
	count(unsure) > 0
	count(rules(e)) > 0
}

# rules are the alert rules that see the account's events; detectors are those of the account and its regions.
rules(e) := alert.rules(e.scope)

detectors(e) := scope.around("detector", e.scope)

# reaches holds where a class of events is known to be told to somebody.
reaches(e, class) if {
	some r in rules(e)
	r.attrs.enabled == true
	class in r.attrs.watches
	some target in r.attrs.targets
	target.confirmed == true
}

reaches(e, class) if {
	some d in detectors(e)
	class in input.params.detected_classes[d.attrs.type]
	d.attrs.enabled == true
	is_string(d.attrs.findings_destination)
}

# unwatched holds where no rule and no detector can tell the class.
unwatched(e, class) if {
	no_detector(e, class)
	every r in rules(e) {
		ignores(r, class)
	}
}

ignores(r, _) if r.attrs.enabled == false

ignores(r, class) if {
	ev.whole(r, "watches")
	not class in r.attrs.watches
}

# reaches_nobody holds where the class is watched, and of what watches it every recipient is known not to have confirmed. In code a
# recipient may be subscribed by hand.
reaches_nobody(e, class) if {
	no_detector(e, class)
	every r in rules(e) {
		tells_nobody(r, class)
	}
	some r in rules(e)
	r.attrs.enabled == true
	class in r.attrs.watches
}

tells_nobody(r, class) if ignores(r, class)

tells_nobody(r, _) if {
	r.plane == "observed"
	ev.whole(r, "targets")
	every target in r.attrs.targets {
		target.confirmed == false
	}
}

# no_detector holds where no detector can tell the class: none of any type does, or detectors are managed here and none is on.
no_detector(_, class) if count([typ | some typ, classes in input.params.detected_classes; class in classes]) == 0

no_detector(e, class) if {
	scope.managed_in("detector", e.scope)
	every d in detectors(e) {
		passes_over(d, class)
	}
}

passes_over(d, _) if d.attrs.enabled == false

passes_over(d, class) if {
	is_string(d.attrs.type)
	not class in object.get(input.params.detected_classes, d.attrs.type, [])
}
