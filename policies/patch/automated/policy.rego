# METADATA
# title: Updates install automatically or through a managed schedule
# description: |
#   A pass shows that the host has a mechanism that installs updates by itself or on a schedule, or that the managed database takes minor
#   versions by itself. It does not show that updates succeed: patch.cadence and patch.sla judge that. That a host has no mechanism can
#   only be observed on it, so code alone never fails a host.
# related_resources:
#   - https://docs.aws.amazon.com/systems-manager/latest/userguide/patch-manager.html
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html
# schemas:
#   - input.host: schema.host
#   - input.datastore: schema.datastore
# custom:
#   severity: medium
#   units: [host, datastore]
#   collectors: [host, aws, terraform]
#   rationale: Manual patching is forgotten patching.
#   remediation: >-
#     Set auto_minor_version_upgrade = true on databases and caches, and auto_software_update_enabled = true in the
#     software_update_options of an aws_opensearch_domain. On hosts turn on unattended-upgrades or dnf-automatic, or select
#     the instance in an SSM patch policy or an association that runs AWS-RunPatchBaseline with Operation Install.
package checks.patch.automated

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not install updates by itself", [e.name]),
	"expected": "automatic updates within a major version",
	"actual": "off",
	"attributes": ["auto_minor_upgrade"],
} if {
	some e in input.datastore
	e.attrs.auto_minor_upgrade == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nothing installs updates on %s by itself", [e.name]),
	"expected": sprintf("one of %s", [concat(", ", sort(mechanisms))]),
	"actual": "none",
	"attributes": [],
} if {
	some e in input.host
	some state in states(e)
	state.plane != "declared"
	state.attrs.auto_mechanism == "none"
	count([other | some other in states(e); other.plane != "declared"; not idle(other)]) == 0
	ev.known(state, "auto_mechanism")
	not automated(e)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs.auto_minor_upgrade == true
}

pass contains e.uid if {
	some e in input.host
	automated(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no minor versions to take", [e.name])} if {
	some e in input.datastore
	ev.not_applicable(e, "auto_minor_upgrade")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("no source tells how updates are installed on %s", [e.name]),
} if {
	some e in input.host
	count(states(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("how updates are installed on %s is not known from %s", [e.name, state.name]),
} if {
	some e in input.host
	some state in states(e)
}

mechanisms := {"unattended", "dnf_automatic", "ssm_patch_policy", "image_pipeline", "mdm"}

# states are the update statuses of a host, one per source that knows of it.
states(e) := [state |
	some uid in ev.sources(e, "runs_on")
	state := ev.entity(uid)
	state.kind == "patch_state"
]

# idle holds where a source is known to install nothing by itself.
idle(state) if state.attrs.auto_mechanism == "none"

automated(e) if {
	some state in states(e)
	state.attrs.auto_mechanism in mechanisms
}
