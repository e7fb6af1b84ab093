// Package sarif renders an assessment as SARIF 2.1.0, in the profile described by sarifdoc.CodeScanning.
package sarif

import (
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/sarifdoc"
)

// Spec is the sarif format.
var Spec = reports.Spec{
	Name: "sarif", Doc: "failures for code scanning (SARIF 2.1.0)", New: func() reports.Renderer { return renderer{} },
}

type renderer struct{}

// Render writes one SARIF log with one run.
func (renderer) Render(w io.Writer, a *assess.Assessment, o reports.Options) error {
	return sarifdoc.CodeScanning(w, a, o)
}
