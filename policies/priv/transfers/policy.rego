# METADATA
# title: Personal data outside the EEA is covered by adequacy, safeguards or a documented derogation
# description: |
#   A pass shows that every country in which the store and its backup copies lie, or the vendor works, is in the EEA, has an adequacy
#   decision for the whole country, or is named with a documented mechanism in the record of processing of the data. Decisions that are
#   limited to some recipients, such as that on the United States, count only through the record. A Data Privacy Framework listing, the
#   content of clauses and remote access from elsewhere are not checked.
# related_resources:
#   - https://commission.europa.eu/law/law-topic/data-protection/international-dimension-data-protection/adequacy-decisions_en
#   - https://eur-lex.europa.eu/eli/reg/2016/679/oj
# schemas:
#   - input.datastore: schema.datastore
#   - input.vendor: schema.vendor
# custom:
#   severity: high
#   units: [datastore, vendor]
#   collectors: [aws, terraform, governance]
#   parameters:
#     - name: adequate_countries
#       default: [AD, AR, BR, CH, FO, GB, GG, IM, JE, NZ, UY]
#       unit: ISO 3166-1 alpha-2 codes
#       source: European Commission, adequacy decisions without limits, as of 2026-11-21 (internal/reference/region/adequacy.csv)
#     - name: eea_countries
#       default: [AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IS, IT, LI, LT, LU, LV, MT, NL, "NO", PL, PT, RO, SE, SI, SK]
#       unit: ISO 3166-1 alpha-2 codes
#       source: EFTA, countries of the EEA, as of 2026-11-21 (internal/reference/region/eea.csv)
#   rationale: A backup copied to another region is a transfer candidate people overlook.
#   remediation: Keep the store and the copy_action of its backup plan in EEA regions, or record the transfer in ropa.yaml under transfers with country, mechanism (scc, bcr, code, certification, public_instrument, adequacy or derogation) and doc_ref.
package checks.priv.transfers

import data.lib.ev
import data.lib.region

fail contains {
	"uid": e.uid,
	"message": sprintf("%s in %s, and nothing in the record of processing covers it", [subject(e), place.country]),
	"expected": "the EEA, an adequacy decision, or a documented mechanism",
	"actual": place.country,
	"attributes": [place.path],
} if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	under_gdpr
	some place in places(e)
	outside(place.country)
	uncovered(e, place.country)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s handles personal data in %s, and nothing in the record of processing covers it", [e.name, country]),
	"expected": "the EEA, an adequacy decision, or a documented mechanism",
	"actual": country,
	"attributes": ["countries"],
} if {
	some e in input.vendor
	handles_personal(e)
	under_gdpr
	some country in e.attrs.countries
	outside(country)
	uncovered(e, country)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["derived.personal"] == true
	ev.known(e, "location.country")
	copies_known(e)
	every place in places(e) {
		lawful(e, place.country)
	}
}

pass contains e.uid if {
	some e in input.vendor
	handles_personal(e)
	ev.whole(e, "countries")
	count(e.attrs.countries) > 0
	every country in e.attrs.countries {
		lawful(e, country)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no personal data", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.personal"] == false
}

not_applicable contains {"uid": e.uid, "message": "the organisation is not under GDPR"} if {
	some e in input.datastore
	not_under_gdpr
}

not_applicable contains {"uid": e.uid, "message": "the organisation is not under GDPR"} if {
	some e in input.vendor
	not_under_gdpr
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s handles no personal data", [e.name])} if {
	some e in input.vendor
	ev.whole(e, "handles")
	count([h | some h in e.attrs.handles; h in personal]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "what the store holds and where",
} if {
	some e in input.datastore
	some path in ["data.categories", "location.country"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("%s in %s, and no record of processing was supplied that would cover it", [subject(e), place.country]),
} if {
	some e in input.datastore
	some place in places(e)
	not lawful(e, place.country)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("where the backups of %s are copied is not fully known", [e.name]),
} if {
	some e in input.datastore
	not copies_known(e)
}

personal := {"phi", "personal", "special_category"}

handles_personal(vendor) if {
	some h in vendor.attrs.handles
	h in personal
}

subject(e) := sprintf("personal data of %s or a copy of it lies", [e.name])

# places are the countries of the store and of the copies that its backup plans make, with the attribute to look at.
places(e) := {{"country": e.attrs["location.country"], "path": "location.country"} | is_string(e.attrs["location.country"])} | {{"country": c, "path": "location.country"} | some r in copy_regions(e); c := region.countries[r]}

copy_regions(e) := {copy.region |
	some uid in ev.targets(e, "selected_by")
	some rule in ev.entity(uid).attrs.rules
	some copy in rule.copies
}

# copies_known holds where every backup plan of the store is known, and the country of every copy.
copies_known(e) if {
	ev.settled(e, "selected_by")
	every uid in ev.targets(e, "selected_by") {
		plan_known(ev.entity(uid))
	}
	every r in copy_regions(e) {
		region.countries[r]
	}
}

plan_known(plan) if {
	ev.each_known(plan, "rules", "copies")
	not plan.partial["rules[].copies[]"]
	not plan.partial["rules[].copies[].region"]
}

lawful(_, country) if country in input.params.eea_countries

lawful(_, country) if country in input.params.adequate_countries

lawful(e, country) if covered(e, country)

outside(country) if {
	is_string(country)
	not country in input.params.eea_countries
	not country in input.params.adequate_countries
}

# covered holds where an activity that uses the entity names the country with a mechanism and its document.
covered(e, country) if {
	some uid in ev.sources(e, "processes")
	some transfer in ev.entity(uid).attrs.transfers
	transfer.country == country
	transfer.mechanism in mechanisms
	ev.stated(transfer.doc_ref)
}

mechanisms := {"adequacy", "scc", "bcr", "code", "certification", "public_instrument", "derogation"}

uncovered(e, country) if {
	ev.recorded("processing_activity")
	ev.all_settled("processes")
	not covered(e, country)
	every uid in ev.sources(e, "processes") {
		ev.whole(ev.entity(uid), "transfers")
	}
}

# Where the organisation is not described, GDPR may apply; it does unless the record says otherwise.
not_under_gdpr if {
	organizations := ev.all_of("organization")
	count(organizations) > 0
	every o in organizations {
		ev.whole(o, "regimes")
		not "gdpr" in o.attrs.regimes
	}
}

under_gdpr if not not_under_gdpr
