# METADATA
# title: To which time a store or host can be restored
# description: |
#   The newest completed recovery point counts, or the time to which the store itself can be restored. A host is also restored from
#   copies of all of its volumes (relation volume_of): the oldest of them counts. That no newer state exists is proved only where every recovery
#   point was read and its time and what it protects are known.
package lib.recovery

import data.lib.backup
import data.lib.clock
import data.lib.ev
import data.lib.scope

# times are the known times of the states to which the entity can be restored by its own copies.
times(e) := array.concat(
	[ev.ns(point.attrs.completed_at) |
		some point in backup.points(e)
		point.attrs.status == "completed"
		is_string(point.attrs.completed_at)
	],
	[ev.ns(e.attrs["backup.latest_restorable_at"]) | is_string(e.attrs["backup.latest_restorable_at"])],
)

volumes(host) := [v | some uid in ev.sources(host, "volume_of"); v := ev.entity(uid)]

# by_volumes is the time to which the copies of all volumes go; undefined where one has none.
by_volumes(e) := min(newest) if {
	e.kind == "host"
	attached := volumes(e)
	count(attached) > 0
	newest := [max(times(v)) | some v in attached; count(times(v)) > 0]
	count(newest) == count(attached)
}

states(e) := array.concat(times(e), [by_volumes(e)]) if {
	by_volumes(e)
} else := times(e)

# age is how old the newest state is, in minutes; undefined where none is known.
age(e) := (input.as_of_ns - max(states(e))) / 60000000000

# enumerated holds where no newer state than the known ones can exist.
enumerated(e) if {
	one_enumerated(e)
	every v in volumes(e) {
		one_enumerated(v)
	}
	carriers_known(e)
}

one_enumerated(e) if {
	backup.points_read(e)
	count([point | some point in backup.points(e); undated(point)]) == 0
	continuous_known(e)
}

# What a host that was read by itself has for volumes, and what the platform copies of it, is seen only in the platform's account.
carriers_known(e) if e.kind != "host"

carriers_known(e) if {
	not startswith(e.scope, "host:")
	scope.covered("volume", e.scope)
}

carriers_known(e) if {
	not startswith(e.scope, "host:")
	count(volumes(e)) > 0
}

carriers_known(e) if {
	startswith(e.scope, "host:")
	not backup.outside(e)
}

undated(point) if not ev.known(point, "status")

undated(point) if {
	point.attrs.status == "completed"
	not ev.known(point, "completed_at")
}

continuous_known(e) if e.kind == "host"

continuous_known(e) if ev.known(e, "backup.latest_restorable_at")

continuous_known(e) if ev.not_applicable(e, "backup.latest_restorable_at")

continuous_known(e) if e.attrs["backup.pitr"] == false

# timings are the durations, in minutes, of the full restores of the entity within the given days, newest first.
timings(e, days) := [t.attrs.duration_minutes |
	some pair in array.reverse(sort([[t.attrs.completed_at, t.uid] | some t in tests(e, days); is_number(t.attrs.duration_minutes)]))
	t := ev.entity(pair[1])
]

# tests are the completed full restores of the entity within the given days. A restore of a sample times nothing.
tests(e, days) := [t |
	some uid in ev.sources(e, "protects")
	t := ev.entity(uid)
	t.kind == "restore_test"
	t.attrs.status == "completed"
	t.attrs.scope == "full"
	clock.days_since(t.attrs.completed_at) <= days
]

# untimed holds where it is proved that no full restore of the entity was timed within the given days.
untimed(e, days) if {
	count(tests(e, days)) == 0
	tests_covered(e)
	count([t |
		some uid in ev.sources(e, "protects")
		t := ev.entity(uid)
		t.kind == "restore_test"
		not ev.all_known(t, ["status", "scope", "completed_at"])
	]) == 0
}

tests_covered(e) if {
	scope.covered("restore_test", e.scope)
	tests_linked
}

tests_linked if {
	every t in ev.all_of("restore_test") {
		ev.settled(t, "protects")
	}
}
