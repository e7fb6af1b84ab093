# METADATA
# title: Workloads use temporary role credentials, not stored keys
# description: |
#   A pass on a principal shows that software does not authenticate with a long-lived key of it. A pass on a host shows that no cloud key
#   was found in its user data or home directories and that a cloud host has an instance role. It does not show keys in places that
#   nobody looked at, nor what the role may do. An on-premises workload whose keys are excepted in the register is not judged.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-workloads-use-roles
#   - https://docs.aws.amazon.com/rolesanywhere/latest/userguide/introduction.html
# schemas:
#   - input.host: schema.host
#   - input.principal: schema.principal
# custom:
#   severity: medium
#   units: [host, principal]
#   collectors: [aws, terraform, host]
#   rationale: Keys on disk or in user data are copied with every image and backup.
#   remediation: Give the machine an iam_instance_profile and remove aws_iam_access_key and the keys in user_data; deactivate keys that were exposed (aws iam update-access-key --status Inactive). Outside of AWS use IAM Roles Anywhere or a web identity.
package checks.iam.workload_identity

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("a cloud key lies in %s of %s", [key.path, e.name]),
	"expected": "no stored cloud keys",
	"actual": sprintf("a key in %s", [key.path]),
	"attributes": [sprintf("static_cloud_keys[%d].path", [i])],
} if {
	some e in input.host
	some i, key in e.attrs.static_cloud_keys
}

fail contains {
	"uid": e.uid,
	"severity": "low",
	"message": sprintf("%s has no instance role", [e.name]),
	"expected": "an instance role",
	"actual": "none",
	"attributes": ["instance_role"],
} if {
	some e in input.host
	ev.is_null_fact(e, "instance_role")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s authenticates with a long-lived key", [e.name]),
	"expected": "temporary credentials of a role",
	"actual": sprintf("an active %s", [replace(key.attrs.type, "_", " ")]),
	"attributes": ["type"],
} if {
	some e in input.principal
	e.attrs.type == "workload"
	some key in keys(e)
	key.attrs.active == true
	not excepted(e)
}

pass contains e.uid if {
	some e in input.host
	ev.enumerated(e, "static_cloud_keys")
	count(e.attrs.static_cloud_keys) == 0
	has_role(e)
}

pass contains e.uid if {
	some e in input.principal
	e.attrs.type == "workload"
	ev.managed_within("credential", e.scope)
	ev.all_settled("credential_of")
	every uid in ev.sources(e, "credential_of") {
		harmless(ev.entity(uid))
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no workload", [e.name])} if {
	some e in input.principal
	e.attrs.type in {"human", "root", "service_linked"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is an account of Linux; its host is judged", [e.name])} if {
	some e in input.principal
	e.attrs.source == "linux"
}

not_applicable contains {"uid": e.uid, "message": sprintf("the keys of %s are excepted in the register", [e.name])} if {
	some e in input.principal
	e.attrs.type == "workload"
	excepted(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("which keys belong to %s is not fully known", [e.name]),
} if {
	some e in input.principal
	e.attrs.type == "workload"
}

# keys are the long-lived keys of a principal.
keys(e) := [c |
	some uid in ev.sources(e, "credential_of")
	c := ev.entity(uid)
	c.attrs.type in {"access_key", "api_token"}
]

harmless(credential) if credential.attrs.active == false

harmless(credential) if credential.attrs.type in {"password", "mfa_device", "ssh_key", "certificate"}

has_role(e) if is_string(e.attrs.instance_role)

has_role(e) if ev.not_applicable(e, "instance_role")

# excepted holds where an approved exception that has not ended names the check and the principal.
excepted(e) if {
	some x in ev.all_of("exception")
	x.attrs.check == "iam.workload_identity"
	x.attrs.subject in {e.uid, e.id, e.name}
	ev.stated(x.attrs.approved_by)
	ev.days_since(x, "expires_on") < 1
}
