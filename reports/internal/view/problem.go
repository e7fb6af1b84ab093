package view

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
)

// Problem is what went wrong while collecting, said once for all sources that say it.
type Problem struct {
	evidence.Problem
	// Sources are the sources that say so, in their order.
	Sources []*evidence.Source
	// Scopes are the scopes that the problem is about, for a reader; "" where a source speaks of its whole target, or of a file.
	Scopes string
}

// IDs are the ids of the sources, for a reader.
func (p *Problem) IDs() string {
	ids := make([]string, len(p.Sources))
	for i, s := range p.Sources {
		ids[i] = s.ID
	}
	return names(ids)
}

// FoldProblems says once what several sources have alike: a permission that a hundred accounts of an organisation deny is one line, not a
// hundred. The order is that of the first of each.
func FoldProblems(sources []evidence.Source) []Problem {
	var out []Problem
	at := map[evidence.Problem]int{}
	for i := range sources {
		s := &sources[i]
		for _, p := range s.Problems {
			summary, ofScope := strings.CutPrefix(p.Summary, s.Scope+": ")
			p.Summary = summary
			if n, seen := at[p]; seen && p.Locator == (evidence.Locator{}) {
				out[n].Sources = append(out[n].Sources, s)
				continue
			}
			at[p] = len(out)
			folded := Problem{Problem: p, Sources: []*evidence.Source{s}}
			if ofScope {
				folded.Scopes = s.Scope
			}
			out = append(out, folded)
		}
	}
	for i := range out {
		if len(out[i].Sources) > 1 {
			var scopes []string
			for _, s := range out[i].Sources {
				scopes = append(scopes, s.Scope)
			}
			slices.Sort(scopes)
			out[i].Scopes = names(slices.Compact(scopes))
		}
	}
	return out
}
