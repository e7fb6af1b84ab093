# METADATA
# title: "Recovery strategies restore software: images, configuration, code and keys are themselves recoverable"
# description: |
#   Judged on each recovery procedure for software, and on each application of high or critical weight. A pass shows, of an application, that
#   a procedure covers it; of a procedure, that it was tested lately and that the stores which it restores from keep versions and
#   have a copy in another region or account. It does not show that what the stores hold is complete: the test does.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
# schemas:
#   - input.recovery_procedure: schema.recovery_procedure
#   - input.asset: schema.asset
# custom:
#   severity: high
#   units: [recovery_procedure, asset]
#   collectors: [governance, terraform, aws]
#   rationale: The first item of a disaster recovery plan is to restore software; without code, images, configuration and keys the data has nothing to run on.
#   remediation: Write a procedure with target_type software for each high or critical application; name under covers the application and the stores of its code, images, configuration and state; turn on versioning and copies in another region or account; test it each year.
#   parameters:
#     - name: exercise_days
#       default: 365
#       unit: days
#       source: CIS Controls 17.7 (annual); NPRM 12 months
package checks.dr.software_restore

import data.lib.backup
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was last tested %d days ago", [e.name, floor(ev.days_since(e, "last_tested_on"))]),
	"expected": sprintf("a test in the last %d days", [input.params.exercise_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "last_tested_on"))]),
	"attributes": ["last_tested_on"],
} if {
	some e in input.recovery_procedure
	e.attrs.target_type == "software"
	ev.days_since(e, "last_tested_on") > input.params.exercise_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s restores from %s, which keeps no versions", [e.name, store.name]),
	"expected": "versions of code, images and configuration",
	"actual": sprintf("none in %s", [store.name]),
	"attributes": ["covers"],
} if {
	some e in input.recovery_procedure
	e.attrs.target_type == "software"
	some store in stores(e)
	store.attrs.versioning == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s restores from %s, of which there is no copy in another region or account", [e.name, store.name]),
	"expected": "a copy outside of the failure domain",
	"actual": sprintf("none of %s", [store.name]),
	"attributes": ["covers"],
} if {
	some e in input.recovery_procedure
	e.attrs.target_type == "software"
	some store in stores(e)
	confined(store)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no procedure restores the software of %s, which is %s", [e.name, e.attrs.criticality]),
	"expected": "a recovery procedure for its software",
	"actual": "none",
	"attributes": ["criticality"],
} if {
	some e in input.asset
	weighty(e)
	ev.managed_in("recovery_procedure", e.scope)
	every p in ev.all_of("recovery_procedure") {
		passes_over(p, e)
	}
}

pass contains e.uid if {
	some e in input.recovery_procedure
	e.attrs.target_type == "software"
	ev.days_since(e, "last_tested_on") <= input.params.exercise_days
	ev.whole(e, "covers")
	ev.settled(e, "covers")
	count(stores(e)) > 0
	every store in stores(e) {
		store.attrs.versioning == true
		outside(store)
	}
}

pass contains {"uid": e.uid, "message": sprintf("%s restores its software", [p.name])} if {
	some e in input.asset
	e.attrs.type == "application"
	some p in ev.all_of("recovery_procedure")
	p.attrs.target_type == "software"
	includes(p, e)
}

not_applicable contains {"uid": e.uid, "message": "not a procedure for software"} if {
	some e in input.recovery_procedure
	is_string(e.attrs.target_type)
	e.attrs.target_type != "software"
}

not_applicable contains {"uid": e.uid, "message": "not an application"} if {
	some e in input.asset
	is_string(e.attrs.type)
	e.attrs.type != "application"
}

not_applicable contains {"uid": e.uid, "message": "of lower criticality"} if {
	some e in input.asset
	e.attrs.criticality in ["medium", "low"]
}

not_applicable contains {"uid": e.uid, "message": "no longer in use"} if {
	some e in input.asset
	e.attrs.status in ["retired", "disposed"]
}

unknown contains {
	"uid": e.uid,
	"path": "covers",
	"reason": "not_attested",
	"message": "where the code, images and configuration are kept is not stated, or was not collected: name the stores under covers",
} if {
	some e in input.recovery_procedure
	count(stores(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "last_tested_on",
	"reason": "not_attested",
	"message": "no date of a test is recorded",
} if {
	some e in input.recovery_procedure
	not ev.known(e, "last_tested_on")
}

unknown contains {
	"uid": e.uid,
	"path": "covers",
	"reason": "not_collected",
	"message": sprintf("whether %s keeps versions, and has a copy in another region or account, is not known", [store.name]),
} if {
	some e in input.recovery_procedure
	some store in stores(e)
	not outside(store)
}

# weighty are the applications in use that must be restored first.
weighty(e) if {
	e.attrs.type == "application"
	e.attrs.criticality in ["critical", "high"]
	e.attrs.status in ["in_use", "stored"]
}

# stores are those that a procedure names: where code, images, configuration, state and keys are kept.
stores(p) := [store |
	some name in named(p)
	store := ev.entity(name)
	"datastore" in store.facets
]

named(p) := {name | some name in p.attrs.covers} | {uid | some uid in ev.targets(p, "covers")}

# includes holds where a procedure names the application, or what it stands for.
includes(p, e) if {
	some name in named(p)
	name in scope.names(e)
}

includes(p, e) if {
	some name in named(p)
	name in e.attrs.represents
}

includes(p, e) if {
	some name in named(p)
	name in ev.targets(e, "represents")
}

# passes_over holds where a procedure is known not to restore the application's software.
passes_over(p, _) if {
	is_string(p.attrs.target_type)
	p.attrs.target_type != "software"
}

passes_over(p, e) if {
	ev.whole(p, "covers")
	ev.settled(p, "covers")
	ev.settled(e, "represents")
	not includes(p, e)
}

# outside holds where a copy of the store is kept in another region or account, by itself or by its backup plans.
outside(store) if store.attrs.redundancy == "multi_region"

outside(store) if {
	some uid in backup.vaults(store)
	elsewhere(store, ev.entity(uid))
}

outside(store) if {
	some point in backup.points(store)
	point.attrs.status == "completed"
	elsewhere(store, ev.entity(point.attrs.vault))
}

# confined holds where no copy can be elsewhere.
confined(store) if {
	copies_known(store)
	store.attrs.redundancy in ["single", "multi_az"]
	backup.whole(store)
	ev.known(store, "location.region")
	ev.known(store, "account")
	every uid in backup.vaults(store) {
		vault := ev.entity(uid)
		vault.attrs["location.region"] == store.attrs["location.region"]
		vault.attrs.account == store.attrs.account
	}
}

# copies_known holds where no further copy can turn up, of those that were made; code tells of none.
copies_known(store) if store.plane == "declared"

copies_known(store) if {
	scope.measured("recovery_point")
	backup.points_linked
	count([point | some point in backup.points(store); not beside(store, point)]) == 0
}

beside(store, point) if {
	vault := ev.entity(point.attrs.vault)
	vault.attrs["location.region"] == store.attrs["location.region"]
	vault.attrs.account == store.attrs.account
}

elsewhere(store, vault) if vault.attrs["location.region"] != store.attrs["location.region"]

elsewhere(store, vault) if vault.attrs.account != store.attrs.account
