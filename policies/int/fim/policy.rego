# METADATA
# title: File integrity monitoring watches system and application files on sensitive hosts
# description: |
#   A pass shows that file integrity monitoring runs on the host, compared the files lately or watches them continuously, and keeps its baseline
#   signed or off the host. It does not show which files it watches. A host that is rebuilt from an image at least every month is examined as
#   an image.
# related_resources:
#   - https://aide.github.io/
#   - https://www.ecfr.gov/current/title-45/section-164.312
# schemas:
#   - input.host: schema.host
# custom:
#   severity: medium
#   units: [host]
#   collectors: [host, aws]
#   rationale: Corroborates that data and programs were not altered.
#   remediation: >-
#     Install AIDE (aide --init, a daily timer for aide --check) or a monitor that watches continuously, and copy the baseline to a host or
#     store that this host cannot write to, or sign it.
#   parameters:
#     - name: fim_scan_days
#       default: 7
#       unit: days
#       source: product default
#     - name: fim_redeploy_days
#       default: 30
#       unit: days
#       source: product default
package checks.int.fim

import data.lib.agent
import data.lib.ev
import data.lib.label
import data.lib.patch

fail contains {
	"uid": e.uid,
	"message": sprintf("no file integrity monitoring is installed on %s, which %s", [e.name, label.sensitive(e)]),
	"expected": "file integrity monitoring that runs",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.host
	e.attrs["derived.sensitive"] == true
	agent.looked_for(e, {"fim"})
	found := agent.candidates(e, {"fim"})
	count([a | some a in found; a.attrs.installed == false]) == count(found)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s on %s %s", [product(a), e.name, flaw(a)]),
	"expected": "it runs, compares at least weekly, and its baseline is out of reach",
	"actual": sprintf("it %s", [flaw(a)]),
	"attributes": [],
	"at": {"uid": a.uid},
} if {
	some e in input.host
	e.attrs["derived.sensitive"] == true
	agent.looked_for(e, {"fim"})
	found := agent.candidates(e, {"fim"})
	count([other | some other in found; useless(other)]) == count(found)
	some a in found
	flaw(a)
}

pass contains {"uid": e.uid, "message": sprintf("%s watches the files of %s", [product(a), e.name])} if {
	some e in input.host
	some a in agent.on(e)
	a.attrs.type == "fim"
	a.attrs.running == true
	a.attrs.baseline_protected == true
	compares(a)
}

not_applicable contains {"uid": e.uid, "message": "holds no sensitive data"} if {
	some e in input.host
	e.attrs["derived.sensitive"] == false
}

not_applicable contains {"uid": e.uid, "message": "rebuilt from an image of the last days; the image is examined instead"} if {
	some e in input.host
	e.attrs.stateless == true
	some state in patch.observed(e)
	state.attrs.auto_mechanism == "image_pipeline"
	ev.days_since(state, "last_patched_at") <= input.params.fim_redeploy_days
}

unknown contains {
	"uid": e.uid,
	"path": "agent",
	"reason": "not_collected",
	"message": sprintf("what watches the files of %s is not known", [e.name]),
} if {
	some e in input.host
}

compares(a) if ev.days_since(a, "last_scan_at") <= input.params.fim_scan_days

compares(a) if ev.not_applicable(a, "last_scan_at")

useless(a) if a.attrs.installed == false

useless(a) if flaw(a)

# flaw is what is known to be wrong with a monitor that is installed.
flaw(a) := "does not run" if {
	a.attrs.type == "fim"
	a.attrs.installed != false
	a.attrs.running == false
} else := sprintf("last compared the files on %s", [a.attrs.last_scan_at]) if {
	a.attrs.type == "fim"
	ev.days_since(a, "last_scan_at") > input.params.fim_scan_days
} else := "keeps its baseline unsigned on the host itself" if {
	a.attrs.type == "fim"
	a.attrs.baseline_protected == false
}

product(a) := a.attrs.product if {
	is_string(a.attrs.product)
} else := a.name
