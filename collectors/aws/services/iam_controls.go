package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
)

// mostLevels is more than the levels that an organisation can have: the account, five units and the root.
const mostLevels = 8

// controlsOf are the service control policies that bind the account, a group for each level of the organisation that has some, or why they
// are not known. They bind no account outside of an organisation, and not its management account. Only the management account and delegated
// administrators can read them.
func controlsOf(ctx context.Context, c *api.Context) ([][]iampolicy.Document, *evidence.Unknown) {
	if len(c.Account.Organization) == 1 {
		return nil, nil
	}
	asker := c.Account
	if c.Account.Parent != nil {
		asker = c.Account.Parent
	}
	in := api.NewContext(c.Run, asker, c.Catalogue.Service("organizations"), asker.Home)
	client := organizations.NewFromConfig(in.AWS())
	about := api.SharedGlobal(in, "organisation", func(in *api.Context) api.Answer[organizations.DescribeOrganizationOutput] {
		return api.Ask(ctx, in, client.DescribeOrganization, &organizations.DescribeOrganizationInput{}, "AWSOrganizationsNotInUseException")
	})
	switch o := about.Out.Organization; {
	case about.Fail != nil:
		return nil, uncontrolled(c, about.Fail)
	case o == nil, aws.ToString(o.MasterAccountId) == c.Account.ID:
		return nil, nil
	}
	var groups [][]iampolicy.Document
	target := c.Account.ID
	for range mostLevels {
		group, fail := controlsAt(ctx, in, client, target)
		if fail != nil {
			return nil, uncontrolled(c, fail)
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
		above := api.List(ctx, in, client.ListParents, &organizations.ListParentsInput{ChildId: aws.String(target)},
			func(o *organizations.ListParentsOutput) []types.Parent { return o.Parents })
		switch {
		case above.Fail != nil:
			return nil, uncontrolled(c, above.Fail)
		case len(above.Items) == 0:
			return groups, nil
		}
		target = aws.ToString(above.Items[0].Id)
		if above.Items[0].Type == types.ParentTypeRoot {
			group, fail := controlsAt(ctx, in, client, target)
			if fail != nil {
				return nil, uncontrolled(c, fail)
			}
			if len(group) > 0 {
				groups = append(groups, group)
			}
			return groups, nil
		}
	}
	return groups, nil
}

// uncontrolled says once that the service control policies were not read.
func uncontrolled(c *api.Context, fail *api.Failure) *evidence.Unknown {
	why := fail.Unknown()
	why.Detail = "service control policies may take the access away: " + why.Detail
	c.Problem(evidence.Problem{
		Severity: "warning", Code: string(fail.Reason),
		Summary: c.Account.UID() + ": the service control policies that bind the account were not read, so it is not certain who can reach its stores",
		Detail:  "read the organisation from its management account or a delegated administrator (aws:org=ROLE). " + fail.Unknown().Detail,
	})
	return &why
}

// controlsAt are the policies at one level: the account, a unit or the root.
func controlsAt(ctx context.Context, c *api.Context, client *organizations.Client, target string) ([]iampolicy.Document, *api.Failure) {
	l := api.List(ctx, c, client.ListPoliciesForTarget,
		&organizations.ListPoliciesForTargetInput{TargetId: aws.String(target), Filter: types.PolicyTypeServiceControlPolicy},
		func(o *organizations.ListPoliciesForTargetOutput) []types.PolicySummary { return o.Policies })
	if l.Fail != nil {
		if l.Fail.Code == "PolicyTypeNotEnabledException" {
			return nil, nil
		}
		return nil, l.Fail
	}
	group := make([]iampolicy.Document, 0, len(l.Items))
	for _, p := range l.Items {
		d := api.SharedGlobal(c, "service control policy "+aws.ToString(p.Id), func(c *api.Context) controlPolicy {
			return readControlPolicy(ctx, c, client, p.Id)
		})
		if d.fail != nil {
			return nil, d.fail
		}
		group = append(group, d.doc)
	}
	return group, nil
}

// controlPolicy is one service control policy.
type controlPolicy struct {
	doc  iampolicy.Document
	fail *api.Failure
}

// readControlPolicy reads a policy; one that cannot be understood leaves open what it allows.
func readControlPolicy(ctx context.Context, c *api.Context, client *organizations.Client, id *string) controlPolicy {
	a := api.Ask(ctx, c, client.DescribePolicy, &organizations.DescribePolicyInput{PolicyId: id})
	if a.Fail != nil {
		return controlPolicy{fail: a.Fail}
	}
	text := ""
	if a.Out.Policy != nil {
		text = aws.ToString(a.Out.Policy.Content)
	}
	doc, err := iampolicy.Parse([]byte(text))
	if err != nil {
		doc = iampolicy.Document{Unknown: true}
	}
	return controlPolicy{doc: doc}
}
