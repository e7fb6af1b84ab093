# METADATA
# title: Credentials and accounts unused for 45 days are disabled
# description: |
#   A pass shows that the credential or account is enabled and was used, or made, within the days of the parameter. It does not show that
#   its use was right. What was never used counts from its creation. Identities labelled as break-glass are judged by iam.break_glass,
#   and so are their credentials; the root user is best unused and judged by iam.root_mfa and iam.root_no_access_keys. Devices and
#   certificates open nothing by themselves.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html
#   - https://www.cisecurity.org/controls/account-management
# schemas:
#   - input.credential: schema.credential
#   - input.principal: schema.principal
# custom:
#   severity: high
#   units: [credential, principal]
#   collectors: [aws, host]
#   parameters:
#     - name: unused_credential_days
#       default: 45
#       unit: days
#       source: CIS AWS 7.0 2.11; CIS Controls 5.3 (AWS HIPAA pack uses 90)
#   rationale: Dormant accounts are unattended entry points and often belong to leavers.
#   remediation: Switch the credential off (aws iam update-access-key --status Inactive, aws iam delete-login-profile) or lock the account (usermod --lock --expiredate 1). Label an identity for emergencies with the tag purpose = break_glass.
package checks.iam.unused_credentials

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": message(e),
	"expected": sprintf("used within %d days, or disabled", [input.params.unused_credential_days]),
	"actual": sprintf("%d days", [floor(idle(e))]),
	"attributes": ["last_used_at"],
} if {
	some e in input.credential
	e.attrs.active == true
	opens(e)
	idle(e) > input.params.unused_credential_days
	ordinary_holder(e)
}

fail contains {
	"uid": e.uid,
	"message": message(e),
	"expected": sprintf("used within %d days, or disabled", [input.params.unused_credential_days]),
	"actual": sprintf("%d days", [floor(idle(e))]),
	"attributes": ["last_used_at"],
} if {
	some e in input.principal
	e.attrs.enabled == true
	e.attrs.type in {"human", "workload"}
	not_daemon(e)
	idle(e) > input.params.unused_credential_days
	ordinary(e)
}

pass contains e.uid if {
	some e in input.credential
	e.attrs.active == true
	opens(e)
	idle(e) <= input.params.unused_credential_days
}

pass contains e.uid if {
	some e in input.principal
	e.attrs.enabled == true
	e.attrs.type in {"human", "workload"}
	idle(e) <= input.params.unused_credential_days
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is inactive", [e.name])} if {
	some e in input.credential
	e.attrs.active == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s opens nothing by itself", [e.name])} if {
	some e in input.credential
	e.attrs.type in {"mfa_device", "certificate"}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is for emergencies: iam.break_glass judges it", [e.name])} if {
	some e in input.credential
	some holder in holders(e)
	holder.attrs.purpose == "break_glass"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a credential of the root user, which is best unused", [e.name])} if {
	some e in input.credential
	some holder in holders(e)
	holder.attrs.type == "root"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is disabled", [e.name])} if {
	some e in input.principal
	e.attrs.enabled == false
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is for emergencies: iam.break_glass judges it", [e.name])} if {
	some e in input.principal
	e.attrs.purpose == "break_glass"
}

not_applicable contains {"uid": e.uid, "message": "the root user is best unused; other checks judge it"} if {
	some e in input.principal
	e.attrs.type == "root"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s belongs to a service of the provider", [e.name])} if {
	some e in input.principal
	e.attrs.type == "service_linked"
}

not_applicable contains {"uid": e.uid, "message": sprintf("nobody can log in as %s", [e.name])} if {
	some e in input.principal
	e.attrs.source == "linux"
	e.attrs.interactive == false
}

unknown contains {
	"uid": e.uid,
	"path": "purpose",
	"reason": object.get(e.unknown, "purpose", "unlinked"),
	"message": sprintf("%s is dormant, and whether it is for emergencies is not known", [e.name]),
} if {
	some e in input.principal
	idle(e) > input.params.unused_credential_days
}

unknown contains {
	"uid": e.uid,
	"reason": "unlinked",
	"message": sprintf("%s is dormant, and whether it belongs to an identity for emergencies is not known", [e.name]),
} if {
	some e in input.credential
	idle(e) > input.params.unused_credential_days
}

# opens holds for what lets somebody in by itself.
opens(e) if e.attrs.type in {"password", "access_key", "ssh_key", "api_token"}

# idle is how many days ago it was last used, or made where it never was; undefined while that is not known.
idle(e) := ev.days_since(e, "last_used_at")

idle(e) := ev.days_since(e, "created_at") if ev.is_null_fact(e, "last_used_at")

# not_daemon holds for what somebody, or some program, can log in as.
not_daemon(e) if e.attrs.source in {"aws_iam", "aws_identity_center", "idp"}

not_daemon(e) if e.attrs.interactive == true

holders(e) := [holder | some uid in ev.targets(e, "credential_of"); holder := ev.entity(uid)]

# ordinary holds for an identity that is known not to be labelled for emergencies: it has another label, or its labels were read and
# none states a purpose.
ordinary(p) if p.attrs.purpose in {"standard", "admin", "service"}

ordinary(p) if p.unknown.purpose == "not_in_plane"

# ordinary_holder holds where everybody whom the credential proves is such an identity.
ordinary_holder(e) if {
	ev.settled(e, "credential_of")
	every uid in ev.targets(e, "credential_of") {
		ordinary(ev.entity(uid))
	}
}

message(e) := sprintf("%s was never used, and is %d days old", [e.name, floor(idle(e))]) if {
	ev.is_null_fact(e, "last_used_at")
} else := sprintf("%s was last used %d days ago", [e.name, floor(idle(e))])
