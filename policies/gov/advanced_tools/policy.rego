# METADATA
# title: Machine-learning detection, cloud backup and tamper-evident integrity tooling have been evaluated and are in use or consciously declined
# description: |
#   A pass shows, for each of the three capabilities, that something of the kind is on, or that a review of tooling within the days of the
#   parameter names it under scope (ml_detection, cloud_backup, integrity) and says where its report with the decision is. It does not show
#   that the tool is the right one. Cloud backup is an enabled plan in a cloud account, or one that writes to a vault in the cloud; integrity
#   tooling is write-once storage, a locked vault, a ledger, or a trail that signs its records.
# related_resources:
#   - https://docs.aws.amazon.com/guardduty/latest/ug/what-is-guardduty.html
#   - https://www.ecfr.gov/current/title-45/section-164.306
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: low
#   units: [organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: policy_review_days
#       default: 365
#       unit: days
#       source: CIS Controls annual review pattern; HIPAA says periodically
#   rationale: The last seed step; a decision record is enough, but one of each capability in use is better.
#   remediation: Turn on GuardDuty, AWS Backup with a locked vault, and log file validation of the trail; or record an evaluation of type tooling_review whose scope names ml_detection, cloud_backup and integrity, with a report that says why a tool is declined.
package checks.gov.advanced_tools

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is neither in use nor was it evaluated in the last %d days", [words[capability], input.params.policy_review_days]),
	"expected": "in use, or a recorded decision",
	"actual": "neither",
	"attributes": [],
} if {
	some e in input.organization
	some capability in {c | some c, _ in words}
	unused(capability)
	unreviewed(capability)
}

pass contains e.uid if {
	some e in input.organization
	count([c | some c, _ in words; settled(c)]) == count(words)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("whether %s is in use, or was evaluated, is not known", [lower(words[capability])]),
} if {
	some e in input.organization
	some capability in {c | some c, _ in words}
	not settled(capability)
}

words := {
	"ml_detection": "Detection by machine learning",
	"cloud_backup": "Cloud backup",
	"integrity": "Tamper-evident integrity tooling",
}

settled(capability) if in_use(capability)

settled(capability) if {
	some review in ev.all_of("evaluation")
	decided(review, capability)
}

in_use("ml_detection") if {
	some d in ev.all_of("detector")
	d.attrs.enabled == true
	"ml_anomaly" in d.attrs.capabilities
}

in_use("cloud_backup") if {
	some plan in ev.all_of("backup_plan")
	plan.attrs.enabled == true
	in_cloud(plan)
}

in_use("integrity") if {
	some store in ev.all_of("datastore")
	store.attrs["immutability.mode"] in {"governance", "compliance"}
}

in_use("integrity") if {
	some store in ev.all_of("datastore")
	store.attrs["integrity.hash_chain"] == true
}

in_use("integrity") if {
	some vault in ev.all_of("backup_vault")
	vault.attrs.locked == true
}

in_use("integrity") if {
	some source in ev.all_of("log_source")
	source.attrs.enabled == true
	source.attrs.validation == true
}

in_cloud(plan) if startswith(plan.scope, "aws:")

in_cloud(plan) if {
	some rule in plan.attrs.rules
	some uid in array.concat([rule.vault], [copy.vault | some copy in rule.copies])
	ev.entity(uid).attrs["location.type"] == "cloud"
}

# decided holds where a review of tooling in time names the capability and has a report.
decided(review, capability) if {
	review.attrs.type == "tooling_review"
	ev.days_since(review, "performed_on") <= input.params.policy_review_days
	ev.days_since(review, "performed_on") >= 0
	capability in review.attrs.scope
	ev.stated(review.attrs.report)
}

# unused holds where everything that could be the capability was read, in cloud and records, and none of it is on. What runs on hosts
# and sites that were not read stays open, so at least one cloud account must have been read.
unused("ml_detection") if {
	everywhere("detector")
	every d in ev.all_of("detector") {
		no_ml(d)
	}
}

unused("cloud_backup") if {
	everywhere("backup_plan")
	every plan in ev.all_of("backup_plan") {
		no_cloud_backup(plan)
	}
}

unused("integrity") if {
	everywhere("datastore")
	everywhere("backup_vault")
	everywhere("log_source")
	every store in ev.all_of("datastore") {
		no_lock(store)
		no_chain(store)
	}
	every vault in ev.all_of("backup_vault") {
		vault.attrs.locked == false
	}
	every source in ev.all_of("log_source") {
		no_validation(source)
	}
}

everywhere(kind) if {
	scope.enumerated(kind)
	ev.covered_within(kind, "aws")
}

no_ml(d) if d.attrs.enabled == false

no_ml(d) if {
	ev.whole(d, "capabilities")
	not "ml_anomaly" in d.attrs.capabilities
}

no_cloud_backup(plan) if plan.attrs.enabled == false

no_lock(store) if store.attrs["immutability.mode"] == "none"

no_lock(store) if ev.not_applicable(store, "immutability.mode")

no_chain(store) if store.attrs["integrity.hash_chain"] == false

no_chain(store) if ev.not_applicable(store, "integrity.hash_chain")

no_validation(source) if source.attrs.enabled == false

no_validation(source) if source.attrs.validation == false

no_validation(source) if ev.not_applicable(source, "validation")

# unreviewed holds where the register of evaluations was read and none of them can be a decision on the capability.
unreviewed(capability) if {
	ev.recorded("evaluation")
	every review in ev.all_of("evaluation") {
		no_decision(review, capability)
	}
}

no_decision(review, _) if {
	is_string(review.attrs.type)
	review.attrs.type != "tooling_review"
}

no_decision(review, _) if ev.days_since(review, "performed_on") > input.params.policy_review_days

no_decision(review, capability) if {
	ev.whole(review, "scope")
	not capability in review.attrs.scope
}

no_decision(review, _) if ev.unset(review.attrs.report)
