# METADATA
# title: Hosts record security events with synchronised time
# description: |
#   A pass shows that the audit daemon runs and starts at boot, that its rules cover logins, use of privilege, identity files, changes of the
#   clock and of the audit configuration, and that the clock follows a source closely. It does not show that the records leave the host or are
#   read: log.sources and log.reviewed judge that.
# related_resources:
#   - https://man7.org/linux/man-pages/man7/audit.rules.7.html
#   - https://chrony-project.org/documentation.html
# schemas:
#   - input.host: schema.host
# custom:
#   severity: medium
#   units: [host]
#   collectors: [host]
#   rationale: Without system audit and correct clocks an incident cannot be reconstructed.
#   remediation: >-
#     Install auditd and enable its unit; add rules for /var/log/lastlog and faillock, execve of privileged commands, /etc/passwd, /etc/shadow and
#     /etc/group, adjtimex and clock_settime, and /etc/audit (the sample rules 30-ospp and 30-stig that come with auditd hold them). Run chrony or
#     systemd-timesyncd.
#   parameters:
#     - name: audit_rule_classes
#       default: [logins, privilege, identity, time, audit_config]
#       unit: list
#       source: product default; the common part of the rule sets that come with auditd
#     - name: clock_offset_ms
#       default: 1000
#       unit: milliseconds
#       source: product default
package checks.host.audit_logging

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("the audit daemon of %s does not run, or does not start at boot", [e.name]),
	"expected": "auditd runs and starts at boot",
	"actual": "it does not",
	"attributes": ["auditd.enabled"],
} if {
	some e in input.host
	e.attrs["auditd.enabled"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the audit rules of %s do not record %s", [e.name, concat(", ", sort(missed))]),
	"expected": sprintf("rules for %s", [concat(", ", sort(input.params.audit_rule_classes))]),
	"actual": sprintf("none for %s", [concat(", ", sort(missed))]),
	"attributes": ["audit_rules.covers"],
} if {
	some e in input.host
	ev.whole(e, "audit_rules.covers")
	missed := required - {class | some class in e.attrs["audit_rules.covers"]}
	count(missed) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the clock of %s follows no source", [e.name]),
	"expected": "a synchronised clock",
	"actual": "not synchronised",
	"attributes": ["time.synchronised"],
} if {
	some e in input.host
	e.attrs["time.synchronised"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the clock of %s is %d ms off", [e.name, e.attrs["time.offset_ms"]]),
	"expected": sprintf("at most %d ms", [input.params.clock_offset_ms]),
	"actual": sprintf("%d ms", [e.attrs["time.offset_ms"]]),
	"attributes": ["time.offset_ms"],
} if {
	some e in input.host
	ev.above(e, "time.offset_ms", input.params.clock_offset_ms)
}

pass contains e.uid if {
	some e in input.host
	e.attrs["auditd.enabled"] == true
	count(required - {class | some class in e.attrs["audit_rules.covers"]}) == 0
	ev.known(e, "audit_rules.covers")
	e.attrs["time.synchronised"] == true
	ev.at_most(e, "time.offset_ms", input.params.clock_offset_ms)
}

not_applicable contains {"uid": e.uid, "message": "it has no audit of the Linux kernel"} if {
	some e in input.host
	ev.not_applicable(e, "auditd.enabled")
}

required := {class | some class in input.params.audit_rule_classes}
