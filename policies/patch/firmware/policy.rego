# METADATA
# title: Firmware is inventoried, checked within 90 days and without overdue security updates
# description: |
#   Judged on hosts with firmware of their own, and on the rows of the asset inventory that stand for devices. A pass on a host shows that firmware
#   updates were looked for lately and that none has been waiting for long; where the host tells nothing, the inventory's attestation counts and
#   the message says so. A pass on a row shows that its firmware's version is recorded and was checked lately. It does not show that the recorded
#   version is the installed one.
# related_resources:
#   - https://fwupd.org/
#   - https://csrc.nist.gov/pubs/sp/800/193/final
# schemas:
#   - input.host: schema.host
#   - input.asset: schema.asset
# custom:
#   severity: medium
#   units: [host, asset]
#   collectors: [host, governance]
#   rationale: Firmware sits below every other control, and nothing above it notices when it is old.
#   remediation: >-
#     Run fwupdmgr refresh and fwupdmgr update, or the maker's tool, and restart. For appliances record firmware_version and firmware_checked_on in
#     assets.csv each quarter.
#   parameters:
#     - name: firmware_check_days
#       default: 90
#       unit: days
#       source: product default
#     - name: patch_high_days
#       default: 30
#       unit: days
#       source: CISA BOD 19-02; NPRM 164.308(a)(4)
package checks.patch.firmware

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("firmware updates of %s were last looked for %d days ago", [e.name, floor(ev.days_since(e, "firmware.checked_at"))]),
	"expected": sprintf("a look in the last %d days", [input.params.firmware_check_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "firmware.checked_at"))]),
	"attributes": ["firmware.checked_at"],
} if {
	some e in input.host
	ev.days_since(e, "firmware.checked_at") > input.params.firmware_check_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the firmware update %s of %s has been out since %s", [item.id, e.name, item.released_on]),
	"expected": sprintf("installed within %d days", [input.params.patch_high_days]),
	"actual": sprintf("out since %s", [item.released_on]),
	"attributes": [sprintf("firmware.pending[%d]", [i])],
} if {
	some e in input.host
	some i, item in e.attrs["firmware.pending"]
	age(item) > input.params.patch_high_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the firmware of %s was last checked %d days ago, by the inventory", [e.name, floor(ev.days_since(e, "firmware_checked_on"))]),
	"expected": sprintf("a check in the last %d days", [input.params.firmware_check_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "firmware_checked_on"))]),
	"attributes": ["firmware_checked_on"],
} if {
	some e in input.asset
	device(e)
	ev.days_since(e, "firmware_checked_on") > input.params.firmware_check_days
}

pass contains e.uid if {
	some e in input.host
	ev.days_since(e, "firmware.checked_at") <= input.params.firmware_check_days
	ev.enumerated(e, "firmware.pending")
	every item in e.attrs["firmware.pending"] {
		age(item) <= input.params.patch_high_days
	}
}

pass contains {"uid": e.uid, "message": sprintf("attested by the asset inventory: the firmware of %s was checked on %s", [e.name, row.attrs.firmware_checked_on])} if {
	some e in input.host
	unmeasured(e)
	some row in rows(e)
	ev.days_since(row, "firmware_checked_on") <= input.params.firmware_check_days
}

pass contains e.uid if {
	some e in input.asset
	device(e)
	ev.stated(e.attrs.firmware_version)
	ev.days_since(e, "firmware_checked_on") <= input.params.firmware_check_days
}

not_applicable contains {"uid": e.uid, "message": "its firmware is the provider's"} if {
	some e in input.host
	ev.not_applicable(e, "firmware.checked_at")
}

not_applicable contains {"uid": e.uid, "message": "its firmware is the provider's"} if {
	some e in input.host
	e.attrs.kind == "vm"
}

not_applicable contains {"uid": e.uid, "message": "it has no firmware"} if {
	some e in input.asset
	ev.not_applicable(e, "firmware_version")
}

not_applicable contains {"uid": e.uid, "message": "it has no firmware"} if {
	some e in input.asset
	e.attrs.type in {"application", "data", "cloud_service", "removable_media"}
}

not_applicable contains {"uid": e.uid, "message": "no longer in use"} if {
	some e in input.asset
	e.attrs.status in {"retired", "disposed"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("judged on %s, which tells of its firmware itself", [host.name])} if {
	some e in input.asset
	some uid in ev.targets(e, "represents")
	host := ev.entity(uid)
	host.kind == "host"
	tells(host)
}

# devices are the types of assets that have firmware.
devices := {"server", "laptop", "workstation", "mobile", "network_device"}

device(e) if e.attrs.type in devices

age(item) := (input.as_of_ns - ev.ns(item.released_on)) / ev.day_ns if is_string(item.released_on)

# tells holds where the host itself was asked for its firmware, or has none.
tells(host) if ev.known(host, "firmware.checked_at")

tells(host) if ev.not_applicable(host, "firmware.checked_at")

unmeasured(e) if {
	not ev.known(e, "firmware.checked_at")
	not ev.known(e, "firmware.pending")
}

rows(e) := [row |
	some uid in ev.sources(e, "represents")
	row := ev.entity(uid)
	row.kind == "asset"
]
