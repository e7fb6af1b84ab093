package engine

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/assay-audit/assay/internal/evidence"
)

// Memory keeps what the policies proved of a snapshot, for the judgement of another that is much like it: two revisions of a repository.
//
// A policy is a function of its input and of the documents of data.evidence that it reads, and of nothing else: it has no clock, no
// network and no environment. So Memory writes down with each answer the input and every document that was read on the way to it. The answer
// holds for a later query of the same input for which each of those documents is as it was; else the policy is asked. What a policy reads
// is observed and not guessed, so nothing has to be known about policies for this to be right.
//
// A Memory serves evaluations with the same policies, one after another.
type Memory struct {
	apart map[string]bool // uids of entities that differ between the snapshots, and of those that are related to them
	mu    sync.Mutex
	known map[question]answer
	docs  map[string]*document // by path
	terms map[string]*ast.Term // entities by uid, as the first evaluation had them
}

// question names a query.
type question struct {
	check, unit string
	apart       bool
	part        int
}

// answer is what a policy proved, from what.
type answer struct {
	input  *ast.Term
	read   []*document
	proofs verdicts
}

// document is a part of data.evidence.
type document struct {
	path  storage.Path
	value ast.Value // nil where there is none
}

// NewMemory prepares for the judgement of two snapshots with their derived attributes. What differs between them is put to the
// policies in queries of its own, together with what it is related to: the answers on everything else then mostly hold for both.
func NewMemory(a, b *evidence.Snapshot) *Memory {
	return &Memory{apart: differing(a, b), known: map[question]answer{}, docs: map[string]*document{}, terms: map[string]*ast.Term{}}
}

// differing lists the entities that are not the same in both snapshots, as far as policies see them, and their neighbours.
func differing(a, b *evidence.Snapshot) map[string]bool {
	changed := map[string]bool{}
	old := make(map[string]*evidence.Entity, len(a.Entities))
	for _, e := range a.Entities {
		old[e.UID] = e
		changed[e.UID] = true // until b has it too
	}
	for _, e := range b.Entities {
		changed[e.UID] = old[e.UID] == nil || !alike(old[e.UID], e)
	}
	type link struct {
		typ, from, to string
		complete      bool
	}
	links := map[link]int{} // in how many of the snapshots
	for i, snap := range []*evidence.Snapshot{a, b} {
		for _, r := range snap.Relations {
			links[link{r.Type, r.From, r.To, r.Complete}] |= 1 << i
		}
	}
	apart := map[string]bool{}
	for uid, is := range changed {
		if is {
			apart[uid] = true
		}
	}
	for l, in := range links {
		if in != 3 || changed[l.from] || changed[l.to] {
			apart[l.from], apart[l.to] = true, true
		}
	}
	return apart
}

// alike reports whether two entities are the same to a policy. Where they stand in the code is no part of that.
func alike(a, b *evidence.Entity) bool {
	reasons := func(a, b evidence.Unknown) bool { return a.Reason == b.Reason }
	return a.ID == b.ID && a.Kind == b.Kind && a.Plane == b.Plane && a.Scope == b.Scope && a.Name == b.Name &&
		slices.Equal(a.Facets, b.Facets) && slices.Equal(a.NA, b.NA) && maps.EqualFunc(a.Unknown, b.Unknown, reasons) &&
		reflect.DeepEqual(a.Attrs, b.Attrs) &&
		maps.EqualFunc(a.Planes, b.Planes, func(a, b evidence.PlaneView) bool { return reflect.DeepEqual(a.Attrs, b.Attrs) })
}

// share makes entities that the first evaluation saw with the same values one with them, so that comparing what holds them is cheap.
func (m *Memory) share(snap *evidence.Snapshot, terms []*ast.Term) {
	for i, e := range snap.Entities {
		switch first, ok := m.terms[e.UID]; {
		case !ok:
			m.terms[e.UID] = terms[i]
		case first.Equal(terms[i]):
			terms[i] = first
		}
	}
}

// split divides the entities of a unit into those that are judged together and those that are apart.
func (m *Memory) split(positions []int, entities []*evidence.Entity) (together, apart []int) {
	for _, p := range positions {
		if m.apart[entities[p].UID] {
			apart = append(apart, p)
		} else {
			together = append(together, p)
		}
	}
	return together, apart
}

// recall returns the answer to a question where it still holds.
func (m *Memory) recall(ctx context.Context, q question, input *ast.Term, now *witness) (verdicts, bool) {
	m.mu.Lock()
	known, ok := m.known[q]
	m.mu.Unlock()
	if !ok || !known.input.Equal(input) {
		return verdicts{}, false
	}
	for _, d := range known.read {
		if !now.finds(ctx, d) {
			return verdicts{}, false
		}
	}
	return known.proofs, true
}

// keep remembers the first answer to a question.
func (m *Memory) keep(q question, input *ast.Term, read map[string]document, proofs verdicts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.known[q]; ok {
		return
	}
	a := answer{input: input, proofs: proofs, read: make([]*document, 0, len(read))}
	for path, d := range read {
		shared := m.docs[path]
		if shared == nil || !same(shared.value, d.value) {
			shared = &d
			m.docs[path] = shared
		}
		a.read = append(a.read, shared)
	}
	m.known[q] = a
}

func same(a, b ast.Value) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return ast.ValueEqual(a, b)
}

// witness is the store of one evaluation. It writes down what is read with a transcript as the transaction.
type witness struct {
	storage.Store

	txn  storage.Transaction
	mu   sync.Mutex
	held map[*document]bool // what finds has said
}

func newWitness(ctx context.Context, store storage.Store) (*witness, error) {
	txn, err := store.NewTransaction(ctx)
	return &witness{Store: store, txn: txn, held: map[*document]bool{}}, err
}

func (w *witness) close(ctx context.Context) { w.Abort(ctx, w.txn) }

// transcript is the transaction of one query.
type transcript struct {
	storage.Transaction

	read  map[string]document // by path
	lossy bool                // something was read that cannot be compared later
}

func (w *witness) transcript() *transcript {
	return &transcript{Transaction: w.txn, read: map[string]document{}}
}

// Read reads a document (storage.Store).
func (w *witness) Read(ctx context.Context, txn storage.Transaction, path storage.Path) (any, error) {
	t, ok := txn.(*transcript)
	if !ok {
		return w.Store.Read(ctx, txn, path)
	}
	found, err := w.Store.Read(ctx, t.Transaction, path)
	switch value, isValue := found.(ast.Value); {
	case err == nil && isValue:
		t.read[strings.Join(path, "\x00")] = document{path, value}
	case storage.IsNotFound(err):
		t.read[strings.Join(path, "\x00")] = document{path, nil}
	default:
		t.lossy = true
	}
	return found, err
}

// finds reports whether the store has the document with the same value.
func (w *witness) finds(ctx context.Context, d *document) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	is, ok := w.held[d]
	if !ok {
		found, err := w.Store.Read(ctx, w.txn, d.path)
		value, isValue := found.(ast.Value)
		is = err == nil && isValue && same(value, d.value) || storage.IsNotFound(err) && d.value == nil
		w.held[d] = is
	}
	return is
}
