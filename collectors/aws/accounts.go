package aws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/guard"
)

// findAccounts lists the accounts of the run with the regions to read. An account of an organisation that cannot be entered is coverage;
// where the target is one account, it is an error.
func (r *run) findAccounts(ctx context.Context, first *session) error {
	if r.options.org == "" {
		a := r.newAccount(first, first.accountID, "")
		g, both := errgroup.WithContext(ctx)
		g.Go(guard.Go(func() error { return r.findRegions(both, a) }))
		var note api.Note
		g.Go(guard.Go(func() error { note = r.organization(both, a); return nil }))
		if err := g.Wait(); err != nil {
			return err
		}
		a.before = append(a.before, note)
		r.accounts = []*account{a}
		return nil
	}
	own := r.newAccount(first, first.accountID, "")
	members, err := services.OrganizationAccounts(ctx, api.NewContext(r.shared, own.Account, r.shared.Catalogue.Service("organizations"), own.Home))
	if err != nil {
		return fmt.Errorf("the accounts of the organisation cannot be listed: %w; org= takes the credentials of the management account or of a delegated administrator, with organizations:ListAccounts", err)
	}
	return r.enter(ctx, first, own, members)
}

// enter assumes the role in every account of the organisation.
func (r *run) enter(ctx context.Context, first *session, own *account, members []services.Member) error {
	var ids []string
	for _, m := range members {
		ids = append(ids, m.ID)
	}
	for _, id := range r.options.accounts {
		if !slices.Contains(ids, id) {
			return fmt.Errorf("accounts=%s: the organisation has no such account%s", id, nearest(id, ids))
		}
	}
	var mu sync.Mutex
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(unitsAtOnce)
	for _, m := range members {
		if len(r.options.accounts) > 0 && !slices.Contains(r.options.accounts, m.ID) {
			continue
		}
		g.Go(guard.Go(func() error {
			a := r.member(running, first, m)
			a.Organization, a.Parent = ids, own.Account
			mu.Lock()
			defer mu.Unlock()
			r.accounts = append(r.accounts, a)
			return running.Err()
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	slices.SortFunc(r.accounts, func(a, b *account) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// member enters one account. Where that fails nothing of it is read, and coverage says so.
func (r *run) member(ctx context.Context, first *session, m services.Member) *account {
	role := "arn:" + first.partition + ":iam::" + m.ID + ":role/" + r.options.org
	o := r.options
	o.role = role
	s, err := identify(ctx, assume(first.cfg, role, o), o)
	if err != nil && m.ID == first.accountID {
		s, err = first, nil // the own account needs no role
	}
	if err != nil {
		a := r.newAccount(first, m.ID, m.Name)
		r.unreadable(a, "account_not_entered", err)
		return a
	}
	a := r.newAccount(s, m.ID, m.Name)
	if err := r.findRegions(ctx, a); err != nil {
		r.unreadable(a, "regions_not_listed", err)
	}
	return a
}

// unreadable says that nothing of the account could be read.
func (r *run) unreadable(a *account, code string, err error) {
	a.Regions = nil
	a.source.Problems = append(a.source.Problems, evidence.Problem{Severity: "error", Code: code, Summary: a.UID() + ": " + err.Error()})
	a.closed = err.Error()
}

func (r *run) newAccount(s *session, id, name string) *account {
	source := r.req.Source
	if r.options.org != "" {
		source += "-" + id
	}
	return &account{
		Account: &api.Account{ID: id, Name: name, Partition: s.partition, Source: source, Home: homes[s.partition], Config: s.in},
		source: evidence.Source{
			ID: source, Collector: "aws", Version: r.env.Version, Target: r.req.Target.Ref, Scope: "aws:" + id, StartedAt: r.env.Clock(),
		},
	}
}

// findRegions asks which regions the account has enabled, and keeps those that the target names.
func (r *run) findRegions(ctx context.Context, a *account) error {
	all, note := r.listRegions(ctx, a, a.Home)
	if all.Fail != nil && len(r.options.regions) > 0 {
		all, note = r.listRegions(ctx, a, r.options.regions[0]) // a service control policy may close the main region
	}
	a.before = append(a.before, note)
	if all.Fail != nil {
		if len(r.options.regions) == 0 {
			return fmt.Errorf("the regions cannot be listed: %s; name them with regions=eu-west-1+eu-central-1, or allow ec2:DescribeRegions", all.Fail.Unknown().Detail)
		}
		why := all.Fail.Unknown()
		a.Regions, a.RegionsUnknown = slices.Sorted(slices.Values(r.options.regions)), &why
		a.source.Problems = append(a.source.Problems, evidence.Problem{
			Severity: "warning", Code: "regions_not_listed", Summary: a.UID() + ": the enabled regions are not known, only those that the target names were read",
			Detail: why.Detail,
		})
		return nil
	}
	enabled := map[string]bool{}
	for _, region := range all.Items {
		name := aws.ToString(region.RegionName)
		if enabled[name] = aws.ToString(region.OptInStatus) != "not-opted-in"; !enabled[name] {
			a.Disabled = append(a.Disabled, name)
		} else if len(r.options.regions) == 0 || slices.Contains(r.options.regions, name) {
			a.Regions = append(a.Regions, name)
		} else {
			a.Left = append(a.Left, name)
		}
	}
	slices.Sort(a.Regions)
	slices.Sort(a.Disabled)
	slices.Sort(a.Left)
	for _, name := range r.options.regions {
		on, exists := enabled[name]
		switch {
		case !exists:
			return fmt.Errorf("regions: AWS knows no region %q for this account", name)
		case !on:
			a.source.Problems = append(a.source.Problems, evidence.Problem{
				Severity: "warning", Code: "region_disabled", Summary: a.UID() + ": the region " + name + " is not enabled, so nothing can be in it",
			})
		}
	}
	return nil
}

// listRegions asks a region for all regions of the account.
func (r *run) listRegions(ctx context.Context, a *account, where string) (api.Listing[ec2types.Region], api.Note) {
	c := api.NewContext(r.shared, a.Account, r.shared.Catalogue.Service("ec2"), where)
	all := api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeRegions, &ec2.DescribeRegionsInput{AllRegions: aws.Bool(true)},
		func(o *ec2.DescribeRegionsOutput) []ec2types.Region { return o.Regions })
	return all, c.Batch().Note
}

// organization asks which accounts belong together: trust in any other one is trust in a stranger.
func (r *run) organization(ctx context.Context, a *account) api.Note {
	c := api.NewContext(r.shared, a.Account, r.shared.Catalogue.Service("organizations"), a.Home)
	a.Organization, a.OrganizationUnknown = services.OrganizationOf(ctx, c)
	return c.Batch().Note
}
