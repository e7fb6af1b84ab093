# METADATA
# title: The people and teams that records name
# description: |
#   Labels and records name people by uid, by the key in the roster, by name or by e-mail address; case does not count.
#   A person is active on the day of the snapshot with status active or leave.
package lib.people

import data.lib.ev

# persons and teams are those that the words name.
persons(words) := [p | some p in ev.all_of("person"); called(words, p)]

teams(words) := [t | some t in ev.all_of("team"); called(words, t)]

called(words, e) if {
	is_string(words)
	lower(words) in {lower(e.uid), lower(e.id), lower(e.name)}
}

called(words, e) if {
	is_string(words)
	lower(words) == lower(e.attrs.email)
}

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
