package iampolicy

import (
	"fmt"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Resource is what a policy of a resource is attached to, or what an identity may reach.
type Resource struct {
	// Service is the prefix of its actions, such as "s3".
	Service string
	// ARNs are the known ways to write its ARN; in Terraform a bucket may be Ref("aws_s3_bucket.b.arn") as well as
	// "arn:aws:s3:::name". Empty if it is not known.
	ARNs []Str
}

// prohibition is one action that a policy of a resource should deny to everyone.
type prohibition struct {
	action string
	// below is what is added to the ARN of the resource for what the action works on, such as "/*".
	below string
	// anyResource is set where the action works on resources with ARNs of their own, so that only "*" covers them.
	anyResource bool
}

// DeniesInsecureTransport tells whether the policy of a resource denies everyone all data actions in requests without TLS:
// on aws:SecureTransport false, or for S3 on s3:TlsVersion below 1.2 with IfExists. Without IfExists the latter is no proof,
// because AWS does not say that a request without TLS has that key. A Deny that also depends on something else is none,
// except that calls that AWS services make themselves may be left out: then it stays unknown.
func DeniesInsecureTransport(doc Document, resource Resource) Result {
	d := denial{doc: doc, resource: resource, applies: insecureTransport, what: "requests without TLS"}
	return d.result(dataActions(resource.Service))
}

// dataActions are the actions that carry the data of a service, for one policy to deny. Of a service that is not listed,
// only a Deny of all actions counts.
func dataActions(service string) []prohibition {
	switch service {
	case "s3":
		return []prohibition{
			{action: "s3:GetObject", below: "/*"},
			{action: "s3:PutObject", below: "/*"},
			{action: "s3:DeleteObject", below: "/*"},
			{action: "s3:ListBucket"},
		}
	case "sqs":
		return []prohibition{{action: "sqs:SendMessage"}, {action: "sqs:ReceiveMessage"}}
	case "sns":
		return []prohibition{{action: "sns:Publish"}}
	case "kinesis":
		return []prohibition{{action: "kinesis:PutRecord"}, {action: "kinesis:PutRecords"}, {action: "kinesis:GetRecords"}}
	case "elasticfilesystem":
		return []prohibition{{action: "elasticfilesystem:ClientMount"}, {action: "elasticfilesystem:ClientWrite"}}
	case "secretsmanager":
		return []prohibition{{action: "secretsmanager:GetSecretValue"}, {action: "secretsmanager:PutSecretValue"}}
	default:
		return []prohibition{{action: service + ":*"}}
	}
}

// DeniesDelete tells whether the access policy of a backup vault denies everyone to delete recovery points, to shorten
// their lifecycle, and to change or delete the policy that says so. These are the actions of AWS Config's rule
// backup-recovery-point-manual-deletion-disabled and, since it undoes them all, backup:DeleteBackupVaultAccessPolicy.
// A vault can be deleted only when it is empty, so backup:DeleteBackupVault is not asked for. Where conditions leave out
// some principals the answer is unknown: whether they are the right ones is for a person to say.
func DeniesDelete(doc Document, vault Resource) Result {
	d := denial{doc: doc, resource: vault, applies: exceptNamed, what: "deletion of recovery points"}
	return d.result([]prohibition{
		{action: "backup:DeleteRecoveryPoint", anyResource: true},
		{action: "backup:UpdateRecoveryPointLifecycle", anyResource: true},
		{action: "backup:PutBackupVaultAccessPolicy"},
		{action: "backup:DeleteBackupVaultAccessPolicy"},
	})
}

// denial asks whether a policy denies certain actions to everyone.
type denial struct {
	doc      Document
	resource Resource
	// applies tells whether the conditions of a Deny are met whenever they should be.
	applies func(Statement) tri.Value
	what    string
}

func (d denial) result(wanted []prohibition) Result {
	verdict := tri.True
	var yes, unsure, missing []string
	for _, p := range wanted {
		v, reason := d.denies(p)
		verdict = verdict.And(v)
		switch v {
		case tri.True:
			yes = append(yes, reason)
		case tri.Unknown:
			unsure = append(unsure, fmt.Sprintf("%s: %s", p.action, reason))
		case tri.False:
			missing = append(missing, p.action)
		}
	}
	switch verdict {
	case tri.True:
		return Result{Verdict: verdict, Reasons: unique(yes)}
	case tri.Unknown:
		return Result{Verdict: verdict, Reasons: unsure}
	default:
		return Result{Verdict: verdict, Reasons: []string{
			fmt.Sprintf("no statement denies everyone %s (%s)", d.what, strings.Join(missing, ", ")),
		}}
	}
}

// denies tells whether some statement denies one action to everyone, and names it or the first doubt.
func (d denial) denies(p prohibition) (verdict tri.Value, reason string) {
	verdict = tri.False
	if d.doc.Unknown {
		verdict, reason = tri.Unknown, unknownStatements
	}
	for i, s := range d.doc.Statements {
		v := s.Effect.is(Deny).And(s.Principal.everyone()).And(s.Action.covers(Literal(p.action), true))
		if v != tri.False {
			v = v.And(d.onResource(s, p)).And(d.applies(s))
		}
		switch v {
		case tri.True:
			return tri.True, fmt.Sprintf("%s: denies %s to everyone", label(i, s), d.what)
		case tri.Unknown:
			if verdict == tri.False {
				reason = label(i, s) + ": " + doubt(s)
			}
			verdict = tri.Unknown
		case tri.False:
		}
	}
	return verdict, reason
}

// onResource tells whether the statement speaks of all that an action works on at the resource.
func (d denial) onResource(s Statement, p prohibition) tri.Value {
	all := s.Resource.covers(Literal("*"), false)
	if all == tri.True {
		return tri.True
	}
	if p.anyResource {
		broad := s.Resource.breadth(resourceType{"*", "*"})
		return broad.And(tri.Unknown).Or(all)
	}
	result := all
	for _, arn := range d.resource.ARNs {
		result = result.Or(s.Resource.covers(arn.Append(p.below), false))
	}
	if len(d.resource.ARNs) == 0 {
		result = result.Or(tri.Unknown)
	}
	if result == tri.Unknown && d.resource.Service == "s3" && !s.Resource.Not {
		return s.Resource.coversBucket(p.below)
	}
	return result
}

// coversBucket reads the resources of a bucket policy when the ARN of the bucket is not known well enough to compare:
// S3 refuses a policy that names any bucket but its own, so the first part of each resource must be this bucket.
// below is empty for the bucket itself and "/*" for its objects.
func (p Patterns) coversBucket(below string) tri.Value {
	result := tri.False
	named := ""
	for _, v := range p.Values {
		fields := v.fields()
		begins := len(fields) == arnFields && NewStr(fields[arnService]...).Is("s3") == tri.True
		if parts := v.Parts(); len(parts) > 0 && parts[0].Hole && parts[0].Ref != "" && len(fields) == 1 {
			begins = true // the ARN of a resource, which must be this bucket
		}
		text := NewStr(fields[len(fields)-1]...).outline()
		if !begins || strings.Contains(text, openHole) {
			result = result.Or(tri.Unknown)
			continue
		}
		bucket, path, _ := strings.Cut(text, "/")
		name := strings.TrimSuffix(bucket, "*")
		if named != "" && name != named {
			return tri.Unknown // two buckets, of which one at most is this one
		}
		named = name
		switch {
		case below == "" && bucket == text, below != "" && path == "*", below != "" && strings.HasSuffix(bucket, "*") && path == "":
			result = tri.True
		}
	}
	if p.More {
		result = result.Or(tri.Unknown)
	}
	return result
}

// insecureTransport tells whether the conditions of a Deny are met by every request without TLS.
func insecureTransport(s Statement) tri.Value {
	result := tri.True
	for _, c := range s.Conditions {
		result = result.And(c.metWithoutTLS())
	}
	if s.MoreConditions {
		result = result.And(tri.Unknown)
	}
	return result
}

func (c Condition) metWithoutTLS() tri.Value {
	key, known := c.Key.Known()
	if !known || c.Operator == "" {
		return tri.Unknown
	}
	const tlsVersion, none = "s3:tlsversion", "0"
	switch strings.ToLower(key) {
	case "aws:securetransport":
		return c.holds(request{"aws:securetransport": "false"})
	case tlsVersion:
		v := c.holds(request{tlsVersion: none})
		if c.IfExists {
			return v
		}
		return v.And(tri.Unknown)
	case "aws:principalisawsservice", "aws:viaawsservice", "aws:principalservicename", "aws:principaltype":
		return tri.Unknown
	default:
		return tri.False
	}
}

// exceptNamed tells whether a Deny applies whatever the request; one with conditions leaves out somebody.
func exceptNamed(s Statement) tri.Value {
	if len(s.Conditions) > 0 || s.MoreConditions {
		return tri.Unknown
	}
	return tri.True
}

// unique drops repeated reasons and keeps the order.
func unique(reasons []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range reasons {
		if !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}
