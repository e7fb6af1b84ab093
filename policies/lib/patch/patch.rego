# METADATA
# title: The update status of a host or managed service
# description: |
#   Each source that knows of missing updates reports a patch_state of its own, which leads to the host or service by the relation runs_on.
package lib.patch

import data.lib.ev

# observed are the update statuses of an entity that were read on it or by its provider; code states none.
observed(e) := [state |
	some uid in ev.sources(e, "runs_on")
	state := ev.entity(uid)
	state.kind == "patch_state"
	state.plane != "declared"
]

# current are those of which missing updates were looked for within the days.
current(e, days) := [state |
	some state in observed(e)
	ev.days_since(state, "checked_at") <= days
]

# since is the time from which the deadline of a missing update counts, in nanoseconds: the later of its publication and the day on which
# it was first seen missing, as far as they are known.
since(item) := max({ev.ns(at) | some at in [item.first_seen_at, item.available_at]}) if {
	is_string(item.first_seen_at)
	is_string(item.available_at)
} else := ev.ns(item.first_seen_at) if {
	is_string(item.first_seen_at)
} else := ev.ns(item.available_at) if {
	is_string(item.available_at)
}

# age is how long an update has been missing, in days.
age(item) := (input.as_of_ns - since(item)) / 86400000000000

# label names an update by its CVE numbers, else by its own identifier.
label(item) := concat(", ", item.cve) if {
	count(item.cve) > 0
} else := item.id if {
	is_string(item.id)
} else := "an update"
