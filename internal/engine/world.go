package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// world is a snapshot as policies see it: each entity converted to an AST value once, and only as far as the selected
// policies read it; the indexes of data.evidence over the same values.
type world struct {
	snap     *evidence.Snapshot
	terms    []*ast.Term                // by position in snap.Entities
	byKind   map[string][]int           // kind or facet -> positions
	position map[string]int             // uid -> position
	coverage map[string]kindScopes      // kind or facet -> scope -> status
	reads    map[string]struct{}        // string constants of the selected policies
	keys     map[string]*ast.Term       // interned attribute names
	sources  map[string]string          // source id -> collector
	scopes   map[string][]scopeInfo     // collector -> its sources' scopes
	withheld map[string]map[string]bool // check -> scopes that were collected for other checks
	store    *witness                   // of data.evidence, while policies are asked
}

type kindScopes map[string]statement

type statement struct {
	status evidence.CoverageStatus
	detail string
}

type scopeInfo struct {
	scope  string
	source string
}

func newWorld(snap *evidence.Snapshot, reads map[string]struct{}) *world {
	w := &world{
		snap: snap, reads: reads,
		terms:    make([]*ast.Term, len(snap.Entities)),
		byKind:   make(map[string][]int),
		position: make(map[string]int, len(snap.Entities)),
		keys:     make(map[string]*ast.Term),
		sources:  make(map[string]string),
		scopes:   make(map[string][]scopeInfo),
		withheld: make(map[string]map[string]bool),
	}
	for _, s := range snap.Sources {
		w.sources[s.ID] = s.Collector
		w.scopes[s.Collector] = append(w.scopes[s.Collector], scopeInfo{s.Scope, s.ID})
	}
	for i, e := range snap.Entities {
		w.position[e.UID] = i
		w.byKind[e.Kind] = append(w.byKind[e.Kind], i)
		for _, f := range e.Facets {
			w.byKind[f] = append(w.byKind[f], i)
		}
		w.terms[i] = w.entity(e)
	}
	w.byKind[kind.Any] = w.twoPlanes()
	w.coverage = coverageOf(snap)
	return w
}

// twoPlanes returns the observed entities of a snapshot that has a declared plane too: those of which code and reality can be
// compared. They are what a check on the unit "entity" judges.
func (w *world) twoPlanes() []int {
	declared := false
	var observed []int
	for i, e := range w.snap.Entities {
		_, both := e.Planes[evidence.Declared]
		declared = declared || both || e.Plane == evidence.Declared
		if e.Plane == evidence.Observed {
			observed = append(observed, i)
		}
	}
	if !declared {
		return nil
	}
	return observed
}

// planes converts what each plane says of a merged entity, whole: a comparison of planes reads every attribute. Beside the planes,
// "unread" has the attributes that observation did not get, with the reason: what code states of them was compared with nothing.
func (w *world) planes(e *evidence.Entity) *ast.Term {
	if _, ok := w.reads["planes"]; !ok || len(e.Planes) == 0 {
		return ast.ObjectTerm()
	}
	out := ast.NewObject()
	for plane, view := range e.Planes {
		attrs := ast.NewObject()
		for path, v := range view.Attrs {
			attrs.Insert(w.key(path), w.value(v))
		}
		out.Insert(w.key(string(plane)), ast.NewTerm(attrs))
	}
	unread := ast.NewObject()
	for path, u := range e.Planes[evidence.Observed].Unknown {
		unread.Insert(w.key(path), w.key(string(u.Reason)))
	}
	out.Insert(w.key("unread"), ast.NewTerm(unread))
	return ast.NewTerm(out)
}

// entity converts an entity, keeping only the attributes that some selected policy names.
func (w *world) entity(e *evidence.Entity) *ast.Term {
	attrs := make([][2]*ast.Term, 0, 16)
	for path, v := range e.Attrs {
		if _, ok := w.reads[path]; ok {
			attrs = append(attrs, [2]*ast.Term{w.key(path), w.value(v)})
		}
	}
	_, all := w.reads["planes"] // who compares planes needs to know of every list whether it is whole
	// partial names each list in which something is unknown, and what it is: "rules" and "rules[].cidrs", or "rules[]" where further
	// elements may exist.
	var unknown, partial, na [][2]*ast.Term
	for path, u := range e.Unknown {
		top, inList := listOf(path)
		if _, ok := w.reads[top]; !ok && !all {
			continue
		}
		if inList {
			partial = append(partial, [2]*ast.Term{w.key(top), ast.BooleanTerm(true)}, [2]*ast.Term{w.key(path), ast.BooleanTerm(true)})
			continue
		}
		unknown = append(unknown, [2]*ast.Term{w.key(path), ast.StringTerm(string(u.Reason))})
	}
	for _, path := range e.NA {
		if _, ok := w.reads[path]; ok {
			na = append(na, [2]*ast.Term{w.key(path), ast.BooleanTerm(true)})
		}
	}
	return ast.ObjectTerm(
		[2]*ast.Term{w.key("uid"), ast.StringTerm(e.UID)},
		[2]*ast.Term{w.key("id"), ast.StringTerm(e.ID)},
		[2]*ast.Term{w.key("kind"), w.key(e.Kind)},
		[2]*ast.Term{w.key("plane"), w.key(string(e.Plane))},
		[2]*ast.Term{w.key("scope"), w.key(e.Scope)},
		[2]*ast.Term{w.key("name"), ast.StringTerm(e.Name)},
		[2]*ast.Term{w.key("facets"), w.strings(e.Facets)},
		[2]*ast.Term{w.key("attrs"), ast.ObjectTerm(attrs...)},
		[2]*ast.Term{w.key("unknown"), ast.ObjectTerm(unknown...)},
		[2]*ast.Term{w.key("partial"), ast.ObjectTerm(partial...)},
		[2]*ast.Term{w.key("na"), ast.ObjectTerm(na...)},
		[2]*ast.Term{w.key("planes"), w.planes(e)},
	)
}

// listOf returns the list attribute that an unknown path lies in ("rules[].cidrs" is in "rules"), and whether it is in one.
func listOf(path string) (string, bool) {
	if before, _, ok := strings.Cut(path, "["); ok {
		return before, true
	}
	return path, false
}

// key returns the one term of a name that many entities share.
func (w *world) key(name string) *ast.Term {
	t, ok := w.keys[name]
	if !ok {
		t = ast.StringTerm(name)
		w.keys[name] = t
	}
	return t
}

func (w *world) strings(list []string) *ast.Term {
	out := make([]*ast.Term, len(list))
	for i, s := range list {
		out[i] = w.key(s)
	}
	return ast.ArrayTerm(out...)
}

// value converts a plain value of an attribute.
func (w *world) value(v any) *ast.Term {
	switch v := v.(type) {
	case nil:
		return ast.NullTerm()
	case bool:
		return ast.InternedTerm(v)
	case string:
		return ast.StringTerm(v)
	case int64:
		return ast.InternedTerm(int(v))
	case int:
		return ast.InternedTerm(v)
	case float64:
		return ast.FloatNumberTerm(v)
	case []any:
		out := make([]*ast.Term, len(v))
		for i, e := range v {
			out[i] = w.value(e)
		}
		return ast.ArrayTerm(out...)
	case []string:
		return w.strings(v)
	case map[string]any:
		out := make([][2]*ast.Term, 0, len(v))
		for k, e := range v {
			out = append(out, [2]*ast.Term{w.key(k), w.value(e)})
		}
		return ast.ObjectTerm(out...)
	}
	return ast.NewTerm(ast.MustInterfaceToValue(v))
}

// evidence builds data.evidence, with the kinds and relations that the selected policies name.
func (w *world) evidence() ast.Object {
	kinds := ast.NewObject()
	for name, positions := range w.byKind {
		if _, ok := w.reads[name]; ok {
			kinds.Insert(w.key(name), w.batch(positions))
		}
	}
	entities := ast.NewObject()
	for i, e := range w.snap.Entities {
		entities.Insert(ast.StringTerm(e.UID), w.terms[i])
	}
	coverage := ast.NewObject()
	for name, scopes := range w.coverage {
		if _, ok := w.reads[name]; !ok {
			continue
		}
		byScope := ast.NewObject()
		for scope, st := range scopes {
			byScope.Insert(w.key(scope), w.key(string(st.status)))
		}
		coverage.Insert(w.key(name), ast.NewTerm(byScope))
	}
	out, into, open := w.relations()
	return ast.NewObject([2]*ast.Term{ast.StringTerm("evidence"), ast.ObjectTerm(
		[2]*ast.Term{ast.StringTerm("kinds"), ast.NewTerm(kinds)},
		[2]*ast.Term{ast.StringTerm("entities"), ast.NewTerm(entities)},
		[2]*ast.Term{ast.StringTerm("coverage"), ast.NewTerm(coverage)},
		[2]*ast.Term{ast.StringTerm("out"), out},
		[2]*ast.Term{ast.StringTerm("into"), into},
		[2]*ast.Term{ast.StringTerm("open"), open},
		[2]*ast.Term{ast.StringTerm("near"), w.near()},
		[2]*ast.Term{ast.StringTerm("within"), w.within()},
	)})
}

// near builds, for each scope and each scope that contains it ("aws" contains "aws:1"), the list of the snapshot's scopes that are it, a part of it, or
// contain it. Policies that compare what they judge with what was read around it would else try every scope for every entity.
func (w *world) near() *ast.Term {
	known := map[string]bool{}
	for _, byScope := range w.coverage {
		for scope := range byScope {
			known[scope] = true
		}
	}
	for _, e := range w.snap.Entities {
		known[e.Scope] = true
	}
	near := map[string][]*ast.Term{}
	for _, scope := range slices.Sorted(maps.Keys(known)) {
		near[scope] = append(near[scope], w.key(scope))
		for i := len(scope) - 1; i > 0; i-- {
			if scope[i] != ':' {
				continue
			}
			container := scope[:i]
			near[container] = append(near[container], w.key(scope))
			if known[container] {
				near[scope] = append(near[scope], w.key(container))
			}
		}
	}
	out := ast.NewObject()
	for scope, list := range near {
		out.Insert(w.key(scope), ast.ArrayTerm(list...))
	}
	return ast.NewTerm(out)
}

// within builds the entities of each kind that the selected policies name, by scope.
func (w *world) within() *ast.Term {
	out := ast.NewObject()
	for name, positions := range w.byKind {
		if _, ok := w.reads[name]; !ok {
			continue
		}
		byScope := map[string][]int{}
		for _, p := range positions {
			scope := w.snap.Entities[p].Scope
			byScope[scope] = append(byScope[scope], p)
		}
		scopes := ast.NewObject()
		for scope, list := range byScope {
			scopes.Insert(w.key(scope), w.batch(list))
		}
		out.Insert(w.key(name), ast.NewTerm(scopes))
	}
	return ast.NewTerm(out)
}

func (w *world) batch(positions []int) *ast.Term {
	out := make([]*ast.Term, len(positions))
	for i, p := range positions {
		out[i] = w.terms[p]
	}
	return ast.ArrayTerm(out...)
}

func (w *world) relations() (out, into, open *ast.Term) {
	type ends map[string]map[string][]*ast.Term
	add := func(m ends, typ, end string, t *ast.Term) {
		if m[typ] == nil {
			m[typ] = make(map[string][]*ast.Term)
		}
		m[typ][end] = append(m[typ][end], t)
	}
	forward, backward, unsettled := ends{}, ends{}, ends{}
	for _, r := range w.snap.Relations {
		if _, ok := w.reads[r.Type]; !ok {
			continue
		}
		if r.To != "" {
			add(forward, r.Type, r.From, ast.StringTerm(r.To))
			add(backward, r.Type, r.To, ast.StringTerm(r.From))
		}
		if !r.Complete {
			add(unsettled, r.Type, r.From, nil)
		}
	}
	object := func(m ends, leaf func([]*ast.Term) *ast.Term) *ast.Term {
		types := ast.NewObject()
		for typ, byEnd := range m {
			o := ast.NewObject()
			for end, list := range byEnd {
				o.Insert(ast.StringTerm(end), leaf(list))
			}
			types.Insert(ast.StringTerm(typ), ast.NewTerm(o))
		}
		return ast.NewTerm(types)
	}
	list := func(l []*ast.Term) *ast.Term { return ast.ArrayTerm(l...) }
	yes := func([]*ast.Term) *ast.Term { return ast.BooleanTerm(true) }
	return object(forward, list), object(backward, list), object(unsettled, yes)
}

// input builds the document that one query judges: a batch of one unit, the parameters, the time and the profile.
func (w *world) input(unit string, positions []int, params map[string]any, profile string) *ast.Term {
	return ast.ObjectTerm(
		[2]*ast.Term{ast.StringTerm(unit), w.batch(positions)},
		[2]*ast.Term{ast.StringTerm("params"), ast.NewTerm(ast.MustInterfaceToValue(params))},
		[2]*ast.Term{ast.StringTerm("profile"), ast.StringTerm(profile)},
		[2]*ast.Term{ast.StringTerm("as_of"), ast.StringTerm(w.snap.AsOf.UTC().Format(time.RFC3339))},
		[2]*ast.Term{ast.StringTerm("as_of_ns"), ast.NumberTerm(jsonInt(w.snap.AsOf.UnixNano()))},
	)
}

func jsonInt(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

// coverageOf folds the coverage statements into one status per kind (and facet) and scope: the worst of what was said of the
// kind, where "*" speaks of every kind that the source's collector yields.
func coverageOf(snap *evidence.Snapshot) map[string]kindScopes {
	collectors := make(map[string]string, len(snap.Sources))
	for _, s := range snap.Sources {
		collectors[s.ID] = s.Collector
	}
	specs := slices.Concat(kind.Facets(), kind.All())
	out := make(map[string]kindScopes)
	say := func(name, scope string, c evidence.Coverage) {
		if out[name] == nil {
			out[name] = kindScopes{}
		}
		if old, ok := out[name][scope]; !ok || worse(c.Status, old.status) {
			out[name][scope] = statement{c.Status, c.Detail}
		}
	}
	for _, c := range snap.Coverage {
		if c.Kind != "*" {
			say(c.Kind, c.Scope, c)
			for _, f := range facetsOf(c.Kind, specs) {
				say(f, c.Scope, c)
			}
			continue
		}
		say(kind.Any, c.Scope, c)
		for _, spec := range specs {
			if slices.Contains(spec.Collectors, collectors[c.Source]) {
				say(spec.Name, c.Scope, c)
			}
		}
	}
	return out
}

func facetsOf(name string, specs []kind.Spec) []string {
	for _, s := range specs {
		if s.Name == name {
			return s.Facets
		}
	}
	return nil
}

var badness = []evidence.CoverageStatus{evidence.Complete, evidence.Partial, evidence.Cut, evidence.Denied, evidence.Skipped}

func worse(a, b evidence.CoverageStatus) bool {
	return slices.Index(badness, a) > slices.Index(badness, b)
}

// scopesFor returns the scopes of the sources whose collectors can decide the check, sorted, without repeats.
func (w *world) scopesFor(collectors []string) []string {
	var out []string
	for _, c := range collectors {
		for _, s := range w.scopes[c] {
			out = append(out, s.scope)
		}
	}
	sort.Strings(out)
	return slices.Compact(out)
}
