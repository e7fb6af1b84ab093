# METADATA
# title: Everyone named in escalation rules, plans and teams is still here, reachable and verified
# description: |
#   A pass shows that every person whom an escalation rule, an approved plan or a team names, stand-ins included, works here and has
#   enough ways to be reached that were tried lately, one of them a phone; and that the security contact of every cloud account is the
#   address of one of them. It does not show that they answer.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html
# schemas:
#   - input.organization: schema.organization
# custom:
#   severity: high
#   units: [organization]
#   collectors: [governance, aws]
#   parameters:
#     - name: contact_verify_days
#       default: 365
#       unit: days
#       source: CIS Controls 17.2 (annual)
#     - name: contact_methods
#       default: 2
#       unit: ways to reach a person
#       source: product default
#   rationale: The call list is wrong on the night it is needed.
#   remediation: Replace whoever has left in the document that the finding names, add a phone number and a second way to contacts.yaml, call them and record the day. Set the account's security contact to the address of somebody on the list (aws account put-alternate-contact).
package checks.join.named_people

import data.lib.clock
import data.lib.ev
import data.lib.people
import data.lib.records

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, whom %s names, is no longer here", [words, place.id]),
	"expected": "somebody who works here",
	"actual": words,
	"attributes": ["headcount"],
	"at": {"uid": place.uid, "attribute": list_of(place)},
} if {
	some e in input.organization
	some [words, uid] in named
	place := ev.entity(uid)
	people.gone(words)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, whom %s names, is not on the roster", [words, place.id]),
	"expected": "somebody who works here",
	"actual": words,
	"attributes": ["headcount"],
	"at": {"uid": place.uid, "attribute": list_of(place)},
} if {
	some e in input.organization
	some [words, uid] in named
	place := ev.entity(uid)
	people.nobody(words)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, whom %s names, has %d ways to be reached that were tried within %v days%s", [words, place.id, count(verified(p)), input.params.contact_verify_days, phone_note(p)]),
	"expected": sprintf("%v, one of them a phone", [input.params.contact_methods]),
	"actual": sprintf("%d", [count(verified(p))]),
	"attributes": ["headcount"],
	"at": {"uid": place.uid, "attribute": list_of(place)},
} if {
	some e in input.organization
	contacts_whole(e)
	some [words, uid] in named
	place := ev.entity(uid)
	some p in people.persons(words)
	people.active(p)
	not reachable(p)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the account %s has no security contact", [account.id]),
	"expected": "the address of a named person",
	"actual": "none",
	"attributes": ["headcount"],
	"at": {"uid": account.uid, "attribute": "contacts.security"},
} if {
	some e in input.organization
	some account in accounts
	ev.unset(account.attrs["contacts.security"])
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the security contact of the account %s is nobody whom rules, plans or teams name", [account.id]),
	"expected": "the address of a named person",
	"actual": account.attrs["contacts.security"],
	"attributes": ["headcount"],
	"at": {"uid": account.uid, "attribute": "contacts.security"},
} if {
	some e in input.organization
	contacts_whole(e)
	names_whole(e)
	some account in accounts
	ev.stated(account.attrs["contacts.security"])
	not lower(account.attrs["contacts.security"]) in addresses
}

pass contains {"uid": e.uid, "message": sprintf("%d named people can be reached", [count({p.uid | some [words, _] in named; some p in people.persons(words)})])} if {
	some e in input.organization
	names_whole(e)
	count(named) > 0
	every pair in named {
		answered(pair[0])
	}
	accounts_covered
	every account in accounts {
		lower(account.attrs["contacts.security"]) in addresses
	}
}

not_applicable contains {"uid": e.uid, "message": "no rule, plan or team names anybody"} if {
	some e in input.organization
	names_whole(e)
	count(named) == 0
	accounts_covered
	count(accounts) == 0
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap(register)} if {
	some e in input.organization
	some register in records.unread(["person", "contact", "escalation_rule", "team", "document"])
}

unknown contains {"uid": e.uid, "reason": "not_attested", "message": "some rules, plans or teams do not say whom they name, or some contacts how and when they were tried"} if {
	some e in input.organization
	count(records.unread(["contact", "escalation_rule", "team", "document"])) == 0
	not both_whole(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "the security contact of every account: not all were read"} if {
	some e in input.organization
	not contacts_of_accounts_known
}

unknown contains {"uid": e.uid, "reason": "unlinked", "message": sprintf("whether %s, whom %s names, is still here and can be reached", [words, ev.entity(uid).id])} if {
	some e in input.organization
	some [words, uid] in named
	not answered(words)
}

# named are the words for people, with what names them.
named := ({[words, rule.uid] |
	some rule in ev.all_of("escalation_rule")
	some level in rule.attrs.levels
	some words in [object.get(level, "person", null), object.get(level, "backup_person", null)]
	ev.stated(words)
} | {[words, team.uid] |
	some team in ev.all_of("team")
	some member in team.attrs.members
	some words in [object.get(member, "person", null), object.get(member, "alternate", null)]
	ev.stated(words)
}) | {[words, plan.uid] |
	some plan in plans
	some role in plan.attrs["sections.roles"]
	some words in [object.get(role, "person", null), object.get(role, "backup", null)]
	ev.stated(words)
}

# plans are the documents that hold, or may hold; drafts and what was replaced name nobody any more.
plans := [d | some d in ev.all_of("document"); not d.attrs.status in {"draft", "superseded", "retired"}]

list_of(place) := {"escalation_rule": "levels", "team": "members", "document": "sections.roles"}[place.kind]

contacts(p) := [c | some c in ev.all_of("contact"); some q in people.persons(c.attrs.person); q.uid == p.uid]

verified(p) := [method |
	some c in contacts(p)
	some method in c.attrs.methods
	clock.days_since(method.verified_on) <= input.params.contact_verify_days
]

reachable(p) if {
	count(verified(p)) >= input.params.contact_methods
	has_phone(p)
}

has_phone(p) if {
	some method in verified(p)
	method.type == "phone"
}

phone_note(p) := "" if {
	has_phone(p)
} else := ", none of them a phone"

answered(words) if {
	some p in people.persons(words)
	people.active(p)
	reachable(p)
}

# addresses are those of the people who are named.
addresses := {lower(p.attrs.email) | some p in named_people; is_string(p.attrs.email)} | {lower(method.address) |
	some p in named_people
	some c in contacts(p)
	some method in c.attrs.methods
	is_string(method.address)
}

named_people := [p | some [words, _] in named; some p in people.persons(words); people.active(p)]

accounts := [a | some a in ev.all_of("account"); a.plane == "observed"; a.attrs.provider == "aws"]

accounts_covered if {
	count([status |
		some where, status in object.get(data.evidence.coverage, "account", {})
		startswith(where, "aws")
		status != "complete"
	]) == 0
}

contacts_of_accounts_known if {
	accounts_covered
	every account in accounts {
		ev.known(account, "contacts.security")
	}
}

contacts_whole(_) if {
	ev.recorded("contact")
	count([c | some c in ev.all_of("contact"); not told(c)]) == 0
}

told(contact) if {
	ev.known(contact, "person")
	ev.each_known(contact, "methods", "type")
	ev.each_known(contact, "methods", "verified_on")
}

# names_whole holds where every rule, plan and team was read and says whom it names.
names_whole(_) if {
	all_recorded
	count([r | some r in ev.all_of("escalation_rule"); not ev.each_known(r, "levels", "person")]) == 0
	count([t | some t in ev.all_of("team"); not ev.each_known(t, "members", "person")]) == 0
	count([d | some d in plans; not roles_told(d)]) == 0
}

roles_told(d) if ev.each_known(d, "sections.roles", "person")

roles_told(d) if ev.not_applicable(d, "sections.roles")

all_recorded if {
	every register in ["escalation_rule", "team", "document"] {
		ev.recorded(register)
	}
}

both_whole(e) if {
	names_whole(e)
	contacts_whole(e)
}
