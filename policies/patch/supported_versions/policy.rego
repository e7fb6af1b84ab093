# METADATA
# title: Operating systems, engines and runtimes are still supported by their maker
# description: |
#   A pass shows that the maker's support, as the built-in table dates it, has not ended, or that no end is announced. A pass that ends
#   soon says so in its message. It does not show that updates are installed: patch.automated and the other patch checks judge that.
# related_resources:
#   - https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
# schemas:
#   - input.host: schema.host
#   - input.datastore: schema.datastore
#   - input.managed_service: schema.managed_service
# custom:
#   severity: high
#   units: [host, datastore, managed_service]
#   collectors: [host, aws, terraform]
#   parameters:
#     - name: patch_supported_versions_warning_days
#       default: 90
#       unit: days
#       source: product default
#   rationale: Unsupported software gets no fixes at all.
#   remediation: >-
#     Upgrade to a supported release (engine_version of a database or cache, runtime of a function, version of a cluster, the machine
#     image or distribution of a host), after a rehearsal on a restored copy.
package checks.patch.supported_versions

import data.lib.ev

fail contains ended(e, "os.eol_on", "operating system") if {
	some e in input.host
	ev.days_since(e, "os.eol_on") >= 0
}

fail contains ended(e, "engine_eol_on", "engine") if {
	some e in input.datastore
	ev.days_since(e, "engine_eol_on") >= 0
}

fail contains ended(e, "runtime_eol_on", "runtime") if {
	some e in input.managed_service
	ev.days_since(e, "runtime_eol_on") >= 0
}

pass contains goes_on(e, "os.eol_on") if {
	some e in input.host
	supported(e, "os.eol_on")
}

pass contains goes_on(e, "engine_eol_on") if {
	some e in input.datastore
	supported(e, "engine_eol_on")
}

pass contains goes_on(e, "runtime_eol_on") if {
	some e in input.managed_service
	supported(e, "runtime_eol_on")
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no engine version to choose", [e.name])} if {
	some e in input.datastore
	ev.not_applicable(e, "engine_eol_on")
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no runtime of the provider", [e.name])} if {
	some e in input.managed_service
	ev.not_applicable(e, "runtime_eol_on")
}

supported(e, path) if ev.days_since(e, path) < 0

supported(e, path) if ev.is_null_fact(e, path)

ended(e, path, what) := {
	"uid": e.uid,
	"message": sprintf("the %s of %s has been without support since %s", [what, e.name, e.attrs[path]]),
	"expected": "a release that its maker supports",
	"actual": sprintf("support ended on %s", [e.attrs[path]]),
	"attributes": [path],
}

goes_on(e, path) := {
	"uid": e.uid,
	"message": sprintf("support of %s ends on %s, in %d days", [e.name, e.attrs[path], ceil(0 - ev.days_since(e, path))]),
} if {
	ev.days_since(e, path) >= 0 - input.params.patch_supported_versions_warning_days
} else := {"uid": e.uid}
