# METADATA
# title: Data stores refuse unencrypted connections
# description: |
#   A pass shows that the store itself refuses a client that does not use TLS: a bucket, queue or file system by its policy, a database by
#   its parameters, a cache, search domain or stream by its transit encryption, or because the service offers nothing else. It does not
#   show which version of TLS is spoken. Volumes and other stores without a network interface are not judged.
# related_resources:
#   - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
#   - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
# schemas:
#   - input.datastore: schema.datastore
# custom:
#   severity: high
#   units: [datastore]
#   collectors: [aws, terraform]
#   rationale: The client must not be able to choose plaintext.
#   remediation: >-
#     Deny all actions under the condition aws:SecureTransport = false in the policy of a bucket, queue, topic or file system. Set
#     rds.force_ssl = 1 (PostgreSQL, SQL Server) or require_secure_transport = 1 (MySQL, MariaDB) in the parameter group. Set
#     transit_encryption_enabled, enforce_https or client_broker = "TLS" on caches, search domains and brokers.
package checks.enc.transit_datastores

import data.lib.ev

fail contains {
	"uid": e.uid,
	"message": sprintf("%s accepts unencrypted connections", [e.name]),
	"expected": "the store refuses connections without TLS",
	"actual": "the client may choose plaintext",
	"attributes": ["encryption.in_transit_required"],
} if {
	some e in input.datastore
	e.attrs["encryption.in_transit_required"] == false
}

pass contains e.uid if {
	some e in input.datastore
	e.attrs["encryption.in_transit_required"] == true
}

not_applicable contains {"uid": e.uid, "message": sprintf("%s has no network interface of its own", [e.name])} if {
	some e in input.datastore
	ev.not_applicable(e, "encryption.in_transit_required")
}
