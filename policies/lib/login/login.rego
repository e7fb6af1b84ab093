# METADATA
# title: What sshd demands of somebody who logs in
# description: |
#   AuthenticationMethods lists alternatives, separated by spaces; each alternative is a list of methods that must all succeed,
#   separated by commas (sshd_config(5)). "any" stands for any single method. PAM is asked by the methods password and
#   keyboard-interactive, not by publickey: a second factor in PAM alone does not stop a login by key.
package lib.login

import data.lib.ev
import data.lib.scope

alternatives(e) := [split(a, ",") | some a in split(trim_space(e.attrs["ssh.authentication_methods"]), " "); a != ""]

# two_factors holds where each way in demands two factors.
two_factors(e) if {
	ways := alternatives(e)
	count(ways) > 0
	count([way | some way in ways; strong(e, way)]) == count(ways)
}

# one_factor holds where some way in is known to demand one factor.
one_factor(e) if {
	some way in alternatives(e)
	weak(e, way)
}

strong(_, way) if count({m | some m in way}) > 1

strong(e, way) if {
	count({m | some m in way}) == 1
	asks_pam(way[0])
	e.attrs["pam.mfa"] == true
}

weak(_, ["publickey"])

weak(e, way) if {
	count(way) == 1
	not startswith(way[0], "publickey")
	e.attrs["pam.mfa"] == false
}

# deserted holds where the accounts on a host are known and nobody can log in with one. The uid of an account of Linux is that of its
# host, a colon and the account's name.
deserted(host) if {
	scope.covered("principal", host.scope)
	host.uid in inhabited
	not host.uid in used
}

inhabited := {host_part(p.uid) | some p in ev.all_of("principal"); p.attrs.source == "linux"}

used := {host_part(p.uid) | some p in ev.all_of("principal"); p.attrs.source == "linux"; not shut(p)}

shut(account) if account.attrs.interactive == false

shut(account) if account.attrs.enabled == false

# host_of is the host that an account is on; undefined where it was not collected.
host_of(account) := host if {
	host := ev.entity(host_part(account.uid))
	host.kind == "host"
}

host_part(uid) := regex.replace(uid, `:[^:]*$`, "")

asks_pam(method) if method == "password"

asks_pam(method) if startswith(method, "keyboard-interactive")
