# METADATA
# title: Which detectors watch an account, region by region
# description: |
#   A detector names what it covers by its scope: an account (by uid or id), a region of it (the account's uid or id, a colon and the
#   region), or, where it was read with the account, the region alone or "all". A detector of which type or scope are not known may be
#   the one that is asked for, so that its absence cannot be proved.
package lib.detector

import data.lib.ev

# watching are the detectors of a type, or of a type that is not known, that may cover a region of the account.
watching(typ, account, region) := [d |
	some d in ev.all_of("detector")
	object.get(d.attrs, "type", typ) == typ
	may_watch(d, names(account, region, d))
]

# on holds where a detector is known to be of the type and on.
on(typ, d) if {
	d.attrs.type == typ
	is_string(d.attrs.scope)
	d.attrs.enabled == true
}

# off holds where a detector is known to be off.
off(d) if d.attrs.enabled == false

# read holds where all detectors of a region of an account were read; code is never all there is.
read(account, region) if {
	not startswith(account.scope, "tf:")
	ev.covered("detector", concat(":", [account.scope, region]))
}

may_watch(d, covered) if {
	some name in regex.split(`[\s,]+`, d.attrs.scope)
	name in covered
}

may_watch(d, _) if not is_string(object.get(d.attrs, "scope", null))

names(account, region, d) := own_names(account, region) | {region, "all"} if {
	startswith(d.scope, account.scope)
} else := own_names(account, region)

own_names(account, region) := {
	account.uid, account.id,
	concat(":", [account.uid, region]), concat(":", [account.id, region]), concat(":", [account.scope, region]),
}
