# METADATA
# title: Which detectors watch an account, a region of it, a site or a network
# description: |
#   A detector names what it watches in its scope: uids, an account's uid or id with ":" and a region, or a region alone where it was read with the
#   account. One whose type or scope is not known may watch anything, so nothing is concluded from its absence.
package lib.detect

import data.lib.ev
import data.lib.scope

# candidates are the detectors of a type, and those of which the type is not known.
candidates(type) := [d | some d in ev.all_of("detector"); not another(d, type)]

another(d, type) if {
	is_string(d.attrs.type)
	d.attrs.type != type
}

# watching are the detectors whose scope may hold the entity itself: those that name it, and those whose scope is not known.
watching(e, type) := [d |
	some d in candidates(type)
	may_watch(d, {e.uid, e.id})
]

# watching_region are the detectors whose scope may hold a region of the account: by the account, by the region of the account (the
# account's uid or id, a colon and the region), or by the region where the detector was read with the account.
watching_region(account, region, type) := [d |
	some d in candidates(type)
	may_watch(d, names_of(account, region, d))
]

names_of(account, region, detector) := base | {region} if {
	startswith(detector.scope, account.scope)
	base := base_names(account, region)
} else := base_names(account, region)

base_names(account, region) := {
	account.uid, account.id,
	concat(":", [account.uid, region]), concat(":", [account.id, region]), concat(":", [account.scope, region]),
}

may_watch(d, names) if {
	some name in scope.words(d.attrs.scope)
	name in names
}

may_watch(d, _) if not is_string(object.get(d.attrs, "scope", null))

# none_on holds where every one of the detectors is known to be off, or there is none.
none_on(found) if count([d | some d in found; d.attrs.enabled == false]) == count(found)

# read holds where no further detector of the type can be in a region of the account. A Terraform root module must declare one at least:
# another root may hold them.
read(account, _, type) if {
	startswith(account.scope, "tf:")
	ev.covered("detector", account.scope)
	some d in candidates(type)
	d.scope == account.scope
	d.attrs.type == type
}

read(account, region, _) if {
	not startswith(account.scope, "tf:")
	scope.part_covered("detector", account.scope, region)
}
