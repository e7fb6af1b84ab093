// Package text renders an assessment for an engineer at a terminal: what fails and where, worst first; the line that causes it; what to
// do; then, shorter, what is waived, what could not be decided and what was not read at all. The last line says what decides the exit code.
//
// Failures of one check on one line that say the same are one entry: there is one line to change. A check is explained, with its
// controls and its fix, where it fails first; further entries say only what they are about. Text from the audited world is neutralised,
// so that a hostile name cannot drive the terminal.
package text

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// Spec is the text format.
var Spec = reports.Spec{
	Name: "text", Doc: "failures with their lines and fixes, for a terminal", New: func() reports.Renderer { return renderer{} },
}

// The width of a line: what is assumed where there is no terminal, and the bounds within which a terminal's width is used.
const (
	defaultWidth = 100
	minWidth     = 40
	maxWidth     = 160
)

type renderer struct{}

// Render writes the assessment as text.
func (renderer) Render(w io.Writer, a *assess.Assessment, o reports.Options) error {
	b := bufio.NewWriter(w)
	p := &printer{w: b, width: min(max(cmp.Or(o.Width, defaultWidth), minWidth), maxWidth), color: o.Color}
	r := report{printer: p, a: a, ix: view.NewIndex(a), seen: map[string]bool{}, against: map[string]string{}}
	r.failures()
	r.baseline()
	r.waived()
	r.unknowns()
	r.reviews()
	r.coverage()
	r.summary()
	outcome := a.Outcome(o.FailOn, o.FailOnIncomplete)
	p.line("")
	if columns(outcome.Reason) > p.width {
		p.wrapped("", 0, outcome.Reason)
	} else {
		p.line(p.paint(outcomeStyle(outcome.Code), outcome.Reason))
	}
	return b.Flush()
}

func outcomeStyle(code int) style {
	switch code {
	case 0:
		return bold
	case 1:
		return red
	}
	return yellow
}

// report is one rendering in progress.
type report struct {
	*printer
	a  *assess.Assessment
	ix *view.Index
	// seen holds the checks whose reason and fix have been printed in full.
	seen map[string]bool
	// against holds, by check, what its last entry expected and found; empty where that was in several places.
	against map[string]string
}

// failures prints every failure that no waiver covers and that is not in the baseline, by severity and file.
func (r *report) failures() {
	groups := view.Fold(view.Select(r.a, (*finding.Finding).Decides))
	for _, sev := range finding.Severities() {
		of := slices.DeleteFunc(slices.Clone(groups), func(g view.Group) bool { return g.First().Severity != sev })
		if len(of) == 0 {
			continue
		}
		n := 0
		for _, g := range of {
			n += len(g.Findings)
		}
		r.heading(severityStyle(sev), string(sev), view.Count(n, "failure"))
		place := ""
		for _, g := range of {
			if here := view.Place(g.First()); here != place {
				place = here
				r.line(r.paint(bold, place))
				r.line("")
			}
			r.failure(g)
		}
	}
}

// failure prints one entry. The first of a check explains it in full; the others say what differs.
func (r *report) failure(g view.Group) {
	f := g.First()
	known, same := r.seen[f.Check], r.repeats(f)
	title := f.Title
	if known {
		title = g.Message()
	}
	if known && same && len(g.Findings) == 1 {
		title = messages(f)
	}
	r.wrapped("  "+r.paint(severityStyle(f.Severity), "✗ "+string(f.Severity))+"  "+r.paint(bold, f.Check)+"  ", 4, title)
	if named := subject(g); named != "" {
		r.wrapped("    ", 4, named)
	}
	switch {
	case known && same:
		if saysMore(f.Location) {
			r.snippet(f.Location)
		}
	case len(f.Reasons) > 1:
		r.reasons(f)
	case known:
		r.snippet(f.Location)
		r.proof(finding.Reason{Expected: f.Expected, Actual: f.Actual})
	default:
		r.snippet(f.Location)
		r.proof(finding.Reason{Message: g.Message(), Expected: f.Expected, Actual: f.Actual})
	}
	r.why(f)
	r.line("")
}

// repeats says whether a failure expects and finds what the check's last entry did, in one place.
func (r *report) repeats(f *finding.Finding) bool {
	list := []string{f.Expected, f.Actual}
	here := true
	for i := range f.Reasons {
		list = append(list, f.Reasons[i].Expected, f.Reasons[i].Actual)
		at, first := f.Reasons[i].Location, f.Reasons[0].Location
		here = here && (at == nil && first == nil || samePlace(at, first))
	}
	against := fmt.Sprintf("%q", list)
	if len(f.Reasons) > 1 && !here {
		against = "" // several places are always shown
	}
	same := against != "" && r.against[f.Check] == against
	r.against[f.Check] = against
	return same
}

// messages are what all reasons of a failure say.
func messages(f *finding.Finding) string {
	if len(f.Reasons) < 2 {
		return f.Message
	}
	list := make([]string, len(f.Reasons))
	for i := range f.Reasons {
		list[i] = f.Reasons[i].Message
	}
	return strings.Join(list, "; ")
}

// saysMore says whether a line tells more than the entry's address: the first line of a block does not.
func saysMore(l *finding.Location) bool {
	return l != nil && len(l.Snippet) > 0 && l.EndLine <= l.StartLine && !strings.HasPrefix(strings.TrimSpace(l.Snippet[0]), "resource")
}

// reasons lists the proofs of a finding that has several, each with its line.
func (r *report) reasons(f *finding.Finding) {
	r.wrapped("    ", 4, fmt.Sprintf("for %d reasons:", len(f.Reasons)))
	for i := range f.Reasons {
		reason := f.Reasons[i]
		reason.Message = "- " + reason.Message + elsewhere(reason.Location, f.Location)
		if i == 0 || !samePlace(reason.Location, f.Reasons[i-1].Location) {
			r.snippet(reason.Location)
		}
		r.proof(reason)
	}
}

// proof prints a message, and expected against actual where they say more than the message.
func (r *report) proof(reason finding.Reason) {
	r.wrapped("    ", 6, reason.Message)
	if reason.Expected != "" && reason.Actual != "" {
		r.field("expected", reason.Expected)
		r.field("actual", reason.Actual)
	}
}

// why prints the controls, the consequence and the fix; of a check that was explained above, nothing.
func (r *report) why(f *finding.Finding) {
	defer r.edit(f)
	if r.seen[f.Check] {
		return
	}
	r.seen[f.Check] = true
	const shown = 3
	cites := r.ix.Citations(f)
	text := join(cites, shown)
	if c := view.Consequence(f); c != "" {
		text += ": " + c
	}
	if check := r.ix.Check(f.Check); check != nil && check.Rationale != "" {
		if text != "" {
			text += ". "
		}
		text += check.Rationale
	}
	r.field("why", text)
	r.field("fix", f.Remediation)
}

// edit says that the change of the code is known.
func (r *report) edit(f *finding.Finding) {
	if f.Fix == nil {
		return
	}
	how := "assay fix can do this: "
	if f.Fix.Replaces {
		how = "assay fix --allow-replace can do this: "
	}
	r.field("edit", how+f.Fix.Description)
}

// subject names the entities of a group and their place, as far as the heading above does not: without a file that is the scope, of
// which the last part is the name of the host or account.
func subject(g view.Group) string {
	f, name := g.First(), g.Subject()
	switch {
	case f.Location != nil && f.Location.File != "":
		return name + at(f)
	case strings.HasSuffix(":"+f.Entity.Scope, ":"+name):
		return ""
	}
	return name
}

// at is where a finding stands, after what it is about.
func at(f *finding.Finding) string {
	if f.Location == nil || f.Location.File == "" {
		return " · " + f.Entity.Scope
	}
	return " · " + place(f.Location)
}

// elsewhere names the place of a reason that is not the finding's own.
func elsewhere(l, own *finding.Location) string {
	if l == nil || l.File == "" || (own != nil && l.File == own.File && l.StartLine == own.StartLine) {
		return ""
	}
	return " (" + place(l) + ")"
}

func samePlace(a, b *finding.Location) bool {
	return a != nil && b != nil && a.File == b.File && a.StartLine == b.StartLine && a.StartColumn == b.StartColumn
}

func severityStyle(s finding.Severity) style {
	switch s {
	case finding.Critical, finding.High:
		return red
	case finding.Medium:
		return yellow
	case finding.Low:
	}
	return cyan
}
