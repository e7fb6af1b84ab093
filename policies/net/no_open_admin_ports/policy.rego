# METADATA
# title: No administration port is open to the whole internet
# description: |
#   A pass shows that no inbound rule of this boundary admits any address, IPv4 or IPv6, to a port of remote administration, and that
#   it denies what no rule decides. It does not show that narrower ranges are justified, nor what other boundaries let through. Ranges
#   that add up to any address count as any address. On an access list a failure is of medium severity, since a security group must
#   admit the address too; in a region that the account does not use, where nothing is behind it, the list is not judged.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   - https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
# schemas:
#   - input.network_boundary: schema.network_boundary
# custom:
#   severity: critical
#   units: [network_boundary]
#   collectors: [aws, terraform, host]
#   parameters:
#     - name: admin_ports
#       default: [22, 3389, 5985, 5986, 2375, 6443]
#       unit: ports
#       source: CIS AWS 7.0 6.2-6.4 (22, 3389); product default for the others
#   rationale: Exposed SSH and RDP are scanned within minutes.
#   remediation: >-
#     Restrict cidr_blocks, cidr_ipv4 and cidr_ipv6 of the rule to the address range of the VPN or bastion, or remove the rule and
#     administer through Session Manager, which needs no open port.
package checks.net.no_open_admin_ports

import data.lib.net

fail contains {
	"uid": e.uid,
	"severity": net.opening_severity(e),
	"message": net.opening_message(e, opening),
	"expected": "no inbound rule admits any address to an administration port",
	"actual": net.opening_actual(opening),
	"attributes": net.opening_attributes(opening),
} if {
	some e in input.network_boundary
	net.filters_ports(e)
	not net.idle(e)
	some opening in net.openings(e, e.attrs.rules, input.params.admin_ports)
}

pass contains e.uid if {
	some e in input.network_boundary
	net.filters_ports(e)
	not net.idle(e)
	e.attrs.enabled == true
	e.attrs.default_inbound == "deny"
	net.closed(e, e.attrs.rules, input.params.admin_ports)
}

not_applicable contains {
	"uid": e.uid,
	"message": sprintf("%s is a %s: it inspects what other boundaries admit", [e.name, replace(e.attrs.type, "_", " ")]),
} if {
	some e in input.network_boundary
	e.attrs.type in {"waf", "ips", "network_firewall"}
}

not_applicable contains {"uid": e.uid, "message": net.idle_message(e)} if {
	some e in input.network_boundary
	net.idle(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("%s is off: what reaches its ports is decided elsewhere", [e.name]),
} if {
	some e in input.network_boundary
	e.attrs.enabled == false
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("%s admits what no rule decides: what reaches its ports is decided elsewhere", [e.name]),
} if {
	some e in input.network_boundary
	e.attrs.default_inbound == "allow"
}
