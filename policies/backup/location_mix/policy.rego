# METADATA
# title: The backup estate combines on-premises, cloud and offsite storage, or records why not
# description: |
#   Judged on the organisation, over all targets of the run. A pass shows that vaults with copies of the last days lie in the cloud, away from
#   what they protect (another region or site), and on the premises or offline. It does not show that each store has a copy in each place:
#   backup.copies_321 judges that. That a place is missing is proved only where the backups of hosts were read as well. A reason for doing
#   without one is recorded as a waiver, which leaves the failure visible; an attested external backup makes it a person's to judge.
# related_resources:
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html
#   - https://www.cisa.gov/sites/default/files/publications/data_backup_options.pdf
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: medium
#   units: [organization]
#   collectors: [aws, host, governance]
#   rationale: A single kind of place fails as one, by fire, by a lost account or by an attacker who reaches the network.
#   remediation: >-
#     Copy recovery points to another region (copy_action in the backup plan), send restic or borg repositories to object storage, and keep a
#     set on the premises or on detached media. Without premises, keep an offline copy or record the exception in waivers.yaml.
#   parameters:
#     - name: backup_location_days
#       default: 30
#       unit: days
#       source: product default
package checks.backup.location_mix

import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("no backup of the last %d days lies %s", [input.params.backup_location_days, words[place]]),
	"expected": "copies in the cloud, away from what they protect, and on the premises or offline",
	"actual": sprintf("none %s", [words[place]]),
	"attributes": [],
} if {
	some e in input.organization
	some place in missing
	count(external) == 0
	ev.covered_within("recovery_point", "host")
	scope.measured("recovery_point")
	scope.measured("backup_vault")
	complete
}

pass contains e.uid if {
	some e in input.organization
	missing == set()
}

review contains {
	"uid": e.uid,
	"message": sprintf("no collected backup lies %s; whether the external backup that %s attests does is for a person to judge", [words[place], statement.name]),
} if {
	some e in input.organization
	some place in missing
	some statement in external
}

unknown contains {
	"uid": e.uid,
	"path": "recovery_point",
	"reason": "not_collected",
	"message": sprintf("no collected backup lies %s, and not all backup systems were read, those of hosts included", [words[place]]),
} if {
	some e in input.organization
	some place in missing
}

words := {
	"cloud": "in the cloud",
	"away": "away from what it protects, in another region or on another site",
	"at_hand": "on the premises or offline",
}

missing := {place | some place, _ in words} - found

found contains "cloud" if {
	some [_, vault] in held
	vault.attrs["location.type"] == "cloud"
}

found contains "away" if {
	some [_, vault] in held
	vault.attrs["location.type"] == "offsite"
}

found contains "away" if {
	some [point, vault] in held
	vault.attrs["location.type"] == "cloud"
	some uid in ev.targets(point, "protects")
	elsewhere(ev.entity(uid), vault)
}

found contains "at_hand" if {
	some [_, vault] in held
	vault.attrs["location.type"] in {"onprem", "offline"}
}

# elsewhere holds where a vault in the cloud is in another region than what it protects, or what it protects is not in the cloud.
elsewhere(e, vault) if vault.attrs["location.region"] != e.attrs["location.region"]

elsewhere(e, _) if ev.not_applicable(e, "location.region")

elsewhere(e, _) if {
	e.kind == "host"
	e.attrs.kind in {"server", "workstation", "laptop"}
	startswith(e.scope, "host:")
}

# held are the completed recovery points of the last days, with their vaults.
held := [[point, vault] |
	some point in ev.all_of("recovery_point")
	point.attrs.status == "completed"
	ev.days_since(point, "completed_at") <= input.params.backup_location_days
	vault := ev.entity(point.attrs.vault)
]

# complete holds where no recovery point can turn out to lie in another kind of place.
complete if {
	count([point | some point in ev.all_of("recovery_point"); not placed(point)]) == 0
	count([vault | some vault in ev.all_of("backup_vault"); not located(vault)]) == 0
}

located(vault) if vault.attrs["location.type"] in {"onprem", "offsite", "offline"}

located(vault) if {
	vault.attrs["location.type"] == "cloud"
	ev.known(vault, "location.region")
}

placed(point) if point.attrs.status in {"partial", "expired", "deleting"}

# A copy that the service itself keeps lies with it, in no vault of one's own.
placed(point) if ev.not_applicable(point, "vault")

placed(point) if ev.days_since(point, "completed_at") > input.params.backup_location_days

placed(point) if {
	point.attrs.status == "completed"
	ev.known(point, "completed_at")
	_ = ev.entity(point.attrs.vault)
}

# external are the statements about backups outside of what was collected that still count.
external := [statement |
	some statement in ev.all_of("attestation")
	statement.attrs.type == "external_backup"
	ev.days_since(statement, "expires_on") < 1
]
