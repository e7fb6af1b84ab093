package iampolicy

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// TrustType says what kind of party a role trusts.
type TrustType string

// The types of trusted parties.
const (
	TrustAccount   TrustType = "account"   // an account, or a user, role or session of one
	TrustService   TrustType = "service"   // an AWS service
	TrustFederated TrustType = "federated" // an identity provider
	TrustAny       TrustType = "any"       // everyone
)

// Trust is one party that may assume a role, and under which conditions.
type Trust struct {
	// Principal is the party as the policy writes it; "*" for everyone.
	Principal string
	Type      TrustType
	// External tells whether the party is outside the own accounts. A service is not; everyone is. An identity
	// provider is judged by the account it is set up in; one that AWS knows by itself, such as accounts.google.com, is outside.
	External tri.Value
	// Human tells whether people come in this way. A service and a workload identity provider are not people.
	Human      tri.Value
	Conditions TrustConditions
}

// TrustConditions are what a role demands of a party. False means that it is proved not to be demanded.
type TrustConditions struct {
	MFA        tri.Value // a multi-factor login
	ExternalID tri.Value // a fixed sts:ExternalId
	OrgID      tri.Value // a fixed aws:PrincipalOrgID or aws:PrincipalOrgPaths
	// SubjectPinned: tokens of a web identity provider are accepted only for subjects that the policy fixes, down to one
	// repository, project, service account or workspace; the rest of the subject, such as the branch, may be open.
	// "repo:org/app:*" is pinned, "repo:org/*" is not. Of Amazon Cognito the identity pool must be fixed. False for other types.
	SubjectPinned tri.Value
}

// TrustAnalysis is what a trust policy says.
type TrustAnalysis struct {
	// Trusts are in the order of the policy.
	Trusts []Trust
	// HumanAssumable tells whether people may assume the role: account principals (whoever they are, because an account
	// can let its people in), SAML providers, IAM Identity Center and web identity providers for people count as people.
	HumanAssumable tri.Value
	// Complete is set if the policy has no further trusts that are not known.
	Complete bool
}

// TrustOptions says which accounts are the own ones.
type TrustOptions struct {
	// OwnAccounts are account ids of twelve digits.
	OwnAccounts []string
	// OwnComplete is set if there are no other own accounts, so that an account that is not listed is external.
	OwnComplete bool
}

// external tells whether an account id is outside the own accounts.
func (o TrustOptions) external(account string) tri.Value {
	switch {
	case slices.Contains(o.OwnAccounts, account):
		return tri.False
	case o.OwnComplete && isAccountID(account):
		return tri.True
	default:
		return tri.Unknown
	}
}

func isAccountID(text string) bool {
	const digits = 12
	if len(text) != digits {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

// AnalyseTrust reads the trust policy of a role.
func AnalyseTrust(doc Document, opts TrustOptions) TrustAnalysis {
	result := TrustAnalysis{HumanAssumable: tri.False, Complete: !doc.Unknown}
	if doc.Unknown {
		result.HumanAssumable = tri.Unknown
	}
	requiresMFA := doc.deniesWithoutMFA()
	for _, s := range doc.Statements {
		trusts := s.Effect.is(Allow).And(s.assumes())
		if trusts != tri.False {
			trusts = trusts.And(doc.outweighed(s, deniesPublic).Not())
		}
		if trusts == tri.False {
			continue
		}
		if trusts == tri.Unknown {
			result.Complete = false
		}
		if s.Principal.More {
			result.Complete = false
			result.HumanAssumable = result.HumanAssumable.Or(tri.Unknown)
		}
		for _, entry := range s.trusts(opts) {
			entry.Conditions.MFA = entry.Conditions.MFA.Or(requiresMFA)
			result.Trusts = append(result.Trusts, entry)
			result.HumanAssumable = result.HumanAssumable.Or(entry.Human.And(trusts))
		}
	}
	return result
}

// assumes tells whether the statement speaks of a way to assume the role; sts:TagSession alone is none.
func (s Statement) assumes() tri.Value {
	result := tri.False
	for _, action := range [...]string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"} {
		result = result.Or(s.Action.covers(Literal(action), true))
	}
	return result
}

// trusts lists the principals of an Allow statement.
func (s Statement) trusts(opts TrustOptions) []Trust {
	if s.Principal.Not {
		return []Trust{{
			Principal: "everyone but " + s.Principal.names(), Type: TrustAny, External: tri.True, Human: tri.True,
			Conditions: s.trustConditions(Principal{Type: PrincipalEveryone}),
		}}
	}
	out := make([]Trust, 0, len(s.Principal.Values))
	for _, p := range s.Principal.Values {
		entry := Trust{Principal: p.ID.String(), Conditions: s.trustConditions(p)}
		switch {
		case p.isEveryone() == tri.True:
			entry.Type, entry.External, entry.Human = TrustAny, tri.True, tri.True
		case p.Type == PrincipalService:
			entry.Type, entry.External = TrustService, tri.False
			entry.Human = p.ID.IsFold("sso.amazonaws.com")
		case p.Type == PrincipalFederated:
			entry.Type, entry.External, entry.Human = TrustFederated, opts.providerExternal(p.ID), s.providerHuman(p.ID)
		default:
			entry.Type, entry.External, entry.Human = TrustAccount, opts.principalExternal(p), tri.True
		}
		out = append(out, entry)
	}
	return out
}

// principalExternal judges an account id or an ARN by its account. The unique id of a deleted principal has none.
func (o TrustOptions) principalExternal(p Principal) tri.Value {
	if text, known := p.ID.Known(); known && isAccountID(text) {
		return o.external(text)
	}
	return o.arnExternal(p.ID)
}

func (o TrustOptions) arnExternal(arn Str) tri.Value {
	fields := arn.fields()
	if len(fields) <= arnAccount {
		return tri.Unknown
	}
	account, known := NewStr(fields[arnAccount]...).Known()
	if !known {
		return tri.Unknown
	}
	return o.external(account)
}

func (o TrustOptions) providerExternal(provider Str) tri.Value {
	if (Principal{Type: PrincipalFederated, ID: provider}).isOpenProvider() == tri.True {
		return tri.True
	}
	return o.arnExternal(provider)
}

// trustConditions reads the conditions that matter for a role.
func (s Statement) trustConditions(p Principal) TrustConditions {
	result := TrustConditions{MFA: tri.False, ExternalID: tri.False, OrgID: tri.False, SubjectPinned: tri.False}
	web := p.Type == PrincipalFederated && s.Action.covers(Literal("sts:AssumeRoleWithWebIdentity"), true) != tri.False
	for _, c := range s.Conditions {
		result.MFA = result.MFA.Or(c.demandsMFA())
		result.ExternalID = result.ExternalID.Or(c.demandsText("sts:ExternalId"))
		result.OrgID = result.OrgID.Or(c.demandsText("aws:PrincipalOrgID")).Or(c.demandsText("aws:PrincipalOrgPaths"))
		if web {
			result.SubjectPinned = result.SubjectPinned.Or(c.pinsSubject(p.ID))
		}
	}
	if s.MoreConditions {
		result.MFA, result.ExternalID = result.MFA.Or(tri.Unknown), result.ExternalID.Or(tri.Unknown)
		result.OrgID = result.OrgID.Or(tri.Unknown)
		if web {
			result.SubjectPinned = result.SubjectPinned.Or(tri.Unknown)
		}
	}
	return result
}

// demandsMFA tells whether only a request with a multi-factor login meets the condition. With IfExists a request without
// any trace of one meets it too.
func (c Condition) demandsMFA() tri.Value {
	if c.Operator == "" {
		return tri.Unknown
	}
	present, age := c.Key.IsFold("aws:MultiFactorAuthPresent"), c.Key.IsFold("aws:MultiFactorAuthAge")
	if c.IfExists || c.Set == "ForAllValues" {
		return tri.False
	}
	result := tri.False
	switch c.Operator {
	case opBool, opStringEquals, opStringEqualsFold, opStringLike:
		result = present.And(c.onlyValue("true"))
	case opNumericLess, opNumericLessEqual:
		result = age
	case opNull:
		result = present.Or(age).And(c.onlyValue("false"))
	}
	return result
}

// onlyValue tells whether the condition has this value and no other.
func (c Condition) onlyValue(text string) tri.Value {
	result := tri.Of(len(c.Values) > 0 || c.More)
	for _, v := range c.Values {
		result = result.And(v.IsFold(text))
	}
	if c.More {
		result = result.And(tri.Unknown)
	}
	return result
}

// demandsText tells whether the condition demands a fixed value of a key.
func (c Condition) demandsText(key string) tri.Value {
	is := c.Key.IsFold(key)
	switch {
	case is == tri.False:
		return tri.False
	case c.Operator == "":
		return tri.Unknown
	case c.IfExists || c.Set == "ForAllValues" || !isTextOperator(c.Operator):
		return tri.False
	}
	result := tri.Of(len(c.Values) > 0 || c.More)
	for _, v := range c.Values {
		switch {
		case v.HasWildcard() == tri.False, c.Operator == opStringEquals: // to which a wildcard is a character
		case v.Is("*") == tri.True:
			result = tri.False
		default: // a pattern: it cannot be said how much it leaves open
			result = result.And(tri.Unknown)
		}
	}
	if c.More {
		result = result.And(tri.Unknown)
	}
	return is.And(result)
}

// deniesWithoutMFA tells whether a Deny keeps everyone from assuming the role without a multi-factor login. Bool alone
// does not match a request that has no trace of one; BoolIfExists does.
func (d Document) deniesWithoutMFA() tri.Value {
	result := tri.False
	for _, s := range d.Statements {
		denies := s.Effect.is(Deny).And(s.Principal.everyone()).And(s.Action.covers(Literal("sts:AssumeRole"), true))
		if denies == tri.False || len(s.Conditions) == 0 && !s.MoreConditions {
			continue
		}
		for _, c := range s.Conditions {
			key := c.Key.IsFold("aws:MultiFactorAuthPresent")
			matches := c.IfExists && c.Operator == opBool
			denies = denies.And(key).And(tri.Of(matches)).And(c.onlyValue("false"))
		}
		if s.MoreConditions {
			denies = denies.And(tri.Unknown)
		}
		result = result.Or(denies)
	}
	return result
}
