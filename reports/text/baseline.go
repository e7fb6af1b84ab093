package text

import (
	"fmt"

	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// mostFixed is how many fixed failures are listed.
const mostFixed = 20

// baseline prints what became of the failures of the baseline: those that are fixed, and, in one line, those that are still there.
func (r *report) baseline() {
	b := r.a.Baseline
	if b == nil {
		return
	}
	if len(b.Fixed) > 0 {
		r.heading(bold, "Fixed", view.Count(len(b.Fixed), "failure")+" of "+b.Name)
		for i := range min(len(b.Fixed), mostFixed) {
			f := &b.Fixed[i]
			r.wrapped("  "+r.paint(bold, "✓ "+f.Check)+"  ", 4, f.Entity.ID+at(f))
		}
		if more := len(b.Fixed) - mostFixed; more > 0 {
			r.wrapped("  ", 4, fmt.Sprintf("and %s more", view.Number(more)))
		}
	}
	old := view.Select(r.a, func(f *finding.Finding) bool { return f.Failing() && !f.Decides() })
	if len(old)+b.Undecided == 0 {
		return
	}
	r.heading(bold, "Unchanged", view.Count(len(old), "failure")+" that "+b.Name+" has too")
	r.wrapped("  ", 4, join(tally(old, func(f *finding.Finding) string { return f.Check }), 12))
	if b.Undecided > 0 {
		r.wrapped("  ", 4, view.Count(b.Undecided, "failure")+" of "+b.Name+" could not be looked at again: a check, a target or evidence was no part of this run")
	}
}
