package aws

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// conclude hands on what an account's units say of themselves: coverage of every kind, and the calls that failed. What they found is let go
// of: an organisation has many accounts.
func (r *run) conclude(a *account) error {
	a.Forget()
	a.resources = nil
	for _, c := range append(coverageOf(a, r.req.Needs), r.unread(a)...) {
		if err := r.sink.Coverage(c); err != nil {
			return err
		}
	}
	a.source.Problems = slices.Concat(a.source.Problems, reconcileRegions(a, r.shared.Catalogue), problemsOf(a))
	a.source.Needs = r.req.Needs.List()
	for i := range a.notes {
		a.notes[i].Resources = nil
	}
	a.source.EndedAt = r.env.Clock()
	if !r.shared.Trial { // which tells what failed from the notes
		a.notes, a.units, a.before = nil, nil, nil
	}
	return r.sink.Source(a.source)
}

// place is a kind in a scope.
type place struct{ kind, scope string }

// coverageOf folds the units' notes into one statement per kind and scope. A kind that several services yield is complete where all of
// them were read, and partial where some were.
func coverageOf(a *account, needs *collectors.Needs) []evidence.Coverage {
	said := map[place]*evidence.Coverage{}
	read := map[place]bool{}
	at := func(p place) *evidence.Coverage {
		if said[p] == nil {
			said[p] = &evidence.Coverage{Kind: p.kind, Scope: p.scope, Source: a.Source, Status: evidence.Complete}
		}
		return said[p]
	}
	for i, u := range a.units {
		scope := api.ScopeOf(a.Account, u.service, u.region)
		for _, k := range u.service.Kinds {
			if needs.Any(k) { // else its loops were left out, and nothing is known of it
				at(place{k, scope})
			}
		}
		for _, ok := range a.notes[i].Read {
			at(place{ok.Kind, ok.Scope})
			read[place{ok.Kind, ok.Scope}] = true
		}
		for _, gap := range a.notes[i].Gaps {
			c := at(place{gap.Kind, gap.Scope})
			c.Status = worse(c.Status, gap.Status)
			c.Items = append(c.Items, gap.Detail)
		}
	}
	held := heldElsewhere(a)
	for _, region := range a.Disabled {
		for _, kind := range regionalKinds(a, needs) {
			c := at(place{kind, a.UID() + ":" + region}) // a region that was never enabled holds nothing, so that everything of it is known
			if slices.Contains(held, region) {
				c.Status, c.Detail = evidence.Skipped, "the account does not enable the region and has something there all the same, which cannot be asked for"
			}
		}
	}
	for _, region := range a.Left {
		for _, kind := range regionalKinds(a, needs) {
			c := at(place{kind, a.UID() + ":" + region})
			c.Status, c.Detail = evidence.Skipped, "the target leaves the region out"
		}
	}
	if why := a.RegionsUnknown; why != nil { // those that the target names need not be all
		for _, kind := range regionalKinds(a, needs) {
			c := at(place{kind, a.UID()})
			c.Status = worse(c.Status, evidence.Partial)
			c.Items = append(c.Items, "which regions are enabled is not known: "+why.Detail)
		}
	}
	if a.closed != "" {
		said[place{"*", a.UID()}] = &evidence.Coverage{Kind: "*", Scope: a.UID(), Source: a.Source, Status: evidence.Denied, Detail: a.closed}
	}
	out := make([]evidence.Coverage, 0, len(said))
	for p, c := range said {
		slices.Sort(c.Items)
		c.Items = slices.Compact(c.Items)
		if len(c.Items) > 0 {
			if read[p] {
				c.Status = evidence.Partial
			}
			c.Detail = c.Items[0]
			switch more := len(c.Items) - 1; {
			case p.kind == api.ResourceType:
				c.Status, c.Detail = evidence.Skipped, "no service of the AWS collector reads these types of resources"
			case more > 0:
				c.Detail += fmt.Sprintf(" (and %d more)", more)
			default:
				c.Items = nil // the detail says it
			}
		}
		out = append(out, *c)
	}
	slices.SortFunc(out, func(x, y evidence.Coverage) int {
		return cmp.Or(cmp.Compare(x.Scope, y.Scope), cmp.Compare(x.Kind, y.Kind))
	})
	return out
}

// unread states the kinds of a facet that the checks need and no service shows. A facet is as complete as what is said of its kinds, so
// silence about one would let "no store is sensitive" hold of stores that nobody looked at.
func (r *run) unread(a *account) []evidence.Coverage {
	if a.closed != "" {
		return nil
	}
	var out []evidence.Coverage
	for _, k := range kind.All() {
		if len(k.Facets) == 0 || !slices.Contains(k.Collectors, Spec.Name) || !r.req.Needs.Any(k.Name) {
			continue
		}
		if !slices.ContainsFunc(r.shared.Catalogue.Services, func(s api.Service) bool { return slices.Contains(s.Kinds, k.Name) }) {
			out = append(out, evidence.Coverage{
				Kind: k.Name, Scope: a.UID(), Source: a.Source, Status: evidence.Skipped, Detail: "the AWS collector does not read " + k.Name,
			})
		}
	}
	return out
}

// regionalKinds are the needed kinds that lie in regions.
func regionalKinds(a *account, needs *collectors.Needs) []string {
	var out []string
	for _, u := range a.units {
		for _, k := range u.service.Kinds {
			if !u.service.Global && needs.Any(k) {
				out = append(out, k)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// worse is the status that says less was read.
func worse(a, b evidence.CoverageStatus) evidence.CoverageStatus {
	order := []evidence.CoverageStatus{evidence.Complete, evidence.Partial, evidence.Cut, evidence.Skipped, evidence.Denied}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}
