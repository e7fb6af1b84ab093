package services

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
)

// iamPolicies emits the customer's policies, the inline ones, and those of AWS that somebody holds.
func iamPolicies(c *api.Context, a *authorization) {
	for arn, m := range a.managed {
		by := "customer"
		if strings.Contains(arn, ":iam::aws:policy/") {
			by = "provider"
			if len(a.holders[arn]) == 0 {
				continue // AWS has a thousand that nobody here uses
			}
		}
		name := aws.ToString(m.PolicyName)
		if name == "" {
			name = afterSlash(arn)
		}
		emitPolicy(c, a, arn, name, by, a.judge.policy(arn), a.holders[arn])
	}
	for arn, holders := range a.holders {
		if _, read := a.managed[arn]; !read { // it was cut off, or AWS leaves it out
			by := "customer"
			if strings.Contains(arn, ":iam::aws:policy/") {
				by = "provider"
			}
			emitPolicy(c, a, arn, afterSlash(arn), by, a.judge.policy(arn), holders)
		}
	}
	for _, u := range a.users {
		inlinePolicies(c, a, aws.ToString(u.Arn), u.UserPolicyList)
	}
	for _, g := range a.groups {
		inlinePolicies(c, a, aws.ToString(g.Arn), g.GroupPolicyList)
	}
	for _, r := range a.roles {
		inlinePolicies(c, a, aws.ToString(r.Arn), r.RolePolicyList)
	}
}

func inlinePolicies(c *api.Context, a *authorization, owner string, list []types.PolicyDetail) {
	for _, p := range list {
		name := aws.ToString(p.PolicyName)
		emitPolicy(c, a, owner+"#"+name, name, "inline", a.judge.document(p.PolicyDocument), []string{owner})
	}
}

func emitPolicy(c *api.Context, a *authorization, uid, name, by string, d *parsed, holders []string) {
	list := slices.Sorted(slices.Values(holders))
	if list == nil {
		list = []string{}
	}
	attached := kind.Known(list).From(a.prov)
	if a.fail != nil && by != "inline" {
		attached = kind.AtLeast(list, a.fail.Unknown()).From(a.prov)
	}
	c.Emit(api.Entity{Kind: "policy", UID: uid, Name: name, Prov: a.prov}, kind.Policy{
		ManagedBy: kind.Known(by), Statements: a.judge.statements(d), AttachedTo: attached,
	})
}

// statements renders a document, once.
func (j *judge) statements(d *parsed) kind.Attr[[]kind.PolicyStatement] {
	return permission.Statements(d.Document, d.gap, j.a.prov)
}
