# METADATA
# title: Backups run on a schedule without manual steps
# description: |
#   A pass shows that every rule of the plan has a schedule, and, where the history of jobs was read, that nearly all jobs
#   of the last days were scheduled ones. In code the plan alone decides.
# schemas:
#   - input.backup_plan: schema.backup_plan
# custom:
#   severity: medium
#   units: [backup_plan]
#   collectors: [aws, terraform, host]
#   rationale: Automation gives consistency.
#   remediation: Give every rule of the plan a schedule; replace manual jobs by scheduled ones.
#   parameters:
#     - name: job_history_days
#       default: 30
#       unit: days
#       source: product default
#     - name: scheduled_job_ratio
#       default: 0.95
#       unit: ratio
#       source: product default
package checks.backup.automated

import data.lib.backup
import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not run by itself", [e.name]),
	"expected": "an automatic plan with a schedule in every rule",
	"actual": "not automatic",
	"attributes": ["automated"],
} if {
	some e in input.backup_plan
	e.attrs.automated == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s has a rule without a schedule", [e.name]),
	"expected": "a schedule in every rule",
	"actual": "a rule has none",
	"attributes": [sprintf("rules[%d]", [i])],
} if {
	some e in input.backup_plan
	some i, rule in e.attrs.rules
	is_null(rule.schedule)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%d of %d backup jobs of the last %d days were started by hand", [count(manual(e)), count(jobs(e)), input.params.job_history_days]),
	"expected": sprintf("at least %v of jobs are scheduled", [input.params.scheduled_job_ratio]),
	"actual": sprintf("%d by hand", [count(manual(e))]),
	"attributes": ["automated"],
} if {
	some e in input.backup_plan
	mostly_manual(e)
}

pass contains e.uid if {
	some e in input.backup_plan
	e.attrs.automated == true
	ev.whole(e, "rules")
	every rule in e.attrs.rules {
		is_string(rule.schedule)
	}
	count(e.attrs.rules) > 0
	ev.known(e, "automated")
	not mostly_manual(e)
}

# jobs are those of what the plan selects, in the period.
jobs(e) := [job |
	some job in backup.jobs(e)
	ev.days_since(job, "started_at") <= input.params.job_history_days
	is_string(job.attrs.trigger)
]

manual(e) := [job | some job in jobs(e); job.attrs.trigger == "manual"]

mostly_manual(e) if {
	count(jobs(e)) > 0
	(count(jobs(e)) - count(manual(e))) / count(jobs(e)) < input.params.scheduled_job_ratio
}
