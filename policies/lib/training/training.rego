# METADATA
# title: Who was trained in what
# description: |
#   A training record counts for a subject, such as security_awareness, role_based or privacy, that is the id or name of its course or
#   among the course's topics. The newest record of each person and subject decides. It is current until the day that it states; where
#   it states none, for the given number of days.
package lib.training

import data.lib.clock
import data.lib.ev
import data.lib.people

course_index := object.union_n([{lower(word): c.uid} | some c in ev.all_of("course"); some word in [c.uid, c.id, c.name]])

subjects(record) := {lower(record.attrs.course)} | course_subjects(record)

course_subjects(record) := {lower(word) |
	course := ev.entity(course_index[lower(record.attrs.course)])
	some word in array.concat([course.id, course.name], object.get(course.attrs, "topics", []))
}

by_date := sort([[record.attrs.completed_on, record.uid] | some record in ev.all_of("training_record"); is_string(record.attrs.completed_on)])

newest := object.union_n([{key(p.uid, subject): uid} |
	some [_, uid] in by_date
	record := ev.entity(uid)
	some p in people.persons(record.attrs.person)
	some subject in subjects(record)
])

key(person, subject) := concat(" ", [subject, person])

# current holds where the person's newest record of the subject has not ended.
current(person, subject, days) if fresh(ev.entity(newest[key(person.uid, subject)]), days)

fresh(record, _) if {
	is_string(record.attrs.expires_on)
	not clock.past(record.attrs.expires_on)
}

fresh(record, days) if {
	record.attrs.expires_on == null
	clock.days_since(record.attrs.completed_on) <= days
}

# whole holds where all training is on record: who is not among the records was not trained.
whole(_) if {
	ev.recorded("training_record")
	records_told
}

records_told if {
	count(vague) == 0
	count([r | some r in ev.all_of("training_record"); not explained(r)]) == 0
}

vague := {r.uid |
	some r in ev.all_of("training_record")
	not ev.all_known(r, ["person", "course", "completed_on", "expires_on"])
}

# A record is explained where the topics of its course are known.
explained(record) if {
	course := ev.entity(course_index[lower(record.attrs.course)])
	ev.whole(course, "topics")
}

explained(_) if ev.recorded("course")
