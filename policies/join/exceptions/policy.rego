# METADATA
# title: Accepted failures and addressable decisions are reasoned, approved, current and still match a finding
# description: |
#   A pass shows that the exception states its reason and alternative measure, was approved by somebody who is still active, has not
#   ended, is backed by an accepted risk where the specification is required, and excuses a failure that still exists. Without the
#   verdicts of the other checks in the evidence, whether it still matches a finding is not known; of a waiver, it is known once they
#   have judged. A waiver must also be approved by somebody who may and did not ask, end in good time, and not be over-broad. It does not show that the reason is a good
#   one: of an exception without an alternative measure, the reason must say why none is reasonable.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.306
#   - https://www.ecfr.gov/current/title-45/section-164.316
# schemas:
#   - input.exception: schema.exception
# custom:
#   severity: high
#   units: [exception]
#   collectors: [governance, aws, terraform, host]
#   parameters:
#     - name: addressable_specifications
#       default: ["164.308(a)(3)(ii)(A)", "164.308(a)(3)(ii)(B)", "164.308(a)(3)(ii)(C)", "164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.308(a)(5)(ii)(A)", "164.308(a)(5)(ii)(B)", "164.308(a)(5)(ii)(C)", "164.308(a)(5)(ii)(D)", "164.308(a)(7)(ii)(D)", "164.308(a)(7)(ii)(E)", "164.310(a)(2)(i)", "164.310(a)(2)(ii)", "164.310(a)(2)(iii)", "164.310(a)(2)(iv)", "164.310(d)(2)(iii)", "164.310(d)(2)(iv)", "164.312(a)(2)(iii)", "164.312(a)(2)(iv)", "164.312(c)(2)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"]
#       unit: citations
#       source: 45 CFR 164 Subpart C, Appendix A (frameworks/hipaa-security-rule.yaml)
#   rationale: HIPAA lets an addressable specification be replaced only with documented reasons and an alternative.
#   remediation: Fix the failure and remove the waiver, or have it approved again (assay waiver lint says what is wrong). In the register, complete the entry in exceptions.yaml (reason, alternative_measure, approved_by, expires_on), let an active person approve it again, or close it. Exceptions from required specifications need an entry in risks.yaml with treatment accept, accepted_by and the check under controls.
package checks.join.exceptions

import data.lib.ev
import data.lib.people

fail contains {
	"uid": e.uid,
	"message": sprintf("the exception %s ended on %s", [e.name, e.attrs.expires_on]),
	"expected": "an end in the future",
	"actual": e.attrs.expires_on,
	"attributes": ["expires_on"],
} if {
	some e in input.exception
	ev.days_since(e, "expires_on") >= 1
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the exception %s does not say its %s", [e.name, words]),
	"expected": words,
	"actual": "nothing",
	"attributes": [path],
} if {
	some e in input.exception
	some path, words in {"reason": "reason", "approved_by": "approver", "alternative_measure": "alternative measure"}
	blank(e, path)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the approver of the exception %s, %s, %s", [e.name, e.attrs.approved_by, why]),
	"expected": "an active approver",
	"actual": sprintf("%s %s", [e.attrs.approved_by, why]),
	"attributes": ["approved_by"],
} if {
	some e in input.exception
	why := absent(e.attrs.approved_by)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the exception %s excuses %s, which is required, and no risk was accepted for it", [e.name, e.attrs.requirement]),
	"expected": "an accepted risk",
	"actual": "none",
	"attributes": ["requirement"],
} if {
	some e in input.exception
	required(e)
	ev.recorded("risk")
	risks := ev.all_of("risk")
	count([r | some r in risks; no_acceptance(r, e)]) == count(risks)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the exception %s matches no failure any more; close it", [e.name]),
	"expected": "a failure that it excuses",
	"actual": "none",
	"attributes": ["subject"],
} if {
	some e in input.exception
	count(ev.all_of("result")) > 0
	ev.all_known(e, ["check", "subject"])
	count([r | some r in failures; may_match(r, e)]) == 0
}

# What is wrong with a waiver is known once the other checks have judged. That it has ended is said above.
fail contains {
	"uid": e.uid,
	"message": sprintf("the waiver %s does not hold: %s", [e.name, p.detail]),
	"expected": holds[p.problem],
	"actual": p.detail,
	"attributes": [p.attribute],
} if {
	some e in input.exception
	some p in e.attrs["derived.problems"]
	p.problem != "expired"
}

pass contains {"uid": e.uid, "message": sprintf("the waiver %s holds", [e.name])} if {
	some e in input.exception
	ev.whole(e, "derived.problems")
	count(e.attrs["derived.problems"]) == 0
	stands(e)
}

pass contains e.uid if {
	some e in input.exception
	ev.days_since(e, "expires_on") < 1
	ev.stated(e.attrs.reason)
	alternative(e)
	some p in people.persons(e.attrs.approved_by)
	people.active(p)
	designated(e)
	some r in failures
	matches(r, e)
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "the register does not say it",
} if {
	some e in input.exception
	some path in ["check", "requirement", "subject", "reason", "alternative_measure", "approved_by", "expires_on"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "approved_by",
	"reason": "unlinked",
	"message": sprintf("whether %s is still active: the roster names nobody of the kind", [e.attrs.approved_by]),
} if {
	some e in input.exception
	count([p | some p in people.persons(e.attrs.approved_by); people.active(p)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "requirement",
	"reason": "not_collected",
	"message": sprintf("%s is required, and whether a risk was accepted for it is not known", [e.attrs.requirement]),
} if {
	some e in input.exception
	required(e)
	not designated(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": "whether it still matches a finding: the evidence holds no verdicts",
} if {
	some e in input.exception
	count(ev.all_of("result")) == 0
}

# What a waiver must be, by the problem that it has.
holds := {
	"unreadable": "a file of waivers that can be read",
	"incomplete": "a waiver that states everything that is needed",
	"unapproved": "approval by somebody who may approve, and who did not ask",
	"too_long": "a waiver that is looked at again in good time",
	"over_broad": "a waiver that names what it is for",
	"orphaned": "a waiver that still covers a failure",
}

# stands holds where nothing is known against the approver. A comment in code names none.
stands(e) if e.unknown.approved_by

stands(e) if {
	ev.known(e, "approved_by")
	not absent(e.attrs.approved_by)
}

blank(e, "reason") if ev.unset(e.attrs.reason)

blank(e, "approved_by") if ev.unset(e.attrs.approved_by)

# null says that there is none, which the reason must explain; blanks say nothing.
blank(e, "alternative_measure") if {
	is_string(e.attrs.alternative_measure)
	ev.unset(e.attrs.alternative_measure)
}

alternative(e) if ev.stated(e.attrs.alternative_measure)

alternative(e) if ev.is_null_fact(e, "alternative_measure")

absent(words) := "is not active" if {
	ev.stated(words)
	people.gone(words)
}

absent(words) := "is not in the roster" if {
	ev.stated(words)
	people.nobody(words)
}

# Only the specifications of HIPAA's Security Rule are either addressable or required.
required(e) if {
	regex.match(`^164\.3(08|10|12|14|16)\(`, e.attrs.requirement)
	ev.known(e, "requirement")
	not e.attrs.requirement in input.params.addressable_specifications
}

# designated holds where the requirement may be excepted as it is: addressable, of another law, or with an accepted risk.
designated(e) if {
	is_string(e.attrs.requirement)
	ev.known(e, "requirement")
	not required(e)
}

designated(e) if {
	required(e)
	some r in ev.all_of("risk")
	accepts(r, e)
}

accepts(risk, e) if {
	risk.attrs.treatment == "accept"
	ev.stated(risk.attrs.accepted_by)
	speaks_of(risk, e)
}

speaks_of(risk, e) if e.attrs.check in risk.attrs.controls

speaks_of(risk, e) if e.attrs.subject in risk.attrs.asset_refs

no_acceptance(risk, _) if risk.attrs.treatment in {"mitigate", "transfer", "avoid"}

no_acceptance(risk, _) if ev.unset(risk.attrs.accepted_by)

no_acceptance(risk, e) if {
	ev.whole(risk, "controls")
	ev.whole(risk, "asset_refs")
	not speaks_of(risk, e)
}

# failures are the verdicts that may be failures.
failures := [r |
	some r in ev.all_of("result")
	object.get(r.attrs, "status", "fail") == "fail"
]

# matches holds where the result is a failure that the exception excuses; the subject may be a pattern with "*".
matches(r, e) if {
	r.attrs.status == "fail"
	r.attrs.check == e.attrs.check
	means(e.attrs.subject, r.attrs.subject)
}

may_match(r, e) if {
	object.get(r.attrs, "check", e.attrs.check) == e.attrs.check
	means(e.attrs.subject, object.get(r.attrs, "subject", e.attrs.subject))
}

means(words, uid) if words == uid

means(words, uid) if words in {ev.entity(uid).id, ev.entity(uid).name}

means(words, uid) if {
	is_string(words)
	contains(words, "*")
	glob.match(words, null, uid)
}
