# METADATA
# title: Which alert rules see the events of an account
# description: |
#   The rules of the account and its regions do, and so do those of an account whose organisation's trail records it: alarms on that trail's
#   log group hear of every member. Seen from a member, such a trail has the trail's ARN, "#" and the member's uid as its uid; the
#   account in the ARN is where its alarms can be.
package lib.alert

import data.lib.ev
import data.lib.scope

# rules are the alert rules that may see events of what has the scope.
rules(where) := array.concat(scope.around("alert_rule", where), [r |
	some home in homes(where)
	some r in scope.around("alert_rule", home)
])

# managed_in holds where no other rule can see them; in code only where rules are declared.
managed_in(where) if {
	ev.managed_in("alert_rule", where)
	every home in homes(where) {
		ev.covered("alert_rule", home)
	}
}

# homes are the scopes of other accounts whose trails record the one that is, or contains, the scope.
homes(where) := {home |
	some [home, recorded] in recordings
	scope.overlap(recorded, where)
	not scope.overlap(home, where)
}

# recordings are the accounts that trails belong to, each with the scope of an account that it records.
recordings contains [home, account.scope] if {
	some trail in organisation_trails
	home := home_of(trail)
	some owner in ev.all_of("account")
	owner.scope == home
	some account in ev.all_of("account")
	some name in owner.attrs.organization_accounts
	name in scope.names(account)
}

recordings contains [home, trail.scope] if {
	some trail in ev.all_of("log_source")
	trail.attrs.type == "cloud_audit"
	contains(trail.uid, "#")
	home := home_of(trail)
}

organisation_trails := [t |
	some t in ev.all_of("log_source")
	t.attrs.type == "cloud_audit"
	"all" in scope.words(t.attrs.scope)
]

# home_of is the scope of the account in a trail's ARN, else that of the trail's own account.
home_of(trail) := concat(":", ["aws", account]) if {
	account := regex.find_all_string_submatch_n(`arn:[^:]+:cloudtrail:[^:]*:([0-9]{12}):`, trail.uid, 1)[0][1]
} else := regex.find_n(`^aws:[^:]+`, trail.scope, 1)[0]
