// Package json renders the machine contract: one object with findings, controls, coverage and waivers.
//
// The fields are those of product.md; schema.json in this folder describes them. Programs may rely on it: fields are added,
// never changed, within a schema version.
package json

import (
	"encoding/json"
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
)

// Spec is the json format.
var Spec = reports.Spec{
	Name: "json", Doc: "the whole assessment as one JSON object, for machines", New: func() reports.Renderer { return renderer{} },
}

type renderer struct{}

// Render writes the assessment as indented JSON.
func (renderer) Render(w io.Writer, a *assess.Assessment, _ reports.Options) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(a)
}
