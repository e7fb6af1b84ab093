package assess

import (
	"path"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// Comparison is what changed since a baseline. Its findings belong to the assessments that were compared, in their order.
type Comparison struct {
	New       []*finding.Finding // failures that no waiver covers, and that the baseline does not have
	Unchanged []*finding.Finding // failures that both have
	Fixed     []*finding.Finding // failures of the baseline that are proved gone
	// Open are failures of the baseline of which this run says nothing: their check, their target or their evidence was no part of it.
	Open []*finding.Finding
}

// Compare holds the assessment against an earlier one, which readers know by the name. Every finding becomes new or unchanged, the summary
// counts new and fixed failures, and Baseline says the rest.
//
// Findings are the same where their fingerprints are: check, entity and deciding attributes. An entity that was moved is known by its
// earlier ids, and a Terraform directory by its place in the repository, from wherever in it the runs were started. A failure that has lost some of its reasons is unchanged, one that has got another reason is new, and so is one that a
// waiver covered in the baseline and none covers now.
func (a *Assessment) Compare(name string, base *Assessment) Comparison {
	c := newComparer(a, base)
	var out Comparison
	for i := range a.Findings {
		f := &a.Findings[i]
		state := finding.BaselineNew
		if c.unchanged(f) {
			state = finding.BaselineUnchanged
		}
		f.Baseline = &state
		switch {
		case f.Status != finding.Fail:
		case state == finding.BaselineUnchanged:
			out.Unchanged = append(out.Unchanged, f)
		case f.Failing():
			out.New = append(out.New, f)
		}
	}
	for i := range base.Findings {
		b := &base.Findings[i]
		if b.Status != finding.Fail {
			continue
		}
		switch c.fate(b) {
		case gone:
			out.Fixed = append(out.Fixed, b)
		case unsaid:
			out.Open = append(out.Open, b)
		case there:
		}
	}
	a.Summary.New, a.Summary.Fixed = len(out.New), len(out.Fixed)
	a.Baseline = &Baseline{
		Name: name, AsOf: base.AsOf, SnapshotDigest: base.SnapshotDigest, Unchanged: len(out.Unchanged), Undecided: len(out.Open),
		Fixed: make([]finding.Finding, 0, len(out.Fixed)),
	}
	for _, f := range out.Fixed {
		a.Baseline.Fixed = append(a.Baseline.Fixed, *f)
	}
	return out
}

// key is one check on one entity.
type key struct{ check, scope, id string }

type comparer struct {
	head, base places
	covered    []string                    // canonical scopes of the head's sources
	byPrint    map[string]*finding.Finding // of the baseline
	byKey      map[key]*finding.Finding    // of the baseline
	known      map[[2]string]bool          // scopes and ids of the baseline
	movedAway  map[[2]string]bool          // those of entities that were moved since
	headByKey  map[key]*finding.Finding
	blind      map[[2]string]bool // check and scope in which something may have gone unseen
	checks     map[string]bool    // checks of the head
}

func newComparer(head, base *Assessment) *comparer {
	c := &comparer{
		head: head.Sources, base: base.Sources, byPrint: map[string]*finding.Finding{}, byKey: map[key]*finding.Finding{}, known: map[[2]string]bool{}, movedAway: map[[2]string]bool{},
		headByKey: map[key]*finding.Finding{}, blind: map[[2]string]bool{}, checks: map[string]bool{},
	}
	for i := range base.Findings {
		b := &base.Findings[i]
		scope, id := c.base.canonical(&b.Entity)
		c.byPrint[finding.Fingerprint(b.Check, scope, id, b.Attributes)] = b
		c.byKey[key{b.Check, scope, id}] = b
		c.known[[2]string{scope, id}] = true
	}
	for i := range head.Findings {
		e := &head.Findings[i].Entity
		scope, id := c.head.canonical(e)
		if c.known[[2]string{scope, id}] {
			continue
		}
		for _, former := range e.Former {
			c.movedAway[[2]string{scope, former}] = true
		}
	}
	for i := range head.Findings {
		f := &head.Findings[i]
		scope, ids := c.ids(&f.Entity)
		for _, id := range ids {
			c.headByKey[key{f.Check, scope, id}] = f
		}
		if f.Entity.ID == f.Entity.Scope && f.Status == finding.Unknown {
			c.blind[[2]string{f.Check, scope}] = true
		}
	}
	for i := range head.Sources {
		c.covered = append(c.covered, c.head.scope(head.Sources[i].Scope))
	}
	for _, check := range head.Checks {
		c.checks[check.ID] = true
	}
	return c
}

// places are the sources of an assessment: they say from which directory of the repository its scopes count.
type places []evidence.Source

// scope returns the name of a scope that does not depend on where in the repository the run was started: one of Terraform counts
// from the root. Scopes of other planes have such names already.
func (p places) scope(scope string) string {
	rest, terraform := strings.CutPrefix(scope, "tf:")
	if !terraform || path.IsAbs(rest) {
		return scope
	}
	for i := range p {
		if s := &p[i]; s.Directory != "" && evidence.Within(scope, s.Scope) {
			return "tf:" + path.Join(s.Directory, rest)
		}
	}
	return scope
}

// canonical returns scope and id of an entity in names that two runs share. What stands for a scope as a whole has the scope as its id.
func (p places) canonical(e *finding.Entity) (scope, id string) {
	scope = p.scope(e.Scope)
	if e.ID == e.Scope {
		return scope, scope
	}
	return scope, e.ID
}

// ids are the names under which the baseline may know an entity of the head, and its scope: its own, unless another entity was moved
// away from it, and those that it had before, where it was moved since.
func (c *comparer) ids(e *finding.Entity) (scope string, ids []string) {
	scope, id := c.head.canonical(e)
	own := [2]string{scope, id}
	switch {
	case c.movedAway[own]:
		return scope, e.Former
	case c.known[own]:
		return scope, []string{id}
	}
	return scope, append([]string{id}, e.Former...)
}

// unchanged reports whether the baseline has the finding.
func (c *comparer) unchanged(f *finding.Finding) bool {
	scope, ids := c.ids(&f.Entity)
	for _, id := range ids {
		b := c.byPrint[finding.Fingerprint(f.Check, scope, id, f.Attributes)]
		if b == nil || b.Status != f.Status {
			b = c.byKey[key{f.Check, scope, id}]
		}
		if b == nil {
			continue
		}
		if b.Status != f.Status || b.Waiver != nil && f.Waiver == nil {
			return false
		}
		return f.Status != finding.Fail || !slices.ContainsFunc(f.Attributes, func(a string) bool { return !slices.Contains(b.Attributes, a) })
	}
	return false
}

type fate int

const (
	there  fate = iota // it still fails
	gone               // it is proved that it fails no more
	unsaid             // nobody looked
)

// fate says what became of a failure of the baseline.
func (c *comparer) fate(b *finding.Finding) fate {
	scope, id := c.base.canonical(&b.Entity)
	f := c.headByKey[key{b.Check, scope, id}]
	switch {
	case f != nil && f.Status == finding.Fail:
		return there
	case f != nil && f.Status == finding.Unknown:
		return unsaid
	case f != nil:
		return gone
	case !c.checks[b.Check], c.blind[[2]string{b.Check, scope}], !c.covers(scope):
		return unsaid
	}
	return gone
}

// covers reports whether a source of the head reads the scope.
func (c *comparer) covers(scope string) bool {
	return slices.ContainsFunc(c.covered, func(whole string) bool { return evidence.Within(scope, whole) })
}
