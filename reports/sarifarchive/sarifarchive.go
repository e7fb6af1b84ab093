// Package sarifarchive renders an assessment as SARIF 2.1.0, in the profile described by sarifdoc.Archive.
package sarifarchive

import (
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/sarifdoc"
)

// Spec is the sarif-archive format.
var Spec = reports.Spec{
	Name: "sarif-archive", Doc: "every verdict in SARIF 2.1.0, with the frameworks as taxonomies, for archives",
	New: func() reports.Renderer { return renderer{} },
}

type renderer struct{}

// Render writes one SARIF log with one run.
func (renderer) Render(w io.Writer, a *assess.Assessment, o reports.Options) error {
	return sarifdoc.Archive(w, a, o)
}
