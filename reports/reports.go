// Package reports defines what a report format is. Each folder below this one renders an assessment in one format and exports
// its [Spec].
//
// A renderer reads the assessment and nothing else: no files, no clock, no network. The same assessment gives the same bytes.
package reports

import (
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
)

// Options say how to render.
type Options struct {
	// Color allows ANSI colours; only for a terminal.
	Color bool
	// Width is the width of the terminal in columns; 0 where the output is none.
	Width int
	// FailOnIncomplete is true where unknown findings count against the run; code scanning then shows them too.
	FailOnIncomplete bool
	// FailOn is the severity from which failures decide the exit code; "" where none do.
	FailOn finding.Severity
	// ConfigFile is the configuration that named the targets, for findings that have no file of their own; "" without one.
	ConfigFile string
}

// Renderer writes an assessment in one format.
type Renderer interface {
	Render(w io.Writer, a *assess.Assessment, o Options) error
}

// Spec describes a format.
type Spec struct {
	Name string // as in --output
	Doc  string // one phrase
	// Binary formats are not written to a terminal.
	Binary bool
	New    func() Renderer
}

//go:generate go run ../internal/gen/specs github.com/assay-audit/assay/reports all
