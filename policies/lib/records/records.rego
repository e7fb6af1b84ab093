# METADATA
# title: What is said of a register that was not read
# description: |
#   Where governance records are missing, nothing can be concluded from them, and the reader must be told which one to supply.
package lib.records

import data.lib.ev

names := {
	"access_grant": "the register of access grants",
	"access_review": "the register of access reviews",
	"asset": "the asset inventory",
	"attestation": "the register of attestations",
	"business_process": "the business impact analysis",
	"contact": "the contact list",
	"contract": "the register of contracts",
	"course": "the register of courses",
	"document": "the register of documents",
	"escalation_rule": "the escalation policy",
	"exception": "the register of exceptions",
	"exercise": "the register of exercises",
	"incident": "the incident register",
	"organization": "the record of the organisation",
	"person": "the staff roster",
	"rbac_role": "the RBAC matrix",
	"recovery_procedure": "the recovery procedures",
	"team": "the register of teams",
	"training_record": "the training records",
	"vendor": "the vendor register",
}

# unread are the registers, of those named, that were not read completely.
unread(kinds) := {kind | some kind in kinds; not ev.recorded(kind)}

# gap says of a register that was not read what is the matter.
gap(kind) := sprintf("it takes %s (%s), and no such record was supplied", [names[kind], kind]) if {
	ev.unrecorded(kind)
} else := sprintf("it takes all of %s (%s), and some could not be read", [names[kind], kind])
