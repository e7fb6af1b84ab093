package aws

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Actions are the IAM actions that the AWS collector needs for what the checks read, sorted.
func Actions(needs *collectors.Needs) []api.Action {
	return api.NewCatalogue(services.Services()).Actions(needs.Any)
}

// Trial is what came of trying the permissions.
type Trial struct {
	Caller string // ARN of who asked
	// Accounts are those that were entered; Closed are those that could not be, or whose regions could not be listed.
	Accounts []Place
	Closed   []Closed
	Allowed  []string // operations that were answered wherever they were called, sorted
	Denied   []Denial // by permission
	// Untried are the operations that were not called, because nothing is there that they could be asked about; Unsupported are those that the
	// region or the partition does not have. Both are sorted.
	Untried, Unsupported []string
	// Failed are the calls that failed for another reason.
	Failed []evidence.Problem
}

// Place is an account and regions of it, sorted.
type Place struct {
	Account string // id
	Regions []string
}

// Closed is an account of which nothing can be read.
type Closed struct {
	Account string // id
	Why     string // with what to do about it
}

// Denial is a permission that is missing.
type Denial struct {
	Actions    []string // IAM actions; usually one
	Operations []string // that need it and were denied, sorted
	By         string   // who denies it where that is not the role's own policies, such as "service control policy"; else ""
	Places     []Place  // by account
	Message    string   // what AWS said, the first in order
	// Kinds are those of whose entities something stays unknown, and Tells the kinds and attribute paths that do. Everything does where an
	// operation finds what others ask about, and Tells is empty.
	Kinds, Tells []string
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
	t := Trial{Caller: r.caller}
	bad := map[string]bool{}
	denied := map[string]*Denial{}
	for _, a := range r.accounts {
		if a.closed != "" {
			t.Closed = append(t.Closed, Closed{a.ID, a.closed})
			continue
		}
		t.Accounts = append(t.Accounts, Place{a.ID, a.Regions})
		for _, p := range a.source.Problems {
			if p.Code != string(evidence.AccessDenied) && p.Code != string(evidence.Unsupported) {
				t.Failed = append(t.Failed, p)
			}
		}
		for _, note := range a.said() {
			for _, f := range note.Failures {
				bad[f.Operation] = true
				switch f.Reason {
				case evidence.AccessDenied:
					r.deny(denied, f)
				case evidence.Unsupported:
					t.Unsupported = append(t.Unsupported, f.Operation)
				default:
				}
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(denied)) {
		t.Denied = append(t.Denied, *denied[key])
	}
	slices.Sort(t.Unsupported)
	t.Unsupported = slices.Compact(t.Unsupported)
	t.Allowed, t.Untried = r.tried(bad)
	return t
}

// tried lists the operations that were called and did not fail, and those that were not called.
func (r *run) tried(bad map[string]bool) (allowed, untried []string) {
	called := r.shared.Stats.ByOperation()
	for _, op := range slices.Sorted(maps.Keys(called)) {
		if !bad[op] {
			allowed = append(allowed, op)
		}
	}
	for _, a := range r.shared.Catalogue.Actions(r.req.Needs.Any) {
		for _, op := range a.Operations {
			if called[op] == 0 {
				untried = append(untried, op)
			}
		}
	}
	slices.Sort(untried)
	return allowed, slices.Compact(untried)
}

// deny adds a denied call to what is known of the permission.
func (r *run) deny(denied map[string]*Denial, f api.Failed) {
	key := strings.Join(f.Actions, " ") + " " + f.DeniedBy()
	d := denied[key]
	if d == nil {
		d = &Denial{Actions: f.Actions, By: f.DeniedBy(), Message: f.Message}
		denied[key] = d
	}
	name, _, _ := strings.Cut(f.Operation, ":")
	tells := r.shared.Catalogue.Tells(f.Operation)
	d.Message = min(d.Message, f.Message)
	d.Operations = insert(d.Operations, f.Operation)
	for _, k := range r.shared.Catalogue.Service(name).Kinds {
		d.Kinds = insert(d.Kinds, k)
	}
	for _, w := range tells {
		d.Tells = insert(d.Tells, w)
		if len(kind.Paths(w)) > 0 {
			d.Kinds = insert(d.Kinds, w)
		}
	}
	at, known := slices.BinarySearchFunc(d.Places, f.Account, func(p Place, id string) int { return cmp.Compare(p.Account, id) })
	if !known {
		d.Places = slices.Insert(d.Places, at, Place{Account: f.Account})
	}
	d.Places[at].Regions = insert(d.Places[at].Regions, f.Region)
}

// insert adds a word to a sorted list that may have it already.
func insert(list []string, word string) []string {
	at, known := slices.BinarySearch(list, word)
	if known {
		return list
	}
	return slices.Insert(list, at, word)
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
