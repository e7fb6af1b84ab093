# METADATA
# title: The record of processing is complete and matches the stores we see
# description: |
#   A pass on an entry shows that it states every item that Art. 30(1) asks of a controller, or Art. 30(2) of a processor, and was reviewed
#   within the days of the parameter. A pass on a store with personal data shows that an entry of the record names it. It does not show
#   that what the entry says is true. Where records were read and the record has no entry, the organisation fails. An organisation below the
#   size of Art. 30(5) is exempt with an approved document of the topic record_of_processing_exemption, as long as no store holds health
#   or special-category data.
# related_resources:
#   - https://eur-lex.europa.eu/eli/reg/2016/679/oj
# schemas:
#   - input.processing_activity: schema.processing_activity
#   - input.datastore: schema.datastore
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [processing_activity, datastore, organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: policy_review_days
#       default: 365
#       unit: days
#       source: CIS Controls annual review pattern; HIPAA says periodically
#     - name: ropa_exempt_below
#       default: 250
#       unit: people
#       source: GDPR Art. 30(5)
#     - name: ropa_controller_items
#       default: [purposes, data_subject_categories, data_categories, recipients, transfers, erasure_limits, security_description]
#       unit: fields
#       source: GDPR Art. 30(1)(b) to (g); the contacts of (a) are those of the organisation
#     - name: ropa_processor_items
#       default: [purposes, transfers, security_description]
#       unit: fields
#       source: GDPR Art. 30(2)(b) to (d)
#   rationale: Accountability starts with knowing what is processed.
#   remediation: Complete the entry in ropa.yaml, review it each year, and link every store with personal data under stores (by ARN, Terraform address or inventory number). A store that holds none gets the label data-categories = none.
package checks.priv.ropa

import data.lib.document
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the entry %s lacks %s", [e.name, concat(", ", sort(gaps))]),
	"expected": sprintf("every item of a %s", [e.attrs.role]),
	"actual": sprintf("without %s", [concat(", ", sort(gaps))]),
	"attributes": sort(gaps),
} if {
	some e in input.processing_activity
	gaps := lacking(e) & due(e)
	count(gaps) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the entry %s was last reviewed %d days ago", [e.name, floor(ev.days_since(e, "last_reviewed_on"))]),
	"expected": sprintf("a review in the last %d days", [input.params.policy_review_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "last_reviewed_on"))]),
	"attributes": ["last_reviewed_on"],
} if {
	some e in input.processing_activity
	ev.days_since(e, "last_reviewed_on") > input.params.policy_review_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds personal data and is in no entry of the record of processing", [e.name]),
	"expected": "an entry that names it",
	"actual": "none",
	"attributes": ["data.categories"],
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	ev.recorded("processing_activity")
	ev.all_settled("processes")
	ev.all_settled("represents")
	count(activities(e)) == 0
	under_gdpr
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the record of processing of %s has no entry", [e.name]),
	"expected": "an entry for each processing activity",
	"actual": "none",
	"attributes": ["regimes"],
} if {
	some e in input.organization
	under_gdpr
	ev.recorded("processing_activity")
	count(ev.all_of("processing_activity")) == 0
}

pass contains e.uid if {
	some e in input.processing_activity
	count(stating(e) & due(e)) == count(due(e))
	ev.days_since(e, "last_reviewed_on") <= input.params.policy_review_days
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	count(activities(e)) > 0
}

not_applicable contains {"uid": e.uid, "message": "the organisation is not under the GDPR"} if {
	some e in input.processing_activity
	not_under_gdpr
}

not_applicable contains {"uid": e.uid, "message": "the organisation is not under the GDPR"} if {
	some e in input.datastore
	not_under_gdpr
}

not_applicable contains {"uid": e.uid, "message": "it is not under the GDPR"} if {
	some e in input.organization
	not_under_gdpr
}

not_applicable contains {"uid": e.uid, "message": "the organisation is exempt by Art. 30(5), by a documented decision"} if {
	some e in input.datastore
	exempt
}

not_applicable contains {"uid": e.uid, "message": "it is exempt by Art. 30(5), by a documented decision"} if {
	some e in input.organization
	exempt
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no personal data", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.personal"] == false
}

not_applicable contains {"uid": e.uid, "message": "its record of processing is judged"} if {
	some e in input.organization
	count(ev.all_of("processing_activity")) > 0
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": sprintf("the entry %s does not state it, or could not be read", [e.name]),
} if {
	some e in input.processing_activity
	some path in [
		"role", "purposes", "data_subject_categories", "data_categories", "recipients", "transfers", "erasure_limits",
		"security_description", "last_reviewed_on",
	]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "data.categories",
	"reason": object.get(e.unknown, "data.categories", "not_collected"),
	"message": sprintf("whether %s holds personal data", [e.name]),
} if {
	some e in input.datastore
	not ev.known(e, "derived.personal")
}

unknown contains {
	"uid": e.uid,
	"path": "processing_activity",
	"reason": "not_collected",
	"message": sprintf("no complete record of processing was collected that would name %s", [e.name]),
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	not complete
}

unknown contains {
	"uid": e.uid,
	"path": "organization",
	"reason": "not_collected",
	"message": "whether the organisation is under the GDPR is not known",
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	complete
}

unknown contains {
	"uid": e.uid,
	"path": "processing_activity",
	"reason": "not_collected",
	"message": "no complete record of processing was collected",
} if {
	some e in input.organization
	not ev.recorded("processing_activity")
}

unknown contains {
	"uid": e.uid,
	"path": "regimes",
	"reason": object.get(e.unknown, "regimes", "not_attested"),
	"message": "whether the organisation is under the GDPR",
} if {
	some e in input.organization
	ev.recorded("processing_activity")
}

complete if {
	ev.recorded("processing_activity")
	ev.all_settled("processes")
	ev.all_settled("represents")
}

# due are the items that an entry owes by its role.
due(e) := {item | some item in input.params.ropa_controller_items} if e.attrs.role == "controller"

due(e) := {item | some item in input.params.ropa_processor_items} if e.attrs.role == "processor"

# stating are the items that an entry states. An empty list of transfers or recipients says that there are none.
stating(e) := (worded(e) | listed(e)) | {"erasure_limits" | count(e.attrs.erasure_limits) > 0}

worded(e) := {"purposes" | ev.stated(e.attrs.purposes)} | {"security_description" | ev.stated(e.attrs.security_description)}

listed(e) := (({"data_subject_categories" | some_of(e, "data_subject_categories")} | {"data_categories" | some_of(e, "data_categories")}) | {"recipients" | ev.enumerated(e, "recipients")}) | {"transfers" | ev.enumerated(e, "transfers")}

some_of(e, "data_subject_categories") if count(e.attrs.data_subject_categories) > 0

some_of(e, "data_categories") if count(e.attrs.data_categories) > 0

# lacking are the items that an entry is known to lack.
lacking(e) := (blank(e) | empty(e)) | left_out(e)

blank(e) := {"purposes" | ev.unset(e.attrs.purposes)} | {"security_description" | ev.unset(e.attrs.security_description)}

empty(e) := ({"data_subject_categories" | none_of(e, "data_subject_categories")} | {"data_categories" | none_of(e, "data_categories")}) | {"erasure_limits" | e.attrs.erasure_limits == {}}

none_of(e, "data_subject_categories") if {
	ev.whole(e, "data_subject_categories")
	count(e.attrs.data_subject_categories) == 0
}

none_of(e, "data_categories") if {
	ev.whole(e, "data_categories")
	count(e.attrs.data_categories) == 0
}

# left_out are the items that the record does not even have a field for: a gap in an audit.
left_out(e) := {path |
	input.profile == "audit"
	some path in [
		"purposes", "data_subject_categories", "data_categories", "recipients", "transfers", "erasure_limits", "security_description",
	]
	ev.not_attested(e, path)
}

# activities are the entries that name a store, by itself or by the asset that stands for it.
activities(e) := {uid | some uid in ev.sources(e, "processes")} | {uid |
	some asset in ev.sources(e, "represents")
	some uid in ev.sources(ev.entity(asset), "processes")
}

under_gdpr if {
	some o in ev.all_of("organization")
	"gdpr" in o.attrs.regimes
	not exempt
}

not_under_gdpr if {
	some o in ev.all_of("organization")
	ev.whole(o, "regimes")
	not "gdpr" in o.attrs.regimes
}

not_under_gdpr if {
	some o in ev.all_of("organization")
	o.attrs["gdpr.role"] == "none"
}

exempt if {
	some o in ev.all_of("organization")
	ev.below(o, "headcount", input.params.ropa_exempt_below)
	some d in ev.all_of("document")
	"record_of_processing_exemption" in d.attrs.topics
	document.in_force(d)
	scope.enumerated("datastore")
	every s in ev.all_of("datastore") {
		ordinary(s)
	}
}

# ordinary holds for a store that is known to hold neither health nor special-category data.
ordinary(s) if {
	ev.whole(s, "data.categories")
	count([c | some c in s.attrs["data.categories"]; c in {"phi", "special_category"}]) == 0
}
