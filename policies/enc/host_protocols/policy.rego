# METADATA
# title: Hosts allow only modern cryptography and run no plaintext remote services
# description: |
#   A pass shows that every cipher, code and key exchange that the host's SSH server accepts is on the list of the parameter, that the system-wide
#   cryptographic policy is not the legacy one, and that no telnet, ftp, rsh or like service listens. It does not show what other services
#   negotiate: enc.transit_endpoints judges those that were found. An algorithm that the list does not name fails, also where it is newer.
# related_resources:
#   - https://man.openbsd.org/sshd_config
#   - https://www.openssh.com/releasenotes.html
# schemas:
#   - input.host: schema.host
# custom:
#   severity: medium
#   units: [host]
#   collectors: [host]
#   rationale: One telnet, ftp, rsh or weak cipher undoes the rest.
#   remediation: >-
#     Write Ciphers, MACs and KexAlgorithms into a file of /etc/ssh/sshd_config.d with the algorithms of the list that sshd -T shows, and reload
#     sshd. Set update-crypto-policies --set DEFAULT. Disable the units of telnet, ftp, rsh, rlogin, tftp and finger, and use SSH and SFTP.
#   parameters:
#     - name: ssh_algorithms
#       default:
#         ciphers:
#           - chacha20-poly1305@openssh.com
#           - aes256-gcm@openssh.com
#           - aes128-gcm@openssh.com
#           - aes256-ctr
#           - aes192-ctr
#           - aes128-ctr
#         macs:
#           - hmac-sha2-512-etm@openssh.com
#           - hmac-sha2-256-etm@openssh.com
#           - umac-128-etm@openssh.com
#           - hmac-sha2-512
#           - hmac-sha2-256
#           - umac-128@openssh.com
#         kex:
#           - mlkem768x25519-sha256
#           - sntrup761x25519-sha512
#           - sntrup761x25519-sha512@openssh.com
#           - curve25519-sha256
#           - curve25519-sha256@libssh.org
#           - ecdh-sha2-nistp256
#           - ecdh-sha2-nistp384
#           - ecdh-sha2-nistp521
#           - diffie-hellman-group-exchange-sha256
#           - diffie-hellman-group14-sha256
#           - diffie-hellman-group16-sha512
#           - diffie-hellman-group18-sha512
#       unit: list
#       source: OpenSSH 10.0 defaults without 64-bit and SHA-1 codes; product list of 2026-11-22
package checks.enc.host_protocols

import data.lib.ev

fail contains weak(e, "ssh.ciphers", "cipher", strange) if {
	some e in input.host
	strange := beyond(e.attrs["ssh.ciphers"], input.params.ssh_algorithms.ciphers)
}

fail contains weak(e, "ssh.macs", "message authentication code", strange) if {
	some e in input.host
	strange := beyond(e.attrs["ssh.macs"], input.params.ssh_algorithms.macs)
}

fail contains weak(e, "ssh.kex", "key exchange", strange) if {
	some e in input.host
	strange := beyond(e.attrs["ssh.kex"], input.params.ssh_algorithms.kex)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("the cryptographic policy of %s is %s", [e.name, e.attrs.crypto_policy]),
	"expected": "DEFAULT, FIPS or FUTURE",
	"actual": e.attrs.crypto_policy,
	"attributes": ["crypto_policy"],
} if {
	some e in input.host
	legacy(e)
}

fail contains {
	"uid": e.uid,
	"severity": "high",
	"message": sprintf("%s on %s carries what it says, and passwords, in the clear", [service, e.name]),
	"expected": "no plaintext remote service listens",
	"actual": sprintf("%s listens", [service]),
	"attributes": [sprintf("legacy_services[%d]", [i])],
} if {
	some e in input.host
	some i, service in e.attrs.legacy_services
}

pass contains e.uid if {
	some e in input.host
	within(e, "ssh.ciphers", input.params.ssh_algorithms.ciphers)
	within(e, "ssh.macs", input.params.ssh_algorithms.macs)
	within(e, "ssh.kex", input.params.ssh_algorithms.kex)
	modern(e)
	ev.whole(e, "legacy_services")
	count(e.attrs.legacy_services) == 0
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s offers no services to log in over a network", [e.name])} if {
	some e in input.host
	e.attrs.kind == "mobile"
}

weak(e, path, what, strange) := {
	"uid": e.uid,
	"message": sprintf("the SSH server of %s accepts the %s %s", [e.name, what, concat(", ", strange)]),
	"expected": "only algorithms of the list",
	"actual": concat(", ", strange),
	"attributes": [path],
}

# beyond are the algorithms that the list does not name; undefined where there is none.
beyond(accepted, list) := strange if {
	strange := [a | some a in accepted; not a in list]
	count(strange) > 0
}

# within holds where all that is accepted is known and on the list, or there is no SSH server.
within(e, path, list) if {
	ev.whole(e, path)
	allowed := {a | some a in list}
	count({a | some a in object.get(e.attrs, path, [])} - allowed) == 0
}

within(e, path, _) if ev.not_applicable(e, path)

# legacy holds for the legacy policy of the distribution, with or without modules.
legacy(e) if startswith(upper(e.attrs.crypto_policy), "LEGACY")

modern(e) if {
	is_string(e.attrs.crypto_policy)
	not legacy(e)
}

modern(e) if ev.not_applicable(e, "crypto_policy")
