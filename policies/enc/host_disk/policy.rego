# METADATA
# title: Laptops, workstations and on-premises servers use full-disk encryption
# description: |
#   A pass shows, of a device that people carry or sit at, that all its writable file systems but the boot partition are encrypted; of a server the same,
#   or that the volumes of the platform under it are. It does not show who holds the passphrase or when the disk is unlocked. A server
#   without sensitive data is not judged. Where nothing was measured, what the asset inventory attests counts, and the message says so.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
#   - https://gitlab.com/cryptsetup/cryptsetup
# schemas:
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [host]
#   collectors: [host, governance]
#   rationale: Portable devices are lost; encryption decides whether that is a reportable breach.
#   remediation: >-
#     Install the system on LUKS (the installer's encrypted LVM), or move the data to a LUKS volume (cryptsetup luksFormat, a keyfile or TPM with
#     systemd-cryptenroll). In the cloud encrypt the volumes: restore an encrypted copy of the snapshot. Keep the recovery key off the device.
package checks.enc.host_disk

import data.lib.ev
import data.lib.label
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is carried or stands on a desk, and is not encrypted at %s", [e.name, concat(", ", e.attrs["disk.unencrypted_mounts"])]),
	"expected": "all writable file systems are encrypted",
	"actual": sprintf("plain: %s", [concat(", ", e.attrs["disk.unencrypted_mounts"])]),
	"attributes": ["disk.unencrypted_mounts"],
} if {
	some e in input.host
	e.attrs.kind in portable
	count(e.attrs["disk.unencrypted_mounts"]) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s %s and is not encrypted at %s", [e.name, label.sensitive(e), concat(", ", e.attrs["disk.unencrypted_mounts"])]),
	"expected": "all file systems that hold sensitive data are encrypted",
	"actual": sprintf("plain: %s", [concat(", ", e.attrs["disk.unencrypted_mounts"])]),
	"attributes": ["disk.unencrypted_mounts"],
} if {
	some e in input.host
	fixed(e)
	e.attrs["derived.sensitive"] == true
	count(e.attrs["disk.unencrypted_mounts"]) > 0
	plain_below(e)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the asset inventory says that %s is not encrypted", [e.name]),
	"expected": "an encrypted disk",
	"actual": "not encrypted, as attested",
	"attributes": ["disk.encrypted"],
} if {
	some e in input.host
	weighty(e)
	unmeasured(e)
	some row in rows(e)
	row.attrs.encrypted == false
}

pass contains e.uid if {
	some e in input.host
	e.attrs.kind in judged
	encrypted(e)
}

pass contains {"uid": e.uid, "message": sprintf("the volumes under %s are encrypted by the platform", [e.name])} if {
	some e in input.host
	e.attrs.kind in virtual
	count(e.attrs["disk.unencrypted_mounts"]) > 0
	e.uid in on_encrypted
	not e.uid in on_plain
	not e.uid in on_unclear
	volumes_read(e)
	ev.known(e, "disk.unencrypted_mounts")
}

pass contains {"uid": e.uid, "message": sprintf("attested by the asset inventory: %s is encrypted", [e.name])} if {
	some e in input.host
	e.attrs.kind in judged
	unmeasured(e)
	count(rows(e)) > 0
	count([row | some row in rows(e); row.attrs.encrypted == true]) == count(rows(e))
}

not_applicable contains {"uid": e.uid, "message": "a server without sensitive data"} if {
	some e in input.host
	fixed(e)
	e.attrs["derived.sensitive"] == false
	not encrypted(e)
	ev.known(e, "derived.sensitive")
}

not_applicable contains {"uid": e.uid, "message": "a network device has no disk of its own to encrypt"} if {
	some e in input.host
	e.attrs.kind == "network_device"
}

unknown contains {
	"uid": e.uid,
	"path": "disk.unencrypted_mounts",
	"reason": "unlinked",
	"message": sprintf("whether the platform under %s encrypts its volumes is not known", [e.name]),
} if {
	some e in input.host
	e.attrs.kind in virtual
	count(e.attrs["disk.unencrypted_mounts"]) > 0
}

portable := {"laptop", "workstation", "mobile"}

virtual := {"vm", "container_host"}

judged := (portable | virtual) | {"server"}

fixed(e) if e.attrs.kind in (virtual | {"server"})

# weighty holds for the hosts whose disks must be encrypted.
weighty(e) if e.attrs.kind in portable

weighty(e) if {
	fixed(e)
	e.attrs["derived.sensitive"] == true
}

# encrypted holds where it was measured that no writable file system is plain; the list says more than the sum of all disks.
encrypted(e) if {
	ev.whole(e, "disk.unencrypted_mounts")
	count(e.attrs["disk.unencrypted_mounts"]) == 0
}

encrypted(e) if {
	not ev.known(e, "disk.unencrypted_mounts")
	e.attrs["disk.encrypted"] == true
}

unmeasured(e) if {
	not ev.known(e, "disk.unencrypted_mounts")
	not ev.known(e, "disk.encrypted")
}

# plain_below holds where nothing under the host encrypts: on hardware, or on volumes of which one is known to be plain.
plain_below(e) if e.attrs.kind == "server"

plain_below(e) if e.uid in on_plain

# on_encrypted, on_plain and on_unclear are the hosts with a volume that the platform encrypts, does not encrypt, or says nothing of.
on_encrypted := {volume.attrs.attached_host | some volume in ev.all_of("volume"); volume.attrs["encryption.at_rest"] == true}

on_plain := {volume.attrs.attached_host | some volume in ev.all_of("volume"); volume.attrs["encryption.at_rest"] == false}

on_unclear := {volume.attrs.attached_host | some volume in ev.all_of("volume"); not ev.known(volume, "encryption.at_rest")}

volumes_read(e) if {
	scope.covered("volume", e.scope)
	adrift == 0
}

# adrift is how many volumes there are of which it is not known to what they are attached.
adrift := count([volume | some volume in ev.all_of("volume"); not ev.known(volume, "attached_host")])

# rows are the rows of the asset inventory that stand for the host.
rows(e) := [row |
	some uid in ev.sources(e, "represents")
	row := ev.entity(uid)
	row.kind == "asset"
]
