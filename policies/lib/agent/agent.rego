# METADATA
# title: Security software on a host
# description: |
#   Agents lead to their host by the relation runs_on. That a host has no agent of a type is proved where a source looked for one: it then
#   reports an agent of the type that is not installed; or where all agents in the host's scope were read.
package lib.agent

import data.lib.ev
import data.lib.scope

# on are the agents on a host.
on(host) := [a |
	some uid in ev.sources(host, "runs_on")
	a := ev.entity(uid)
	a.kind == "agent"
]

# candidates are the agents on a host that are, or may be, of one of the types.
candidates(host, types) := [a | some a in on(host); may_be(a, types)]

may_be(a, types) if a.attrs.type in types

may_be(a, _) if not ev.known(a, "type")

# looked_for holds where no further agent of the types can be on the host.
looked_for(host, types) if {
	seen := {a.attrs.type | some a in on(host); a.plane == "observed"}
	count(types - seen) == 0
}

looked_for(host, _) if {
	scope.covered("agent", host.scope)
	linked
}

# linked holds where the host of every agent is known.
linked if {
	every a in ev.all_of("agent") {
		ev.settled(a, "runs_on")
	}
}

# immutable_container holds for a host of containers that is rebuilt from an image: what it runs is examined there.
immutable_container(host) if {
	host.attrs.kind == "container_host"
	host.attrs.stateless == true
}
