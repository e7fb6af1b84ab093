# METADATA
# title: VPNs use strong ciphers and MFA for people, log connections, and redundant tunnels are up
# description: |
#   A pass on a VPN for people shows that it demands a second factor, authenticates by certificate or federation and logs connections. A
#   pass on a VPN between sites shows that every algorithm that it accepts is approved and that all its tunnels are up, at least two of
#   them where a critical business process depends on it. Session services are no VPN: net.vpn_remote_admin counts them as a way in.
# related_resources:
#   - https://csrc.nist.gov/pubs/sp/800/77/r1/final
#   - https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
#   - https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/client-authentication.html
# schemas:
#   - input.vpn: schema.vpn
# custom:
#   severity: medium
#   units: [vpn]
#   collectors: [aws, terraform, host]
#   parameters:
#     - name: vpn_approved_algorithms
#       default: [aes128, aes256, aes128-gcm-16, aes256-gcm-16, aes-128-gcm, aes-256-gcm, chacha20-poly1305, sha2-256, sha2-384, sha2-512, dh14, dh15, dh16, dh17, dh18, dh19, dh20, dh21, dh31, curve25519, blake2s, ikev2]
#       unit: list
#       source: NIST SP 800-77r1; RFC 8247; the WireGuard protocol
#     - name: vpn_weak_algorithms
#       default: ["null", des, 3des, rc4, blowfish, bf-cbc, cast5, md5, sha1, dh1, dh2, dh5, dh22, dh23, dh24, ikev1]
#       unit: list
#       source: NIST SP 800-77r1; RFC 8247
#     - name: vpn_critical_tunnels
#       default: 2
#       unit: tunnels
#       source: product default
#   rationale: A VPN with a shared secret or one live tunnel is a weak point.
#   remediation: >-
#     On a client VPN use federated-authentication through an identity provider that demands a second factor, and turn
#     connection_log_options on. On a site-to-site connection state tunnel1_ and tunnel2_ ike_versions = ["ikev2"] and the phase1 and
#     phase2 algorithms, since AWS otherwise accepts SHA1, DH group 2 and IKEv1 too.
package checks.net.vpn_strength

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s lets people in without a second factor", [e.name]),
	"expected": "a second factor",
	"actual": "one factor",
	"attributes": ["mfa_required"],
} if {
	some e in input.vpn
	for_people(e)
	e.attrs.mfa_required == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s authenticates people by %s", [e.name, methods[e.attrs.auth_method]]),
	"expected": "certificates or federation",
	"actual": methods[e.attrs.auth_method],
	"attributes": ["auth_method"],
} if {
	some e in input.vpn
	for_people(e)
	e.attrs.auth_method in {"psk", "key"}
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s does not log connections", [e.name]),
	"expected": "connections are logged",
	"actual": "no connection log",
	"attributes": ["logging"],
} if {
	some e in input.vpn
	for_people(e)
	e.attrs.logging == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s accepts %s", [e.name, concat(", ", weak)]),
	"expected": "approved algorithms only",
	"actual": concat(", ", weak),
	"attributes": ["cipher_suite"],
} if {
	some e in input.vpn
	e.attrs.type == "site_to_site"
	weak := sort({a | some a in algorithms(e); a in input.params.vpn_weak_algorithms})
	count(weak) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("a tunnel of %s is down", [e.name]),
	"expected": "all tunnels are up",
	"actual": "down",
	"attributes": [sprintf("tunnels[%d].status", [i])],
} if {
	some e in input.vpn
	e.attrs.type == "site_to_site"
	some i, tunnel in e.attrs.tunnels
	tunnel.status == "down"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s, on which %s depends, has %d tunnel", [e.name, process.name, count(e.attrs.tunnels)]),
	"expected": sprintf("%d tunnels", [input.params.vpn_critical_tunnels]),
	"actual": sprintf("%d", [count(e.attrs.tunnels)]),
	"attributes": ["tunnels"],
} if {
	some e in input.vpn
	e.attrs.type == "site_to_site"
	ev.enumerated(e, "tunnels")
	some process in critical(e)
	count(e.attrs.tunnels) < input.params.vpn_critical_tunnels
}

pass contains e.uid if {
	some e in input.vpn
	for_people(e)
	e.attrs.enabled == true
	e.attrs.mfa_required == true
	e.attrs.auth_method in {"certificate", "federated"}
	e.attrs.logging == true
}

pass contains e.uid if {
	some e in input.vpn
	e.attrs.type == "site_to_site"
	e.attrs.enabled == true
	approved(e)
	ev.whole(e, "tunnels")
	count(e.attrs.tunnels) > 0
	count([tunnel | some tunnel in e.attrs.tunnels; tunnel.status == "up"]) == count(e.attrs.tunnels)
	redundant(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s opens sessions for identities of the provider: it is no VPN", [e.name])} if {
	some e in input.vpn
	e.attrs.type == "session_service"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is off", [e.name])} if {
	some e in input.vpn
	e.attrs.enabled == false
}

unknown contains {
	"uid": e.uid,
	"path": "cipher_suite",
	"reason": "unsupported",
	"message": sprintf("neither approved nor weak: %s", [concat(", ", sort(strange))]),
} if {
	some e in input.vpn
	e.attrs.type == "site_to_site"
	strange := {a | some a in algorithms(e); not a in input.params.vpn_approved_algorithms}
	count(strange) > 0
}

unknown contains {
	"uid": e.uid,
	"path": path,
	"reason": e.unknown[path],
	"message": sprintf("nothing tells the %s of %s", [replace(path, "_", " "), e.name]),
} if {
	some e in input.vpn
	e.attrs.type == "site_to_site"
	some path in ["cipher_suite", "tunnels"]
	e.unknown[path]
}

methods := {"psk": "a shared secret", "key": "a key alone"}

for_people(e) if e.attrs.type in {"client", "ztna"}

# algorithms are the words of a cipher suite: it lists every algorithm that is accepted, with blanks between them. It is read without
# naming it as an attribute of this policy, since that of a client VPN decides nothing.
algorithms(e) := {lower(word) | some word in split(suite, " "); word != ""} if {
	suite := object.get(e.attrs, "cipher_suite", null)
	is_string(suite)
}

approved(e) if {
	words := algorithms(e)
	count(words) > 0
	every word in words {
		word in input.params.vpn_approved_algorithms
	}
}

# critical are the critical business processes that depend on the VPN, as far as an impact analysis was read.
critical(e) := [process |
	some uid in ev.sources(e, "depends_on")
	process := ev.entity(uid)
	process.attrs.criticality == "critical"
]

redundant(e) if count(e.attrs.tunnels) >= input.params.vpn_critical_tunnels

redundant(e) if count(critical(e)) == 0
