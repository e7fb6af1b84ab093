# METADATA
# title: Intrusion prevention blocks, not only alerts, in front of internet-facing services
# description: |
#   A pass on an endpoint shows that a web application firewall, network firewall or intrusion prevention system that is attached to it
#   blocks what a managed group of threat signatures matches. A pass on such a boundary shows the same of itself. It does not show that
#   the signatures fit the application. Where a network firewall or prevention system exists that is not attached to the endpoint,
#   whether traffic passes it cannot be proved, and the endpoint is unknown.
# related_resources:
#   - https://docs.aws.amazon.com/waf/latest/developerguide/waf-managed-rule-groups.html
#   - https://docs.aws.amazon.com/network-firewall/latest/developerguide/aws-managed-rule-groups-threat-signature.html
# schemas:
#   - input.network_boundary: schema.network_boundary
#   - input.endpoint: schema.endpoint
# custom:
#   severity: medium
#   units: [network_boundary, endpoint]
#   collectors: [aws, terraform, host]
#   rationale: The seed names IDS and IPS separately; a web application firewall in count mode prevents nothing.
#   remediation: >-
#     Associate an aws_wafv2_web_acl with the load balancer, API stage or distribution (aws_wafv2_web_acl_association, web_acl_id). Give
#     it a managed_rule_group_statement such as AWSManagedRulesCommonRuleSet with override_action none, not count. A network firewall
#     needs a reference to a managed rule group without the override DROP_TO_ALERT. A classic load balancer and the API of a Kubernetes
#     cluster take no web ACL: replace the aws_elb by an application load balancer, and set endpoint_public_access = false.
package checks.net.ips

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s %s", [e.name, flaw(e)]),
	"expected": "a managed group of threat signatures that blocks",
	"actual": flaw(e),
	"attributes": array.concat(counting(e), ["mode"]),
} if {
	some e in input.network_boundary
	inline(e)
	flaw(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s faces the internet without intrusion prevention", [e.name]),
	"expected": "a web application firewall or another inline prevention system",
	"actual": "none attached",
	"attributes": ["waf"],
} if {
	some e in input.endpoint
	e.attrs.exposure == "internet"
	no_waf(e)
	count(guards(e)) == 0
	nothing_else(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s faces the internet behind %s, which %s", [e.name, guard.name, flaw(guard)]),
	"expected": "a managed group of threat signatures that blocks",
	"actual": sprintf("%s %s", [guard.name, flaw(guard)]),
	"attributes": ["waf"],
} if {
	some e in input.endpoint
	e.attrs.exposure == "internet"
	waf_known(e)
	found := guards(e)
	some guard in found
	flaw(guard)
	count([g | some g in found; flaw(g)]) == count(found)
	nothing_else(e)
}

pass contains e.uid if {
	some e in input.network_boundary
	inline(e)
	prevents(e)
}

pass contains e.uid if {
	some e in input.endpoint
	e.attrs.exposure == "internet"
	some guard in guards(e)
	prevents(guard)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s filters addresses and ports; it knows no threats", [e.name])} if {
	some e in input.network_boundary
	e.attrs.type in {"security_group", "nacl", "host_firewall"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s stands before nothing", [e.name])} if {
	some e in input.network_boundary
	inline(e)
	ev.whole(e, "attached_to")
	count(e.attrs.attached_to) == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s does not face the internet", [e.name])} if {
	some e in input.endpoint
	e.attrs.exposure in {"internal", "loopback"}
}

# An endpoint before which no web application firewall can be put may be a name for others, such as the domain of an API's stages.
not_applicable contains {"uid": e.uid, "message": sprintf("%s leads to endpoints that are judged themselves", [e.name])} if {
	some e in input.endpoint
	ev.not_applicable(e, "waf")
	some uid in ev.targets(e, "reaches")
	ev.entity(uid).kind == "endpoint"
}

unknown contains {
	"uid": e.uid,
	"path": "waf",
	"reason": "unlinked",
	"message": sprintf("%s was not collected", [e.attrs.waf]),
} if {
	some e in input.endpoint
	is_string(e.attrs.waf)
	not collected(e.attrs.waf)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether %s lies behind %s is not known", [e.name, boundary.name]),
} if {
	some e in input.endpoint
	waf_known(e)
	some boundary in elsewhere(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("no boundary is declared with %s: what stands before it is not known", [e.name]),
} if {
	some e in input.endpoint
	no_waf(e)
	not scope.managed_in("network_boundary", e.scope)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether %s blocks threats is not known", [guard.name]),
} if {
	some e in input.endpoint
	some guard in guards(e)
	not prevents(guard)
	not flaw(guard)
}

inline(e) if e.attrs.type in {"waf", "network_firewall", "ips"}

# guards are the inspecting boundaries that are known to stand before an endpoint.
guards(e) := [b |
	some uid in ({w | w := e.attrs.waf; is_string(w)} | {s | some s in ev.sources(e, "attached_to")})
	b := ev.entity(uid)
	inline(b)
]

# no_waf holds where no web application firewall is attached, or none can be.
no_waf(e) if e.attrs.waf == null

no_waf(e) if ev.not_applicable(e, "waf")

waf_known(e) if no_waf(e)

waf_known(e) if collected(e.attrs.waf)

collected(uid) if ev.entity(uid)

# nothing_else holds where no further boundary can stand on the way to the endpoint.
nothing_else(e) if {
	scope.managed_in("network_boundary", e.scope)
	count(elsewhere(e)) == 0
}

# elsewhere are the boundaries that stand in networks rather than before single endpoints, and those of unknown type.
elsewhere(e) := [b |
	some b in ev.all_of("network_boundary")
	not endpoint_guard(b)
	not b.uid in ev.sources(e, "attached_to")
]

endpoint_guard(b) if b.attrs.type in {"waf", "security_group", "nacl", "host_firewall"}

# prevents holds where the boundary is on and blocks what a managed group of signatures matches.
prevents(b) if {
	b.attrs.enabled == true
	b.attrs.mode == "prevent"
	some rule in b.attrs.rules
	rule.threat_group == true
	rule.action == "deny"
}

# flaw says what is known to be wrong with a boundary.
flaw(b) := "is off" if {
	b.attrs.enabled == false
} else := "only detects" if {
	b.attrs.mode == "detect"
} else := "has no managed group of threat signatures that blocks" if {
	ev.whole(b, "rules")
	count([rule | some rule in b.attrs.rules; idle(rule)]) == count(b.attrs.rules)
}

# counting are the managed groups of a boundary that block nothing: where a finding about it points to.
counting(b) := [sprintf("rules[%d]", [i]) |
	some i, rule in b.attrs.rules
	rule.threat_group == true
	rule.action == "allow"
]

# idle holds for a rule that is no managed group, or one that blocks nothing.
idle(rule) if rule.threat_group == false

idle(rule) if rule.action == "allow"
