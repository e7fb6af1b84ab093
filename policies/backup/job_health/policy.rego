# METADATA
# title: Failed backup jobs are rare, retried and alerted
# description: |
#   A pass shows that of all that the plan selects nothing is left with a failed last job in the days of the parameter, and that an alert on
#   failed backups reaches a confirmed recipient. It does not show that somebody acts on the alert, nor that the copies can be restored.
# related_resources:
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
#   - https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
# schemas:
#   - input.backup_plan: schema.backup_plan
# custom:
#   severity: high
#   units: [backup_plan]
#   collectors: [aws, host]
#   rationale: Silent failure is the commonest backup defect.
#   remediation: >-
#     Mend and repeat the failed job. Send backup failures to people: an EventBridge rule on source aws.backup with state FAILED, EXPIRED or
#     ABORTED to a confirmed SNS subscription or a pager; on a host OnFailure= of the timer's unit, or a monitoring hook of the job.
#   parameters:
#     - name: job_window_days
#       default: 7
#       unit: days
#       source: product default
package checks.backup.job_health

import data.lib.backup
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("the last backup job of %s %s, and none succeeded since", [name(subject), ended[job.attrs.status]]),
	"expected": "a completed job after each failed one",
	"actual": sprintf("%s at %s", [job.attrs.status, job.attrs.ended_at]),
	"attributes": ["rules"],
	"at": {"uid": job.uid},
} if {
	some e in input.backup_plan
	e.attrs.enabled == true
	some subject in ev.sources(e, "selected_by")
	some job in broken(subject)
	read(e)
	count([other | some other in jobs_of(subject); may_mend(other, job)]) == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("nobody is told when a backup of %s fails", [e.name]),
	"expected": "an enabled alert on backup failures with a confirmed recipient",
	"actual": actual,
	"attributes": ["enabled"],
} if {
	some e in input.backup_plan
	e.attrs.enabled == true
	scope.covered("alert_rule", e.scope)
	watching := [rule | some rule in scope.around("alert_rule", e.scope); may_watch(rule)]
	count([rule | some rule in watching; mute(rule)]) == count(watching)
	actual := reason(watching)
}

pass contains e.uid if {
	some e in input.backup_plan
	e.attrs.enabled == true
	read(e)
	recent := [job | some job in backup.jobs(e); in_window(job)]
	count(recent) > 0
	count([job | some job in backup.jobs(e); not told(job)]) == 0
	count([subject | some subject in ev.sources(e, "selected_by"); some job in broken(subject); not mended(subject, job)]) == 0
	alerted(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is off", [e.name])} if {
	some e in input.backup_plan
	e.attrs.enabled == false
}

not_applicable contains {"uid": e.uid, "message": "code does not tell how jobs ended"} if {
	some e in input.backup_plan
	e.plane == "declared"
}

unknown contains {
	"uid": e.uid,
	"path": "backup_job",
	"reason": "not_collected",
	"message": sprintf("how the backup jobs of %s ended was not fully read", [e.name]),
} if {
	some e in input.backup_plan
	not read(e)
}

unknown contains {
	"uid": e.uid,
	"path": "backup_job",
	"reason": "not_collected",
	"message": sprintf("no job of %s is known to have ended in the last %d days", [e.name, input.params.job_window_days]),
} if {
	some e in input.backup_plan
	read(e)
	count([job | some job in backup.jobs(e); in_window(job)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "alert_rule",
	"reason": "not_collected",
	"message": sprintf("whether anybody is told when a backup of %s fails is not known", [e.name]),
} if {
	some e in input.backup_plan
	not alerted(e)
}

ended := {"failed": "failed", "expired": "expired"}

# read holds where no further job can exist in the scope of the plan, and it is known of each job what it copied.
read(e) if {
	scope.covered("backup_job", e.scope)
	jobs_linked
}

jobs_linked if {
	every job in ev.all_of("backup_job") {
		ev.settled(job, "protects")
	}
}

# jobs_of are the jobs that copied one store or host.
jobs_of(subject) := [job |
	some uid in ev.sources({"uid": subject}, "protects")
	job := ev.entity(uid)
	job.kind == "backup_job"
]

in_window(job) if ev.days_since(job, "ended_at") <= input.params.job_window_days

# told holds where it is known how a job ended and when, or that it still runs.
told(job) if job.attrs.status == "running"

told(job) if ev.all_known(job, ["status", "ended_at"])

# broken are the jobs of the window that did not end well.
broken(subject) := [job |
	some job in jobs_of(subject)
	job.attrs.status in {"failed", "expired"}
	in_window(job)
]

# mended holds where a later job of the same store or host was completed.
mended(subject, job) if {
	some other in jobs_of(subject)
	other.attrs.status == "completed"
	ev.ns(other.attrs.ended_at) > ev.ns(job.attrs.ended_at)
}

# may_mend holds for a later job that was completed, or of which that is not known.
may_mend(other, job) if {
	not of_no_help(other, job)
}

of_no_help(other, _) if other.attrs.status in {"failed", "expired", "running"}

of_no_help(other, job) if ev.ns(other.attrs.ended_at) <= ev.ns(job.attrs.ended_at)

name(uid) := ev.entity(uid).name

# alerted holds where an alert on failed backups reaches somebody.
alerted(e) if {
	some rule in scope.around("alert_rule", e.scope)
	rule.attrs.enabled == true
	"backup_failure" in rule.attrs.watches
	some target in rule.attrs.targets
	target.confirmed == true
}

# may_watch holds for the rules that watch failed backups, or of which that is not known.
may_watch(rule) if "backup_failure" in rule.attrs.watches

may_watch(rule) if not ev.whole(rule, "watches")

# mute holds for a rule that is known to reach nobody.
mute(rule) if rule.attrs.enabled == false

mute(rule) if {
	ev.whole(rule, "watches")
	ev.enumerated(rule, "targets")
	count([target | some target in rule.attrs.targets; target.confirmed == false]) == count(rule.attrs.targets)
}

reason(watching) := "no alert on failed backups" if {
	count(watching) == 0
} else := "no alert that is on has a confirmed recipient"
