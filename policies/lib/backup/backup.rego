# METADATA
# title: Which backup plans protect a store or a host
# description: |
#   A store is protected by the plans that select it (relation selected_by): plans of a backup service, the provider's own automated
#   backups, timers on a host. A volume is protected with the host that it is attached to.
package lib.backup

import data.lib.ev

# subjects are the entity itself and, for an attached volume, its host: what protects the one protects the other.
subjects(e) := [e, host] if {
	host := ev.entity(e.attrs.attached_host)
} else := [e]

# plans are the enabled plans that are known to select the entity.
plans(e) := [plan |
	some subject in subjects(e)
	some uid in ev.targets(subject, "selected_by")
	plan := ev.entity(uid)
	plan.attrs.enabled == true
]

# rules are the known rules of those plans.
rules(e) := [rule |
	some plan in plans(e)
	some rule in plan.attrs.rules
]

# settled holds where no other plan can select the entity: every selection is decided, plans are managed where the entity is, and
# none of the plans that select it is of unknown state.
settled(e) if {
	every subject in subjects(e) {
		ev.settled(subject, "selected_by")
	}
	managed(e)
	ev.known(e, "attached_host")
}

settled(e) if {
	e.kind != "volume"
	ev.settled(e, "selected_by")
	managed(e)
}

# managed holds where the backups of the entity are managed where it is. In an account that is everywhere. A Terraform root module
# manages them where it declares a plan that is not another store's own automated backups, where a plan of it selects the entity, or
# where it leaves the automated backups of a database off.
managed(e) if {
	not startswith(e.scope, "tf:")
	ev.covered("backup_plan", e.scope)
}

managed(e) if {
	startswith(e.scope, "tf:")
	ev.covered("backup_plan", e.scope)
	e.scope in managing_scopes
}

managed(e) if {
	startswith(e.scope, "tf:")
	ev.covered("backup_plan", e.scope)
	some subject in subjects(e)
	count(ev.targets(subject, "selected_by")) > 0
}

managed(e) if {
	startswith(e.scope, "tf:")
	ev.covered("backup_plan", e.scope)
	switched_off(e)
}

# switched_off holds for a database whose service would make backups by itself, and is told not to.
switched_off(e) if {
	e.attrs.kind_detail == "database"
	e.attrs["backup.native_retention_days"] == 0
}

# managing_scopes are the root modules that declare a plan of a backup service.
managing_scopes contains plan.scope if {
	some plan in ev.all_of("backup_plan")
	not endswith(plan.uid, "#automated-backups")
}

# whole holds where, besides, everything is known of the rules that select it.
whole(e) if {
	settled(e)
	every plan in plans(e) {
		ev.whole(plan, "rules")
	}
}

# uncovered holds where it is proved that no plan selects the entity.
uncovered(e) if {
	settled(e)
	count(plans(e)) == 0
	every subject in subjects(e) {
		count(ev.targets(subject, "selected_by")) == 0
	}
}

# transient holds for a store of a kind that no backup service restores, such as a queue or a log group, and that none selects all the same:
# it holds data in passing, or a copy of it.
transient(e, backed_up_kinds) if {
	is_string(e.attrs.kind_detail)
	not e.attrs.kind_detail in backed_up_kinds
	ev.known(e, "kind_detail")
	count(plans(e)) == 0
}

# vaults are the uids of the vaults that the entity's rules write or copy to.
vaults(e) := {vault |
	some rule in rules(e)
	some vault in array.concat([rule.vault], [copy.vault | some copy in object.get(rule, "copies", [])])
	is_string(vault)
}
