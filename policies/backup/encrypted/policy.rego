# METADATA
# title: Recovery points and vaults are encrypted
# description: |
#   A pass shows that the vault or the recovery point is encrypted at rest. It does not show who holds the key.
# schemas:
#   - input.recovery_point: schema.recovery_point
#   - input.backup_vault: schema.backup_vault
# custom:
#   severity: high
#   units: [recovery_point, backup_vault]
#   collectors: [aws, terraform, host]
#   rationale: A backup is a full copy of the data with fewer eyes on it.
#   remediation: Encrypt the vault (kms_key_arn), the repository (restic and borg encrypt by default), or the medium.
package checks.backup.encrypted

fail contains proof(e) if {
	some e in input.backup_vault
	e.attrs.encrypted == false
}

fail contains proof(e) if {
	some e in input.recovery_point
	e.attrs.encrypted == false
}

pass contains e.uid if {
	some e in input.backup_vault
	e.attrs.encrypted == true
}

pass contains e.uid if {
	some e in input.recovery_point
	e.attrs.encrypted == true
}

proof(e) := {
	"uid": e.uid,
	"message": sprintf("%s is not encrypted", [e.name]),
	"expected": "encrypted",
	"actual": "not encrypted",
	"attributes": ["encrypted"],
}
