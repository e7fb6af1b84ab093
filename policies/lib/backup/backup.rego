# METADATA
# title: Which backup plans protect a store or a host
# description: |
#   A store is protected by the plans that select it (relation selected_by): plans of a backup service, the provider's own automated
#   backups, timers on a host. A volume is protected with the host that it is attached to. What copies were made is told by the
#   recovery points and jobs whose relation protects leads to it.
package lib.backup

import data.lib.ev
import data.lib.scope

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
	carrier_known(e)
}

settled(e) if {
	e.kind != "volume"
	ev.settled(e, "selected_by")
	managed(e)
}

# carrier_known holds for a volume that is attached to no host, or to one that was collected.
carrier_known(e) if is_null(e.attrs.attached_host)

carrier_known(e) if ev.entity(e.attrs.attached_host)

# managed holds where the backups of the entity are managed where it is. In an account that is everywhere. A host that was read by itself
# may be backed up from outside: the platform can copy a virtual machine, and a backup agent has its schedule elsewhere. A Terraform root module
# manages them where it declares a plan that is not another store's own automated backups, where a plan of it selects the entity, or
# where it leaves the automated backups of a database off.
managed(e) if {
	not startswith(e.scope, "tf:")
	scope.covered("backup_plan", e.scope)
	not outside(e)
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

# outside holds for a host whose backups may be made without a trace on it.
outside(e) if {
	e.kind == "host"
	startswith(e.scope, "host:")
	not physical(e)
}

outside(e) if {
	e.kind == "host"
	some uid in ev.sources(e, "runs_on")
	software := ev.entity(uid)
	software.attrs.type == "backup"
	software.attrs.installed == true
}

physical(e) if e.attrs.kind in {"server", "workstation", "laptop"}

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

# shortest is the shortest known interval of the rules that select the entity, in minutes.
shortest(e) := min([rule.interval_minutes |
	some rule in rules(e)
	is_number(rule.interval_minutes)
])

# points are the recovery points of the entity, in whatever vault.
points(e) := [point |
	some subject in subjects(e)
	some uid in ev.sources(subject, "protects")
	point := ev.entity(uid)
	point.kind == "recovery_point"
]

# points_read holds where no further recovery point of the entity can exist: all were read where it is and where its plans are, and of
# each it is known what it protects.
points_read(e) if {
	scope.covered("recovery_point", e.scope)
	count([plan | some plan in plans(e); not read_there(plan)]) == 0
	points_linked
}

read_there(plan) if plan.plane != "observed"

read_there(plan) if scope.covered("recovery_point", plan.scope)

points_linked if {
	every point in ev.all_of("recovery_point") {
		ev.settled(point, "protects")
	}
}

# jobs are the backup jobs of what a plan selects.
jobs(plan) := [job |
	some subject in ev.sources(plan, "selected_by")
	some uid in ev.sources({"uid": subject}, "protects")
	job := ev.entity(uid)
	job.kind == "backup_job"
]

# passed_over holds for stores that no backup service restores, and for hosts that hold no data of their own.
passed_over(e, kinds) if {
	is_string(e.attrs.kind_detail)
	not e.attrs.kind_detail in kinds
}

passed_over(e, _) if e.attrs.stateless == true

# minutes_ago is how long ago a time was, in minutes, at the snapshot's time.
minutes_ago(at) := (input.as_of_ns - ev.ns(at)) / 60000000000

# hours says minutes in a message.
hours(minutes) := sprintf("%d hours", [floor(minutes / 60)]) if minutes >= 120

hours(minutes) := sprintf("%d minutes", [floor(minutes)]) if minutes < 120
