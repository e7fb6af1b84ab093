// Package view holds what every report format needs to say of an assessment: the order in which a reader wants failures, the words for
// statuses, the citations of controls, and the neutralising of text that an attacker may have chosen.
//
// Names, messages and files come from the audited world. A bucket can be named so that it moves a terminal's cursor, closes a script
// element or turns the reading direction of a line. [Clean] makes every such character visible before it reaches an output.
package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// Clean returns text on one line with every character made visible that a terminal or a reader could be deceived with: controls (ANSI
// escapes start with one), formatting such as bidirectional overrides and zero-width characters, and bytes that are not UTF-8. Line ends
// and tabs become spaces.
func Clean(s string) string {
	if clean(s) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case harmless(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// CleanLines is Clean for text of several lines, which stay.
func CleanLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = Clean(l)
	}
	return strings.Join(lines, "\n")
}

func clean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return !strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !harmless(r) })
		}
	}
	return true
}

// harmless is false for the characters that have an effect and no shape.
func harmless(r rune) bool {
	return !unicode.IsControl(r) && !unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}

// Words turns an identifier such as no_gap_found into words.
func Words(id string) string { return strings.ReplaceAll(id, "_", " ") }

// Count writes a number and its noun; the plural adds an s.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return Number(n) + " " + noun + "s"
}

// Number writes n with a comma between thousands.
func Number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Worst compares findings in the order in which a reader wants them: most severe first, then by file and line, check, scope and entity.
// It is total over the findings of one assessment.
func Worst(a, b *finding.Finding) int {
	return cmp.Or(
		cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(Place(a), Place(b)), cmp.Compare(line(a), line(b)),
		cmp.Compare(a.Check, b.Check), cmp.Compare(a.Entity.Scope, b.Entity.Scope), cmp.Compare(a.Entity.ID, b.Entity.ID),
		cmp.Compare(a.Fingerprint, b.Fingerprint),
	)
}

// Select returns the findings that keep wants, the worst first.
func Select(a *assess.Assessment, keep func(*finding.Finding) bool) []*finding.Finding {
	var out []*finding.Finding
	for i := range a.Findings {
		if keep(&a.Findings[i]) {
			out = append(out, &a.Findings[i])
		}
	}
	slices.SortStableFunc(out, Worst)
	return out
}

// Place is the file of a finding, or the scope of one that has no file.
func Place(f *finding.Finding) string {
	if f.Location != nil && f.Location.File != "" {
		return f.Location.File
	}
	return f.Entity.Scope
}

func line(f *finding.Finding) int {
	if f.Location == nil {
		return 0
	}
	return f.Location.StartLine
}

// Index finds what findings refer to: controls and checks.
type Index struct {
	controls map[[2]string]*assess.Control
	checks   map[string]*assess.CheckInfo
}

// NewIndex indexes an assessment.
func NewIndex(a *assess.Assessment) *Index {
	ix := &Index{make(map[[2]string]*assess.Control, len(a.Controls)), make(map[string]*assess.CheckInfo, len(a.Checks))}
	for i := range a.Controls {
		c := &a.Controls[i]
		ix.controls[[2]string{c.Framework, c.ID}] = c
	}
	for i := range a.Checks {
		ix.checks[a.Checks[i].ID] = &a.Checks[i]
	}
	return ix
}

// Control returns the control's result, nil for one that the assessment does not have.
func (ix *Index) Control(framework, id string) *assess.Control {
	return ix.controls[[2]string{framework, id}]
}

// Check returns what is said of the check, nil for one that the assessment does not have.
func (ix *Index) Check(id string) *assess.CheckInfo { return ix.checks[id] }

// Citation is the control as people cite it.
func (ix *Index) Citation(framework, id string) string {
	if c := ix.Control(framework, id); c != nil && c.Citation != "" {
		return c.Citation
	}
	return framework + " " + id
}

// Citations lists the controls of a finding as people cite them, direct ones first.
func (ix *Index) Citations(f *finding.Finding) []string {
	var direct, supporting []string
	for _, r := range f.Controls {
		if r.Strength == "direct" {
			direct = append(direct, ix.Citation(r.Framework, r.ID))
		} else {
			supporting = append(supporting, ix.Citation(r.Framework, r.ID))
		}
	}
	return append(direct, supporting...)
}

// Consequence says in one phrase what a failure of the finding means for the controls it maps to.
func Consequence(f *finding.Finding) string {
	direct := slices.ContainsFunc(f.Controls, func(r finding.ControlRef) bool { return r.Strength == "direct" })
	switch {
	case direct:
		return "by itself a finding against them"
	case len(f.Controls) > 0:
		return "puts them at risk"
	}
	return ""
}

// Reason says in words why a value is not known.
func Reason(r evidence.Reason) string {
	switch r {
	case evidence.NotCollected:
		return "the source was not part of this run"
	case evidence.AccessDenied:
		return "permission was refused"
	case evidence.Throttled:
		return "the rate limit was not lifted within the retries"
	case evidence.APIError:
		return "the call failed, also when repeated"
	case evidence.Unsupported:
		return "a region, engine or distribution that is not handled"
	case evidence.Computed:
		return "known only after the Terraform code is applied"
	case evidence.Unresolved:
		return "an expression in the code that cannot be resolved without running Terraform"
	case evidence.NotInPlane:
		return "this kind of source cannot say it"
	case evidence.ParseError:
		return "a file or an answer is malformed"
	case evidence.Unlinked:
		return "what it refers to was not found"
	case evidence.Stale:
		return "the evidence is too old"
	case evidence.Truncated:
		return "a limit was reached"
	case evidence.Redacted:
		return "withheld on purpose"
	case evidence.NotAttested:
		return "the record has no such field"
	}
	return ""
}
