# METADATA
# title: Every path to a sensitive system demands MFA
# description: |
#   A pass on a role shows that everybody who can assume it must have logged in with a second factor, or comes from an identity provider
#   that demands one. A pass on a host that holds sensitive data shows that each way of logging in over SSH demands two factors, or that
#   every way to it leads through a VPN or session service that demands one. Roles are judged by the stores that their policies let
#   them reach. It does not show what the people do with their access, nor ways into an application.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
#   - https://man.openbsd.org/sshd_config#AuthenticationMethods
# schemas:
#   - input.role: schema.role
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [role, host]
#   collectors: [aws, terraform, host, governance]
#   rationale: MFA for sensitive systems must follow the data, not the list of users.
#   remediation: Add the condition Bool aws:MultiFactorAuthPresent = true to every statement of the role's assume_role_policy that people use, or let only an identity provider with required MFA assume it. On hosts set AuthenticationMethods publickey,keyboard-interactive with a second factor in PAM, or close SSH and use Session Manager.
package checks.iam.sensitive_access_mfa

import data.lib.ev
import data.lib.login

fail contains {
	"uid": e.uid,
	"message": sprintf("%s can be assumed by %s without MFA and reaches sensitive data: %s", [e.name, trust.principal, concat(", ", stores(e))]),
	"expected": "a condition on MFA",
	"actual": sprintf("%s needs no MFA", [trust.principal]),
	"attributes": [sprintf("trust[%d].conditions.mfa", [i])],
} if {
	some e in input.role
	e.attrs.human_assumable == true
	some i, trust in e.attrs.trust
	without_mfa(trust)
	count(stores(e)) > 0
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s holds sensitive data and lets people log in with one factor", [e.name]),
	"expected": "two factors for remote login",
	"actual": sprintf("AuthenticationMethods %s", [e.attrs["ssh.authentication_methods"]]),
	"attributes": ["ssh.authentication_methods"],
} if {
	some e in input.host
	e.attrs["derived.sensitive"] == true
	login.one_factor(e)
	no_gate_before(e)
}

pass contains e.uid if {
	some e in input.role
	e.attrs.human_assumable == true
	count(stores(e)) > 0
	ev.enumerated(e, "trust")
	every trust in e.attrs.trust {
		with_mfa(trust)
	}
}

pass contains e.uid if {
	some e in input.host
	e.attrs["derived.sensitive"] == true
	login.two_factors(e)
}

pass contains {"uid": e.uid, "message": sprintf("%s is reached only through services that demand a second factor", [e.name])} if {
	some e in input.host
	e.attrs["derived.sensitive"] == true
	gated(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("no person can assume %s", [e.name])} if {
	some e in input.role
	e.attrs.human_assumable == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s reaches no sensitive store", [e.name])} if {
	some e in input.role
	reaches_nothing_sensitive(e)
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s holds no sensitive data", [e.name])} if {
	some e in input.host
	e.attrs["derived.sensitive"] == false
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("which sensitive stores %s reaches is not fully known", [e.name]),
} if {
	some e in input.role
	count(stores(e)) == 0
	ev.known(e, "human_assumable")
}

unknown contains {
	"uid": e.uid,
	"path": "trust",
	"reason": "not_collected",
	"message": sprintf("whether the sign-in of %s demands a second factor", [trust.principal]),
} if {
	some e in input.role
	some trust in e.attrs.trust
	undecided(trust)
}

unknown contains {
	"uid": e.uid,
	"path": "ssh.authentication_methods",
	"reason": object.get(e.unknown, "ssh.authentication_methods", "unlinked"),
	"message": sprintf("how people log in to %s, and through which VPN or session service", [e.name]),
} if {
	some e in input.host
	ev.known(e, "derived.sensitive")
}

unknown contains {
	"uid": e.uid,
	"path": "derived.sensitive",
	"reason": object.get(e.unknown, "derived.sensitive", "not_collected"),
	"message": sprintf("the classification of the data on %s", [e.name]),
} if {
	some e in input.host
	not ev.known(e, "derived.sensitive")
}

# reached are the entities that the role can read, write or administer.
reached(e) := {uid |
	some list in [ev.targets(e, "can_read"), ev.targets(e, "can_write"), ev.targets(e, "can_admin")]
	some uid in list
}

# stores are the names of the sensitive stores among them.
stores(e) := sort([store.name |
	some uid in reached(e)
	store := ev.entity(uid)
	store.attrs["derived.sensitive"] == true
])

reaches_nothing_sensitive(e) if {
	ev.managed_within("datastore", e.scope)
	ev.settled(e, "can_read")
	ev.settled(e, "can_write")
	ev.settled(e, "can_admin")
	every uid in reached(e) {
		harmless(ev.entity(uid))
	}
}

harmless(store) if store.attrs["derived.sensitive"] == false

harmless(other) if not "datastore" in other.facets

with_mfa(trust) if trust["conditions.mfa"] == true

with_mfa(trust) if {
	trust.principal_type == "service"
	trust.principal != "sso.amazonaws.com"
}

with_mfa(trust) if {
	trust.principal_type == "federated"
	some policy in sign_in(trust)
	policy.attrs.mfa_required == true
}

without_mfa(trust) if {
	trust.principal_type == "any"
	trust["conditions.mfa"] == false
}

# A role that may assume the role is itself for people or not: that is not told here.
without_mfa(trust) if {
	trust.principal_type == "account"
	trust["conditions.mfa"] == false
	not contains(trust.principal, "role/")
}

without_mfa(trust) if {
	trust.principal_type == "federated"
	trust["conditions.mfa"] == false
	policies := sign_in(trust)
	count(policies) > 0
	count([p | some p in policies; p.attrs.mfa_required == false]) == count(policies)
}

undecided(trust) if {
	trust.principal_type in {"federated", "account"}
	not with_mfa(trust)
	not without_mfa(trust)
}

# sign_in are the policies of the identity provider behind a federated trust: those whose scope names it.
sign_in(trust) := [p |
	some p in ev.all_of("auth_policy")
	p.attrs.scope in provider_names(trust)
]

provider_names(trust) := {trust.principal, "aws_identity_center"} if {
	identity_center(trust.principal)
} else := {trust.principal}

identity_center("IAM Identity Center")

# the provider that IAM Identity Center makes for its own roles in an account
identity_center(principal) if contains(principal, ":saml-provider/AWSSSO_")

# gated holds where each known way to the host, and there is one, leads through a service that demands a second factor.
gated(e) if {
	ev.whole(e, "remote_access_paths")
	count(e.attrs.remote_access_paths) > 0
	every way in e.attrs.remote_access_paths {
		some gate in gates
		leads_through(way, gate)
	}
}

gates := [g |
	some g in ev.all_of("vpn")
	g.attrs.enabled == true
	g.attrs.mfa_required == true
]

leads_through(way, gate) if way.source in {gate.uid, gate.id, gate.name}

leads_through(way, gate) if {
	way.via == "session_manager"
	gate.attrs.type == "session_service"
}

# no_gate_before holds where no such service can stand before the host: a way in is open to every address, or the cloud was read and
# no service in it can demand a second factor.
no_gate_before(e) if {
	not gated(e)
	some way in e.attrs.remote_access_paths
	way.source in {"0.0.0.0/0", "::/0"}
}

no_gate_before(e) if {
	ev.covered_within("vpn", "aws")
	not gated(e)
	services := ev.all_of("vpn")
	count([s | some s in services; no_gate(s)]) == count(services)
}

no_gate(service) if service.attrs.mfa_required == false

no_gate(service) if service.attrs.enabled == false
