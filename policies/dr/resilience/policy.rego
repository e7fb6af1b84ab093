# METADATA
# title: Critical services survive the loss of one zone
# description: |
#   A pass shows that a critical store is kept in several zones or regions, and that an endpoint in front of a critical
#   store or host spans several zones. It does not show that a failover was tried.
# schemas:
#   - input.datastore: schema.datastore
#   - input.endpoint: schema.endpoint
# custom:
#   severity: medium
#   units: [datastore, endpoint]
#   collectors: [aws, terraform]
#   rationale: Resilience is a named property in GDPR Art. 32.
#   remediation: Turn on multi_az, replicas in other zones, or replication to another region; give load balancers subnets in two zones.
#   parameters:
#     - name: resilient_zones
#       default: 2
#       unit: zones
#       source: product default
package checks.dr.resilience

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is critical and lives in a single zone", [e.name]),
	"expected": "several zones or regions",
	"actual": "one zone",
	"attributes": ["redundancy"],
} if {
	some e in input.datastore
	e.attrs["derived.criticality"] == "critical"
	e.attrs.redundancy == "single"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is in front of what is critical, and spans %d zone", [e.name, e.attrs.zones]),
	"expected": sprintf("at least %d zones", [input.params.resilient_zones]),
	"actual": sprintf("%d", [e.attrs.zones]),
	"attributes": ["zones"],
} if {
	some e in input.endpoint
	serves_critical(e)
	ev.below(e, "zones", input.params.resilient_zones)
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["derived.criticality"] == "critical"
	e.attrs.redundancy in ["multi_az", "multi_region"]
}

pass contains e.uid if {
	some e in input.endpoint
	serves_critical(e)
	ev.at_least(e, "zones", input.params.resilient_zones)
}

not_applicable contains {"uid": e.uid, "message": "of lower criticality"} if {
	some e in input.datastore
	e.attrs["derived.criticality"] in ["high", "medium", "low"]
}

not_applicable contains {"uid": e.uid, "message": "what it serves is not critical"} if {
	some e in input.endpoint
	ev.settled(e, "reaches")
	served := [target | some uid in ev.targets(e, "reaches"); target := ev.entity(uid)]
	count(served) == count(ev.targets(e, "reaches"))
	every target in served {
		ev.known(target, "derived.criticality")
		target.attrs["derived.criticality"] != "critical"
	}
}

unknown contains {
	"uid": e.uid,
	"path": "criticality",
	"reason": "not_attested",
	"message": "no label and no business process says how critical it is",
} if {
	some e in input.datastore
	ev.is_null_fact(e, "derived.criticality")
}

serves_critical(e) if {
	some uid in ev.targets(e, "reaches")
	target := ev.entity(uid)
	target.attrs["derived.criticality"] == "critical"
}
