# METADATA
# title: Idle and overlong sessions end by themselves
# description: |
#   A pass shows that idle sessions end: of shells after TMOUT, of workstations and laptops also behind a locked screen, of identity
#   providers after their idle timeout; and that sessions of roles for people end in time. It does not show that people cannot
#   switch TMOUT off, nor sessions of applications. SSH keepalives end lost connections, not idle ones, and are not judged.
# related_resources:
#   - https://www.ecfr.gov/current/title-45/section-164.312
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html
#   - https://www.gnu.org/software/bash/manual/html_node/Bash-Variables.html
# schemas:
#   - input.auth_policy: schema.auth_policy
#   - input.role: schema.role
#   - input.host: schema.host
# custom:
#   severity: medium
#   units: [auth_policy, role, host]
#   collectors: [aws, terraform, host]
#   parameters:
#     - name: session_idle_seconds
#       default: 900
#       unit: seconds
#       source: product default; 164.312(a)(2)(iii) fixes no number
#     - name: session_max_seconds
#       default: 43200
#       unit: seconds
#       source: product default (AWS role maximum)
#   rationale: An unattended session is access without authentication.
#   remediation: Set readonly TMOUT=900 in /etc/profile.d and the screen lock of desktops (org.gnome.desktop.session idle-delay), the session settings of the identity provider, and max_session_duration of aws_iam_role or session_duration of aws_ssoadmin_permission_set.
package checks.iam.session_limits

import data.lib.ev
import data.lib.login

fail contains {
	"uid": e.uid,
	"message": sprintf("idle sessions of %s never end", [e.name]),
	"expected": limit(input.params.session_idle_seconds),
	"actual": "no limit",
	"attributes": ["session.idle_timeout_seconds"],
} if {
	some e in input.auth_policy
	e.attrs["session.idle_timeout_seconds"] == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("idle sessions of %s end only after %d seconds", [e.name, e.attrs["session.idle_timeout_seconds"]]),
	"expected": limit(input.params.session_idle_seconds),
	"actual": sprintf("%d seconds", [e.attrs["session.idle_timeout_seconds"]]),
	"attributes": ["session.idle_timeout_seconds"],
} if {
	some e in input.auth_policy
	ev.above(e, "session.idle_timeout_seconds", input.params.session_idle_seconds)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("sessions of %s last up to %d seconds", [e.name, e.attrs.max_session_seconds]),
	"expected": limit(input.params.session_max_seconds),
	"actual": sprintf("%d seconds", [e.attrs.max_session_seconds]),
	"attributes": ["max_session_seconds"],
} if {
	some e in input.role
	e.attrs.human_assumable == true
	ev.above(e, "max_session_seconds", input.params.session_max_seconds)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("idle shells on %s never end", [e.name]),
	"expected": limit(input.params.session_idle_seconds),
	"actual": "no TMOUT",
	"attributes": ["shell.tmout_seconds"],
} if {
	some e in input.host
	e.attrs["shell.tmout_seconds"] == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("idle shells on %s end only after %d seconds", [e.name, e.attrs["shell.tmout_seconds"]]),
	"expected": limit(input.params.session_idle_seconds),
	"actual": sprintf("%d seconds", [e.attrs["shell.tmout_seconds"]]),
	"attributes": ["shell.tmout_seconds"],
} if {
	some e in input.host
	ev.above(e, "shell.tmout_seconds", input.params.session_idle_seconds)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the screen of %s never locks by itself", [e.name]),
	"expected": limit(input.params.session_idle_seconds),
	"actual": "no lock",
	"attributes": ["screen_lock_seconds"],
} if {
	some e in input.host
	has_screen(e)
	e.attrs.screen_lock_seconds == 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the screen of %s locks only after %d seconds", [e.name, e.attrs.screen_lock_seconds]),
	"expected": limit(input.params.session_idle_seconds),
	"actual": sprintf("%d seconds", [e.attrs.screen_lock_seconds]),
	"attributes": ["screen_lock_seconds"],
} if {
	some e in input.host
	has_screen(e)
	ev.above(e, "screen_lock_seconds", input.params.session_idle_seconds)
}

pass contains e.uid if {
	some e in input.auth_policy
	ends(e, "session.idle_timeout_seconds")
}

pass contains e.uid if {
	some e in input.role
	e.attrs.human_assumable == true
	ev.at_most(e, "max_session_seconds", input.params.session_max_seconds)
}

pass contains e.uid if {
	some e in input.host
	e.attrs.kind in {"server", "vm", "container_host"}
	ends(e, "shell.tmout_seconds")
}

pass contains e.uid if {
	some e in input.host
	has_screen(e)
	ends(e, "shell.tmout_seconds")
	ends(e, "screen_lock_seconds")
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s sets no limit on idle sessions; roles do", [e.name])} if {
	some e in input.auth_policy
	ev.not_applicable(e, "session.idle_timeout_seconds")
}

not_applicable contains {"uid": e.uid, "message": sprintf("no person can assume %s", [e.name])} if {
	some e in input.role
	e.attrs.human_assumable == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("nobody can log in to %s", [e.name])} if {
	some e in input.host
	login.deserted(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no shell for people", [e.name])} if {
	some e in input.host
	e.attrs.kind in {"mobile", "network_device"}
}

has_screen(e) if e.attrs.kind in {"workstation", "laptop"}

ends(e, path) if {
	ev.at_least(e, path, 1)
	ev.at_most(e, path, input.params.session_idle_seconds)
}

limit(seconds) := sprintf("at most %d seconds", [seconds])
