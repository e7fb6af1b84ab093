# METADATA
# title: Data stores are not reachable or readable by the public
# description: |
#   A pass shows that no policy, access list, network path or share opens the store to the public, or that it is labelled public and holds
#   no personal data; on the account, that all four settings of the account-wide block of public objects are on. It does not show that
#   those who may reach the store need to. A finding on the account is high, since the block is a second line.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
# schemas:
#   - input.datastore: schema.datastore
#   - input.account: schema.account
# custom:
#   severity: critical
#   units: [datastore, account]
#   collectors: [aws, terraform]
#   rationale: The most frequent cloud breach; also the plainest breach of data protection by default.
#   remediation: >-
#     Remove "*" from the principals of the policy, turn on the four settings of aws_s3_bucket_public_access_block and
#     aws_s3_account_public_access_block, set publicly_accessible = false, and stop sharing snapshots with "all". Data that is meant for
#     the public is labelled with the tags data-classification = public and data-categories = none.
package checks.net.datastore_private

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is open to the public%s and is not labelled as public data", [e.name, through(e)]),
	"expected": "the public has no access",
	"actual": sprintf("public%s", [through(e)]),
	"attributes": ["exposure.public"],
} if {
	some e in input.datastore
	e.attrs["exposure.public"] == true
	e.attrs["data.classification"] != "public"
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s is open to the public%s and holds personal data", [e.name, through(e)]),
	"expected": "the public has no access to personal data",
	"actual": sprintf("public%s", [through(e)]),
	"attributes": ["exposure.public"],
} if {
	some e in input.datastore
	e.attrs["exposure.public"] == true
	e.attrs["derived.personal"] == true
	may_be_labelled_public(e)
}

fail contains {
	"uid": e.uid,
	"severity": "high",
	"message": sprintf("the account-wide block of public objects is not fully on in %s", [e.name]),
	"expected": "all four settings of the account-wide block are on",
	"actual": "at least one is off",
	"attributes": ["object_public_access_block"],
} if {
	some e in input.account
	e.attrs.object_public_access_block == false
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["exposure.public"] == false
}

pass contains {"uid": e.uid, "message": sprintf("%s is public, as its label says, and holds no personal data", [e.name])} if {
	some e in input.datastore
	e.attrs["exposure.public"] == true
	e.attrs["data.classification"] == "public"
	e.attrs["derived.personal"] == false
}

pass contains e.uid if {
	some e in input.account
	e.attrs.object_public_access_block == true
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s cannot be opened to the public", [e.name])} if {
	some e in input.datastore
	ev.not_applicable(e, "exposure.public")
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s is a site without cloud object stores", [e.name])} if {
	some e in input.account
	e.attrs.provider == "onprem"
}

# may_be_labelled_public holds where the label says so or is not known: the first rule does not fail the store then.
may_be_labelled_public(e) if e.attrs["data.classification"] == "public"

may_be_labelled_public(e) if e.unknown["data.classification"]

# through names the known ways in.
through(e) := sprintf(" through %s", [concat(" and ", [object.get(ways, path, path) | some path in paths])]) if {
	paths := object.get(e.attrs, "exposure.public_paths", [])
	count(paths) > 0
} else := ""

# ways say what opens a store. What reaches a public address is for its security groups to decide, so no more is said.
ways := {
	"acl": "its access control list",
	"network": "a public address, as far as its security groups admit,",
	"policy": "its access policy",
	"snapshot_share": "a snapshot shared with everyone",
	"url": "an address without authentication",
}
