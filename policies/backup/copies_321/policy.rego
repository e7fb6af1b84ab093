# METADATA
# title: Three copies, two kinds of media, one offsite
# description: |
#   A pass shows the production copy and completed recovery points in at least two vaults, of which the boundaries (media,
#   or account) differ, one of them in another region or off the premises. Recovery points can only be observed: in code
#   this is undecided.
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [aws, terraform, host, governance]
#   rationale: A single fault, fire or attacker must not reach every copy.
#   remediation: Copy recovery points to a vault in another region and another account (copy_action in the backup plan), or to an offsite medium.
#   parameters:
#     - name: backup_copies
#       default: 2
#       unit: vaults
#       source: "the 3-2-1 rule: two copies besides the original"
package checks.backup.copies_321

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has completed recovery points in %d vaults; two are needed besides the original", [e.name, count(vaults(e))]),
	"expected": "recovery points in two vaults, of two kinds, one of them elsewhere",
	"actual": sprintf("%d vaults", [count(vaults(e))]),
	"attributes": ["location.region"],
} if {
	some e in input.datastore
	vital(e)
	enumerated(e)
	count(vaults(e)) < input.params.backup_copies
}

fail contains {
	"uid": e.uid,
	"message": sprintf("every copy of %s is within one boundary of media and account", [e.name]),
	"expected": "two kinds of media, or two accounts",
	"actual": "one",
	"attributes": ["location.region"],
} if {
	some e in input.datastore
	vital(e)
	enumerated(e)
	count(vaults(e)) >= input.params.backup_copies
	every vault in vaults(e) {
		ev.all_known(vault, ["media", "account"])
	}
	count(boundaries(e)) == 1
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no copy of %s is in another region or off the premises", [e.name]),
	"expected": "one copy elsewhere",
	"actual": sprintf("all in %s", [e.attrs["location.region"]]),
	"attributes": ["location.region"],
} if {
	some e in input.datastore
	vital(e)
	enumerated(e)
	count(vaults(e)) >= input.params.backup_copies
	every vault in vaults(e) {
		ev.all_known(vault, ["location.region", "location.type"])
	}
	ev.known(e, "location.region")
	count([vault | some vault in vaults(e); elsewhere(e, vault)]) == 0
}

pass contains e.uid if {
	some e in input.datastore
	vital(e)
	count(vaults(e)) >= input.params.backup_copies
	count(boundaries(e)) > 1
	some vault in vaults(e)
	elsewhere(e, vault)
}

not_applicable contains {"uid": e.uid, "message": "of lower criticality"} if {
	some e in input.datastore
	ev.known(e, "derived.criticality")
	not e.attrs["derived.criticality"] in ["critical", "high"]
}

unknown contains {"uid": e.uid, "path": "recovery_point", "reason": "not_in_plane", "message": "recovery points are not in code; only observation shows the copies"} if {
	some e in input.datastore
	e.plane == "declared"
	vital(e)
}

vital(e) if e.attrs["derived.criticality"] in ["critical", "high"]

# enumerated holds where every recovery point of the store was read.
enumerated(e) if {
	ev.covered("recovery_point", e.scope)
	ev.all_settled("protects")
	ev.covered("backup_vault", e.scope)
}

# vaults hold completed recovery points of the store.
vaults(e) := {vault |
	some uid in ev.sources(e, "protects")
	point := ev.entity(uid)
	point.attrs.status == "completed"
	vault := ev.entity(point.attrs.vault)
}

# boundaries are the kinds of media and the accounts that hold copies.
boundaries(e) := {[vault.attrs.media, vault.attrs.account] | some vault in vaults(e)}

elsewhere(e, vault) if vault.attrs["location.region"] != e.attrs["location.region"]

elsewhere(_, vault) if vault.attrs["location.type"] in ["offsite", "offline", "onprem"]
