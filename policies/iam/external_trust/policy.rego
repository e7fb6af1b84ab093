# METADATA
# title: Trust to outsiders is narrow, conditioned and analysed
# description: |
#   A pass on a role shows that nobody in general can assume it, that each account outside of the organisation needs an external id or
#   belongs to a named organisation and is listed in the vendor register, and that web identities are pinned to a subject. A trust in
#   everybody that is limited to an organisation by aws:PrincipalOrgID counts as trust in that organisation. A pass on an account shows
#   that an access analyser is on in every used region. It does not show that the vendor still needs the access.
# related_resources:
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
#   - https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html
# schemas:
#   - input.role: schema.role
#   - input.account: schema.account
# custom:
#   severity: high
#   units: [role, account]
#   collectors: [aws, terraform, governance]
#   rationale: Cross-account and federated trust is how partners and attackers come in.
#   remediation: In assume_role_policy name the account, add StringEquals sts:ExternalId, and for web identities StringEquals on the provider's sub claim. List the account in vendors.yaml under principals. Declare aws_accessanalyzer_analyzer with type ACCOUNT or ORGANIZATION in each region in use.
package checks.iam.external_trust

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("everybody is trusted to assume %s", [e.name]),
	"expected": "named accounts, or a condition on the organisation",
	"actual": sprintf("the principal %s", [trust.principal]),
	"attributes": [sprintf("trust[%d].principal", [i])],
} if {
	some e in input.role
	some i, trust in e.attrs.trust
	trust.principal_type == "any"
	trust["conditions.org_id"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s trusts %s outside of the organisation without an external id", [e.name, trust.principal]),
	"expected": "an external id or a condition on the organisation",
	"actual": "no condition",
	"attributes": [sprintf("trust[%d].principal", [i])],
} if {
	some e in input.role
	some i, trust in e.attrs.trust
	trust.principal_type == "account"
	trust.external == true
	trust["conditions.external_id"] == false
	trust["conditions.org_id"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s trusts %s, which no vendor in the register owns", [e.name, trust.principal]),
	"expected": "an account of a vendor in the register",
	"actual": "not in the register",
	"attributes": [sprintf("trust[%d].principal", [i])],
} if {
	some e in input.role
	some i, trust in e.attrs.trust
	trust.principal_type == "account"
	trust.external == true
	nobodys(trust)
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s accepts every subject of %s", [e.name, trust.principal]),
	"expected": "a condition that pins the subject",
	"actual": "no condition on the subject",
	"attributes": [sprintf("trust[%d].conditions.subject_pinned", [i])],
} if {
	some e in input.role
	some i, trust in e.attrs.trust
	trust.principal_type == "federated"
	trust["conditions.subject_pinned"] == false
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no access analyser is on in %s of %s", [region.name, e.name]),
	"expected": "an access analyser in every used region",
	"actual": sprintf("none in %s", [region.name]),
	"attributes": [sprintf("regions[%d].used", [i])],
} if {
	some e in input.account
	some i, region in e.attrs.regions
	region.used == true
	analysers_read(e, region.name)
	found := watching(e, region.name)
	off := [d | some d in found; d.attrs.enabled == false]
	count(off) == count(found)
}

pass contains e.uid if {
	some e in input.role
	ev.enumerated(e, "trust")
	every trust in e.attrs.trust {
		narrow(e, trust)
	}
}

pass contains e.uid if {
	some e in input.account
	ev.enumerated(e, "regions")
	ev.each_known(e, "regions", "used")
	used := [region.name | some region in e.attrs.regions; region.used == true]
	count(used) > 0
	every name in used {
		some d in watching(e, name)
		on(d)
	}
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is no cloud account", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s uses no region", [e.name])} if {
	some e in input.account
	ev.each_known(e, "regions", "used")
	count([region | some region in e.attrs.regions; region.used == true]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "trust",
	"reason": "not_collected",
	"message": sprintf("whether %s is an account of the organisation or of a registered vendor", [trust.principal]),
} if {
	some e in input.role
	some trust in e.attrs.trust
	trust.principal_type == "account"
	not narrow(e, trust)
}

unknown contains {
	"uid": e.uid,
	"path": "trust",
	"reason": "unresolved",
	"message": "whom the role trusts, and under which conditions",
} if {
	some e in input.role
	vague(e)
}

unknown contains {
	"uid": e.uid,
	"reason": "not_in_plane",
	"message": sprintf("whether an access analyser is on in %s of %s is not known", [region.name, e.name]),
} if {
	some e in input.account
	some region in e.attrs.regions
	region.used == true
	count([d | some d in watching(e, region.name); on(d)]) == 0
}

unknown contains {
	"uid": e.uid,
	"path": "regions",
	"reason": object.get(e.unknown, "regions", "unlinked"),
	"message": "which regions are in use",
} if {
	some e in input.account
	not ev.each_known(e, "regions", "used")
}

narrow(_, trust) if trust.principal_type == "service"

narrow(_, trust) if {
	trust.principal_type == "any"
	trust["conditions.org_id"] == true
}

narrow(_, trust) if {
	trust.principal_type == "account"
	trust.external == false
}

narrow(_, trust) if {
	trust.principal_type == "account"
	conditioned(trust)
	count(owners(trust)) > 0
}

narrow(_, trust) if {
	trust.principal_type == "federated"
	trust["conditions.subject_pinned"] == true
}

# A SAML provider has no subject to pin.
narrow(e, trust) if {
	trust.principal_type == "federated"
	object.get(trust, "conditions.subject_pinned", "none") == "none"
	ev.each_known(e, "trust", "conditions.subject_pinned")
}

conditioned(trust) if trust["conditions.external_id"] == true

conditioned(trust) if trust["conditions.org_id"] == true

vague(e) if not ev.enumerated(e, "trust")

vague(e) if {
	some trust in e.attrs.trust
	trust.principal_type != "account"
	not narrow(e, trust)
}

# owners are the vendors whose principals have the trusted party, or the account that it is in.
owners(trust) := {uid |
	some word in ({trust.principal} | account_ids(trust.principal))
	some uid in object.get(vendor_index, word, set())
}

vendor_index := vendor_words

vendor_words[word] contains vendor.uid if {
	some vendor in ev.all_of("vendor")
	some own in vendor.attrs.principals
	some word in ({own} | account_ids(own))
}

account_ids(text) := {id | some id in regex.find_n(`\b[0-9]{12}\b`, text, -1)}

nobodys(trust) if {
	ev.recorded("vendor")
	count(vague_vendors) == 0
	count(owners(trust)) == 0
}

vague_vendors := {vendor.uid | some vendor in ev.all_of("vendor"); not ev.whole(vendor, "principals")}

# watching are the access analysers that may watch a region of the account; their scope names the account, or the account and the
# region, or they were read in the region.
watching(account, region) := [d |
	some d in ev.all_of("detector")
	may_analyse(d)
	may_watch(d, account, region)
]

may_analyse(d) if object.get(d.attrs, "type", "access_analyzer") == "access_analyzer"

may_watch(d, _, _) if not is_string(object.get(d.attrs, "scope", null))

may_watch(d, account, region) if {
	some name in regex.split(`[\s,]+`, d.attrs.scope)
	name in names(account, region)
}

may_watch(d, account, region) if d.scope == concat(":", [account.scope, region])

names(account, region) := {account.uid, account.id} | {concat(":", [n, region]) | some n in {account.uid, account.id, account.scope}}

on(d) if {
	d.attrs.type == "access_analyzer"
	is_string(d.attrs.scope)
	d.attrs.enabled == true
}

# analysers_read holds where all access analysers of the region were read: a root module manages them only if it declares one.
analysers_read(e, _) if {
	startswith(e.scope, "tf:")
	ev.covered("detector", e.scope)
	some d in ev.all_of("detector")
	d.scope == e.scope
	d.attrs.type == "access_analyzer"
}

analysers_read(e, _) if {
	not startswith(e.scope, "tf:")
	ev.covered_within("detector", e.scope)
}
