# METADATA
# title: Real personal or health data stays out of non-production unless de-identified
# description: |
#   A pass shows that the store is production, or is labelled to hold no personal data, or is labelled as de-identified and a current
#   record says how: for health data by expert determination or by safe harbor. Shared environments count as non-production. It does
#   not show that the label is right.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.514
#   - https://www.hhs.gov/hipaa/for-professionals/special-topics/de-identification/index.html
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [aws, terraform, governance]
#   rationale: Test systems are weaker and widely shared.
#   remediation: Replace the data by synthetic or de-identified data, label the store with data-deidentified = true, and record the method in attestations/*.yaml (type deidentification, subject the store). A store that is production gets the tag environment = prod.
package checks.data.nonprod_deidentified

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds personal data outside of production", [e.name]),
	"expected": "no personal data, or de-identified data",
	"actual": sprintf("environment %s, data %s", [e.attrs.environment, concat(", ", sort(object.get(e.attrs, "data.categories", [])))]),
	"attributes": ["environment", "data.categories"],
} if {
	some e in input.datastore
	exposed(e)
	not_deidentified(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is labelled as de-identified and no record says how", [e.name]),
	"expected": "a current record of the de-identification",
	"actual": "none",
	"attributes": ["data.deidentified"],
} if {
	some e in input.datastore
	exposed(e)
	e.attrs["data.deidentified"] == true
	ev.recorded("attestation")
	count(candidates(e)) == 0
}

pass contains {"uid": e.uid, "message": sprintf("%s is production", [e.name])} if {
	some e in input.datastore
	e.attrs.environment == "prod"
}

pass contains {"uid": e.uid, "message": sprintf("%s holds no personal data", [e.name])} if {
	some e in input.datastore
	not_production(e)
	e.attrs["derived.personal"] == false
}

pass contains {"uid": e.uid, "message": sprintf("%s is de-identified, by record", [e.name])} if {
	some e in input.datastore
	exposed(e)
	e.attrs["data.deidentified"] == true
	count(records(e)) > 0
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "the label could not be read",
} if {
	some e in input.datastore
	some path in ["environment", "data.categories", "data.deidentified"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "environment",
	"reason": "not_collected",
	"message": "no label states it",
} if {
	some e in input.datastore
	ev.is_null_fact(e, "environment")
}

unknown contains {
	"uid": e.uid,
	"path": "data.deidentified",
	"reason": "not_collected",
	"message": "no record of the de-identification was supplied",
} if {
	some e in input.datastore
	e.attrs["data.deidentified"] == true
}

unknown contains {
	"uid": e.uid,
	"path": "data.categories",
	"reason": "not_collected",
	"message": "no label states them",
} if {
	some e in input.datastore
	ev.is_null_fact(e, "data.categories")
}

# not_production holds for every store that is not known to be production; without personal data its environment does not matter.
not_production(e) if object.get(e.attrs, "environment", null) != "prod"

exposed(e) if {
	e.attrs.environment in {"nonprod", "shared"}
	e.attrs["derived.personal"] == true
}

not_deidentified(e) if e.attrs["data.deidentified"] == false

not_deidentified(e) if ev.is_null_fact(e, "data.deidentified")

# candidates are the records that may be of the de-identification of the store; records are those that certainly are, and current.
# Of health data they must name one of HIPAA's two methods.
candidates(e) := [a |
	some own in {e.uid, e.id, e.name}
	some uid in object.get(subject_index, own, set())
	a := ev.entity(uid)
	not expired(a)
	not insufficient(e, a)
]

records(e) := [a |
	some a in candidates(e)
	a.attrs.type == "deidentification"
	ev.days_since(a, "expires_on") < 1
	sufficient(e, a)
]

expired(a) if ev.days_since(a, "expires_on") >= 1

subject_index := by_subject

by_subject[a.attrs.subject] contains a.uid if {
	some a in ev.all_of("attestation")
	may_be_deidentification(a)
	is_string(a.attrs.subject)
}

may_be_deidentification(a) if object.get(a.attrs, "type", "deidentification") == "deidentification"

sufficient(e, _) if e.attrs["derived.phi"] == false

sufficient(_, a) if names_method(a)

insufficient(e, a) if {
	e.attrs["derived.phi"] == true
	is_string(a.attrs.statement)
	not names_method(a)
}

names_method(a) if regex.match(`(?i)expert determination|safe harbou?r`, a.attrs.statement)
