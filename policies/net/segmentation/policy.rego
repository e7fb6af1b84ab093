# METADATA
# title: Sensitive systems sit in their own private segments, apart from non-production and user networks
# description: |
#   A pass on a store shows that it lies in private subnets only. A pass on a network shows that no declared or observed route joins a
#   production network to a non-production or user network. It does not show what the rules inside the network admit. Where an
#   inspecting firewall exists, a person judges whether it stands between. A peering without any route carries nothing and passes.
#   Whether the systems of a health care clearinghouse are apart cannot be told from evidence: networks are then for review.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.datastore: schema.datastore
#   - input.network: schema.network
# custom:
#   severity: medium
#   units: [network, datastore]
#   collectors: [aws, terraform, host, governance]
#   rationale: Segmentation limits how far an intruder gets.
#   remediation: >-
#     Move the store to subnets whose route table has no route to an internet gateway (db_subnet_group_name of a database, vpc_options of
#     a search domain, which has a public address without them). Remove the routes of the peering or transit
#     gateway that join production to other environments, or lead them through a network firewall. Tag each network with its
#     environment.
package checks.net.segmentation

import data.lib.ev
import data.lib.label
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s %s and does not lie in private subnets", [e.name, label.sensitive(e)]),
	"expected": "private subnets",
	"actual": "a subnet with a route to an internet gateway, or a public address outside of any network",
	"attributes": ["network.placement"],
} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == true
	e.attrs["network.placement"] == "public"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s (%s) is joined and routed to %s (%s)", [e.name, environment(e), other.name, environment(other)]),
	"expected": "no route between production and other environments, or a firewall between them",
	"actual": sprintf("routes to %s", [concat(", ", peering.routes)]),
	"attributes": [sprintf("peerings[%d]", [i])],
} if {
	some e in input.network
	some i, peering in e.attrs.peerings
	other := ev.entity(peering.network)
	apart(environment(e), environment(other))
	count(peering.routes) > 0
	scope.managed_in("network_boundary", e.scope)
	count(possible_firewalls) == 0
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["network.placement"] == "private"
}

pass contains e.uid if {
	some e in input.network
	separate(e)
	not clearinghouse
}

review contains {
	"uid": e.uid,
	"message": sprintf("%s is separate from other environments; whether the clearinghouse has a network of its own is for a person to judge", [e.name]),
} if {
	some e in input.network
	separate(e)
	clearinghouse
}

review contains {
	"uid": e.uid,
	"message": sprintf(
		"%s (%s) is routed to %s (%s); whether the firewall %s stands between is for a person to judge",
		[e.name, environment(e), other.name, environment(other), firewall.name],
	),
} if {
	some e in input.network
	some peering in e.attrs.peerings
	other := ev.entity(peering.network)
	apart(environment(e), environment(other))
	count(peering.routes) > 0
	some firewall in possible_firewalls
	firewall.attrs.type in {"network_firewall", "ips"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no sensitive data", [e.name])} if {
	some e in input.datastore
	e.attrs["derived.sensitive"] == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s lies in no network of the customer", [e.name])} if {
	some e in input.datastore
	e.attrs["network.placement"] == "none"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s lies in no network of the customer", [e.name])} if {
	some e in input.datastore
	ev.not_applicable(e, "network.placement")
}

unknown contains {
	"uid": e.uid,
	"path": "environment",
	"reason": e.unknown.environment,
	"message": sprintf("the environment of %s is not known", [e.name]),
} if {
	some e in input.network
	count(e.attrs.peerings) > 0
}

unknown contains {
	"uid": e.uid,
	"path": sprintf("peerings[%d]", [i]),
	"reason": "unlinked",
	"message": sprintf("the environment of network %s is not known", [peering.network]),
} if {
	some e in input.network
	some i, peering in e.attrs.peerings
	not labelled(peering.network)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("whether a firewall stands between %s and %s is not known", [e.name, other.name]),
} if {
	some e in input.network
	some peering in e.attrs.peerings
	other := ev.entity(peering.network)
	apart(environment(e), environment(other))
	count(peering.routes) > 0
}

unknown contains {
	"uid": e.uid,
	"path": "peerings",
	"reason": "unlinked",
	"message": sprintf("%s may be joined to further networks, or by further routes", [e.name]),
} if {
	some e in input.network
	e.partial.peerings
}

# apart holds for two environments that must not be joined.
apart("prod", other) if other in {"nonprod", "user"}

apart(own, "prod") if own in {"nonprod", "user"}

labelled(uid) if environment(ev.entity(uid))

# environment is the known environment of a network. It is read without naming it as an attribute of this policy, since stores
# have an environment too, which decides nothing here.
environment(e) := label if {
	label := object.get(e.attrs, "environment", null)
	is_string(label)
}

# separate holds where every network to which this one is joined is known to be of an environment that it may be joined to, or not
# to be reached by any route.
separate(e) if {
	ev.enumerated(e, "peerings")
	every peering in e.attrs.peerings {
		harmless(e, peering)
	}
}

harmless(e, peering) if {
	count(peering.routes) == 0
	not e.partial["peerings[].routes[]"]
}

harmless(e, peering) if {
	own := environment(e)
	other := environment(ev.entity(peering.network))
	not apart(own, other)
}

# possible_firewalls are the boundaries that inspect what passes between networks, and those of which that is not known.
possible_firewalls := [b | some b in ev.all_of("network_boundary"); not local_filter(b)]

local_filter(b) if b.attrs.type in {"security_group", "nacl", "host_firewall", "waf"}

# clearinghouse holds where the organisation states that it runs a health care clearinghouse.
clearinghouse if {
	some o in ev.all_of("organization")
	o.attrs["hipaa.clearinghouse"] == true
}
