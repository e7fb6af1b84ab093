package api

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"

	"github.com/assay-audit/assay/internal/evidence"
)

// Batch is what one unit found.
type Batch struct {
	Entities  []*evidence.Entity
	Relations []evidence.Relation
	Note      Note

	mu sync.Mutex
	// policies are what ResourcePolicy said, by uid; nil where no selected check asks who can reach what.
	policies map[string]Resource
}

// Note is what a unit says about itself, besides its evidence. It is kept in the journal.
type Note struct {
	// Read are the kinds of which a list was read to its end, by scope.
	Read []Gap `json:"read,omitempty"`
	// Gaps are the kinds of which something was not read.
	Gaps     []Gap              `json:"gaps,omitempty"`
	Problems []evidence.Problem `json:"problems,omitempty"`
	// Resources are the stores, hosts, keys and vaults that were found.
	Resources []Resource `json:"resources,omitempty"`
	// Answered are the regions from which an answer of a regional service came, sorted.
	Answered []string `json:"answered,omitempty"`
	// Failures are the failed calls, one for each operation and code, with how often each failed.
	Failures []Failed `json:"failures,omitempty"`
}

// ResourceType is the kind under which coverage names types of resources that nothing reads; the gap's detail is the type.
const ResourceType = "resource_type"

// Gap is what was not read of a kind in a scope.
type Gap struct {
	Kind   string                  `json:"kind"`
	Scope  string                  `json:"scope"`
	Status evidence.CoverageStatus `json:"status,omitempty"`
	Detail string                  `json:"detail,omitempty"`
}

// Failed is a failure and how often it came.
type Failed struct {
	Failure
	Count int `json:"count"`
}

// JSON is the note for the journal.
func (n Note) JSON() ([]byte, error) { return json.Marshal(n) } //nolint:musttag // the embedded failure is read back by this package alone

// Parse reads a note from the journal.
func (n *Note) Parse(data []byte) error { return json.Unmarshal(data, n) } //nolint:musttag // as above

func newBatch() *Batch { return &Batch{} }

func (b *Batch) locked(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *Batch) entity(e *evidence.Entity, region string) {
	b.locked(func() {
		b.Entities = append(b.Entities, e)
		if e.HasFacet("datastore") || slices.Contains([]string{"host", "key", "backup_vault", "secret"}, e.Kind) {
			b.Note.Resources = append(b.Note.Resources, Resource{UID: e.UID, Kind: e.Kind, Region: region})
		}
	})
}

func (b *Batch) relation(r evidence.Relation) {
	b.locked(func() { b.Relations = append(b.Relations, r) })
}

func (b *Batch) problem(p evidence.Problem) {
	b.locked(func() { b.Note.Problems = append(b.Note.Problems, p) })
}

func (b *Batch) gap(g Gap) { b.locked(func() { b.Note.Gaps = append(b.Note.Gaps, g) }) }

func (b *Batch) answered(region string) {
	b.locked(func() {
		if at, known := slices.BinarySearch(b.Note.Answered, region); !known {
			b.Note.Answered = slices.Insert(b.Note.Answered, at, region)
		}
	})
}

func (b *Batch) read(g Gap) { b.locked(func() { b.Note.Read = append(b.Note.Read, g) }) }

func (b *Batch) failed(f *Failure) {
	b.locked(func() {
		for i := range b.Note.Failures {
			if old := &b.Note.Failures[i]; old.Operation == f.Operation && old.Code == f.Code && old.Region == f.Region {
				old.Count++
				old.Message = min(old.Message, f.Message) // whichever call came first
				return
			}
		}
		b.Note.Failures = append(b.Note.Failures, Failed{Failure: *f, Count: 1})
	})
}

func (b *Batch) policy(r Resource) {
	b.locked(func() {
		if b.policies != nil {
			b.policies[r.UID] = r
		}
	})
}

// addPolicies notes the policies of the resources that were found.
func (b *Batch) addPolicies() {
	for i := range b.Note.Resources {
		r := &b.Note.Resources[i]
		if p, said := b.policies[r.UID]; said {
			r.Policy, r.Unread, r.ThroughService, r.PolicyAsked = p.Policy, p.Unread, p.ThroughService, true
		}
	}
}

// sorted brings the batch into the order that does not depend on which call answered first.
func (b *Batch) sorted() *Batch {
	slices.SortFunc(b.Entities, func(x, y *evidence.Entity) int { return cmp.Compare(x.UID, y.UID) })
	b.addPolicies()
	slices.SortFunc(b.Note.Resources, func(x, y Resource) int { return cmp.Compare(x.UID, y.UID) })
	slices.SortFunc(b.Relations, func(x, y evidence.Relation) int {
		return cmp.Or(cmp.Compare(x.Type, y.Type), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To))
	})
	slices.SortFunc(b.Note.Failures, func(x, y Failed) int {
		return cmp.Or(cmp.Compare(x.Operation, y.Operation), cmp.Compare(x.Region, y.Region), cmp.Compare(x.Code, y.Code))
	})
	for _, list := range [][]Gap{b.Note.Gaps, b.Note.Read} {
		slices.SortFunc(list, func(x, y Gap) int {
			return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Scope, y.Scope), cmp.Compare(x.Detail, y.Detail))
		})
	}
	b.Note.Gaps, b.Note.Read = slices.Compact(b.Note.Gaps), slices.Compact(b.Note.Read)
	slices.SortFunc(b.Note.Problems, func(x, y evidence.Problem) int {
		return cmp.Or(cmp.Compare(x.Code, y.Code), cmp.Compare(x.Summary, y.Summary))
	})
	return b
}
