package iampolicy

import (
	"fmt"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Result is the answer of an analysis with the reasons for it, in words for an auditor.
type Result struct {
	Verdict tri.Value
	// Reasons are the statements that prove a true verdict, or that leave it unknown; for a false one, what is missing.
	Reasons []string
}

// tally collects answers of which any true one makes the result true.
type tally struct {
	verdict     tri.Value
	yes, unsure []string
}

func newTally() *tally { return &tally{verdict: tri.False} }

func (t *tally) add(v tri.Value, reason string) {
	t.verdict = t.verdict.Or(v)
	switch v {
	case tri.True:
		t.yes = append(t.yes, reason)
	case tri.Unknown:
		t.unsure = append(t.unsure, reason)
	case tri.False:
	}
}

// result gives the verdict with the reasons that carry it; no says why the answer is false.
func (t *tally) result(no string) Result {
	switch t.verdict {
	case tri.True:
		return Result{Verdict: tri.True, Reasons: t.yes}
	case tri.Unknown:
		return Result{Verdict: tri.Unknown, Reasons: t.unsure}
	default:
		return Result{Verdict: tri.False, Reasons: []string{no}}
	}
}

// unknownStatements is the reason that a document gives whose statements are not all known.
const unknownStatements = "the document may have statements that are not known"

// label names a statement in a reason; statements count from 1.
func label(index int, s Statement) string {
	if s.SID == "" {
		return fmt.Sprintf("statement %d", index+1)
	}
	return fmt.Sprintf("statement %d (%s)", index+1, shorten(s.SID))
}

// doubt says what about a statement is not known, for a reason.
func doubt(s Statement) string {
	switch {
	case s.Effect == EffectUnknown:
		return "its effect is not known"
	case s.Action.More || anyHole(s.Action.Values):
		return "its actions are not known"
	case s.Principal.More || anyHole(s.Principal.ids()):
		return "its principals are not known"
	case s.MoreConditions:
		return "its conditions are not known"
	case s.Resource.More || anyHole(s.Resource.Values):
		return "its resources are not known"
	case len(s.Conditions) > 0:
		return "it depends on " + s.Conditions[0].String()
	default:
		return "it cannot be decided from the document alone"
	}
}

// anyHole tells whether some value may turn out to be anything.
func anyHole(values []Str) bool {
	for _, v := range values {
		if strings.Contains(v.outline(), openHole) {
			return true
		}
	}
	return false
}

// ids are the principals without their types.
func (p Principals) ids() []Str {
	ids := make([]Str, 0, len(p.Values))
	for _, v := range p.Values {
		ids = append(ids, v.ID)
	}
	return ids
}

// list joins patterns for a reason and cuts a long list short.
func list(p Patterns) string {
	const most = 4
	texts := make([]string, 0, most+1)
	for i, v := range p.Values {
		if i == most {
			texts = append(texts, fmt.Sprintf("and %d more", len(p.Values)-most))
			break
		}
		texts = append(texts, shorten(v.String()))
	}
	if p.More {
		texts = append(texts, "${unknown}")
	}
	joined := strings.Join(texts, ", ")
	if p.Not {
		return "everything but " + joined
	}
	return joined
}

// covers tells whether the element speaks of all that the target stands for. An absent element speaks of
// everything: the resource of a trust policy is the role itself.
func (p Patterns) covers(target Str, fold bool) tri.Value {
	if !p.Present {
		return tri.True
	}
	if p.Not {
		return p.anyValue(overlaps, target, fold).Not()
	}
	return p.anyValue(covers, target, fold)
}

// touches tells whether the element speaks of something that the target stands for.
func (p Patterns) touches(target Str, fold bool) tri.Value {
	if !p.Present {
		return tri.True
	}
	if p.Not {
		return p.anyValue(covers, target, fold).Not()
	}
	return p.anyValue(overlaps, target, fold)
}

// anyValue tells whether the relation to the target holds for one of the values; there may be more values than are known.
func (p Patterns) anyValue(relation func(Str, Str, bool) tri.Value, target Str, fold bool) tri.Value {
	result := tri.False
	for _, v := range p.Values {
		if result = result.Or(relation(v, target, fold)); result == tri.True {
			break
		}
	}
	if p.More {
		result = result.Or(tri.Unknown)
	}
	return result
}

// coversAll tells whether the element speaks of all that another one speaks of.
func (p Patterns) coversAll(other Patterns, fold bool) tri.Value {
	everything := p.covers(Literal("*"), fold)
	if everything == tri.True || !other.Present || other.Not {
		return everything
	}
	result := tri.True
	for _, v := range other.Values {
		result = result.And(p.covers(v, fold))
		if result == tri.False {
			break
		}
	}
	if other.More {
		result = result.And(tri.Unknown.Or(everything))
	}
	return result
}

// empty tells whether the element lists nothing, so that the statement never applies.
func (p Patterns) empty() tri.Value {
	switch {
	case !p.Present || p.Not || len(p.Values) > 0:
		return tri.False
	case p.More:
		return tri.Unknown
	default:
		return tri.True
	}
}

// isEveryone tells whether this principal is the public.
func (p Principal) isEveryone() tri.Value {
	if p.Type == PrincipalEveryone {
		return tri.True
	}
	return p.ID.Is("*")
}

// everyone tells whether the element names the public without exception.
func (p Principals) everyone() tri.Value {
	switch {
	case !p.Present:
		return tri.Unknown // not valid in a policy of a resource
	case p.Not && len(p.Values) > 0:
		return tri.False
	case p.Not:
		return tri.Unknown
	}
	result := tri.False
	for _, v := range p.Values {
		result = result.Or(v.isEveryone())
	}
	if p.More {
		result = result.Or(tri.Unknown)
	}
	return result
}

// size is what it takes to look at all patterns of the element.
func (p Patterns) size() int {
	const each = 16
	n := 0
	for _, v := range p.Values {
		n += each + v.size()
	}
	return n
}

// size is what it takes to look at all patterns of a document.
func (d Document) size() int {
	n := 0
	for _, s := range d.Statements {
		n += s.Action.size() + s.Resource.size()
	}
	return n
}

// maxCompared bounds the documents whose statements are compared with each other, which takes time quadratic in the
// size. No policy of a customer has more; of a larger one it stays unknown whether a Deny outweighs an Allow.
const maxCompared = 48 << 10

// outweighed tells whether Deny statements take back all that one Allow statement grants to the public. reaches
// tells whether a Deny statement applies to the public.
func (d Document) outweighed(allow Statement, reaches func(Statement) tri.Value) tri.Value {
	result := tri.False
	if d.Unknown {
		result = tri.Unknown
	}
	size := -1
	for _, s := range d.Statements {
		denies := s.Effect.is(Deny).And(reaches(s))
		if denies == tri.False {
			continue
		}
		if size < 0 {
			size = d.size()
		}
		if size > maxCompared {
			return tri.Unknown
		}
		denies = denies.And(s.Action.coversAll(allow.Action, true))
		if denies != tri.False {
			denies = denies.And(s.Resource.coversAll(allow.Resource, false))
		}
		result = result.Or(denies)
	}
	return result
}
