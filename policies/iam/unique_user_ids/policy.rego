# METADATA
# title: Each login belongs to exactly one person
# description: |
#   A pass on a login shows that one person of the roster owns it and nobody shares it; a pass on a host shows that no two accounts have
#   the same number and that only root has number 0. It does not show that nobody lends a password. Without a roster a login can fail and
#   not pass. A login without an owner is not judged here: join.orphan_principals does. The root user and logins of software are not judged.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
# schemas:
#   - input.principal: schema.principal
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [principal, host]
#   collectors: [aws, host, governance]
#   rationale: Activity that cannot be traced to one person cannot be reviewed or sanctioned.
#   remediation: Give each person a login of their own, in IAM Identity Center or on the host, and delete the shared one. Link logins to the roster by e-mail address or the tag owner. On hosts give every account a number of its own (usermod -u) and remove other accounts with number 0.
package checks.iam.unique_user_ids

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is shared by several people", [e.name]),
	"expected": "a login for one person",
	"actual": "shared",
	"attributes": ["shared"],
} if {
	some e in input.principal
	e.attrs.type == "human"
	e.attrs.enabled == true
	e.attrs.shared == true
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s belongs to %d people: %s", [e.name, count(owners(e)), concat(", ", names(e))]),
	"expected": "one person",
	"actual": sprintf("%d people", [count(owners(e))]),
	"attributes": ["email"],
} if {
	some e in input.principal
	e.attrs.type == "human"
	e.attrs.enabled == true
	count(owners(e)) > 1
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s and %s have the same number %d on %s", [names[0], names[1], number, e.name]),
	"expected": "a number for each account",
	"actual": sprintf("%d accounts with number %d", [count(names), number]),
	"attributes": [sprintf("accounts[%d].uid", [i])],
} if {
	some e in input.host
	some i, account in e.attrs.accounts
	number := account.uid
	names := sort([a.name | some a in e.attrs.accounts; a.uid == number])
	count(names) > 1
	account.name == names[1]
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s on %s has number 0 and so all rights of root", [account.name, e.name]),
	"expected": "number 0 for root only",
	"actual": sprintf("number 0 for %s", [account.name]),
	"attributes": [sprintf("accounts[%d].uid", [i])],
} if {
	some e in input.host
	some i, account in e.attrs.accounts
	account.uid == 0
	account.name != "root"
}

pass contains e.uid if {
	some e in input.principal
	e.attrs.type == "human"
	e.attrs.enabled == true
	e.attrs.shared == false
	count(owners(e)) == 1
	ev.settled(e, "owned_by")
}

pass contains e.uid if {
	some e in input.host
	ev.each_known(e, "accounts", "uid")
	ev.each_known(e, "accounts", "name")
	numbers := {account.uid | some account in e.attrs.accounts}
	count(numbers) == count(e.attrs.accounts)
	supers := [account | some account in e.attrs.accounts; account.uid == 0; account.name != "root"]
	count(supers) == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no person's login", [e.name])} if {
	some e in input.principal
	e.attrs.type in {"workload", "service_linked", "root"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is disabled", [e.name])} if {
	some e in input.principal
	e.attrs.enabled == false
}

unknown contains {
	"uid": e.uid,
	"path": "shared",
	"reason": e.unknown.shared,
	"message": sprintf("whether several people use %s", [e.name]),
} if {
	some e in input.principal
	e.unknown.shared
}

unknown contains {
	"uid": e.uid,
	"reason": "not_collected",
	"message": sprintf("no complete roster was collected, so who owns %s is not known", [e.name]),
} if {
	some e in input.principal
	not ev.recorded("person")
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("%s is linked to nobody of the roster: join.orphan_principals judges that", [e.name]),
} if {
	some e in input.principal
	ev.recorded("person")
	count(owners(e)) == 0
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("somebody else may own %s too", [e.name]),
} if {
	some e in input.principal
	count(owners(e)) == 1
	not ev.settled(e, "owned_by")
}

unknown contains {
	"uid": e.uid,
	"path": "accounts",
	"reason": object.get(e.unknown, "accounts", "unlinked"),
	"message": sprintf("the accounts of %s are not fully known", [e.name]),
} if {
	some e in input.host
	not ev.each_known(e, "accounts", "uid")
}

# owners are the people whom the login is linked to.
owners(e) := {uid |
	some uid in ev.targets(e, "owned_by")
	ev.entity(uid).kind == "person"
}

names(e) := sort([ev.entity(uid).name | some uid in owners(e)])
