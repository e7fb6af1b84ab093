# METADATA
# title: Every data store carries a valid classification and criticality
# description: |
#   A pass shows that the store has a level of the classification scheme and a criticality: by label, by the asset register, or, of the
#   criticality, by the business processes that depend on it. The levels are those of the approved classification document, else those
#   of the parameter. It does not show that the label is right; join.classification_controls compares it with what the store holds.
# related_resources:
#   - https://docs.aws.amazon.com/whitepapers/latest/tagging-best-practices/tagging-best-practices.html
#   - https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/resource-tagging
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [aws, terraform, host, governance]
#   parameters:
#     - name: classification_levels
#       default: [public, internal, confidential, restricted]
#       unit: levels
#       source: product default; an approved classification document replaces it
#   rationale: All joined checks depend on it; an unlabelled store is treated as sensitive until shown otherwise.
#   remediation: Tag the resource with data-classification (public, internal, confidential or restricted) and criticality (critical, high, medium or low), best through tags in a module or default_tags. Record stores that cannot carry tags in assets.csv.
package checks.data.classified

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no classification", [e.name]),
	"expected": sprintf("one of %s", [concat(", ", levels)]),
	"actual": "no label",
	"attributes": ["data.classification"],
} if {
	some e in input.datastore
	ev.is_null_fact(e, "data.classification")
	ev.all_settled("represents")
	count(registered(e)) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is classified %s, which is no level of the scheme", [e.name, level]),
	"expected": sprintf("one of %s", [concat(", ", levels)]),
	"actual": level,
	"attributes": ["data.classification"],
} if {
	some e in input.datastore
	level := label(e)
	not level in levels
	scheme_known
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no criticality", [e.name]),
	"expected": "critical, high, medium or low",
	"actual": "no label",
	"attributes": ["criticality"],
} if {
	some e in input.datastore
	ev.is_null_fact(e, "derived.criticality")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has the criticality %s, which does not exist", [e.name, e.attrs["derived.criticality"]]),
	"expected": "critical, high, medium or low",
	"actual": e.attrs["derived.criticality"],
	"attributes": ["criticality"],
} if {
	some e in input.datastore
	is_string(e.attrs["derived.criticality"])
	ev.known(e, "derived.criticality")
	not e.attrs["derived.criticality"] in criticalities
}

pass contains e.uid if {
	some e in input.datastore
	label(e) in levels
	e.attrs["derived.criticality"] in criticalities
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "the label could not be read",
} if {
	some e in input.datastore
	some path in ["data.classification", "criticality"]
	e.unknown[path]
}

criticalities := {"critical", "high", "medium", "low"}

# label is the store's own, else the one of the asset that stands for it.
label(e) := e.attrs["data.classification"] if {
	is_string(e.attrs["data.classification"])
} else := registered(e)[0]

registered(e) := sort([a.attrs.classification |
	some uid in ev.sources(e, "represents")
	a := ev.entity(uid)
	ev.stated(a.attrs.classification)
])

# schemes are the levels of the approved classification documents.
schemes := [{level.name | some level in d.attrs["sections.levels"]} |
	some d in ev.all_of("document")
	"classification" in d.attrs.topics
	d.attrs.status == "approved"
	count(d.attrs["sections.levels"]) > 0
]

levels := sort({name | some scheme in schemes; some name in scheme}) if {
	count(schemes) > 0
} else := input.params.classification_levels

# scheme_known holds where no level of an approved document can be missing.
scheme_known if {
	documents_read
	every d in ev.all_of("document") {
		settled(d)
	}
}

documents_read if ev.recorded("document")

documents_read if ev.unrecorded("document")

settled(d) if ev.whole(d, "sections.levels")

settled(d) if ev.not_applicable(d, "sections.levels")

settled(d) if {
	ev.whole(d, "topics")
	not "classification" in d.attrs.topics
}
