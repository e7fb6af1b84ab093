# METADATA
# title: Intrusion detection is on for every used region and site, and is producing events
# description: |
#   A pass on a cloud account shows that each used region has an intrusion detector that is on and sends its findings somewhere. A pass on a
#   site, or on a network of it, shows the same of a sensor that also reported within the days of the parameter. It does not show that
#   somebody acts on findings. Networks of a cloud account are judged with the account, per region. In code, a detector is missing only
#   where the root module declares intrusion detectors at all; another root may hold them.
# related_resources:
#   - https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_settingup.html
#   - https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
# schemas:
#   - input.account: schema.account
#   - input.network: schema.network
# custom:
#   severity: high
#   units: [account, network]
#   collectors: [aws, terraform, host, governance]
#   parameters:
#     - name: ids_heartbeat_days
#       default: 7
#       unit: days
#       source: product default
#   rationale: Detection that is off in one region is where the attacker works.
#   remediation: >-
#     Turn on aws_guardduty_detector in every region in use, with an aws_cloudwatch_event_rule on source aws.guardduty whose target
#     reaches people. On a site run a network or host sensor that reports to a console.
package checks.net.ids

import data.lib.detect
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("no intrusion detector is on in %s of %s", [region.name, e.name]),
	"expected": "an enabled intrusion detector in every used region",
	"actual": sprintf("none in %s", [region.name]),
	"attributes": [sprintf("regions[%d].used", [i])],
} if {
	some e in input.account
	some i, region in e.attrs.regions
	region.used == true
	detect.none_on(detect.watching_region(e, region.name, "ids"))
	detect.read(e, region.name, "ids")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the findings of intrusion detection in %s of %s go nowhere", [region.name, e.name]),
	"expected": "findings reach a destination",
	"actual": sprintf("no destination in %s", [region.name]),
	"attributes": [sprintf("regions[%d].used", [i])],
} if {
	some e in input.account
	some i, region in e.attrs.regions
	region.used == true
	mute(detect.watching_region(e, region.name, "ids"))
	detect.read(e, region.name, "ids")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no intrusion detector is on for %s", [e.name]),
	"expected": "an enabled sensor",
	"actual": "none",
	"attributes": [],
} if {
	some e in sites
	detect.none_on(detect.watching(e, "ids"))
	scope.covered("detector", e.scope)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the intrusion detection of %s is silent: its last event is %d days old", [e.name, floor(age)]),
	"expected": sprintf("an event within %d days", [input.params.ids_heartbeat_days]),
	"actual": sprintf("%d days", [floor(age)]),
	"attributes": [],
} if {
	some e in sites
	found := detect.watching(e, "ids")
	count(found) > 0
	age := min([a | some d in found; a := ev.days_since(d, "last_event_at")])
	count([d | some d in found; ev.days_since(d, "last_event_at") > input.params.ids_heartbeat_days]) == count(found)
	scope.covered("detector", e.scope)
}

pass contains e.uid if {
	some e in input.account
	ev.enumerated(e, "regions")
	used := [region | some region in e.attrs.regions; region.used == true]
	count(used) > 0
	count([region | some region in e.attrs.regions; is_boolean(region.used)]) == count(e.attrs.regions)
	every region in used {
		some detector in detect.watching_region(e, region.name, "ids")
		reports(detector)
	}
}

pass contains e.uid if {
	some e in sites
	some detector in detect.watching(e, "ids")
	reports(detector)
	ev.days_since(detector, "last_event_at") <= input.params.ids_heartbeat_days
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s uses no region", [e.name])} if {
	some e in input.account
	ev.enumerated(e, "regions")
	count([region | some region in e.attrs.regions; region.used == false]) == count(e.attrs.regions)
	not e.attrs.provider == "onprem"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is watched by its account's detectors, per region", [e.name])} if {
	some e in input.network
	in_cloud(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("whether intrusion detection is on in %s of %s is not known", [region.name, e.name]),
} if {
	some e in input.account
	some region in e.attrs.regions
	region.used == true
	count([d | some d in detect.watching_region(e, region.name, "ids"); reports(d)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "regions",
	"reason": "unlinked",
	"message": sprintf("which regions %s uses is not fully known", [e.name]),
} if {
	some e in input.account
	some gap in ["regions[]", "regions[].used"]
	e.partial[gap]
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("whether the intrusion detection of %s is on and reporting is not known", [e.name]),
} if {
	some e in sites
}

# sites are the on-premises sites, and the networks that are not in a cloud account.
sites contains e if {
	some e in input.account
	e.attrs.provider == "onprem"
}

sites contains e if {
	some e in input.network
	not in_cloud(e)
}

in_cloud(e) if startswith(e.scope, "aws:")

in_cloud(e) if startswith(e.scope, "tf:")

# reports holds where a detector is on and sends its findings somewhere.
reports(d) if {
	d.attrs.type == "ids"
	is_string(d.attrs.scope)
	d.attrs.enabled == true
	is_string(d.attrs.findings_destination)
}

# mute holds where some detector is on, and each one is off or known to have no destination.
mute(found) if {
	some on in found
	on.attrs.type == "ids"
	on.attrs.enabled == true
	count([d | some d in found; tells_nobody(d)]) == count(found)
}

tells_nobody(d) if d.attrs.enabled == false

tells_nobody(d) if d.attrs.findings_destination == null
