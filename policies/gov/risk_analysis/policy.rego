# METADATA
# title: A risk analysis within the interval covers every asset that holds sensitive data
# description: |
#   A pass shows that the newest risk analysis is recent and that it, or another one within the days of the parameter, names every
#   sensitive store that was found and every asset of the inventory that holds health data or is confidential. A store counts as named by its
#   uid, id or name, or through the asset that stands for it. It does not show that the risks were rated well. Older analyses are not
#   judged; a later, narrower one counts as a delta to the one before. Where records were read and no analysis is among them, the
#   organisation fails.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://csrc.nist.gov/pubs/sp/800/30/r1/final
# schemas:
#   - input.risk_assessment: schema.risk_assessment
#   - input.organization: schema.organization
# custom:
#   severity: critical
#   units: [risk_assessment, organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: risk_analysis_days
#       default: 365
#       unit: days
#       source: product default; NPRM ties it to 12-month maintenance
#   rationale: The most cited HIPAA deficiency; scope gaps are the usual defect.
#   remediation: Analyse the risks at least each year (NIST SP 800-30 gives a method), with every sensitive store and asset under scope_assets; assay's own list of sensitive entities is a good start. Record a further analysis for what is added in between.
package checks.gov.risk_analysis

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the newest risk analysis, %s, is %d days old", [e.name, floor(ev.days_since(e, "performed_on"))]),
	"expected": sprintf("at most %d days", [input.params.risk_analysis_days]),
	"actual": sprintf("%d days", [floor(ev.days_since(e, "performed_on"))]),
	"attributes": ["performed_on"],
} if {
	some e in input.risk_assessment
	ev.days_since(e, "performed_on") > input.params.risk_analysis_days
	newest(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%d of the stores and assets with sensitive data, such as %s, are in no risk analysis", [count(forgotten), min(forgotten)]),
	"expected": "every one of them is in scope",
	"actual": sprintf("%d are not", [count(forgotten)]),
	"attributes": ["scope_assets"],
} if {
	some e in input.risk_assessment
	newest(e)
	scopes_whole
	count(forgotten) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no risk analysis", [e.name]),
	"expected": "a risk analysis",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	ev.recorded("risk_assessment")
	count(ev.all_of("risk_assessment")) == 0
}

pass contains e.uid if {
	some e in input.risk_assessment
	newest(e)
	ev.days_since(e, "performed_on") <= input.params.risk_analysis_days
	population_known
	scopes_whole
	count(forgotten) == 0
}

not_applicable contains {"uid": e.uid, "message": "a newer analysis is judged"} if {
	some e in input.risk_assessment
	some other in ev.all_of("risk_assessment")
	ev.days_since(other, "performed_on") < ev.days_since(e, "performed_on")
	ev.days_since(other, "performed_on") >= 0
}

not_applicable contains {"uid": e.uid, "message": "its risk analysis is judged"} if {
	some e in input.organization
	count(ev.all_of("risk_assessment")) > 0
}

unknown contains {
	"uid": e.uid,
	"path": "risk_assessment",
	"reason": "not_collected",
	"message": "no complete register of risk analyses was collected",
} if {
	some e in input.organization
}

unknown contains {
	"uid": e.uid,
	"path": "performed_on",
	"reason": e.unknown.performed_on,
	"message": "the day of the analysis",
} if {
	some e in input.risk_assessment
	e.unknown.performed_on
}

unknown contains {
	"uid": e.uid,
	"path": "scope_assets",
	"reason": "not_collected",
	"message": "which stores and assets hold sensitive data is not fully known: inventory, labels, or stores that could not be read",
} if {
	some e in input.risk_assessment
	not population_known
}

unknown contains {
	"uid": e.uid,
	"path": "scope_assets",
	"reason": "not_attested",
	"message": "the scope of an analysis is not fully known",
} if {
	some e in input.risk_assessment
	not scopes_whole
}

# newest holds where no analysis is later; with two of the same day both are judged.
newest(e) if {
	ev.known(e, "performed_on")
	ev.recorded("risk_assessment")
	every other in ev.all_of("risk_assessment") {
		ev.days_since(other, "performed_on") >= ev.days_since(e, "performed_on")
	}
}

# recent are the analyses within the interval, and those of unknown day; where all are older, all of them, so that the scope is judged too.
recent := [a | some a in ev.all_of("risk_assessment"); not old(a)]

old(a) if ev.days_since(a, "performed_on") > input.params.risk_analysis_days

considered := recent if {
	count(recent) > 0
} else := ev.all_of("risk_assessment")

scopes_whole if {
	every a in considered {
		ev.whole(a, "scope_assets")
	}
}

named := {name | some a in considered; some name in a.attrs.scope_assets}

# sensitive are the stores and assets that an analysis must cover.
sensitive_stores := [s | some s in ev.all_of("datastore"); s.attrs["derived.sensitive"] == true]

sensitive_assets := [a | some a in ev.all_of("asset"); holds_sensitive(a); not gone(a)]

holds_sensitive(a) if a.attrs.holds_phi == true

holds_sensitive(a) if a.attrs.classification in {"confidential", "restricted"}

harmless(a) if {
	a.attrs.holds_phi == false
	is_string(a.attrs.classification)
	not a.attrs.classification in {"confidential", "restricted"}
}

gone(a) if a.attrs.status in {"retired", "disposed"}

forgotten := {s.name | some s in sensitive_stores; not covered(s)} | {a.name | some a in sensitive_assets; not covered(a)}

covered(e) if {
	some name in (scope.names(e) | {e.name})
	name in named
}

covered(e) if {
	some uid in ev.sources(e, "represents")
	asset := ev.entity(uid)
	some name in (scope.names(asset) | {asset.name, object.get(asset.attrs, "tag", asset.name)})
	name in named
}

covered(e) if {
	e.kind == "asset"
	e.attrs.tag in named
}

covered(e) if {
	e.kind == "asset"
	some uid in ev.targets(e, "represents")
	uid in named
}

# population_known holds where all stores and assets were read, and of each it is known whether it holds sensitive data.
population_known if {
	ev.recorded("asset")
	scope.enumerated("datastore")
	every s in ev.all_of("datastore") {
		ev.known(s, "derived.sensitive")
	}
	every a in ev.all_of("asset") {
		told(a)
	}
}

told(a) if holds_sensitive(a)

told(a) if harmless(a)

told(a) if gone(a)
