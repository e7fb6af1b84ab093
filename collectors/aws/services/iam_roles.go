package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
	"github.com/assay-audit/assay/internal/tri"
)

// iamRoles reads the roles of the account: who may take them on, for how long, and what they can do.
func iamRoles(ctx context.Context, c *api.Context, a *authorization) {
	longest := sessionsOf(ctx, c)
	for _, r := range a.roles {
		arn := aws.ToString(r.Arn)
		doc := a.judge.document(r.AssumeRolePolicyDocument)
		trust := iampolicy.AnalyseTrust(doc.Document, ownAccounts(c))
		why := evidence.Unknown{Reason: evidence.Unresolved, Detail: "part of the trust policy is not known"}
		if doc.gap != nil {
			why = *doc.gap
		}
		v := a.judge.privileges(a.judge.role(r))
		role := kind.Role{
			HumanAssumable:    permission.Truth(trust.HumanAssumable, why).From(a.prov),
			Trust:             permission.Trusts(trust, func(t iampolicy.Trust) kind.Attr[bool] { return outsider(c, t) }, why).From(a.prov),
			MaxSessionSeconds: longest(arn), LastUsedAt: roleLastUsed(r).From(a.prov),
			Privileged: v.privileged.From(a.prov), EscalationPaths: v.paths.From(a.prov),
		}
		c.Emit(api.Entity{Kind: "role", UID: arn, Name: aws.ToString(r.RoleName), Aliases: []string{aws.ToString(r.RoleId)}, Prov: a.prov}, role)
		if c.Wants("can_assume") {
			assumers(c, a, arn, trust)
		}
	}
}

// ownAccounts are those whose identities are no outsiders: the account itself, and its organisation where that is known.
func ownAccounts(c *api.Context) iampolicy.TrustOptions {
	o := iampolicy.TrustOptions{OwnAccounts: c.Account.Organization, OwnComplete: c.Account.Organization != nil}
	if !slices.Contains(o.OwnAccounts, c.Account.ID) {
		o.OwnAccounts = append(slices.Clone(o.OwnAccounts), c.Account.ID)
	}
	return o
}

// outsider says whether a trusted party lies outside of the organisation.
func outsider(c *api.Context, t iampolicy.Trust) kind.Attr[bool] {
	why := evidence.Unknown{Reason: evidence.Unresolved, Detail: "which account " + t.Principal + " belongs to is not known"}
	if c.Account.OrganizationUnknown != nil {
		why = *c.Account.OrganizationUnknown
	}
	return permission.Truth(t.External, why)
}

// roleLastUsed is when a role was last assumed; AWS looks back 400 days, and what is older counts as never.
func roleLastUsed(r types.RoleDetail) kind.Attr[kind.Time] {
	if r.RoleLastUsed == nil {
		return kind.Null[kind.Time]()
	}
	return api.Time(r.RoleLastUsed.LastUsedDate)
}

// sessionsOf reads the longest session of each role, which only the list of roles tells.
func sessionsOf(ctx context.Context, c *api.Context) func(arn string) kind.Attr[int64] {
	l := api.List(ctx, c, iam.NewFromConfig(c.AWS()).ListRoles, &iam.ListRolesInput{MaxItems: aws.Int32(mostItems)},
		func(o *iam.ListRolesOutput) []types.Role { return o.Roles })
	seconds := make(map[string]int64, len(l.Items))
	for _, r := range l.Items {
		if r.MaxSessionDuration != nil {
			seconds[aws.ToString(r.Arn)] = int64(*r.MaxSessionDuration)
		}
	}
	return func(arn string) kind.Attr[int64] {
		if n, ok := seconds[arn]; ok {
			return kind.Known(n).From(l.Prov)
		}
		if l.Fail != nil {
			return kind.Because[int64](l.Fail.Unknown()).From(l.Prov)
		}
		return kind.Unknown[int64](evidence.APIError, "iam:ListRoles does not list the role").From(l.Prov)
	}
}

// assumers relates to a role who its trust policy lets in: identities that it names, and, where it names the account, those whose own
// policies allow it. Somebody of another account needs a permission there too, which is not read here.
func assumers(c *api.Context, a *authorization, role string, trust iampolicy.TrustAnalysis) {
	seen := map[string]bool{}
	relate := func(from string) {
		if !seen[from] && from != role {
			seen[from] = true
			c.Relate("can_assume", from, role)
		}
	}
	for _, t := range trust.Trusts {
		if t.Type != iampolicy.TrustAccount {
			continue
		}
		account, named := partyOf(t.Principal)
		switch {
		case named && account == c.Account.ID:
			relate(t.Principal)
		case named:
			c.RelatePartly("can_assume", t.Principal, role, evidence.Unknown{
				Reason: evidence.NotCollected, Detail: "whether the other account allows it is not part of this one",
			})
		case account == c.Account.ID:
			for _, id := range a.judge.identities() {
				switch id.mayAssume(role) {
				case tri.True:
					relate(id.arn)
				case tri.Unknown:
					c.RelatePartly("can_assume", id.arn, role, id.because())
				case tri.False:
				}
			}
		}
	}
}

// partyOf returns the account of a trusted party, and whether it is one identity of it rather than the account.
func partyOf(principal string) (account string, named bool) {
	fields := strings.SplitN(principal, ":", 6)
	if len(fields) < 6 {
		return principal, false
	}
	return fields[4], fields[5] != "root"
}

// mayAssume tells whether the identity's own policies let it assume a role.
func (i *identity) mayAssume(role string) tri.Value {
	return i.Allows("sts:AssumeRole", iampolicy.Literal(role))
}
