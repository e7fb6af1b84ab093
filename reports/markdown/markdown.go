// Package markdown renders an assessment for a pull request: as the body of a comment, and as the summary of a CI step.
//
// The reader is the engineer who made the change. New failures come first, each with the line that causes it, why it matters and what to
// change; then the controls that they touch, waivers about to expire, and what could not be decided with what would decide it. What was
// there before the change is one collapsed line a check. GitHub takes at most 65,536 characters in a comment; what does not fit is left out
// from the end of each list, and the report says how many.
//
// Names come from the audited world, and a comment is read by people who can approve a change. Whatever is not a plain word is quoted in a
// code span or a code fence, in which GitHub makes no link, mentions nobody and reads no HTML. The report has no link of its own.
package markdown

import (
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// Spec is the markdown format.
var Spec = reports.Spec{
	Name: "markdown", Doc: "new failures first, for a pull-request comment or a step summary (at most 64 KB)",
	New: func() reports.Renderer { return Renderer{Limit: CommentBytes} },
}

// The sizes of the two uses, in bytes. A comment has room left for the line by which it is found again.
const (
	CommentBytes = 62_000    // GitHub: 65,536 characters
	SummaryBytes = 1_000_000 // GitHub: 1,024 KiB a step
)

// Renderer writes Markdown of at most Limit bytes. A few kilobytes are always needed: headings and counts are never left out.
type Renderer struct {
	Limit int
}

// Render writes the report.
func (r Renderer) Render(w io.Writer, a *assess.Assessment, o reports.Options) error {
	rep := report{a: a, o: o, ix: view.NewIndex(a)}
	_, err := io.WriteString(w, fit(rep.head(), rep.sections(), rep.foot(), r.Limit))
	return err
}
