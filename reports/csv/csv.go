// Package csv renders the findings of an assessment as comma-separated values, for people who share a spreadsheet.
//
// The form is that of RFC 4180: CRLF line ends, a header line, a quote wherever one is needed; the text is UTF-8 without a byte-order
// mark. One row is one finding, also those that pass, in the order of the assessment.
//
// A spreadsheet runs a cell that begins with = + - or @ as a formula, and names come from the audited world. Such a cell begins with an
// apostrophe here, which spreadsheets take as "this is text".
package csv

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// Spec is the csv format.
var Spec = reports.Spec{
	Name: "csv", Doc: "every finding as a row, for a spreadsheet (RFC 4180)", New: func() reports.Renderer { return renderer{} },
}

type renderer struct{}

// Header returns the names of the columns. Columns are added at the end, never renamed, within a schema version of the assessment.
func Header() []string {
	return []string{
		"status", "severity", "check", "title", "entity", "kind", "plane", "scope", "name", "file", "line", "message", "expected", "actual",
		"attributes", "unknown", "controls", "remediation", "baseline", "waiver", "waiver_approver", "waiver_expires", "fingerprint",
	}
}

// Render writes the header and one row for each finding. A waived failure has the status "waived".
func (renderer) Render(w io.Writer, a *assess.Assessment, _ reports.Options) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(Header()); err != nil {
		return err
	}
	ix := view.NewIndex(a)
	for i := range a.Findings {
		if err := out.Write(row(&a.Findings[i], ix)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func row(f *finding.Finding, ix *view.Index) []string {
	status, file, line := string(f.Status), "", ""
	if f.Location != nil {
		file, line = f.Location.File, strconv.Itoa(f.Location.StartLine)
	}
	waiver := finding.Waiver{}
	if f.Waiver != nil {
		waiver = *f.Waiver
		if f.Status == finding.Fail {
			status = "waived"
		}
	}
	baseline := ""
	if f.Baseline != nil {
		baseline = *f.Baseline
	}
	unknown := make([]string, len(f.Unknown))
	for i, u := range f.Unknown {
		unknown[i] = u.Path + " (" + string(u.Reason) + ": " + u.Detail + ")"
	}
	cells := []string{
		status, string(f.Severity), f.Check, f.Title, f.Entity.ID, f.Entity.Kind, string(f.Entity.Plane), f.Entity.Scope, f.Entity.Name, file, line,
		f.Message, f.Expected, f.Actual, strings.Join(f.Attributes, "; "), strings.Join(unknown, "; "), strings.Join(ix.Citations(f), "; "),
		f.Remediation, baseline, waiver.ID, waiver.Approver, waiver.Expires, f.Fingerprint,
	}
	for i := range cells {
		cells[i] = Neutral(cells[i])
	}
	return cells
}

// Neutral makes a cell that a spreadsheet cannot run: invisible characters become visible, line ends and tabs become spaces, and a cell
// that would be a formula (also behind spaces, and with the full-width forms of the signs) begins with an apostrophe.
func Neutral(cell string) string {
	text := view.Clean(cell)
	const signs = "=+-@＝＋－＠"
	if trimmed := strings.TrimLeft(text, " \u00a0\u3000"); trimmed != "" && strings.ContainsAny(firstRune(trimmed), signs) {
		return "'" + text
	}
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") || strings.HasPrefix(cell, "\n") {
		return "'" + text
	}
	return text
}

func firstRune(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
