# METADATA
# title: Remote administration and remote staff access go through a VPN, session service or zero-trust broker
# description: |
#   A pass on a host shows that no administration port of it is open to any address, and that every known way to administer it is a session
#   service, a VPN, a bastion or a private address, with such a service in use. A pass on a network shows that one of these services is on
#   while hosts in it can be administered from outside. It does not show that all staff use it. A fixed public address that may reach an
#   administration port is for a person to judge.
# related_resources:
#   - https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html
#   - https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/what-is.html
# schemas:
#   - input.host: schema.host
#   - input.network: schema.network
# custom:
#   severity: high
#   units: [host, network]
#   collectors: [aws, terraform, host, governance]
#   rationale: The private path is the point of the VPN bullet.
#   remediation: >-
#     Remove rules that admit any address to administration ports from the security groups of the host. Administer through Session
#     Manager (attach AmazonSSMManagedInstanceCore to the instance's role), an EC2 Instance Connect Endpoint or a client VPN.
package checks.net.vpn_remote_admin

import data.lib.ev
import data.lib.net
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can be administered from any address over %s", [e.name, path.via]),
	"expected": "remote administration through a VPN, bastion or session service",
	"actual": sprintf("%s from %s", [path.via, path.source]),
	"attributes": [sprintf("remote_access_paths[%d]", [i])],
} if {
	some e in input.host
	some i, path in e.attrs.remote_access_paths
	not brokered(path)
	net.everywhere(path.source)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can be administered from any address, in parts (%s)", [e.name, concat(", ", sort(parts))]),
	"expected": "remote administration through a VPN, bastion or session service",
	"actual": concat(", ", sort(parts)),
	"attributes": ["remote_access_paths"],
} if {
	some e in input.host
	parts := open_parts(e)
	net.together(parts)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("hosts in %s (such as %s) are administered from public addresses, and no VPN or session service is on", [e.name, host.name]),
	"expected": "a VPN, session service or zero-trust broker",
	"actual": "none",
	"attributes": [],
} if {
	some e in input.network
	some host in hosts_in(e)
	some path in host.attrs.remote_access_paths
	not inside(path)
	not startswith(e.scope, "tf:") # the service may be declared in another root module
	scope.measured("vpn")
	ways := ev.all_of("vpn")
	count([way | some way in ways; way.attrs.enabled == false]) == count(ways)
	count([h | some h in hosts_in(e); some p in h.attrs.remote_access_paths; brokered(p)]) == 0
}

pass contains e.uid if {
	some e in input.host
	guarded(e)
	in_service(e)
}

pass contains {"uid": e.uid, "message": sprintf("hosts in %s can be administered through %s", [e.name, sort(services)[0]])} if {
	some e in input.network
	count(hosts_in(e)) > 0
	services := {way.name | some way in ev.all_of("vpn"); way.attrs.enabled == true} | {path.via | some host in hosts_in(e); some path in host.attrs.remote_access_paths; brokered(path)}
	count(services) > 0
}

review contains {
	"uid": e.uid,
	"message": sprintf("%s may administer %s over %s; whether it is the VPN's or bastion's address is for a person to judge", [
		path.source, e.name, path.via,
	]),
} if {
	some e in input.host
	some path in e.attrs.remote_access_paths
	not inside(path)
	not net.everywhere(path.source)
}

not_applicable contains {"uid": e.uid, "message": sprintf("there is no host in %s", [e.name])} if {
	some e in input.network
	count(hosts_in(e)) == 0
	ev.settled(e, "reaches")
	scope.covered("host", e.scope)
	ev.all_settled("runs_in")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("%s is administered from private addresses, and no VPN or session service that leads there is known", [e.name]),
} if {
	some e in input.host
	guarded(e)
	not in_service(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("no VPN or session service is known that leads to %s", [e.name]),
} if {
	some e in input.network
}

# brokered holds for a path through a service that asks who comes.
brokered(path) if path.via in {"session_manager", "session_service", "vpn", "bastion", "ztna"}

# inside holds for a path that does not begin on the internet: through a service, from private addresses, or from another entity, such
# as the group of a bastion.
inside(path) if brokered(path)

inside(path) if net.private(path.source)

inside(path) if ev.entity(path.source)

# guarded holds where every way to administer the host is known and begins inside.
guarded(e) if {
	ev.whole(e, "remote_access_paths")
	every path in e.attrs.remote_access_paths {
		inside(path)
	}
}

# in_service holds where a service leads inside, as far as one is needed.
in_service(e) if {
	every path in e.attrs.remote_access_paths {
		brokered(path)
	}
}

in_service(e) if {
	some path in e.attrs.remote_access_paths
	brokered(path)
}

in_service(_) if {
	some way in ev.all_of("vpn")
	way.attrs.enabled == true
}

# open_parts are the wide public ranges from which the host can be administered.
open_parts(e) := {path.source |
	some path in e.attrs.remote_access_paths
	not brokered(path)
	net.wide(path.source)
}

# hosts_in are the hosts that are known to lie in a network.
hosts_in(e) := [host |
	some uid in ev.targets(e, "reaches")
	host := ev.entity(uid)
	host.kind == "host"
]
