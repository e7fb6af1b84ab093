# METADATA
# title: Automated discovery looks for sensitive data where it should not be
# description: |
#   A pass on an account shows that a tool which searches content, such as Amazon Macie, is on in every region with object stores. A pass on
#   an object store shows that it was searched within the days of the parameter and that nothing was found which its label does not
#   allow: personal or health data in a store below confidential. It does not show that the search found everything. A store without
#   labels claims nothing, so nothing contradicts it: data.classified judges that.
# related_resources:
#   - https://docs.aws.amazon.com/macie/latest/user/discovery-asdd.html
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.account: schema.account
#   - input.datastore: schema.datastore
# custom:
#   severity: medium
#   units: [account, datastore]
#   collectors: [aws]
#   parameters:
#     - name: discovery_days
#       default: 90
#       unit: days
#       source: product default
#   rationale: Labels are claims; discovery tests them.
#   remediation: Turn Amazon Macie on in each region with buckets (aws macie2 enable-macie) with automated sensitive data discovery, and include every bucket. Where it finds personal data below its label, raise the label and its protection, or remove the data.
package checks.data.discovery

import data.lib.detect
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing looks for sensitive data in the object stores of %s in %s", [region, e.name]),
	"expected": "a discovery tool in every region with object stores",
	"actual": sprintf("none in %s", [region]),
	"attributes": [],
} if {
	some e in input.account
	some region in regions(e)
	detect.read(e, region, "data_discovery")
	detect.none_on(detect.watching_region(e, region, "data_discovery"))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no tool ever searched %s for sensitive data", [e.name]),
	"expected": sprintf("a search within %d days", [input.params.discovery_days]),
	"actual": "never",
	"attributes": ["discovery.last_scan_at"],
} if {
	some e in input.datastore
	e.attrs.kind_detail == "bucket"
	ev.is_null_fact(e, "discovery.last_scan_at")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was last searched for sensitive data %d days ago", [e.name, floor(ev.days_since(e, "discovery.last_scan_at"))]),
	"expected": sprintf("a search within %d days", [input.params.discovery_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "discovery.last_scan_at"))]),
	"attributes": ["discovery.last_scan_at"],
} if {
	some e in input.datastore
	e.attrs.kind_detail == "bucket"
	ev.days_since(e, "discovery.last_scan_at") > input.params.discovery_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s data was found in %s, which its labels do not allow", [category_words[category], e.name]),
	"expected": "a label of confidential or above, or no such data",
	"actual": sprintf("%s found", [category]),
	"attributes": ["discovery.found"],
} if {
	some e in input.datastore
	e.attrs.kind_detail == "bucket"
	some category in e.attrs["discovery.found"]
	category_words[category]
	labelled_below(e)
}

pass contains e.uid if {
	some e in input.account
	ev.covered("bucket", e.scope)
	located(e)
	count(regions(e)) > 0
	every region in regions(e) {
		some d in detect.watching_region(e, region, "data_discovery")
		on(d)
	}
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.kind_detail == "bucket"
	ev.days_since(e, "discovery.last_scan_at") <= input.params.discovery_days
	ev.whole(e, "discovery.found")
	every category in e.attrs["discovery.found"] {
		allowed(e, category)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no object stores", [e.name])} if {
	some e in input.account
	ev.covered("bucket", e.scope)
	count(scope.around("bucket", e.scope)) == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site without cloud object stores", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no object store", [e.name])} if {
	some e in input.datastore
	is_string(e.attrs.kind_detail)
	e.attrs.kind_detail != "bucket"
}

unknown contains {
	"uid": e.uid,
	"path": "detector",
	"reason": "not_collected",
	"message": sprintf("whether something looks for sensitive data in %s of %s is not known", [region, e.name]),
} if {
	some e in input.account
	some region in regions(e)
	count([d | some d in detect.watching_region(e, region, "data_discovery"); on(d)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "bucket",
	"reason": "not_collected",
	"message": sprintf("in which regions %s has object stores is not fully known", [e.name]),
} if {
	some e in input.account
	not settled(e)
}

# on holds where a detector is known to search content, in a known scope, and to be on.
on(d) if {
	d.attrs.type == "data_discovery"
	is_string(d.attrs.scope)
	d.attrs.enabled == true
}

category_words := {"phi": "health", "personal": "personal", "special_category": "special-category"}

# regions are those in which the account is known to have object stores.
regions(e) := {store.attrs["location.region"] |
	some store in scope.around("bucket", e.scope)
	is_string(store.attrs["location.region"])
}

# located holds where the region of every object store of the account is known.
located(e) if {
	every store in scope.around("bucket", e.scope) {
		is_string(store.attrs["location.region"])
	}
}

settled(e) if {
	ev.covered("bucket", e.scope)
	located(e)
}

# labelled_below holds where a label says that the store holds no personal data, or is of a level below confidential.
labelled_below(e) if e.attrs["derived.sensitive"] == false

labelled_below(e) if {
	is_string(e.attrs["data.classification"])
	not high(e)
	ev.known(e, "data.classification")
}

allowed(_, category) if not category_words[category]

allowed(e, _) if high(e)

allowed(e, _) if {
	ev.is_null_fact(e, "data.classification")
	e.attrs["derived.sensitive"] == true
}

high(e) if e.attrs["data.classification"] in {"confidential", "restricted"}
