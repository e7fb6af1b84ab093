# METADATA
# title: No account of a person who left is enabled, and access ended within 24 hours
# description: |
#   A pass shows that every login that is linked to the person is disabled with its credentials, in time, and was not used after the end;
#   or that the person left so recently that the time is still running. It rests on every enabled login having an owner: one that nobody
#   claims may be theirs. A login that was deleted leaves no trace here, so a pass does not show when it went. Service accounts that the
#   person looked after are not theirs; join.orphan_principals judges those. Somebody whose last day has passed counts as gone, whatever
#   the roster's status says.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_remove.html
# schemas:
#   - input.person: schema.person
# custom:
#   severity: critical
#   units: [person]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: leaver_hours
#       default: 24
#       unit: hours
#       source: product default; NPRM 1 hour
#   rationale: Termination is measured against HR, not against an access list.
#   remediation: Disable the login and its keys (aws iam delete-login-profile, aws iam update-access-key --status Inactive, usermod --lock --expiredate 1), end the sessions, and look through what it did since the person left. Let the personnel system's end date start this by itself.
package checks.join.leavers

import data.lib.clock
import data.lib.ev
import data.lib.owner
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has left, and the login %s is still enabled", [e.name, login.id]),
	"expected": "disabled",
	"actual": "enabled",
	"attributes": ["status"],
	"at": {"uid": login.uid, "attribute": "enabled"},
} if {
	some e in input.person
	left(e)
	not in_time(e)
	some login in owner.logins(e)
	owner.personal(login)
	login.attrs.enabled == true
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has left, and the %s %s of the login %s is still active", [e.name, credential.attrs.type, credential.name, login.id]),
	"expected": "inactive",
	"actual": "active",
	"attributes": ["status"],
	"at": {"uid": credential.uid, "attribute": "active"},
} if {
	some e in input.person
	left(e)
	not in_time(e)
	some login in owner.logins(e)
	owner.personal(login)
	some credential in credentials(login)
	credential.attrs.active == true
	is_string(credential.attrs.type)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the login %s of %s was disabled %d hours after the end", [login.id, e.name, ceil(late)]),
	"expected": sprintf("within %v hours", [input.params.leaver_hours]),
	"actual": sprintf("%d hours", [ceil(late)]),
	"attributes": ["end_at"],
	"at": {"uid": login.uid, "attribute": "disabled_at"},
} if {
	some e in input.person
	left(e)
	some login in owner.logins(e)
	owner.personal(login)
	late := clock.hours(e.attrs.end_at, login.attrs.disabled_at)
	late > input.params.leaver_hours
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the login %s was used after %s had left", [login.id, e.name]),
	"expected": sprintf("no use after %s", [e.attrs.end_at]),
	"actual": sprintf("used at %s", [login.attrs.last_used_at]),
	"attributes": ["end_at"],
	"at": {"uid": login.uid, "attribute": "last_used_at"},
} if {
	some e in input.person
	left(e)
	some login in owner.logins(e)
	owner.personal(login)
	clock.hours(e.attrs.end_at, login.attrs.last_used_at) > 0
}

pass contains {"uid": e.uid, "message": sprintf("no login of %s is left", [e.name])} if {
	some e in input.person
	left(e)
	all_known(e)
	owned := [login | some login in owner.logins(e); not owner.impersonal(login)]
	every login in owned {
		ended(e, login)
	}
}

pass contains {"uid": e.uid, "message": sprintf("%s left %d hours ago; access must end within %v", [e.name, floor(clock.hours_since(e.attrs.end_at)), input.params.leaver_hours])} if {
	some e in input.person
	left(e)
	in_time(e)
	all_known(e)
	owned := [login | some login in owner.logins(e); not owner.impersonal(login)]
	count(owned) > 0
	every login in owned {
		unused_since(e, login)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has not left", [e.name])} if {
	some e in input.person
	e.attrs.status in {"active", "leave", "pending"}
	ev.known(e, "status")
	not gone(e)
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": "the roster does not say it",
} if {
	some e in input.person
	some path in ["status", "end_at"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("whether one of %d enabled logins that nobody is known to own is theirs, such as %s", [count(owner.strays), owner.strays[0].id]),
} if {
	some e in input.person
	count(owner.strays) > 0
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": "whose all logins are: some owners could not be read",
} if {
	some e in input.person
	not ev.all_settled("owned_by")
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": "which logins and credentials there are: they were not read everywhere (principal, credential)",
} if {
	some e in input.person
	not everywhere
}

unknown contains {
	"uid": e.uid,
	"path": "",
	"reason": object.get(login.unknown, path, "not_collected"),
	"message": sprintf("%s of the login %s", [path, login.id]),
} if {
	some e in input.person
	some login in owner.logins(e)
	not owner.impersonal(login)
	some path in ["type", "enabled", "disabled_at", "last_used_at"]
	login.unknown[path]
}

left(e) if e.attrs.status == "terminated"

left(e) if {
	e.attrs.status in {"active", "leave"}
	gone(e)
}

gone(e) if clock.hours_since(e.attrs.end_at) >= 0

# in_time holds while the time for ending access still runs.
in_time(e) if {
	clock.hours_since(e.attrs.end_at) >= 0
	clock.hours_since(e.attrs.end_at) <= input.params.leaver_hours
}

# A second factor alone lets nobody in.
credentials(login) := [c |
	some uid in ev.sources(login, "credential_of")
	c := ev.entity(uid)
	c.kind == "credential"
	not c.attrs.type == "mfa_device"
]

# all_known holds where every login was read and has its owner.
all_known(_) if {
	everywhere
	owner.settled
	ev.all_settled("credential_of")
}

everywhere if {
	scope.measured("principal")
	scope.measured("credential")
}

# ended holds where the login ended in time and was not used since.
ended(e, login) if {
	login.attrs.enabled == false
	clock.hours(e.attrs.end_at, login.attrs.disabled_at) <= input.params.leaver_hours
	every credential in credentials(login) {
		credential.attrs.active == false
	}
	unused_since(e, login)
}

unused_since(_, login) if ev.is_null_fact(login, "last_used_at")

unused_since(e, login) if clock.hours(e.attrs.end_at, login.attrs.last_used_at) <= 0
