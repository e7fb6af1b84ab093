package iampolicy

import (
	"fmt"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// adminScopes are the action wildcards that count as administration when granted on all resources: everything, and
// whole services that hold permissions, keys, data and backups (check iam.no_admin_wildcard).
func adminScopes() [5]string { return [...]string{"*", "iam:*", "kms:*", "s3:*", "backup:*"} }

// AdminWildcard tells whether a statement allows every action, or every action of IAM, KMS, S3 or AWS Backup, on
// every resource and without a condition. NotAction and NotResource count by what they leave open; a list of excepted
// resources does not narrow a grant. A Deny matters only if it takes all of the grant back without a condition.
func AdminWildcard(doc Document) Result {
	t := newTally()
	for i, s := range doc.Statements {
		allows := s.Effect.is(Allow).And(s.everyResource()).And(s.unconditional())
		if allows == tri.False {
			continue
		}
		wide, scopes := s.adminActions()
		allows = allows.And(wide)
		if allows != tri.False {
			allows = allows.And(doc.outweighed(s, Statement.unconditional).Not())
		}
		reason := fmt.Sprintf("%s: allows %s on %s without a condition", label(i, s), strings.Join(scopes, ", "), list(s.Resource))
		if allows == tri.Unknown {
			reason = label(i, s) + ": " + doubt(s)
		}
		t.add(allows, reason)
	}
	if doc.Unknown {
		t.add(tri.Unknown, unknownStatements)
	}
	return t.result("no statement allows every action, or every action of iam, kms, s3 or backup, on every resource without a condition")
}

// adminActions tells whether the statement speaks of all actions of some scope, and of which.
func (s Statement) adminActions() (wide tri.Value, scopes []string) {
	wide = tri.False
	for _, scope := range adminScopes() {
		v := s.Action.covers(Literal(scope), true)
		if scope == "*" && v != tri.True {
			v = v.Or(s.Action.covers(Literal("*:*"), true))
		}
		wide = wide.Or(v)
		if v == tri.True {
			scopes = append(scopes, scope)
		}
		if scope == "*" && v == tri.True {
			break
		}
	}
	return wide, scopes
}

// everyResource tells whether the statement speaks of all resources, or all but a few.
func (s Statement) everyResource() tri.Value {
	if !s.Resource.Not {
		return s.Resource.covers(Literal("*"), false)
	}
	result := tri.False // nothing is left if an exception is everything
	for _, v := range s.Resource.Values {
		result = result.Or(covers(v, Literal("*"), false))
	}
	if s.Resource.More {
		result = result.Or(tri.Unknown)
	}
	return result.Not()
}

// unconditional tells whether the statement applies to every request.
func (s Statement) unconditional() tri.Value {
	switch {
	case len(s.Conditions) > 0:
		return tri.False
	case s.MoreConditions:
		return tri.Unknown
	default:
		return tri.True
	}
}
