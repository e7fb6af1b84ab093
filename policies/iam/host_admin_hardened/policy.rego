# METADATA
# title: Remote administration of hosts is locked down
# description: |
#   A pass shows that root cannot log in with a password, that passwords alone do not open a session, that no account has an empty
#   password, and that sudo without a password is left to groups at level admin in the RBAC matrix. It does not show that the keys
#   are protected, nor who can reach the port. The effective configuration counts: settings that Match blocks may change are not known.
# related_resources:
#   - https://man.openbsd.org/sshd_config
#   - https://www.sudo.ws/docs/man/sudoers.man/
# schemas:
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [host]
#   collectors: [host, terraform]
#   rationale: SSH and sudo are the Linux equivalents of the cloud admin plane.
#   remediation: In /etc/ssh/sshd_config set PermitRootLogin no, PasswordAuthentication no and PermitEmptyPasswords no, check with sshd -T and reload. Lock empty accounts with passwd -l. Replace NOPASSWD ALL in sudoers by the commands that are needed, or list the group at level admin in rbac.yaml (cloud_role is the group's name).
package checks.iam.host_admin_hardened

import data.lib.ev
import data.lib.login
import data.lib.rbac

fail contains {
	"uid": e.uid,
	"message": sprintf("root can log in to %s over SSH", [e.name]),
	"expected": "PermitRootLogin no or prohibit-password",
	"actual": sprintf("PermitRootLogin %s", [e.attrs["ssh.permit_root_login"]]),
	"attributes": ["ssh.permit_root_login"],
} if {
	some e in input.host
	is_string(e.attrs["ssh.permit_root_login"])
	not lower(e.attrs["ssh.permit_root_login"]) in root_allowed
	ev.known(e, "ssh.permit_root_login")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("a password alone opens a session on %s", [e.name]),
	"expected": "PasswordAuthentication no, or a second factor",
	"actual": "PasswordAuthentication yes without a second factor",
	"attributes": ["ssh.password_authentication"],
} if {
	some e in input.host
	e.attrs["ssh.password_authentication"] == true
	password_alone(e)
}

fail contains {
	"uid": e.uid,
	"severity": "critical",
	"message": sprintf("sshd on %s accepts empty passwords", [e.name]),
	"expected": "PermitEmptyPasswords no",
	"actual": "PermitEmptyPasswords yes",
	"attributes": ["ssh.permit_empty_passwords"],
} if {
	some e in input.host
	e.attrs["ssh.permit_empty_passwords"] == true
}

fail contains {
	"uid": e.uid,
	"severity": "critical",
	"message": sprintf("the account %s on %s has an empty password", [account.name, e.name]),
	"expected": "a password or a lock",
	"actual": "an empty password",
	"attributes": [sprintf("accounts[%d].password_state", [i])],
} if {
	some e in input.host
	some i, account in e.attrs.accounts
	account.password_state == "empty"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s may run everything as root on %s without a password", [rule.subject, e.name]),
	"expected": "NOPASSWD ALL only for groups at level admin in the RBAC matrix",
	"actual": sprintf("NOPASSWD ALL for the %s %s", [rule.subject_type, rule.subject]),
	"attributes": [sprintf("sudo.rules[%d].nopasswd_all", [i])],
} if {
	some e in input.host
	some i, rule in e.attrs["sudo.rules"]
	rule.nopasswd_all == true
	unexcused(rule)
}

pass contains e.uid if {
	some e in input.host
	lower(e.attrs["ssh.permit_root_login"]) in root_allowed
	password_safe(e)
	e.attrs["ssh.permit_empty_passwords"] == false
	ev.each_known(e, "accounts", "password_state")
	every account in e.attrs.accounts {
		account.password_state in {"set", "locked"}
	}
	ev.enumerated(e, "sudo.rules")
	every rule in e.attrs["sudo.rules"] {
		excused(rule)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("no SSH server runs on %s", [e.name])} if {
	some e in input.host
	ev.not_applicable(e, "ssh.permit_root_login")
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": sprintf("the effective configuration of %s", [e.name]),
} if {
	some e in input.host
	some path in ["accounts", "sudo.rules", "ssh.permit_root_login", "ssh.password_authentication", "ssh.permit_empty_passwords"]
	e.unknown[path]
}

unknown contains {
	"uid": e.uid,
	"path": "sudo.rules",
	"reason": "not_collected",
	"message": sprintf("no RBAC matrix says whether the group %s may run everything without a password", [rule.subject]),
} if {
	some e in input.host
	some rule in e.attrs["sudo.rules"]
	rule.nopasswd_all == true
	not excused(rule)
	not unexcused(rule)
}

unknown contains {
	"uid": e.uid,
	"path": "ssh.authentication_methods",
	"reason": object.get(e.unknown, "ssh.authentication_methods", "unlinked"),
	"message": "whether a password must be followed by a second factor",
} if {
	some e in input.host
	e.attrs["ssh.password_authentication"] == true
	not login.two_factors(e)
}

# without-password is the old name of prohibit-password.
root_allowed := {"no", "prohibit-password", "without-password", "forced-commands-only"}

password_safe(e) if e.attrs["ssh.password_authentication"] == false

password_safe(e) if {
	e.attrs["ssh.password_authentication"] == true
	login.two_factors(e)
}

# password_alone holds where the password is some way in by itself, and PAM asks for nothing more.
password_alone(e) if {
	e.attrs["pam.mfa"] == false
	some way in login.alternatives(e)
	way in [["any"], ["password"], ["keyboard-interactive"]]
}

excused(rule) if rule.nopasswd_all == false

excused(rule) if {
	rule.subject == "root"
	rule.subject_type == "user"
}

excused(rule) if {
	rule.subject_type == "group"
	rbac.listed_admin(group(rule))
}

unexcused(rule) if {
	rule.subject_type == "user"
	rule.subject != "root"
}

unexcused(rule) if {
	rule.subject_type == "group"
	rbac.unlisted_admin(group(rule))
}

# group is a group of Linux in the form in which the matrix names entities.
group(rule) := {"uid": rule.subject, "id": rule.subject, "name": rule.subject}
