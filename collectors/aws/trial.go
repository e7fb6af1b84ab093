package aws

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/internal/evidence"
)

// Actions are the IAM actions that the AWS collector needs for what the checks read, sorted.
func Actions(needs *collectors.Needs) []api.Action {
	return api.NewCatalogue(services.Services()).Actions(needs.Any)
}

// Trial is what came of trying the permissions.
type Trial struct {
	Accounts []string // ids
	Allowed  []string // operations that answered everywhere, sorted
	Denied   []Denial
	// Untried are the operations that were not called, because the account has nothing that they could be asked about.
	Untried []string
	// Failed are the calls that failed for another reason than a denial.
	Failed []evidence.Problem
}

// Denial is an operation that an account denied.
type Denial struct {
	api.Failure
	Regions []string
	Tells   []string // kinds and attribute paths that stay unknown
}

// Try calls every operation that the checks need at least once, where there is something to ask about, and reports what was denied. It
// collects nothing.
func Try(ctx context.Context, env collectors.Env, req collectors.Request) (Trial, error) {
	r, err := newRun(ctx, env, req, discard{})
	if err != nil {
		return Trial{}, err
	}
	r.shared.Trial = true
	if err := r.collect(ctx); err != nil {
		return Trial{}, err
	}
	return r.trial(), nil
}

func (r *run) trial() Trial {
	var t Trial
	denied := map[[2]string]*Denial{}
	bad := map[string]bool{}
	for _, a := range r.accounts {
		t.Accounts = append(t.Accounts, a.ID)
		for _, p := range a.source.Problems {
			if p.Code != string(evidence.AccessDenied) {
				t.Failed = append(t.Failed, p)
			}
		}
		for _, note := range a.said() {
			for _, f := range note.Failures {
				bad[f.Operation] = true
				if f.Reason != evidence.AccessDenied {
					continue
				}
				key := [2]string{a.ID, f.Operation}
				if denied[key] == nil {
					denied[key] = &Denial{Failure: f.Failure, Tells: r.shared.Catalogue.Tells(f.Operation)}
				}
				denied[key].Regions = append(denied[key].Regions, f.Region)
			}
		}
	}
	called := r.shared.Stats.ByOperation()
	for _, op := range slices.Sorted(maps.Keys(called)) {
		if !bad[op] {
			t.Allowed = append(t.Allowed, op)
		}
	}
	for _, a := range r.shared.Catalogue.Actions(r.req.Needs.Any) {
		for _, op := range a.Operations {
			if called[op] == 0 {
				t.Untried = append(t.Untried, op)
			}
		}
	}
	slices.Sort(t.Untried)
	t.Untried = slices.Compact(t.Untried)
	for _, d := range denied {
		slices.Sort(d.Regions)
		d.Regions = slices.Compact(d.Regions)
		t.Denied = append(t.Denied, *d)
	}
	slices.SortFunc(t.Denied, func(x, y Denial) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Operation, y.Operation))
	})
	return t
}

// discard is a sink that keeps nothing.
type discard struct{}

// Entity keeps nothing.
func (discard) Entity(*evidence.Entity) error { return nil }

// Relation keeps nothing.
func (discard) Relation(evidence.Relation) error { return nil }

// Coverage keeps nothing.
func (discard) Coverage(evidence.Coverage) error { return nil }

// Source keeps nothing.
func (discard) Source(evidence.Source) error { return nil }

// File keeps nothing.
func (discard) File(evidence.SourceFile) error { return nil }
