# METADATA
# title: No vulnerability known to be exploited stays open past its catalogue due date
# description: |
#   A pass shows that none of the CVE numbers of the updates that the host lacks is past its due date in CISA's catalogue of known exploited
#   vulnerabilities, and that the catalogue is recent. It does not speak of flaws without an update, nor of software that the package
#   manager does not know.
# related_resources:
#   - https://www.cisa.gov/known-exploited-vulnerabilities-catalog
#   - https://www.cisa.gov/news-events/directives/bod-22-01-reducing-significant-risk-known-exploited-vulnerabilities
# schemas:
#   - input.host: schema.host
#   - input.managed_service: schema.managed_service
# custom:
#   severity: critical
#   units: [host, managed_service]
#   collectors: [host, aws]
#   rationale: Exploitation is a fact here, not a probability.
#   remediation: >-
#     Install the named update today, or take the host off the network until it is. Look for signs that it was used: it is known to be. Give the
#     current catalogue with --advisories or the governance records.
#   parameters:
#     - name: kev_max_age_days
#       default: 14
#       unit: days
#       source: product default
#     - name: patch_check_days
#       default: 7
#       unit: days
#       source: product default
package checks.patch.kev

import data.lib.ev
import data.lib.patch
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s lacks the fix of %s, which is known to be exploited", [e.name, concat(", ", sort(found))]),
	"expected": "fixed by the catalogue's due date",
	"actual": sprintf("open: %s", [concat(", ", sort(found))]),
	"attributes": [],
	"at": {"uid": state.uid, "attribute": "pending"},
} if {
	some e in judged
	count(fresh) > 0
	some state in patch.current(e, input.params.patch_check_days)
	found := exploited(state)
	count(found) > 0
}

pass contains {"uid": e.uid, "message": sprintf("nothing that %s lacks is in the catalogue and past its date", [e.name])} if {
	some e in judged
	complete
	current := patch.current(e, input.params.patch_check_days)
	count([state | some state in current; named(state)]) > 0
	count([state | some state in current; count(exploited(state)) > 0]) == 0
}

not_applicable contains {"uid": e.uid, "message": "the provider updates what it runs on"} if {
	some e in input.managed_service
	ev.not_applicable(e, "runtime_eol_on")
	e.attrs.runtime != "container image"
	scope.covered("patch_state", e.scope)
	count(patch.observed(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "threat_feed",
	"reason": "stale",
	"message": sprintf("no catalogue of known exploited vulnerabilities of the last %d days was collected", [input.params.kev_max_age_days]),
} if {
	some e in judged
	count(fresh) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "patch_state",
	"reason": "not_collected",
	"message": sprintf("which updates %s lacks, and which flaws they mend, is not known", [e.name]),
} if {
	some e in judged
	count(fresh) > 0
}

judged := input.host

judged := input.managed_service

# fresh are the sources of the catalogue that are recent enough.
fresh := [feed |
	some feed in ev.all_of("threat_feed")
	feed.attrs.type == "kev"
	ev.days_since(feed, "last_ingested_at") <= input.params.kev_max_age_days
]

# complete holds where one of them was read to the end, and each entry is known.
complete if {
	some feed in fresh
	scope.covered("advisory", feed.scope)
	count([entry | some entry in ev.all_of("advisory"); murky(entry)]) == 0
}

murky(entry) if not ev.known(entry, "source")

murky(entry) if {
	entry.attrs.source == "cisa_kev"
	not ev.whole(entry, "cve")
}

murky(entry) if {
	entry.attrs.source == "cisa_kev"
	not ev.known(entry, "due_on")
}

# due are the CVE numbers of the catalogue whose date has passed.
due := {upper(cve) |
	some entry in ev.all_of("advisory")
	entry.attrs.source == "cisa_kev"
	ev.days_since(entry, "due_on") >= 1
	some cve in entry.attrs.cve
}

exploited(state) := {upper(cve) |
	some item in state.attrs.pending
	some cve in item.cve
	upper(cve) in due
}

# named holds where every missing update is known, with the flaws that it mends.
named(state) if {
	ev.each_known(state, "pending", "cve")
	not state.partial["pending[].cve[]"]
}
