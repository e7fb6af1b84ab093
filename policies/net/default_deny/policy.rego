# METADATA
# title: Firewalls deny by default, including default security groups, and hosts run a firewall
# description: |
#   A pass shows that a default security group has no rules, that a host's firewall is on and denies what no rule admits, or that the policy
#   of a network firewall drops what no rule decides. It does not show that the rules themselves are narrow. Other security groups and
#   access lists always deny by default, and a web application firewall is no packet filter: they are not judged.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
#   - https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html
# schemas:
#   - input.network_boundary: schema.network_boundary
# custom:
#   severity: high
#   units: [network_boundary]
#   collectors: [aws, terraform, host]
#   rationale: What is not needed should not be reachable.
#   remediation: >-
#     Take over the default group of each network with aws_default_security_group without ingress and egress blocks. On hosts turn the
#     firewall on with a default of deny (ufw default deny incoming, or an nftables input chain with policy drop). Give a network
#     firewall policy stateful_default_actions = ["aws:drop_established"], or stateless_default_actions = ["aws:drop"].
package checks.net.default_deny

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the default security group %s has %s", [e.name, wording(rule)]),
	"expected": "a default security group without rules",
	"actual": wording(rule),
	"attributes": [sprintf("rules[%d]", [i])],
} if {
	some e in input.network_boundary
	e.attrs.type == "security_group"
	e.attrs.is_default == true
	some i, rule in e.attrs.rules
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the firewall %s is off", [e.name]),
	"expected": "the firewall is on",
	"actual": "off",
	"attributes": ["enabled"],
} if {
	some e in input.network_boundary
	e.attrs.type in {"host_firewall", "network_firewall"}
	e.attrs.enabled == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s admits what no rule decides", [e.name]),
	"expected": "inbound traffic is denied by default",
	"actual": "allowed by default",
	"attributes": ["default_inbound"],
} if {
	some e in input.network_boundary
	e.attrs.type in {"host_firewall", "network_firewall"}
	e.attrs.default_inbound == "allow"
}

pass contains e.uid if {
	some e in input.network_boundary
	e.attrs.type == "security_group"
	e.attrs.is_default == true
	ev.whole(e, "rules")
	count(e.attrs.rules) == 0
}

pass contains e.uid if {
	some e in input.network_boundary
	e.attrs.type in {"host_firewall", "network_firewall"}
	e.attrs.enabled == true
	e.attrs.default_inbound == "deny"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is not a default group: a security group denies what no rule admits", [e.name])} if {
	some e in input.network_boundary
	e.attrs.type == "security_group"
	e.attrs.is_default == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no default of its own to judge", [e.name])} if {
	some e in input.network_boundary
	e.attrs.type in {"nacl", "waf", "ips"}
}

wording(rule) := "an inbound rule" if {
	rule.direction == "in"
} else := "an outbound rule" if {
	rule.direction == "out"
} else := "a rule"
