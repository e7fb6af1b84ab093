# METADATA
# title: At least one copy of critical data cannot be altered or deleted before it expires, and its administration is separate from production
# description: |
#   Judged on the vault. A pass shows that the vault is locked so that nobody can shorten or delete (compliance mode, or
#   offline; or governance mode and a policy that denies deletion) and is administered apart from production; or that what
#   it holds of critical or sensitive stores has a copy in such a vault. It does not show that the copy can be restored.
# schemas:
#   - input.backup_vault: schema.backup_vault
# custom:
#   severity: high
#   units: [backup_vault]
#   collectors: [aws, terraform, host]
#   rationale: Ransomware operators delete backups first.
#   remediation: Lock a vault in another account in compliance mode (aws_backup_vault_lock_configuration with changeable_for_days) and copy recovery points to it, or keep an offline copy.
package checks.backup.immutable

import data.lib.access
import data.lib.backup
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is not locked, and holds the only copies of %s", [e.name, concat(", ", sort([s.name | some s in exposed(e)]))]),
	"expected": "a compliance lock, or a copy in a vault that has one",
	"actual": "no lock that holds",
	"attributes": ["lock.mode"],
} if {
	some e in input.backup_vault
	breakable(e)
	count(exposed(e)) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is locked, but those who administer production administer it too", [e.name]),
	"expected": "another account, or administrators of its own",
	"actual": "the same administrators",
	"attributes": ["lock.mode"],
} if {
	some e in input.backup_vault
	immutable(e)
	shared_administration(e)
	count(stores(e)) > 0
}

pass contains e.uid if {
	some e in input.backup_vault
	immutable(e)
	separate(e)
}

pass contains {"uid": e.uid, "message": "what it holds has a copy in a vault that is locked and apart"} if {
	some e in input.backup_vault
	plans_known(e)
	ev.all_settled("selected_by")
	not immutable(e)
	count(stores(e)) > 0
	every s in stores(e) {
		safe_elsewhere(s, e)
	}
}

not_applicable contains {"uid": e.uid, "message": "holds no copy of a critical or sensitive store"} if {
	some e in input.backup_vault
	plans_known(e)
	ev.all_settled("selected_by")
	every plan in ev.all_of("backup_plan") {
		ev.whole(plan, "rules")
	}
	every s in protectable {
		ev.all_known(s, ["derived.criticality", "derived.sensitive"])
	}
	count(stores(e)) == 0
}

# plans_known holds where every plan that can write to the vault was read: those of its root module, or of all accounts and hosts.
plans_known(e) if {
	startswith(e.scope, "tf:")
	ev.managed_in("backup_plan", e.scope)
}

plans_known(e) if {
	not startswith(e.scope, "tf:")
	scope.measured("backup_plan")
}

# immutable holds where nobody can delete or shorten before the time.
immutable(e) if e.attrs["lock.mode"] == "compliance"

immutable(e) if e.attrs["location.type"] == "offline"

immutable(e) if {
	e.attrs["lock.mode"] == "governance"
	e.attrs.delete_denied == true
}

# breakable holds where it is proved that somebody can.
breakable(e) if {
	e.attrs["lock.mode"] == "none"
	e.attrs["location.type"] in ["cloud", "onprem", "offsite"]
}

breakable(e) if {
	e.attrs["lock.mode"] == "governance"
	e.attrs.delete_denied == false
}

# separate holds where the vault is administered apart from the stores that it protects.
separate(e) if {
	count(stores(e)) > 0
	ev.known(e, "account")
	every s in stores(e) {
		account_of(s) != e.attrs.account
	}
}

separate(e) if {
	ev.whole(e, "admin_principals")
	count(production_admins) > 0
	count([p | some p in e.attrs.admin_principals; p in production_admins]) == 0
}

separate(e) if {
	e.plane == "observed"
	access.settled(e)
	count(production_admins) > 0
	count(access.holders(e, "can_admin") & production_admins) == 0
}

separate(e) if e.attrs["location.type"] == "offline"

shared_administration(e) if {
	count(administrators(e) & production_admins) > 0
	some s in stores(e)
	account_of(s) == e.attrs.account
}

# administrators are those who certainly can change or delete the vault: Terraform's mapping lists them, the account tells of each of them what
# they can reach.
administrators(e) := {p | some p in e.attrs.admin_principals} | access.sure_holders(e, "can_admin")

# production_admins are those who administer production day by day; the root user of an account can do everything in it anyway.
production_admins := {p.uid |
	some name in ["principal", "role"]
	some p in ev.all_of(name)
	p.attrs.privileged == true
	not p.attrs.type == "root"
}

# stores are the critical or sensitive stores, and observed hosts, whose backups the vault holds.
stores(e) := [s |
	some s in protectable
	weighty(s)
	e.uid in backup.vaults(s)
]

protectable := array.concat(ev.all_of("datastore"), [h | some h in ev.all_of("host"); h.plane == "observed"])

# account_of is the account of a store; of a host, what owns its scope: the cloud account, or the group of hosts.
account_of(s) := s.attrs.account if {
	s.kind != "host"
} else := regex.replace(s.scope, `^([^:]+:[^:]+).*$`, "$1")

weighty(s) if s.attrs["derived.criticality"] == "critical"

weighty(s) if s.attrs["derived.sensitive"] == true

# exposed are those of which every known copy lies in a vault that can be emptied, and no other plan can exist.
exposed(e) := [s |
	some s in stores(e)
	backup.whole(s)
	every uid in backup.vaults(s) {
		breakable(ev.entity(uid))
	}
]

safe_elsewhere(s, e) if {
	some uid in backup.vaults(s)
	uid != e.uid
	vault := ev.entity(uid)
	immutable(vault)
	vault.attrs.account != account_of(s)
}
