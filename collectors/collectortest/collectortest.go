// Package collectortest is the contract that every collector keeps, as a test that each of them runs on its fixtures.
//
// What comes after collecting relies on it: that every path which a kind defines is known, unknown with a reason or not
// applicable; that relations lead somewhere; that every entity says where it was found; and that coverage says what was
// attempted.
package collectortest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/secret"
)

// AsOf is the time at which the tests collect.
var AsOf = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Env is an environment for tests: a fixed clock and key, no process environment, and nobody who watches.
func Env(tb testing.TB) collectors.Env {
	tb.Helper()
	hasher, err := secret.NewHasher([]byte("a key for the tests only"))
	if err != nil {
		tb.Fatal(err)
	}
	return collectors.Env{
		Clock: func() time.Time { return AsOf }, Version: "test", Log: slog.New(slog.DiscardHandler), Hasher: hasher, Progress: silent{},
	}
}

type silent struct{}

// Stage shows nothing.
func (silent) Stage(string, int) {}

// Step shows nothing.
func (silent) Step(int) {}

// Note shows nothing.
func (silent) Note(string) {}

// Collect runs the collector on a target and returns what it found, sorted and not yet merged.
func Collect(ctx context.Context, tb testing.TB, spec collectors.Spec, req collectors.Request) (*evidence.Snapshot, error) {
	tb.Helper()
	return CollectIn(ctx, tb, spec, req, nil)
}

// CollectIn is Collect with an environment of the process, as os.Environ gives it.
func CollectIn(ctx context.Context, tb testing.TB, spec collectors.Spec, req collectors.Request, environ []string) (*evidence.Snapshot, error) {
	tb.Helper()
	if req.Source == "" {
		req.Source = "s1"
	}
	s := &sink{snap: evidence.Snapshot{AsOf: AsOf, Tool: "assay test"}}
	env := Env(tb)
	env.Environ = environ
	err := spec.New().Collect(ctx, env, req, s)
	s.snap.Sort()
	return &s.snap, err
}

// sink keeps everything.
type sink struct {
	mu   sync.Mutex
	snap evidence.Snapshot
}

func (s *sink) locked(f func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	return nil
}

// Entity keeps an entity.
func (s *sink) Entity(e *evidence.Entity) error {
	return s.locked(func() { s.snap.Entities = append(s.snap.Entities, e) })
}

// Relation keeps a relation.
func (s *sink) Relation(r evidence.Relation) error {
	return s.locked(func() { s.snap.Relations = append(s.snap.Relations, r) })
}

// Coverage keeps a coverage statement.
func (s *sink) Coverage(c evidence.Coverage) error {
	return s.locked(func() { s.snap.Coverage = append(s.snap.Coverage, c) })
}

// Source keeps a source.
func (s *sink) Source(src evidence.Source) error {
	return s.locked(func() { s.snap.Sources = append(s.snap.Sources, src) })
}

// File keeps a file.
func (s *sink) File(f evidence.SourceFile) error {
	return s.locked(func() { s.snap.Files = append(s.snap.Files, f) })
}

// Contract is what a collector promises beyond what all of them do.
type Contract struct {
	Plane   evidence.Plane
	Methods []string // the methods that its provenance may name
	// Placed says that every provenance names a file and, unless the entity is of a kind in Whole, a line.
	Placed bool
	// Whole are the kinds that stand for a whole target, such as the account into which a root module is applied.
	Whole []string
	// External reports whether a relation's end may lie outside of what was collected; nil allows only ends that are not in
	// the snapshot's scopes.
	External func(uid string) bool
}

// Check holds a snapshot against the contract.
func Check(tb testing.TB, s *evidence.Snapshot, c Contract) {
	tb.Helper()
	for _, problem := range Problems(s, c) {
		tb.Error(problem)
	}
}

// Problems lists what in the snapshot breaks the contract, in order.
func Problems(s *evidence.Snapshot, c Contract) []string {
	k := &checker{contract: c, uids: map[string]bool{}, sources: map[string]bool{}, scopes: map[string]bool{}}
	for i := range s.Sources {
		k.source(&s.Sources[i])
	}
	for _, e := range s.Entities {
		if k.uids[e.UID] {
			k.sayf("%s: another entity has the same UID", e.UID)
		}
		k.uids[e.UID] = true
		k.entity(e)
	}
	for _, r := range s.Relations {
		k.relation(r)
	}
	k.coverage(s)
	k.files(s.Files)
	slices.Sort(k.problems)
	return k.problems
}

type checker struct {
	contract Contract
	problems []string
	uids     map[string]bool
	sources  map[string]bool
	scopes   map[string]bool
}

func (k *checker) sayf(format string, args ...any) {
	k.problems = append(k.problems, fmt.Sprintf(format, args...))
}

func (k *checker) source(s *evidence.Source) {
	k.sources[s.ID] = true
	if s.ID == "" || s.Collector == "" || s.Target == "" || s.Scope == "" || s.StartedAt.IsZero() || s.EndedAt.IsZero() {
		k.sayf("source %q does not say everything: %+v", s.ID, *s)
	}
	for _, p := range s.Problems {
		if p.Summary == "" || p.Code == "" || p.Severity != "error" && p.Severity != "warning" {
			k.sayf("source %s: a problem lacks its summary, code or severity: %+v", s.ID, p)
		}
	}
}

func (k *checker) entity(e *evidence.Entity) {
	k.scopes[e.Scope] = true
	switch {
	case e.UID == "" || e.ID == "" || e.Scope == "":
		k.sayf("%s %q: UID, ID or scope is empty", e.Kind, e.UID)
	case e.Plane != k.contract.Plane:
		k.sayf("%s: plane %s, want %s", e.UID, e.Plane, k.contract.Plane)
	case !slices.Equal(e.Facets, kind.FacetsOf(e.Kind)):
		k.sayf("%s: facets %q, want those of the kind %q", e.UID, e.Facets, kind.FacetsOf(e.Kind))
	}
	k.paths(e)
	k.provenance(e)
}

// paths holds that every path of the kind is in exactly one place, and no other is.
func (k *checker) paths(e *evidence.Entity) {
	fields := fieldsOf(e.Kind)
	if len(fields) == 0 {
		k.sayf("%s: there is no kind %q", e.UID, e.Kind)
		return
	}
	for _, path := range slices.Sorted(maps.Keys(fields)) {
		value, known := e.Attrs[path]
		_, unknown := e.Unknown[path]
		places := count(known, unknown, slices.Contains(e.NA, path))
		if f := fields[path]; places != 1 && (places != 0 || !f.derived) {
			k.sayf("%s: %s is in %d of attrs, unknown and na; want 1", e.UID, path, places)
		} else if text, ok := f.foreign(value); ok {
			k.sayf("%s: %s is %q; want one of %q", e.UID, path, text, f.enum)
		}
	}
	for path := range e.Attrs {
		if _, ok := fields[path]; !ok {
			k.sayf("%s: the kind %s has no attribute %s", e.UID, e.Kind, path)
		}
	}
	for path, u := range e.Unknown {
		top, _, element := strings.Cut(path, "[]")
		if _, ok := fields[top]; !ok {
			k.sayf("%s: the kind %s has no attribute %s", e.UID, e.Kind, path)
		}
		if _, known := e.Attrs[top]; element && !known {
			if _, unknown := e.Unknown[top]; !unknown {
				k.sayf("%s: %s is unknown, but %s is not known to be a list", e.UID, path, top)
			}
		}
		if !slices.Contains(reasons(), u.Reason) {
			k.sayf("%s: %s is unknown for the reason %q, which does not exist", e.UID, path, u.Reason)
		}
	}
	for _, path := range e.NA {
		if _, ok := fields[path]; !ok {
			k.sayf("%s: the kind %s has no attribute %s", e.UID, e.Kind, path)
		}
	}
}

func count(facts ...bool) int {
	n := 0
	for _, f := range facts {
		if f {
			n++
		}
	}
	return n
}

// reasons lists the reasons of unknowns.
func reasons() []evidence.Reason {
	return []evidence.Reason{
		evidence.NotCollected, evidence.AccessDenied, evidence.Throttled, evidence.APIError, evidence.Unsupported, evidence.Computed,
		evidence.Unresolved, evidence.NotInPlane, evidence.ParseError, evidence.Unlinked, evidence.Stale, evidence.Truncated,
		evidence.Redacted, evidence.NotAttested,
	}
}

// field is what a kind says of a path.
type field struct {
	derived bool
	enum    []string
}

// foreign returns a text of the value that the path does not allow.
func (f field) foreign(value any) (string, bool) {
	texts, ok := value.([]any)
	if !ok {
		texts = []any{value}
	}
	for _, v := range texts {
		if text, ok := v.(string); ok && len(f.enum) > 0 && !slices.Contains(f.enum, text) {
			return text, true
		}
	}
	return "", false
}

func fieldsOf(name string) map[string]field {
	out := map[string]field{}
	for _, t := range kind.Types(name) {
		for member := range t.Fields() {
			tag := member.Tag
			path, ok := tag.Lookup("attr")
			if !ok {
				continue
			}
			f := field{derived: tag.Get("derived") != ""}
			if enum := tag.Get("enum"); enum != "" {
				f.enum = strings.Split(enum, ",")
			}
			out[path] = f
		}
	}
	return out
}

func (k *checker) provenance(e *evidence.Entity) {
	if len(e.Prov) == 0 {
		k.sayf("%s: no provenance", e.UID)
	}
	for _, p := range e.Prov {
		switch {
		case !k.sources[p.Source]:
			k.sayf("%s: provenance names the source %q, which is not there", e.UID, p.Source)
		case !slices.Contains(k.contract.Methods, p.Method):
			k.sayf("%s: provenance has the method %q; want one of %q", e.UID, p.Method, k.contract.Methods)
		case k.contract.Placed && (p.Locator.File == "" || p.Locator.EndLine < p.Locator.Line || p.Locator.Line < 1 && !slices.Contains(k.contract.Whole, e.Kind)):
			k.sayf("%s: provenance has no file and line: %+v", e.UID, p.Locator)
		case p.Locator == evidence.Locator{}:
			k.sayf("%s: provenance has no place", e.UID)
		}
	}
	for path, i := range e.AttrProv {
		if i < 1 || i >= len(e.Prov) {
			k.sayf("%s: %s has the provenance %d of %d", e.UID, path, i, len(e.Prov))
		}
	}
}

func (k *checker) relation(r evidence.Relation) {
	if r.Type == "" || r.From == "" {
		k.sayf("relation %q from %q to %q lacks its type or beginning", r.Type, r.From, r.To)
	}
	if r.To == "" && r.Complete {
		k.sayf("relation %s from %s is complete and leads nowhere", r.Type, r.From)
	}
	for _, end := range []string{r.From, r.To} {
		if end != "" && !k.uids[end] && !k.external(end) {
			k.sayf("relation %s: its end %s is not in the snapshot", r.Type, end)
		}
	}
}

// external reports whether a UID lies outside of the collected scopes.
func (k *checker) external(uid string) bool {
	if k.contract.External != nil {
		return k.contract.External(uid)
	}
	for scope := range k.scopes {
		if strings.HasPrefix(uid, scope+":") {
			return false
		}
	}
	return true
}

// coverage holds that of every kind of entity there is a statement in its scope, and that what is incomplete says why.
func (k *checker) coverage(s *evidence.Snapshot) {
	type place struct{ scope, kind string }
	covered := map[place]bool{}
	for _, c := range s.Coverage {
		covered[place{c.Scope, c.Kind}] = true
		switch {
		case !k.sources[c.Source]:
			k.sayf("coverage of %s in %s names the source %q, which is not there", c.Kind, c.Scope, c.Source)
		case c.Status != evidence.Complete && c.Detail == "":
			k.sayf("coverage of %s in %s is %s without a reason", c.Kind, c.Scope, c.Status)
		case c.Status == evidence.Complete && (c.Detail != "" || len(c.Items) > 0):
			k.sayf("coverage of %s in %s is complete and lists what is missing: %s %q", c.Kind, c.Scope, c.Detail, c.Items)
		case !slices.IsSorted(c.Items):
			k.sayf("coverage of %s in %s: its items are not sorted", c.Kind, c.Scope)
		}
	}
	silent := map[place]bool{}
	for _, e := range s.Entities {
		if !covered[place{e.Scope, "*"}] && !covered[place{e.Scope, e.Kind}] {
			silent[place{e.Scope, e.Kind}] = true
		}
	}
	for p := range silent {
		k.sayf("%s has entities of the kind %s, and no coverage of it or of *", p.scope, p.kind)
	}
}

func (k *checker) files(files []evidence.SourceFile) {
	const sha256Hex = 64
	seen := map[string]bool{}
	for _, f := range files {
		if f.Path == "" || seen[f.Path] || len(f.SHA256) != sha256Hex {
			k.sayf("file %q lacks its path or digest, or is there twice", f.Path)
		}
		seen[f.Path] = true
	}
}
