# METADATA
# title: The people and teams that records name
# description: |
#   Labels and records name people by uid, by the key in the roster, by name or by e-mail address; case does not count.
#   A person is active on the day of the snapshot with status active or leave.
package lib.people

import data.lib.ev

# persons and teams are those that the words name.
persons(words) := [ev.entity(uid) | some uid in object.get(person_index, lower(words), set())] if is_string(words)

teams(words) := [ev.entity(uid) | some uid in object.get(team_index, lower(words), set())] if is_string(words)

# The indexes are built once, so that many stores with owners do not each search the roster.
person_index := person_words

team_index := team_words

person_words[word] contains p.uid if {
	some p in ev.all_of("person")
	some word in names(p)
}

person_words[lower(p.attrs.email)] contains p.uid if {
	some p in ev.all_of("person")
	ev.stated(p.attrs.email)
}

team_words[word] contains t.uid if {
	some t in ev.all_of("team")
	some word in names(t)
}

names(e) := {lower(e.uid), lower(e.id), lower(e.name)}

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
