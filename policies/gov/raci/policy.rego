# METADATA
# title: Every sensitive system has a data owner, an administrator and defined user groups with accountability
# description: |
#   A pass shows that the labels of a sensitive store name an owner and an administrator who are active people or teams of the roster,
#   and that a row of the RBAC matrix grants access to it: by its class of data, or by a role that can reach it. The owner may come from
#   the asset register. It does not show that these people do their part.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://eur-lex.europa.eu/eli/reg/2016/679/oj
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [governance, aws, terraform]
#   rationale: Whoever owns, administers and uses sensitive data must be named, or nobody answers for it.
#   remediation: Tag the store with owner and administrator (the key in people.csv, an e-mail address or a team), or set the owner in assets.csv, and add a row with the data class to rbac.yaml.
package checks.gov.raci

import data.lib.ev
import data.lib.people
import data.lib.rbac

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no data owner", [e.name]),
	"expected": "an owner",
	"actual": "none",
	"attributes": ["data.owner"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	ev.is_null_fact(e, "data.owner")
	no_registered_owner(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has no administrator", [e.name]),
	"expected": "an administrator",
	"actual": "none",
	"attributes": ["data.administrator"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	ev.is_null_fact(e, "data.administrator")
	ev.recorded("asset")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the owner of %s, %s, %s", [e.name, owner, why]),
	"expected": "an active person or a team",
	"actual": sprintf("%s %s", [owner, why]),
	"attributes": ["data.owner"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	some owner in owners(e)
	why := absent(owner)
	not some_owner(e)
	ev.known(e, "data.owner")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the administrator of %s, %s, %s", [e.name, e.attrs["data.administrator"], why]),
	"expected": "an active person or a team",
	"actual": sprintf("%s %s", [e.attrs["data.administrator"], why]),
	"attributes": ["data.administrator"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	why := absent(e.attrs["data.administrator"])
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no row of the RBAC matrix grants access to %s", [e.name]),
	"expected": "a row for its class of data",
	"actual": "none",
	"attributes": ["data.classification"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	ungranted(e)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	some_owner(e)
	people.present(e.attrs["data.administrator"])
	granted(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no sensitive data", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == false
}

unknown contains {
	"uid": e.uid,
	"path": "data.owner",
	"reason": object.get(e.unknown, "data.owner", "not_collected"),
	"message": "whether somebody active owns it: label, asset register and roster",
} if {
	some e in input.datastore
	not some_owner(e)
}

unknown contains {
	"uid": e.uid,
	"path": "data.administrator",
	"reason": object.get(e.unknown, "data.administrator", "not_collected"),
	"message": "whether somebody active administers it: label and roster",
} if {
	some e in input.datastore
	not people.present(object.get(e.attrs, "data.administrator", null))
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("whether a row of the RBAC matrix grants access to %s", [e.name]),
} if {
	some e in input.datastore
	not granted(e)
}

# owners are those whom the label names, and without a label those whom the asset register names.
owners(e) := [e.attrs["data.owner"]] if {
	is_string(e.attrs["data.owner"])
} else := registered(e)

registered(e) := [a.attrs.owner |
	some uid in ev.sources(e, "represents")
	a := ev.entity(uid)
	ev.stated(a.attrs.owner)
]

some_owner(e) if {
	some owner in owners(e)
	people.present(owner)
}

# no_registered_owner holds where the asset register was read and names nobody.
no_registered_owner(e) if {
	ev.recorded("asset")
	ev.all_settled("represents")
	every uid in ev.sources(e, "represents") {
		ev.unset(ev.entity(uid).attrs.owner)
	}
}

absent(words) := "is not active" if people.gone(words)

absent(words) := "is neither in the roster nor a team" if people.nobody(words)

granted(e) if e.attrs["data.classification"] in rbac.classes

granted(e) if {
	some uid in reachers(e)
	count(rbac.naming(ev.entity(uid))) > 0
}

reachers(e) := {uid |
	some list in [ev.sources(e, "can_read"), ev.sources(e, "can_write"), ev.sources(e, "can_admin")]
	some uid in list
}

ungranted(e) if {
	ev.recorded("rbac_role")
	ev.known(e, "data.classification")
	not granted(e)
	count(rbac.obscure) == 0
	ev.all_settled("can_read")
	ev.all_settled("can_write")
	ev.all_settled("can_admin")
}
