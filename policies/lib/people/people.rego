# METADATA
# title: The people and teams that records name
# description: |
#   Labels and records name people by uid, by the key in the roster, by name or by e-mail address; case does not count.
#   A person is active on the day of the snapshot with status active or leave.
package lib.people

import data.lib.ev

# persons and teams are those that the words name, at most one of each: of two people with the same name an active one.
persons(words) := found(person_index, words)

teams(words) := found(team_index, words)

found(index, words) := [ev.entity(uid) | uid := index[lower(words)]] if is_string(words)

# The indexes are built once, so that many stores with owners do not each search the roster. They are unions, of which the last entry of
# a word stands, because rules that collect several values by key take time that grows with the square of the roster.
person_index := object.union_n(array.concat(array.concat(entries(gone_people), entries(other_people)), entries(active_people)))

team_index := object.union_n(entries(ev.all_of("team")))

active_people := [p | some p in ev.all_of("person"); active(p)]

gone_people := [p | some p in ev.all_of("person"); inactive(p)]

other_people := [p | some p in ev.all_of("person"); not active(p); not inactive(p)]

entries(list) := [{lower(word): e.uid} | some e in list; some word in [e.uid, e.id, e.name, object.get(e.attrs, "email", "")]; word != ""]

active(person) if person.attrs.status in {"active", "leave"}

inactive(person) if person.attrs.status in {"terminated", "pending"}

# present holds where the words name an active person or a team.
present(words) if {
	some p in persons(words)
	active(p)
}

present(words) if count(teams(words)) > 0

# gone holds where the words name people of whom each is known to be inactive, and no team.
gone(words) if {
	found := persons(words)
	count(found) > 0
	count([p | some p in found; inactive(p)]) == count(found)
	count(teams(words)) == 0
}

# nobody holds where roster and teams were read and the words name none of them.
nobody(words) if {
	ev.recorded("person")
	ev.recorded("team")
	count(persons(words)) + count(teams(words)) == 0
	every p in ev.all_of("person") {
		ev.known(p, "email")
	}
}
