// Package permission turns what package iampolicy finds in policies into attributes of kinds: the statements of a policy, the parties that
// a role trusts, and what an identity may do beyond its own permissions. It is the same for a policy in code and one that the API returns,
// so that both are judged alike.
package permission

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/tri"
)

// Truth turns a three-valued answer into an attribute; why is the reason of one that is not known.
func Truth(v tri.Value, why evidence.Unknown) kind.Attr[bool] {
	yes, known := v.Bool()
	if !known {
		return kind.Because[bool](why)
	}
	return kind.Known(yes)
}

// Privileges are what the identity can do beyond its own permissions: whether it is an administrator or can become one, and how. Gap is
// why part of the identity is not known, nil where all of it is; why is the reason of an answer that is not known.
func Privileges(
	id iampolicy.Identity, opts iampolicy.EscalationOptions, gap *evidence.Unknown, why evidence.Unknown,
) (privileged kind.Attr[bool], paths kind.Attr[[]kind.PrincipalEscalationPath]) {
	found := id.Escalations(opts)
	privileged = Truth(id.Administrator().Or(found.Verdict()), why)
	list := []kind.PrincipalEscalationPath{}
	open := ""
	for _, p := range found.Paths {
		if !p.Complete {
			open = p.Name
			continue
		}
		list = append(list, kind.PrincipalEscalationPath{Name: kind.Known(p.Name), Steps: kind.Known(p.Steps)})
	}
	switch {
	case found.Complete:
		return privileged, kind.Known(list)
	case gap == nil && open != "":
		return privileged, kind.AtLeast(list, evidence.Unknown{Reason: evidence.Unresolved, Detail: open + " could not be excluded"})
	}
	return privileged, kind.AtLeast(list, why)
}

// Trusts lists the parties of a trust policy. External says whether a party lies outside of the organisation; why is the reason of what is
// not known in the policy.
func Trusts(
	a iampolicy.TrustAnalysis, external func(iampolicy.Trust) kind.Attr[bool], why evidence.Unknown,
) kind.Attr[[]kind.RoleTrust] {
	list := make([]kind.RoleTrust, 0, len(a.Trusts))
	for _, t := range a.Trusts {
		entry := kind.RoleTrust{
			Principal: kind.Known(t.Principal), PrincipalType: kind.Known(string(t.Type)), External: external(t),
			ConditionsMFA:        Truth(t.Conditions.MFA, why),
			ConditionsExternalID: Truth(t.Conditions.ExternalID, why),
			ConditionsOrgID:      Truth(t.Conditions.OrgID, why),
		}
		entry.ConditionsSubjectPinned = kind.NA[bool]()
		if t.Type == iampolicy.TrustFederated && !saml(t.Principal) {
			entry.ConditionsSubjectPinned = Truth(t.Conditions.SubjectPinned, why)
		}
		list = append(list, entry)
	}
	if !a.Complete {
		return kind.AtLeast(list, why)
	}
	return kind.Known(list)
}

// saml reports whether a federated principal is a SAML provider, whose assertions have no subject to pin.
func saml(principal string) bool {
	return strings.Contains(principal, ":saml-provider/") || strings.Contains(principal, "aws_iam_saml_provider.")
}

// Statements renders the statements of a document. A string that may turn out to be a wildcard is unknown; one of which only a
// part that no wildcard can be in is unknown is written with the reference, such as "${aws_s3_bucket.b.arn}/*".
func Statements(doc iampolicy.Document, gap *evidence.Unknown, at *evidence.Provenance) kind.Attr[[]kind.PolicyStatement] {
	why := evidence.Unknown{Reason: evidence.Unresolved, Detail: "part of the policy document is not known"}
	if gap != nil {
		why = *gap
	}
	if doc.Unknown && len(doc.Statements) == 0 {
		return kind.Because[[]kind.PolicyStatement](why).From(at)
	}
	list := []kind.PolicyStatement{}
	for _, s := range doc.Statements {
		list = append(list, statement(s, why, at))
	}
	if doc.Unknown {
		return kind.AtLeast(list, why).From(at)
	}
	return kind.Known(list).From(at)
}

func statement(s iampolicy.Statement, why evidence.Unknown, at *evidence.Provenance) kind.PolicyStatement {
	none := kind.Known([]string{})
	out := kind.PolicyStatement{
		Effect: kind.Known(s.Effect.String()).From(at), Actions: none, NotActions: none, Resources: none, NotResources: none,
		Conditions: conditions(s, why),
	}
	if s.Effect == iampolicy.EffectUnknown {
		out.Effect = kind.Because[string](why).From(at)
	}
	if s.Action.Not {
		out.NotActions = texts(s.Action.Values, s.Action.More, why)
	} else {
		out.Actions = texts(s.Action.Values, s.Action.More, why)
	}
	if s.Resource.Not {
		out.NotResources = texts(s.Resource.Values, s.Resource.More, why)
	} else {
		out.Resources = texts(s.Resource.Values, s.Resource.More, why)
	}
	if s.Principal.Present {
		ids := make([]iampolicy.Str, 0, len(s.Principal.Values))
		for _, p := range s.Principal.Values {
			ids = append(ids, p.ID)
		}
		out.Principals, out.NotPrincipals = texts(ids, s.Principal.More, why), none
		if s.Principal.Not {
			out.Principals, out.NotPrincipals = none, out.Principals
		}
	}
	return out
}

func texts(values []iampolicy.Str, more bool, why evidence.Unknown) kind.Attr[[]string] {
	list := []string{}
	for _, v := range values {
		open := slices.ContainsFunc(v.Parts(), func(p iampolicy.Part) bool { return p.Hole && p.Ref == "" })
		if more = more || open; !open {
			list = append(list, v.String())
		}
	}
	if more {
		return kind.AtLeast(list, why)
	}
	return kind.Known(list)
}

// conditions renders operator, keys and values as a policy writes them.
func conditions(s iampolicy.Statement, why evidence.Unknown) kind.Attr[map[string]any] {
	out := make(map[string]any)
	for _, cond := range s.Conditions {
		op := cond.Operator
		if cond.Set != "" {
			op = cond.Set + ":" + op
		}
		if cond.IfExists {
			op += "IfExists"
		}
		keys, ok := out[op].(map[string]any)
		if !ok {
			keys = make(map[string]any)
			out[op] = keys
		}
		values := make([]any, 0, len(cond.Values))
		for _, v := range cond.Values {
			values = append(values, v.String())
		}
		keys[cond.Key.String()] = values
	}
	if s.MoreConditions {
		return kind.Because[map[string]any](why)
	}
	return kind.Known(out)
}
