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

import data.lib.backup
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has completed recovery points in %d vaults; two are needed besides the original", [e.name, count(vaults(e))]),
	"expected": "recovery points in two vaults, of two kinds, one of them elsewhere",
	"actual": sprintf("%d vaults", [count(vaults(e))]),
	"attributes": ["location.region"],
} if {
	some e in input.datastore
	vital(e)
	enumerated
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
	enumerated
	count(vaults(e)) >= input.params.backup_copies
	count([vault | some vault in vaults(e); boundary(vault)]) == count(vaults(e))
	count(boundaries(e)) == 1
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no copy of %s is in another region or off the premises", [e.name]),
	"expected": "one copy elsewhere",
	"actual": sprintf("all in %s", [object.get(e.attrs, "location.region", "the same place")]),
	"attributes": ["location.region"],
} if {
	some e in input.datastore
	vital(e)
	enumerated
	count(vaults(e)) >= input.params.backup_copies
	count([vault | some vault in vaults(e); beside(e, vault)]) == count(vaults(e))
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

# enumerated holds where every recovery point of the store was read, in every region, account and host that may hold a copy.
enumerated if {
	scope.measured("recovery_point")
	backup.points_linked
	scope.measured("backup_vault")
}

# vaults hold completed recovery points of the store.
vaults(e) := {vault |
	some point in backup.points(e)
	point.attrs.status == "completed"
	vault := ev.entity(point.attrs.vault)
}

# boundaries are the kinds of media and the accounts that hold copies.
boundaries(e) := {boundary(vault) | some vault in vaults(e)}

boundary(vault) := [vault.attrs.media, vault.attrs.account] if {
	is_string(vault.attrs.account)
} else := [vault.attrs.media, "no account"] if {
	ev.not_applicable(vault, "account")
}

elsewhere(e, vault) if vault.attrs["location.region"] != e.attrs["location.region"]

elsewhere(_, vault) if vault.attrs["location.type"] in ["offsite", "offline"]

elsewhere(e, vault) if {
	vault.attrs["location.type"] == "onprem"
	is_string(e.attrs["location.region"])
}

elsewhere(e, vault) if {
	ev.not_applicable(e, "location.region")
	vault.attrs["location.type"] == "cloud"
}

# beside holds for a vault that is known to be where the store is: in its region, or on the same premises.
beside(e, vault) if {
	vault.attrs["location.type"] == "cloud"
	vault.attrs["location.region"] == e.attrs["location.region"]
}

beside(e, vault) if {
	vault.attrs["location.type"] == "onprem"
	ev.not_applicable(e, "location.region")
}
