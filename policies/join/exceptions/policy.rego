# METADATA
# title: Accepted failures and addressable decisions are reasoned, approved, current and still match a finding
# description: |
#   A pass shows that the exception states a check, what it covers, a reason, who asked and who approved; that somebody approved who may
#   and who did not ask for it; that its last day is neither over nor too far away; and that it still covers a failure, or that this run
#   could not tell. It does not show that the reason is a good one, nor that a compensating measure works.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.306
# schemas:
#   - input.exception: schema.exception
# custom:
#   severity: high
#   units: [exception]
#   collectors: [governance, aws, terraform, host]
#   rationale: HIPAA lets an addressable specification be replaced only with documented reasons and an alternative.
#   remediation: >-
#     Fix the failure and remove the exception. Where it is still needed, let somebody who may approve it approve it anew, with a reason and
#     a last day. See what is wrong with assay waiver lint.
package checks.join.exceptions

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the exception %s does not hold: %s", [e.name, p.detail]),
	"expected": holds[p.problem],
	"actual": p.detail,
	"attributes": [p.attribute],
} if {
	some e in input.exception
	some p in e.attrs["derived.problems"]
}

pass contains {"uid": e.uid, "message": sprintf("the exception %s holds", [e.name])} if {
	some e in input.exception
	ev.whole(e, "derived.problems")
	count(e.attrs["derived.problems"]) == 0
}

# What an exception must be, by the problem that it has.
holds := {
	"unreadable": "a file of waivers that can be read",
	"incomplete": "an exception that states everything that is needed",
	"unapproved": "approval by somebody who may approve, and who did not ask",
	"expired": "an exception that is current",
	"too_long": "an exception that is looked at again in good time",
	"over_broad": "an exception that names what it is for",
	"orphaned": "an exception that still covers a failure",
}
