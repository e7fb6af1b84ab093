package services

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

// organizationsService lists the accounts of an organisation.
func organizationsService() api.Service {
	controls := []string{"can_read", "can_write", "can_admin", "exposure.public", "exposure.public_paths", "policy.public"}
	return api.Service{
		Name: "organizations", Global: true,
		Operations: []api.Operation{
			{Name: "ListAccounts"},
			{Name: "DescribeOrganization", Tells: controls},
			{Name: "ListParents", Tells: controls},
			{Name: "ListPoliciesForTarget", Tells: controls},
			{Name: "DescribePolicy", Tells: controls},
		},
	}
}

// Member is an active account of an organisation.
type Member struct{ ID, Name string }

// OrganizationAccounts are the active accounts of the organisation, by id. Suspended and closed accounts hold nothing that can be read.
func OrganizationAccounts(ctx context.Context, c *api.Context) ([]Member, error) {
	l := api.List(ctx, c, organizations.NewFromConfig(c.AWS()).ListAccounts, &organizations.ListAccountsInput{},
		func(o *organizations.ListAccountsOutput) []types.Account { return o.Accounts })
	if l.Fail != nil {
		return nil, errors.New(l.Fail.Unknown().Detail)
	}
	return active(l.Items), nil
}

func active(accounts []types.Account) []Member {
	var out []Member
	for _, a := range accounts {
		if a.State == types.AccountStateActive || a.State == "" && a.Status == types.AccountStatusActive {
			out = append(out, Member{ID: aws.ToString(a.Id), Name: aws.ToString(a.Name)})
		}
	}
	slices.SortFunc(out, cmpID)
	return out
}

func cmpID(a, b Member) int {
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// OrganizationOf are the ids of the accounts in the organisation of the unit's account, or why they are not known. An account outside of
// any organisation stands alone.
func OrganizationOf(ctx context.Context, c *api.Context) ([]string, *evidence.Unknown) {
	if !c.Wants("organization_accounts") {
		return nil, &evidence.Unknown{Reason: evidence.NotCollected, Detail: "no selected check needs the accounts of the organisation"}
	}
	a := api.Ask(ctx, c, organizations.NewFromConfig(c.AWS()).ListAccounts, &organizations.ListAccountsInput{}, "AWSOrganizationsNotInUseException")
	switch {
	case a.Fail != nil:
		why := a.Fail.Unknown()
		return nil, &why
	case a.Code != "":
		return []string{c.Account.ID}, nil
	}
	members := active(a.Out.Accounts)
	if aws.ToString(a.Out.NextToken) != "" { // the first page was not all
		var err error
		if members, err = OrganizationAccounts(ctx, c); err != nil {
			return nil, &evidence.Unknown{Reason: evidence.APIError, Detail: err.Error()}
		}
	}
	ids := []string{c.Account.ID}
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
