package lsp

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/fix"
)

// result is an audit as an editor shows it.
type result struct {
	root       string
	files      map[string][]mark // by URI, in order of place
	assessment *assess.Assessment
	scanned    map[string]*scanned // by URI
}

// mark is a diagnostic and the finding behind it; nil for a problem with reading the file.
type mark struct {
	diagnostic diagnostic
	finding    *finding.Finding
}

// scanned is a file as the audit read it.
type scanned struct {
	sha256 string
	lines  []string // of its redacted text; secrets change columns only behind them, on the same line
}

func newResult(root string, a *assess.Assessment, snap *evidence.Snapshot) *result {
	r := &result{root: root, files: map[string][]mark{}, assessment: a, scanned: map[string]*scanned{}}
	for _, f := range snap.Files {
		r.scanned[r.uri(f.Path)] = &scanned{f.SHA256, strings.Split(f.Text, "\n")}
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		if !f.Failing() || f.Location == nil || f.Location.File == "" {
			continue
		}
		uri := r.uri(f.Location.File)
		r.files[uri] = append(r.files[uri], mark{r.diagnose(uri, f), f})
	}
	for i := range a.Sources {
		for _, p := range a.Sources[i].Problems {
			if p.Locator.File == "" {
				continue
			}
			uri := r.uri(p.Locator.File)
			r.files[uri] = append(r.files[uri], mark{diagnostic: r.problem(uri, p)})
		}
	}
	for _, marks := range r.files {
		slices.SortStableFunc(marks, func(a, b mark) int {
			x, y := a.diagnostic, b.diagnostic
			return cmp.Or(compare(x.Range.Start, y.Range.Start), cmp.Compare(x.Severity, y.Severity), cmp.Compare(x.Code, y.Code))
		})
	}
	return r
}

func (r *result) uri(file string) string {
	if !filepath.IsAbs(file) {
		file = filepath.Join(r.root, filepath.FromSlash(file))
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
}

// pathOf is the path of a file URI.
func pathOf(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", err
	}
	if u.Scheme != "file" || u.Path == "" {
		return "", errors.New(uri + " is no file on this machine")
	}
	return filepath.FromSlash(u.Path), nil
}

func (r *result) diagnose(uri string, f *finding.Finding) diagnostic {
	d := diagnostic{
		Range: r.place(uri, f.Location.StartLine, f.Location.StartColumn, f.Location.EndLine, f.Location.EndColumn), Severity: severityOf(f.Severity),
		Code: f.Check, Source: "assay", Message: f.Message,
	}
	if f.Expected != "" && f.Actual != "" && len(f.Reasons) < 2 {
		d.Message += fmt.Sprintf("\nExpected: %s\nActual: %s", f.Expected, f.Actual)
	}
	for i := range f.Reasons {
		l := f.Reasons[i].Location
		if i == 0 || l == nil || l.File == "" {
			continue
		}
		other := r.uri(l.File)
		d.Related = append(d.Related, relatedInfo{
			location{other, r.place(other, l.StartLine, l.StartColumn, l.EndLine, l.EndColumn)}, f.Reasons[i].Message,
		})
	}
	return d
}

// problem says what could not be read: what depends on it is unknown, and no failure shows it.
func (r *result) problem(uri string, p evidence.Problem) diagnostic {
	l := p.Locator
	d := diagnostic{
		Range: r.place(uri, l.Line, l.Column, l.EndLine, l.EndColumn), Severity: severityWarning, Code: p.Code, Source: "assay", Message: p.Summary,
	}
	if p.Detail != "" {
		d.Message += "\n" + p.Detail
	}
	return d
}

func severityOf(s finding.Severity) int {
	switch s {
	case finding.Critical, finding.High:
		return severityError
	case finding.Medium:
		return severityWarning
	case finding.Low:
	}
	return severityInfo
}

// place turns lines and columns that count from 1, columns in characters, into a range. Without columns it is the lines as a whole.
func (r *result) place(uri string, line, column, endLine, endColumn int) textRange {
	var lines []string
	if f := r.scanned[uri]; f != nil {
		lines = f.lines
	}
	line = max(line, 1)
	endLine = max(endLine, line)
	if endColumn < 1 {
		const wholeLine = 1 << 20
		endColumn = wholeLine
	}
	return textRange{convert(lines, line, max(column, 1)), convert(lines, endLine, endColumn)}
}

// convert turns a line and a column into a position: columns count characters from 1, the protocol counts UTF-16 code units from 0. A column
// behind the end of its line is its end. Where a reader sees one character in several (an accent of its own), the place is a few too
// far to the left, which no edit is: they begin and end with lines and blocks.
func convert(lines []string, line, column int) position {
	if line > len(lines) {
		return position{line - 1, 0}
	}
	text := []rune(strings.TrimSuffix(lines[line-1], "\r"))
	return position{line - 1, len(utf16.Encode(text[:min(column-1, len(text))]))}
}

func compare(a, b position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Character, b.Character))
}

// at returns the marks that touch a range; none before the first audit.
func (r *result) at(uri string, where textRange) []mark {
	if r == nil {
		return nil
	}
	var out []mark
	for _, m := range r.files[uri] {
		if compare(m.diagnostic.Range.Start, where.End) <= 0 && compare(where.Start, m.diagnostic.Range.End) <= 0 {
			out = append(out, m)
		}
	}
	return out
}

// explain writes Markdown: the check, why it matters, the controls that it bears on, and what to do.
func (r *result) explain(marks []mark) string {
	parts := make([]string, 0, len(marks))
	for _, m := range marks {
		if f := m.finding; f != nil {
			parts = append(parts, r.explainFinding(f))
		} else {
			parts = append(parts, escape(m.diagnostic.Message))
		}
	}
	return strings.Join(parts, "\n\n---\n\n")
}

func (r *result) explainFinding(f *finding.Finding) string {
	parts := []string{fmt.Sprintf("**%s** (%s, `%s`)", escape(f.Title), f.Severity, f.Check), escape(f.Message)}
	for i := range r.assessment.Checks {
		if c := &r.assessment.Checks[i]; c.ID == f.Check {
			parts = append(parts, escape(c.Rationale))
		}
	}
	if list := r.controls(f); list != "" {
		parts = append(parts, list)
	}
	if f.Remediation != "" {
		parts = append(parts, "*What to do:* "+escape(f.Remediation))
	}
	return strings.Join(parts, "\n\n")
}

// controls lists the controls that the finding bears on, with our summary of each.
func (r *result) controls(f *finding.Finding) string {
	var lines []string
	for _, ref := range f.Controls {
		for i := range r.assessment.Controls {
			c := &r.assessment.Controls[i]
			if c.Framework != ref.Framework || c.ID != ref.ID {
				continue
			}
			line := fmt.Sprintf("- **%s** %s (%s)", escape(cmp.Or(c.Citation, c.ID)), escape(c.Title), ref.Strength)
			if c.Summary != "" {
				line += ": " + escape(c.Summary)
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// escape makes text from the audited world plain in Markdown.
func escape(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune("\\`*_{}[]<>#|~!&", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// changes turns edits into those of the protocol, by file; false where a file no longer holds what was scanned, or cannot be read.
func (s *server) changes(edits []finding.Edit) (map[string][]textEdit, bool) {
	out := map[string][]textEdit{}
	for _, e := range edits {
		uri := s.result.uri(e.File)
		text, ok := s.text(uri)
		was := s.result.scanned[uri]
		if !ok || was == nil || fix.Digest([]byte(text)) != was.sha256 {
			return nil, false
		}
		lines := strings.Split(text, "\n")
		out[uri] = append(out[uri], textEdit{
			Range:   textRange{convert(lines, e.StartLine, e.StartColumn), convert(lines, e.EndLine, e.EndColumn)},
			NewText: e.Replacement,
		})
	}
	return out, len(out) > 0
}
