# METADATA
# title: Applications and data that an incident could affect are identified with dependencies, so impact can be stated within minutes
# description: |
#   A pass on a plan for disaster recovery shows that its list of applications and data was reviewed within the days of the parameter,
#   that everything on it is known to Assay, and that it names every application of the inventory of high or critical weight, each with its
#   classification and what it depends on. It does not show that the dependencies are all there are. Where records were read and no plan has
#   such a list, the organisation fails. Names are uids, ids, names or inventory numbers.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.document: schema.document
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [document, organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: inventory_days
#       default: 365
#       unit: days
#       source: NPRM 164.308(a)(1)(ii)(C)
#   rationale: Third item of the seed's plan.
#   remediation: In the plan with the topic disaster_recovery list every high or critical application and its stores under impacted_applications_and_data, by inventory number or ARN; state depends_on and classification for each in the inventory; review the list each year.
package checks.dr.impact_identification

import data.lib.document
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the list of %s was last reviewed %d days ago", [e.name, floor(ev.days_since(e, "last_reviewed_on"))]),
	"expected": sprintf("a review in the last %d days", [input.params.inventory_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "last_reviewed_on"))]),
	"attributes": ["last_reviewed_on"],
} if {
	some e in input.document
	recovery_plan(e)
	document.overdue(e, input.params.inventory_days)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s lists no application or data", [e.name]),
	"expected": "the applications and data that an incident could affect",
	"actual": "an empty list",
	"attributes": ["sections.impacted_applications_and_data"],
} if {
	some e in input.document
	recovery_plan(e)
	ev.whole(e, "sections.impacted_applications_and_data")
	count(e.attrs["sections.impacted_applications_and_data"]) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s lists %s, which nothing in the inventory or in what was collected answers to", [e.name, name]),
	"expected": "names that exist",
	"actual": name,
	"attributes": ["sections.impacted_applications_and_data"],
} if {
	some e in input.document
	recovery_plan(e)
	some name in e.attrs["sections.impacted_applications_and_data"]
	everything_read
	not name in answering
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not list the application %s, which is %s", [e.name, a.name, a.attrs.criticality]),
	"expected": "every application of high or critical weight",
	"actual": sprintf("not %s", [a.name]),
	"attributes": ["sections.impacted_applications_and_data"],
} if {
	some e in input.document
	recovery_plan(e)
	ev.whole(e, "sections.impacted_applications_and_data")
	count(e.attrs["sections.impacted_applications_and_data"]) > 0
	some a in weighty
	not listed(a, e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the inventory does not say of the application %s %s", [a.name, gap]),
	"expected": "dependencies and classification of every weighty application",
	"actual": sprintf("not %s", [gap]),
	"attributes": [],
	"at": {"uid": a.uid, "attribute": "classification"},
} if {
	some e in input.document
	recovery_plan(e)
	some a in weighty
	some gap in gaps(a)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no recovery plan of %s lists the applications and data that an incident could affect", [e.name]),
	"expected": "a plan with the topic disaster_recovery and such a list",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.organization
	document.missing("plan", "disaster_recovery")
}

pass contains e.uid if {
	some e in input.document
	recovery_plan(e)
	document.in_force(e)
	document.reviewed(e, input.params.inventory_days)
	ev.whole(e, "sections.impacted_applications_and_data")
	count(e.attrs["sections.impacted_applications_and_data"]) > 0
	every name in e.attrs["sections.impacted_applications_and_data"] {
		name in answering
	}
	inventory_settled(e)
}

not_applicable contains {"uid": e.uid, "message": "no plan for disaster recovery"} if {
	some e in input.document
	document.off_topic(e, "plan", "disaster_recovery")
}

not_applicable contains {"uid": e.uid, "message": "not in force"} if {
	some e in input.document
	document.out_of_force(e)
}

not_applicable contains {"uid": e.uid, "message": "its recovery plan is judged"} if {
	some e in input.organization
	some d in document.about("plan", "disaster_recovery")
	not document.out_of_force(d)
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": sprintf("%s does not state it, or could not be read", [e.name]),
} if {
	some e in input.document
	recovery_plan(e)
	some path in ["sections.impacted_applications_and_data", "last_reviewed_on", "status", "effective_on"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "sections.impacted_applications_and_data",
	"reason": "unlinked",
	"message": sprintf("whether %s exists is not known: not everything was collected", [name]),
} if {
	some e in input.document
	recovery_plan(e)
	some name in e.attrs["sections.impacted_applications_and_data"]
	not name in answering
}

unknown contains {
	"uid": e.uid,
	"path": "asset",
	"reason": "not_attested",
	"message": "which applications are weighty, and what they depend on, is not fully known",
} if {
	some e in input.document
	recovery_plan(e)
	not inventory_settled(e)
}

unknown contains {
	"uid": e.uid,
	"path": "document",
	"reason": "not_collected",
	"message": "no complete register of documents was collected",
} if {
	some e in input.organization
}

recovery_plan(d) if {
	d.attrs.doc_type == "plan"
	"disaster_recovery" in d.attrs.topics
}

# weighty are the applications in use of high or critical weight.
weighty := [a |
	some a in ev.all_of("asset")
	a.attrs.type == "application"
	a.attrs.criticality in {"critical", "high"}
	a.attrs.status == "in_use"
]

# inventory_settled holds where every asset of the inventory is.
inventory_settled(e) if {
	ev.recorded("asset")
	every a in ev.all_of("asset") {
		settled(a, e)
	}
}

# settled holds for an asset that needs not be listed, or is listed with all that it must say.
settled(a, _) if {
	is_string(a.attrs.type)
	a.attrs.type != "application"
}

settled(a, _) if a.attrs.criticality in {"medium", "low"}

settled(a, _) if a.attrs.status in {"stored", "retired", "disposed"}

settled(a, e) if {
	listed(a, e)
	ev.stated(a.attrs.classification)
	count(ev.targets(a, "depends_on")) > 0
}

listed(a, e) if {
	some name in (scope.names(a) | {a.name, object.get(a.attrs, "tag", a.name)})
	name in e.attrs["sections.impacted_applications_and_data"]
}

# gaps are what the inventory is known not to say of an application.
gaps(a) := {"what it depends on" | no_dependency(a)} | {"how it is classified" | ev.unset(a.attrs.classification)}

no_dependency(a) if {
	ev.settled(a, "depends_on")
	ev.recorded("asset")
	count(ev.targets(a, "depends_on")) == 0
}

# answering are the names that something answers to: assets, stores, hosts and services.
answering contains name if {
	some kind in ["asset", "datastore", "host", "managed_service"]
	some x in ev.all_of(kind)
	some name in {x.uid, x.id, x.name}
}

answering contains a.attrs.tag if some a in ev.all_of("asset")

everything_read if {
	ev.recorded("asset")
	every kind in ["datastore", "host", "managed_service"] {
		scope.enumerated(kind)
		ev.covered_within(kind, "aws")
	}
}
