# METADATA
# title: Firewalls, servers and applications all send logs to a central place
# description: |
#   Judged once for the organisation. A pass shows that traffic is recorded in every network, that every host forwards its logs of logins and
#   of audit, that every internet-facing endpoint and every application of the inventory has a log, and that what was observed is not
#   silent. It needs the inventory of applications; without it only a gap can be proved.
# related_resources:
#   - https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
#   - https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [organization]
#   collectors: [aws, terraform, host, governance]
#   rationale: A source that sends no logs is a blind spot.
#   remediation: "Add an aws_flow_log for every VPC, access_logs to every internet-facing load balancer, access_log_settings or logging_config to APIs and distributions, enabled_cluster_log_types with \"audit\" to an aws_eks_cluster; forward the hosts' auth and audit logs; name the log source of each application."
#   parameters:
#     - name: log_silence_days
#       default: 1
#       unit: days
#       source: "product default: a source that sent nothing for 24 hours is silent"
#     - name: host_log_types
#       default: [os_auth, os_audit]
#       unit: list
#       source: "product default: who logged in, and what was done"
#     - name: logged_protocols
#       default: [http, https, grpc, tls]
#       unit: list
#       source: "product default: protocols for which load balancers and gateways write access logs; flow logs show the others"
package checks.log.sources

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the traffic of %s is not recorded: it has no flow log", [n.name]),
	"expected": "flow logs or firewall logs in every network",
	"actual": sprintf("none in %s", [n.name]),
	"attributes": [],
	"at": {"uid": n.uid, "attribute": "flow_logs.enabled"},
} if {
	some e in input.organization
	some n in ev.all_of("network")
	n.attrs["flow_logs.enabled"] == false
	scope.covered("log_source", n.scope)
	not maybe(n, ["network_flow", "firewall"])
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s faces the internet and writes no access log", [p.name]),
	"expected": "an access log for every internet-facing endpoint",
	"actual": sprintf("none for %s", [p.name]),
	"attributes": [],
	"at": {"uid": p.uid, "attribute": "exposure"},
} if {
	some e in input.organization
	some p in ev.all_of("endpoint")
	facing(p)
	p.attrs.protocol in input.params.logged_protocols
	scope.covered("log_source", p.scope)
	ev.settled(p, "logs_to")
	not maybe(p, ["lb_access", "application"])
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s forwards no %s log", [h.name, typ]),
	"expected": "every host forwards its logs of logins and of audit",
	"actual": sprintf("%s does not", [h.name]),
	"attributes": [],
	"at": {"uid": h.uid, "attribute": ""},
} if {
	some e in input.organization
	some h in ev.all_of("host")
	startswith(h.scope, "host:")
	some typ in input.params.host_log_types
	scope.covered("log_source", h.scope)
	not maybe(h, [typ])
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the logs of %s are off", [a.name]),
	"expected": "every application sends logs",
	"actual": sprintf("%s sends none", [a.name]),
	"attributes": [],
	"at": {"uid": a.uid, "attribute": ""},
} if {
	some e in input.organization
	some a in applications
	count(naming(a)) > 0
	count([s | some s in naming(a); s.attrs.enabled == false]) == count(naming(a))
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is silent: its last event is %d days old", [s.name, floor(ev.days_since(s, "last_event_at"))]),
	"expected": sprintf("an event in the last %v days", [input.params.log_silence_days]),
	"actual": "silent",
	"attributes": [],
	"at": {"uid": s.uid, "attribute": "last_event_at"},
} if {
	some e in input.organization
	some s in sources
	s.attrs.enabled == true
	s.plane == "observed"
	concerns(s)
	ev.days_since(s, "last_event_at") > input.params.log_silence_days
}

pass contains e.uid if {
	some e in input.organization
	every kind in ["network", "endpoint", "host", "asset", "log_source"] {
		scope.enumerated(kind)
	}
	every a in ev.all_of("asset") {
		is_string(a.attrs.type)
	}
	count(applications) > 0
	every a in applications {
		logged_application(a)
	}
	every n in ev.all_of("network") {
		logged_network(n)
	}
	every p in ev.all_of("endpoint") {
		logged_endpoint(p)
	}
	every h in ev.all_of("host") {
		logged_host(h)
	}
	every s in sources {
		heard(s)
	}
}

unknown contains {
	"uid": e.uid,
	"path": "asset",
	"reason": "not_collected",
	"message": "no complete inventory of applications was collected; what it lists must have a log",
} if {
	some e in input.organization
	not inventoried
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": "not_attested",
	"message": sprintf("no log source is known for the application %s", [a.name]),
} if {
	some e in input.organization
	some a in applications
	not logged_application(a)
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": "not_collected",
	"message": sprintf("whether the %s log of %s is forwarded is not known", [typ, h.name]),
} if {
	some e in input.organization
	some h in ev.all_of("host")
	some typ in input.params.host_log_types
	not host_forwards(h, typ)
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": "unlinked",
	"message": sprintf("whether %s is logged is not known", [x.name]),
} if {
	some e in input.organization
	some x in unsure
}

unknown contains {
	"uid": e.uid,
	"path": "log_source",
	"reason": object.get(s, ["unknown", "last_event_at"], "not_collected"),
	"message": sprintf("when the newest record of %s arrived is not known", [s.name]),
} if {
	some e in input.organization
	some s in sources
	not heard(s)
}

inventoried if {
	scope.enumerated("asset")
	count(applications) > 0
}

unsure contains n if {
	some n in ev.all_of("network")
	not logged_network(n)
}

unsure contains p if {
	some p in ev.all_of("endpoint")
	not logged_endpoint(p)
}

sources := ev.all_of("log_source")

# facing holds for the endpoints that anybody can reach.
facing(p) if p.attrs.exposure == "internet"

# on_names are what sources name that are known to be on, by type; maybe_names also what those name that may be.
on_names contains [s.attrs.type, name] if {
	some s in sources
	s.attrs.enabled == true
	some name in scope.words(s.attrs.scope)
}

maybe_names contains [s.attrs.type, name] if {
	some s in sources
	not off(s)
	some name in scope.words(s.attrs.scope)
}

# forwarded_names are what sources name that are on and leave the system.
forwarded_names contains [s.attrs.type, name] if {
	some s in sources
	s.attrs.enabled == true
	s.attrs.forwarded == true
	some name in scope.words(s.attrs.scope)
}

# vague are the sources that are, or may be, on and of which it is not known what they cover, or of what type they are.
vague contains s if {
	some s in sources
	not off(s)
	not ev.known(s, "scope")
	not ev.not_applicable(s, "scope")
}

vague contains s if {
	some s in sources
	not off(s)
	not ev.known(s, "type")
}

# doubtful are the sources of which it is not known whether they are on: an endpoint may stand before what they cover.
doubtful contains s if {
	some s in sources
	not ev.known(s, "enabled")
}

# off holds for what writes nothing, or, on a host, keeps it there.
off(s) if s.attrs.enabled == false

off(s) if {
	s.attrs.type in input.params.host_log_types
	s.attrs.forwarded == false
}

# maybe holds where a source of one of the types may cover the entity.
maybe(e, types) if {
	some typ in types
	some name in scope.names(e)
	[typ, name] in maybe_names
}

maybe(e, _) if {
	some uid in ev.targets(e, "logs_to")
	not off(ev.entity(uid))
}

maybe(e, types) if {
	some s in vague
	of_types(s, types)
	scope.overlap(s.scope, e.scope)
}

maybe(e, types) if {
	e.kind == "endpoint"
	some s in doubtful
	of_types(s, types)
	scope.overlap(s.scope, e.scope)
}

of_types(s, types) if s.attrs.type in types

of_types(s, _) if not ev.known(s, "type")

# covered_by holds where a source of one of the types is on and covers the entity.
covered_by(e, types) if {
	some typ in types
	some name in scope.names(e)
	[typ, name] in on_names
}

covered_by(e, types) if {
	some uid in ev.targets(e, "logs_to")
	s := ev.entity(uid)
	s.attrs.enabled == true
	s.attrs.type in types
}

logged_network(n) if n.attrs["flow_logs.enabled"] == true

logged_network(n) if covered_by(n, ["network_flow", "firewall"])

logged_endpoint(p) if p.attrs.exposure in ["internal", "loopback"]

logged_endpoint(p) if {
	ev.known(p, "protocol")
	not p.attrs.protocol in input.params.logged_protocols
}

logged_endpoint(p) if covered_by(p, ["lb_access", "application"])

logged_host(h) if {
	every typ in input.params.host_log_types {
		host_forwards(h, typ)
	}
}

host_forwards(h, typ) if {
	some name in scope.names(h)
	[typ, name] in forwarded_names
}

host_forwards(h, typ) if {
	some uid in ev.targets(h, "logs_to")
	s := ev.entity(uid)
	s.attrs.type == typ
	s.attrs.enabled == true
	s.attrs.forwarded == true
}

# applications are those of the inventory that are in use, or may be.
applications := [a |
	some a in ev.all_of("asset")
	a.attrs.type == "application"
	not gone(a)
]

gone(a) if a.attrs.status in ["stored", "retired", "disposed"]

# naming are the sources that name an application, or what it stands for.
naming(a) := [s |
	some s in sources
	some name in scope.words(s.attrs.scope)
	name in application_names(a)
]

application_names(a) := (scope.names(a) | {uid | some uid in a.attrs.represents}) | {uid | some uid in ev.targets(a, "represents")}

logged_application(a) if {
	some s in naming(a)
	s.attrs.enabled == true
}

logged_application(a) if {
	some uid in ev.targets(a, "logs_to")
	s := ev.entity(uid)
	s.attrs.enabled == true
}

# concerns holds for a source that covers something, or to which something logs. A log group of which nothing is known to log into it may be
# that of a function that is seldom called, or that is gone.
concerns(s) if not ev.not_applicable(s, "scope")

concerns(s) if count(ev.sources(s, "logs_to")) > 0

# heard holds for what cannot be silent: code and statements tell of no events, what is off has none, and records that come with those of
# another source are heard there.
heard(s) if s.plane != "observed"

heard(s) if s.attrs.enabled == false

heard(s) if not concerns(s)

heard(s) if ev.not_applicable(s, "last_event_at")

heard(s) if ev.days_since(s, "last_event_at") <= input.params.log_silence_days
