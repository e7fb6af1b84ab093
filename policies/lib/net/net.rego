# METADATA
# title: Addresses, ports and the rules of network boundaries
# description: |
#   What a rule admits is told from its fields: direction, action, protocol, port_from, port_to and cidrs. A field that is not known
#   is missing from the rule, so each question comes in two forms, one that proves that the rule does something (covered) and one
#   that proves that it does not (spares); of a rule that is not known well enough neither holds.
#
#   Security groups only admit: each rule counts. Access lists and host firewalls try their rules in order and the first match
#   decides: an earlier denial takes away what a later rule admits.
package lib.net

import data.lib.ev

all_protocols := {"any", "all", "-1"}

tcp := {"tcp", "6"}

port_protocols := {"tcp", "6", "udp", "17"}

ordered := {"nacl", "host_firewall"}

# filters_ports holds for the boundaries whose rules admit or deny addresses and ports; the others inspect what these admit.
filters_ports(e) if e.attrs.type == "security_group"

filters_ports(e) if e.attrs.type in ordered

# everywhere holds for a range that is the whole internet: any prefix of length 0, however it is written, and the block from which
# all public IPv6 addresses are given out (RFC 4291 section 2.4).
everywhere(cidr) if endswith(cidr, "/0")

everywhere(cidr) if cidr in {"any", "2000::/3"}

# wide holds for a range that is more than one part in 256 of all addresses: only such ranges are put together by together.
wide(cidr) if {
	regex.match(`/[1-7]$`, cidr)
	net.cidr_is_valid(cidr)
}

# together holds where ranges add up to the whole internet, as 0.0.0.0/1 and 128.0.0.0/1 do.
together(cidrs) if {
	count(cidrs) > 1
	some cidr in net.cidr_merge(cidrs)
	everywhere(cidr)
}

# private holds for a range of addresses that the internet does not route (RFC 1918, RFC 4193, RFC 6598, loopback, link-local).
private(cidr) if {
	net.cidr_is_valid(cidr)
	some block in [
		"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
		"fc00::/7", "fe80::/10", "::1/128",
	]
	net.cidr_contains(block, cidr)
}

# covered are those of the ports of which the rule is known to speak, over TCP or UDP.
covered(rule, ports) := ports if rule.protocol in all_protocols

covered(rule, ports) := [port | some port in ports; rule.port_from <= port; rule.port_to >= port] if {
	rule.protocol in port_protocols
	is_number(rule.port_from)
	is_number(rule.port_to)
}

covers(rule, port) if count(covered(rule, [port])) == 1

# spares holds where the rule is known not to speak of the port.
spares(rule, _) if {
	is_string(rule.protocol)
	not rule.protocol in all_protocols
	not rule.protocol in port_protocols
}

spares(rule, port) if {
	rule.protocol in port_protocols
	is_number(rule.port_from)
	rule.port_from > port
}

spares(rule, port) if {
	rule.protocol in port_protocols
	is_number(rule.port_to)
	rule.port_to < port
}

# loud are the positions of the rules that may admit a large part of all addresses. The others are quiet: only these few need to be
# looked at closely, which keeps large boundaries cheap.
loud(e, rules) := [i | some i, rule in rules; not quiet(e, rule)]

quiet(_, rule) if rule.direction == "out"

quiet(_, rule) if rule.action == "deny"

quiet(e, rule) if {
	is_array(rule.cidrs)
	not e.partial["rules[].cidrs[]"]
	not regex.match(`/[0-7]( |$)|\bany\b`, concat(" ", rule.cidrs))
}

# openings are the rules of a boundary that are known to admit any address to one of the ports, by themselves or several together: the
# positions of the rules, the ranges and the ports.
openings(e, rules, ports) := set() if {
	count(loud(e, rules)) == 0
} else := alone(e, rules, ports) | scattered(e, rules, ports)

alone(e, rules, ports) := {opening |
	some i in loud(e, rules)
	rules[i].direction == "in"
	rules[i].action == "allow"
	touched := covered(rules[i], ports)
	count(touched) > 0
	open := {[cidr, port] |
		some cidr in rules[i].cidrs
		everywhere(cidr)
		some port in touched
		in_force(e, rules, i, cidr, port)
	}
	count(open) > 0
	opening := {
		"rules": [i],
		"cidrs": sort({cidr | some [cidr, _] in open}),
		"ports": sort({port | some [_, port] in open}),
	}
}

# scattered are rules that admit any address to ports only together, each a part of the addresses.
scattered(e, rules, ports) := {opening |
	count(wide_ranges(e, rules)) > 1
	undisputed(e, rules)
	found := {[parts, port] |
		some port in ports
		parts := {[i, cidr] |
			some [i, cidr] in wide_ranges(e, rules)
			rules[i].direction == "in"
			rules[i].action == "allow"
			covers(rules[i], port)
		}
		together({cidr | some [_, cidr] in parts})
	}
	some [parts, _] in found
	opening := {
		"rules": sort({i | some [i, _] in parts}),
		"cidrs": sort({cidr | some [_, cidr] in parts}),
		"ports": sort({port | some [parts, port] in found}),
	}
}

# wide_ranges are the wide ranges of the rules, with the position of the rule.
wide_ranges(e, rules) := {[i, cidr] |
	some i in loud(e, rules)
	some cidr in rules[i].cidrs
	wide(cidr)
}

# closed holds where no rule of the boundary, nor several together, can admit any address to one of the ports. It says nothing of
# what the boundary does with what no rule decides.
closed(e, rules, ports) if {
	ev.enumerated(e, "rules")
	every i in loud(e, rules) {
		harmless(e, rules, i, rules[i], ports)
	}
	not may_scatter(e, rules, ports)
}

harmless(_, _, _, rule, ports) if {
	count(covered(rule, ports)) == 0
}

harmless(_, _, _, rule, ports) if {
	every port in ports {
		spares(rule, port)
	}
}

harmless(e, rules, i, rule, ports) if {
	is_array(rule.cidrs)
	not e.partial["rules[].cidrs[]"]
	every cidr in rule.cidrs {
		narrow(e, rules, i, cidr, ports)
	}
}

narrow(_, _, _, cidr, _) if not everywhere(cidr)

narrow(e, rules, i, cidr, ports) if {
	everywhere(cidr)
	every port in ports {
		denied_before(e, rules, i, cidr, port)
	}
}

may_scatter(e, rules, ports) if {
	count(wide_ranges(e, rules)) > 1
	some port in ports
	together({cidr | some [i, cidr] in wide_ranges(e, rules); not spares(rules[i], port)})
}

# in_force holds where nothing before the rule can deny what it admits.
in_force(e, _, _, _, _) if e.attrs.type == "security_group"

in_force(e, rules, i, cidr, port) if {
	e.attrs.type in ordered
	ev.whole(e, "rules")
	not denied_before(e, rules, i, cidr, port)
}

# denied_before holds where an earlier rule of an ordered boundary denies the port to all that a later one admits. A denial of TCP is
# enough against a rule for all protocols: the services behind the judged ports are reached over TCP.
denied_before(e, rules, i, cidr, port) if {
	e.attrs.type in ordered
	some j, denial in rules
	j < i
	denial.direction == "in"
	denial.action == "deny"
	covers(denial, port)
	outweighs(denial, rules[i])
	some range in denial.cidrs
	everywhere(range)
	same_family(range, cidr)
}

outweighs(denial, _) if denial.protocol in all_protocols

outweighs(denial, rule) if denial.protocol == rule.protocol

outweighs(denial, rule) if {
	denial.protocol in tcp
	rule.protocol in (tcp | all_protocols)
}

same_family("any", _)

same_family(a, b) if {
	contains(a, ":")
	contains(b, ":")
}

same_family(a, b) if {
	a != "any"
	b != "any"
	not contains(a, ":")
	not contains(b, ":")
}

# undisputed holds where no denial can come before the rules that admit.
undisputed(e, _) if e.attrs.type == "security_group"

undisputed(e, rules) if {
	e.attrs.type in ordered
	ev.whole(e, "rules")
	count([rule | some rule in rules; rule.action == "deny"]) == 0
}

# opening_message, opening_actual and opening_attributes say what openings and scattered found.
opening_message(e, opening) := sprintf("%s admits any address (%s) to port %s", [
	e.name, concat(" and ", opening.cidrs), port_list(opening),
])

opening_actual(opening) := sprintf("port %s open to %s", [port_list(opening), concat(" and ", opening.cidrs)])

opening_attributes(opening) := [sprintf("rules[%d]", [i]) | some i in opening.rules]

port_list(opening) := concat(", ", [format_int(port, 10) | some port in opening.ports])

# unattached holds where the boundary is known to protect nothing yet.
unattached(e) if {
	ev.whole(e, "attached_to")
	count(e.attrs.attached_to) == 0
}

# idle holds for an access list in a region that its account is known not to use: AWS makes one that admits everything with the default
# network of every region, and nothing is behind it.
idle(e) if {
	e.attrs.type == "nacl"
	parts := split(e.scope, ":")
	parts[0] == "aws"
	some account in ev.all_of("account")
	account.scope == concat(":", [parts[0], parts[1]])
	some place in account.attrs.regions
	place.name == parts[2]
	place.used == false
}

# idle_message says of such a list why it is not judged.
idle_message(e) := sprintf("nothing is in use in %s, so nothing lies behind %s", [split(e.scope, ":")[2], e.name])

# opening_severity is how much an open port matters: critical, but high while the boundary is attached to nothing, and medium on what opens
# nothing by itself, because a security group must admit the address too: an access list, and the firewall of a host behind a group.
opening_severity(e) := "medium" if {
	e.attrs.type == "nacl"
} else := "medium" if {
	e.attrs.type == "host_firewall"
	some guarded in e.attrs.attached_to
	some uid in ev.sources({"uid": guarded}, "attached_to")
	ev.entity(uid).attrs.type == "security_group"
} else := "high" if {
	unattached(e)
} else := "critical"
