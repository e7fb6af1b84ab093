# METADATA
# title: Which documents are in force
# description: |
#   A document is in force once it is approved and its first day has come; it is current while its last review is not too long ago. A draft
#   and what was superseded or retired is not in force. What a document does not state is not guessed: then it neither is in force nor is
#   not.
package lib.document

import data.lib.ev

# about are the documents of a type that speak of a topic, whatever their state.
about(doc_type, topic) := [d |
	some d in ev.all_of("document")
	d.attrs.doc_type == doc_type
	topic in d.attrs.topics
]

# in_force holds where the document is known to be approved and effective.
in_force(d) if {
	d.attrs.status == "approved"
	ev.days_since(d, "effective_on") >= 0
}

# out_of_force holds where it is known not to be.
out_of_force(d) if d.attrs.status in {"draft", "superseded", "retired"}

out_of_force(d) if ev.days_since(d, "effective_on") < 0

# reviewed holds where it was reviewed within the days, overdue where it is known not to have been.
reviewed(d, days) if ev.days_since(d, "last_reviewed_on") <= days

overdue(d, days) if ev.days_since(d, "last_reviewed_on") > days

# off_topic holds where a document is known not to be of the type, or not to speak of the topic.
off_topic(d, doc_type, _) if {
	is_string(d.attrs.doc_type)
	d.attrs.doc_type != doc_type
}

off_topic(d, _, topic) if {
	ev.whole(d, "topics")
	not topic in d.attrs.topics
}

# missing holds where the register was read and none of its documents of the type that speaks of the topic can be in force.
missing(doc_type, topic) if {
	ev.recorded("document")
	every d in ev.all_of("document") {
		useless(d, doc_type, topic)
	}
}

useless(d, doc_type, topic) if off_topic(d, doc_type, topic)

useless(d, _, _) if out_of_force(d)
