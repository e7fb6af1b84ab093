package iampolicy

import (
	"fmt"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Public tells whether the policy of a resource lets the public in: it allows something to everyone, or to everyone but a
// few (NotPrincipal), and no condition limits that to parties, networks or resources that the policy fixes.
//
// It follows "The meaning of public" in the S3 user guide and extends it to the condition keys of other services. A
// named account, user, role, service or identity provider is not the public, except the web identity providers that
// anybody can sign up with. A Deny outweighs a grant if it applies to the public and speaks of all the actions and resources of
// the grant, for instance a Deny unless aws:PrincipalOrgID is the own organisation.
func Public(doc Document) Result { return doc.public(Literal("*"), "") }

// public is Public for the grants that include an action; what says what is granted, for the reasons.
func (d Document) public(action Str, what string) Result {
	t := newTally()
	for i, s := range d.Statements {
		open, who := s.grantsPublic()
		open = open.And(s.Action.touches(action, true))
		if open != tri.False {
			open = open.And(d.outweighed(s, deniesPublic).Not())
		}
		granted := what
		if granted == "" {
			granted = list(s.Action)
		}
		reason := fmt.Sprintf("%s: allows %s to %s%s", label(i, s), granted, who, s.despite())
		if open == tri.Unknown {
			reason = label(i, s) + ": " + doubt(s)
		}
		t.add(open, reason)
	}
	if d.Unknown {
		t.add(tri.Unknown, unknownStatements)
	}
	return t.result("no statement allows anything to everyone without a condition that limits it")
}

// grantsPublic tells whether the statement taken alone lets the public in, and who that is.
func (s Statement) grantsPublic() (open tri.Value, who string) {
	open = s.Effect.is(Allow).And(s.Action.empty().Not()).And(s.Resource.empty().Not())
	if open == tri.False {
		return tri.False, ""
	}
	public, who := s.Principal.public()
	return open.And(public).And(s.narrowed().Not()), who
}

// public tells whether the public is among the principals of an Allow.
func (p Principals) public() (result tri.Value, who string) {
	if !p.Present {
		return tri.False, "" // a policy of an identity
	}
	if p.Not {
		result = tri.Of(!p.More).Or(tri.Unknown)
		for _, v := range p.Values {
			result = result.And(v.isEveryone().Not())
		}
		return result, "everyone but " + p.names()
	}
	result, who = tri.False, "everyone"
	for _, v := range p.Values {
		one := v.isEveryone()
		if one != tri.True && v.Type == PrincipalFederated {
			one = one.Or(v.isOpenProvider())
			who = "whoever signs in at " + v.ID.String()
		}
		result = result.Or(one)
		if one == tri.True {
			break
		}
	}
	if p.More {
		result = result.Or(tri.Unknown)
	}
	return result, who
}

// names joins the principals for a reason.
func (p Principals) names() string { return list(Patterns{Values: p.ids(), More: p.More}) }

// isOpenProvider tells whether anybody can get an identity at this provider.
func (p Principal) isOpenProvider() tri.Value {
	result := tri.False
	for _, host := range [...]string{"accounts.google.com", "graph.facebook.com", "www.amazon.com", "cognito-identity.amazonaws.com"} {
		result = result.Or(p.ID.IsFold(host))
	}
	return result
}

// narrowed tells whether a condition limits the statement to parties, networks or resources that it fixes.
func (s Statement) narrowed() tri.Value {
	result := tri.False
	for _, c := range s.Conditions {
		result = result.Or(c.narrows())
	}
	if s.MoreConditions {
		result = result.Or(tri.Unknown)
	}
	return result
}

// deniesPublic tells whether a Deny statement applies to the public.
func deniesPublic(s Statement) tri.Value {
	reaches := s.Principal.everyone()
	if s.Principal.Not { // the public is denied unless it is excepted
		reaches, _ = s.Principal.public()
	}
	for _, c := range s.Conditions {
		reaches = reaches.And(c.excludesOthers())
	}
	if s.MoreConditions {
		reaches = reaches.And(tri.Unknown)
	}
	return reaches
}

// despite names the conditions of a statement that do not limit it.
func (s Statement) despite() string {
	if len(s.Conditions) == 0 {
		return " without a condition"
	}
	names := make([]string, 0, len(s.Conditions))
	for _, c := range s.Conditions {
		names = append(names, c.String())
	}
	return "; its condition keeps nobody out (" + shorten(strings.Join(names, "; ")) + ")"
}

// WildcardDecrypt tells whether a policy lets data keys be decrypted without limit: a policy of a key that allows
// kms:Decrypt to everyone without a narrowing condition, or a policy of an identity that allows it on every key
// without any condition.
func WildcardDecrypt(doc Document) Result {
	decrypt := Literal("kms:Decrypt")
	everyone := doc.public(decrypt, "kms:Decrypt")
	t := newTally()
	for i, s := range doc.Statements {
		if s.Principal.Present {
			continue
		}
		allows := s.Effect.is(Allow).And(s.Action.covers(decrypt, true))
		if allows != tri.False {
			broad := s.Resource.breadth(resourceType{"kms", "key/*"})
			allows = allows.And(broad)
		}
		if allows != tri.False {
			allows = allows.And(s.holdAll(callerRequest())).And(doc.deniesEveryKey().Not())
		}
		reason := fmt.Sprintf("%s: allows kms:Decrypt on %s without a condition", label(i, s), list(s.Resource))
		if allows == tri.Unknown {
			reason = label(i, s) + ": " + doubt(s)
		}
		t.add(allows, reason)
	}
	switch {
	case everyone.Verdict == tri.True || t.verdict == tri.False:
	case t.verdict == tri.True:
		return t.result("")
	default:
		return Result{Verdict: tri.Unknown, Reasons: append(everyone.unsureReasons(), t.unsure...)}
	}
	if everyone.Verdict == tri.False {
		return Result{Verdict: tri.False, Reasons: []string{"no statement allows kms:Decrypt to everyone or on every key"}}
	}
	return everyone
}

func (r Result) unsureReasons() []string {
	if r.Verdict != tri.Unknown {
		return nil
	}
	return r.Reasons
}

// deniesEveryKey tells whether a Deny of the same policy takes kms:Decrypt back on all keys.
func (d Document) deniesEveryKey() tri.Value {
	result := tri.False
	if d.Unknown {
		result = tri.Unknown
	}
	for _, s := range d.Statements {
		denies := s.Effect.is(Deny).And(s.Action.covers(Literal("kms:Decrypt"), true)).And(s.unconditional())
		if denies != tri.False {
			denies = denies.And(s.Resource.covers(Literal("*"), false))
		}
		result = result.Or(denies)
	}
	return result
}
