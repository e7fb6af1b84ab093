# METADATA
# title: Nobody with privileged or sensitive-data access is out of training
# description: |
#   A pass shows that the person, as far as their logins and the roles that these can take on reach, has current training in security
#   awareness, for privileged access also role-based training, for health information also privacy training, and as a member of a
#   continuity, recovery or response team took part in an exercise of its kind. What a person's access demands is taken at its highest
#   where it is not known. It does not show that the training worked.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.308
#   - https://www.ecfr.gov/current/title-45/section-164.530
# schemas:
#   - input.person: schema.person
# custom:
#   severity: high
#   units: [person]
#   collectors: [aws, host, governance]
#   parameters:
#     - name: training_days
#       default: 365
#       unit: days
#       source: CIS Controls 14.1 (from memory); NPRM 12 months
#     - name: exercise_days
#       default: 365
#       unit: days
#       source: CIS Controls 17.7 (annual); NPRM 12 months
#     - name: team_exercises
#       default: {bcp: [bcp_training, tabletop], dr: [dr_drill, tabletop], ir: [ir_exercise, tabletop]}
#       unit: types of exercise that count for a type of team
#       source: product default
#   rationale: Training status should gate the riskiest access.
#   remediation: Assign the training that the finding names and record it in training.csv, or take the access away until it is done. Invite team members to the next exercise and record them under participants.
package checks.join.untrained_access

import data.lib.access
import data.lib.clock
import data.lib.ev
import data.lib.owner
import data.lib.people
import data.lib.records
import data.lib.scope
import data.lib.training

fail contains {
	"uid": e.uid,
	"message": sprintf("%s %s and has no current training in %s", [e.name, why, words[subject]]),
	"expected": sprintf("current training in %s", [words[subject]]),
	"actual": "missing or expired",
	"attributes": ["status"],
} if {
	some e in input.person
	people.active(e)
	some subject, why in demands(e)
	training.whole(e)
	not training.current(e, subject, input.params.training_days)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is in the team %s and took part in no exercise of it for %v days", [e.name, team.name, input.params.exercise_days]),
	"expected": sprintf("one of %s", [concat(", ", input.params.team_exercises[team.attrs.type])]),
	"actual": "none",
	"attributes": ["status"],
	"at": {"uid": team.uid, "attribute": "members"},
} if {
	some e in input.person
	people.active(e)
	some team in teams(e)
	input.params.team_exercises[team.attrs.type]
	exercises_whole(e)
	not exercised(e, team)
}

pass contains {"uid": e.uid, "message": sprintf("%s is trained for what their logins reach", [e.name])} if {
	some e in input.person
	people.active(e)
	possible := possible_demands(e)
	count(possible) + count(teams(e)) > 0
	every subject in possible {
		training.current(e, subject, input.params.training_days)
	}
	teams_whole(e)
	every team in teams(e) {
		exercised(e, team)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s reaches nothing sensitive and is in no such team", [e.name])} if {
	some e in input.person
	count(possible_demands(e)) == 0
	teams_whole(e)
	count(teams(e)) == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s does not work here", [e.name])} if {
	some e in input.person
	people.inactive(e)
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": records.gap(register)} if {
	some e in input.person
	some register in records.unread(["training_record", "team", "exercise"])
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": "what they can reach: not every login has a known owner, or not all logins, permissions and labels of stores were read",
} if {
	some e in input.person
	not reach_known(e)
}

unknown contains {
	"uid": e.uid,
	"reason": object.get(login.unknown, "privileged", "not_collected"),
	"message": sprintf("whether the login %s is privileged, itself or through its roles", [login.id]),
} if {
	some e in input.person
	some login in owner.logins(e)
	some uid in access.acts_as(login.uid)
	not harmless(ev.entity(uid))
}

unknown contains {"uid": e.uid, "reason": "not_collected", "message": "the training records, or the courses that they name, are not complete"} if {
	some e in input.person
	ev.recorded("training_record")
	not training.whole(e)
}

unknown contains {"uid": e.uid, "path": "status", "reason": e.unknown.status, "message": "the roster does not say it"} if {
	some e in input.person
	e.unknown.status
}

words := {"security_awareness": "security awareness", "role_based": "their privileged role (role_based)", "privacy": "privacy"}

# demands are the subjects that a person is known to need, with the reason.
demands(e) := object.union_n([privileged_demands(e), reader_demands(e), phi_demands(e)])

privileged_demands(e) := {"security_awareness": "has privileged access", "role_based": "has privileged access"} if {
	some login in owner.logins(e)
	owner.personal(login)
	some uid in access.surely_acts_as(login.uid)
	ev.entity(uid).attrs.privileged == true
} else := {}

reader_demands(e) := {"security_awareness": "can reach sensitive data"} if {
	some login in owner.logins(e)
	owner.personal(login)
	login.uid in access.readers
} else := {}

phi_demands(e) := {"privacy": "can reach health information"} if {
	some login in owner.logins(e)
	owner.personal(login)
	login.uid in access.phi_readers
} else := {}

# possible_demands are those that cannot be ruled out.
possible_demands(e) := {subject | some subject, _ in words} if {
	not reach_known(e)
} else := ({subject | some subject, _ in demands(e)} | possibly_privileged(e)) | possibly_reading(e)

possibly_privileged(e) := {subject |
	some login in owner.logins(e)
	some uid in access.acts_as(login.uid)
	not harmless(ev.entity(uid))
	some subject in ["security_awareness", "role_based"]
}

harmless(actor) if actor.attrs.privileged == false

possibly_reading(e) := {subject |
	some login in owner.logins(e)
	login.uid in access.possible_readers
	some subject in ["security_awareness", "privacy"]
}

# reach_known holds where all logins of the person are known, and all that these can reach.
reach_known(e) if {
	scope.measured("principal")
	owner.settled
	every login in owner.logins(e) {
		access.all_settled(login)
	}
}

memberships := {[p.uid, team.uid] |
	some team in ev.all_of("team")
	some member in team.attrs.members
	some named in [member.person, object.get(member, "alternate", null)]
	some p in people.persons(named)
}

teams(e) := [team | some team in ev.all_of("team"); [e.uid, team.uid] in memberships]

teams_whole(_) if {
	ev.recorded("team")
	teams_told
}

teams_told if {
	count([team | some team in ev.all_of("team"); not ev.each_known(team, "members", "person")]) == 0
}

attended := {[p.uid, exercise.attrs.type] |
	some exercise in ev.all_of("exercise")
	clock.days_since(exercise.attrs.held_on) <= input.params.exercise_days
	clock.days_since(exercise.attrs.held_on) >= 0
	some participant in exercise.attrs.participants
	some p in people.persons(participant)
}

exercised(e, team) if {
	some type in input.params.team_exercises[team.attrs.type]
	[e.uid, type] in attended
}

exercises_whole(_) if {
	ev.recorded("exercise")
	exercises_told
}

exercises_told if {
	count([x | some x in ev.all_of("exercise"); not told(x)]) == 0
}

told(exercise) if {
	ev.all_known(exercise, ["type", "held_on"])
	ev.whole(exercise, "participants")
}
