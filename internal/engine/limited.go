package engine

import (
	"maps"
	"slices"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/policy"
)

// withhold finds the scopes that were collected for other checks: what this one reads was not asked for there, so that what is missing means
// nothing. No entity of such a scope is judged, nor one of no scope in particular, such as the organisation; one verdict says why.
func (w *world) withhold(c *policy.Check, needs func(*policy.Check) []string) {
	if needs == nil || !slices.ContainsFunc(w.snap.Sources, func(s evidence.Source) bool { return len(s.Needs) > 0 }) {
		return
	}
	words := needs(c)
	withheld, whole := map[string]bool{}, map[string]bool{}
	for _, s := range w.snap.Sources {
		lacks := func(word string) bool {
			_, has := slices.BinarySearch(s.Needs, word)
			return !has
		}
		switch {
		case !slices.Contains(c.Collectors, s.Collector):
		case len(s.Needs) > 0 && slices.ContainsFunc(words, lacks):
			withheld[s.Scope] = true
		default:
			whole[s.Scope] = true
		}
	}
	maps.DeleteFunc(withheld, func(scope string, _ bool) bool { return whole[scope] })
	if len(withheld) > 0 {
		w.withheld[c.ID] = withheld
	}
}

// judged are the entities of a unit that a check judges.
func (w *world) judged(c *policy.Check, unit string) []int {
	positions, withheld := w.byKind[unit], w.withheld[c.ID]
	if len(withheld) == 0 {
		return positions
	}
	return slices.DeleteFunc(slices.Clone(positions), func(p int) bool {
		return !slices.ContainsFunc(w.snap.Sources, func(s evidence.Source) bool {
			return !withheld[s.Scope] && evidence.Within(w.snap.Entities[p].Scope, s.Scope)
		})
	})
}

// forOthers is why a check is undecided in a scope that was collected for other checks.
func forOthers(c *policy.Check, scope string) []finding.UnknownPath {
	return []finding.UnknownPath{{
		Path: c.Units[0], Reason: evidence.NotCollected,
		Detail: scope + " was collected for other checks: collect it again without --check, or with --check " + c.ID + " too",
	}}
}
