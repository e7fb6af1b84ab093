# METADATA
# title: Threat sources are read weekly and relevant advisories lead to a decision
# description: |
#   A pass shows that at least two sources of threats were read within the days of the parameter, one of them of the own sector or of a
#   national authority, and that every advisory which concerns something installed was decided on in time, with an action on record. It does
#   not show that the decision was right. An advisory of which nobody noted whether it concerns anything must be decided on all the same.
# related_resources:
#   - https://www.cisa.gov/known-exploited-vulnerabilities-catalog
#   - https://www.ecfr.gov/current/title-45/section-164.306
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: medium
#   units: [organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: ti_ingest_days
#       default: 7
#       unit: days
#       source: product default
#     - name: ti_feeds
#       default: 2
#       unit: sources
#       source: product default
#     - name: ti_anchor_types
#       default: [isac, national_cert]
#       unit: types of sources
#       source: product default (own sector, or national)
#     - name: advisory_days
#       default: 14
#       unit: days
#       source: product default
#   rationale: "Seed: monitor emerging threats to adapt defences."
#   remediation: Subscribe to the sector's ISAC (such as Health-ISAC) or the national CERT and to the vendors' advisories, list them in feeds.yaml with the day of the last reading, and note for every advisory whether it concerns something installed, when that was decided, and the risk, incident or change that followed.
package checks.ti.intake

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%d sources of threats were read in the last %d days", [count(fresh), input.params.ti_ingest_days]),
	"expected": sprintf("at least %d", [input.params.ti_feeds]),
	"actual": sprintf("%d", [count(fresh)]),
	"attributes": [],
} if {
	some e in input.organization
	ev.recorded("threat_feed")
	count([f | some f in ev.all_of("threat_feed"); not stale(f)]) < input.params.ti_feeds
}

fail contains {
	"uid": e.uid,
	"message": "no source of the own sector or of a national authority was read lately",
	"expected": sprintf("one of type %s", [concat(" or ", input.params.ti_anchor_types)]),
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	ev.recorded("threat_feed")
	every f in ev.all_of("threat_feed") {
		no_anchor(f)
	}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nobody decided on the advisory %s in %d days", [a.name, input.params.advisory_days]),
	"expected": sprintf("a decision within %d days", [input.params.advisory_days]),
	"actual": "none in time",
	"attributes": [],
	"at": {"uid": a.uid, "attribute": "assessed_on"},
} if {
	some e in input.organization
	some a in ev.all_of("advisory")
	late(a)
	not irrelevant(a)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the advisory %s concerns something installed, and nothing followed", [a.name]),
	"expected": "a risk, incident or change",
	"actual": "none",
	"attributes": [],
	"at": {"uid": a.uid, "attribute": "action_ref"},
} if {
	some e in input.organization
	some a in ev.all_of("advisory")
	a.attrs.relevant == true
	decided(a)
	idle(a)
}

pass contains e.uid if {
	some e in input.organization
	count(fresh) >= input.params.ti_feeds
	some anchor in fresh
	anchor.attrs.type in input.params.ti_anchor_types
	ev.recorded("advisory")
	every a in ev.all_of("advisory") {
		handled(a)
	}
}

unknown contains {
	"uid": e.uid,
	"path": "threat_feed",
	"reason": "not_collected",
	"message": "which sources of threats were read lately is not fully known",
} if {
	some e in input.organization
	count(fresh) < input.params.ti_feeds
}

unknown contains {
	"uid": e.uid,
	"path": "threat_feed",
	"reason": "not_collected",
	"message": "whether a source of the own sector or of a national authority was read lately is not known",
} if {
	some e in input.organization
	count([f | some f in fresh; f.attrs.type in input.params.ti_anchor_types]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "advisory",
	"reason": "not_collected",
	"message": "no complete register of advisories was collected",
} if {
	some e in input.organization
	not ev.recorded("advisory")
}

unknown contains {
	"uid": e.uid,
	"path": "advisory",
	"reason": "not_attested",
	"message": sprintf("whether somebody decided on the advisory %s in time, and what followed, is not known", [a.name]),
} if {
	some e in input.organization
	some a in ev.all_of("advisory")
	not handled(a)
}

# fresh are the sources that were read lately.
fresh := [f |
	some f in ev.all_of("threat_feed")
	ev.days_since(f, "last_ingested_at") <= input.params.ti_ingest_days
]

stale(f) if ev.days_since(f, "last_ingested_at") > input.params.ti_ingest_days

no_anchor(f) if stale(f)

no_anchor(f) if {
	is_string(f.attrs.type)
	not f.attrs.type in input.params.ti_anchor_types
}

irrelevant(a) if a.attrs.relevant == false

# age is how many days an advisory waited for a decision, or waits.
age(a) := ev.days_since(a, "published_at") if {
	ev.is_null_fact(a, "assessed_on")
} else := ev.days_since(a, "published_at") - ev.days_since(a, "assessed_on")

late(a) if age(a) > input.params.advisory_days

# A register that never notes when something was decided is a gap in an audit.
late(a) if {
	input.profile == "audit"
	ev.not_attested(a, "assessed_on")
	ev.days_since(a, "published_at") > input.params.advisory_days
}

decided(a) if is_string(a.attrs.assessed_on)

idle(a) if ev.unset(a.attrs.action_ref)

idle(a) if ev.not_applicable(a, "action_ref")

# handled holds where an advisory needs nothing, is still within its days, or was decided on in time with what had to follow.
handled(a) if irrelevant(a)

handled(a) if {
	ev.is_null_fact(a, "assessed_on")
	age(a) <= input.params.advisory_days
}

handled(a) if {
	decided(a)
	age(a) <= input.params.advisory_days
	a.attrs.relevant == true
	ev.stated(a.attrs.action_ref)
}
