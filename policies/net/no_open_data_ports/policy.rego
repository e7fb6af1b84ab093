# METADATA
# title: No database, cache, search or file-sharing port is open to the whole internet
# description: |
#   A pass shows that no inbound rule of this boundary admits any address, IPv4 or IPv6, to the port of a data service, and that
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
#     - name: data_ports
#       default: [20, 21, 445, 1433, 1521, 2049, 3306, 4333, 5432, 6379, 9200, 11211, 27017]
#       unit: ports
#       source: >-
#         AWS Config restricted-common-ports in the HIPAA conformance pack (20, 21, 3306, 4333); CIS AWS 7.0 6.1.2 (445); product default
#         for the others
#   rationale: Data services are not designed for hostile networks.
#   remediation: >-
#     Let the rule name the security group of the application (security_groups, source_security_group_id or
#     referenced_security_group_id) instead of an address range.
package checks.net.no_open_data_ports

import data.lib.net

fail contains {
	"uid": e.uid,
	"severity": net.opening_severity(e),
	"message": net.opening_message(e, opening),
	"expected": "no inbound rule admits any address to a data port",
	"actual": net.opening_actual(opening),
	"attributes": net.opening_attributes(opening),
} if {
	some e in input.network_boundary
	net.filters_ports(e)
	not net.idle(e)
	some opening in net.openings(e, e.attrs.rules, input.params.data_ports)
}

pass contains e.uid if {
	some e in input.network_boundary
	net.filters_ports(e)
	not net.idle(e)
	e.attrs.enabled == true
	e.attrs.default_inbound == "deny"
	net.closed(e, e.attrs.rules, input.params.data_ports)
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
