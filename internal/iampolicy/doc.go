// Package iampolicy reads AWS IAM policy documents and tells what they allow.
//
// A policy is a list of statements. A statement allows or denies actions on resources, for principals if it belongs to a
// resource, and under conditions. A request is allowed if some statement allows it and none denies it. The
// analyses here do not ask about one request but about all: whether the public can get in ([Public]), whether every request
// without TLS is refused ([DeniesInsecureTransport]), who may assume a role ([AnalyseTrust]), whether a principal can raise
// its own permissions ([Identity.Escalations]).
//
// # Unknown parts
//
// A document from Terraform may have parts that are only known after apply, and a collector may not have been allowed
// to read a policy. The model carries that: strings with holes ([Str]), lists that may have more elements, documents that
// may have more statements. Each analysis answers true, false or unknown ([tri.Value]). True and false are proofs: whatever the
// unknown parts turn out to be, the answer stays. Adding a Deny never makes anything more allowed, adding an
// Allow never makes anything less allowed, and forgetting a part never turns true into false or back.
//
// A condition that the analyses cannot judge makes the statement's effect unknown. Two things are assumed of a caller: it can use
// TLS, and it can escape a Deny that asks for a multi-factor login by having one.
//
// # What is outside
//
// Session policies, resource control policies and the ACLs of S3 are not read. [Identity.Access] judges the policies of an
// identity alone; the policy of a resource or of a key may allow or deny more.
//
// All functions are pure, and their results do not depend on the order of any map.
package iampolicy
