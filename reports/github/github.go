// Package github writes what a step of a GitHub Actions job hands over: workflow commands that annotate lines of a pull request, and the
// outputs that later steps read. It is no report format of its own: the step summary and the comment are the markdown format.
//
// The runner reads both line by line, so a name from the audited world could end a line and begin a command of its own. Annotations escape
// as the runner decodes (% CR LF everywhere, also : and , in properties), and outputs are written between delimiters that their value cannot
// hold.
//
// Reference: GitHub Docs, "Workflow commands for GitHub Actions".
package github

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// PerStep is how many annotations of each level GitHub shows of one step.
const PerStep = 10

// maxMessage bounds an annotation's message, in characters; GitHub takes 4 KB.
const maxMessage = 1200

// Annotations writes workflow commands for the failures that the change introduces (without a baseline, for all): an error where the failure
// decides the exit code, else a warning. Where an incomplete audit fails the run, what could not be decided is a warning too. Findings on
// lines of the diff come first, then the most severe; a notice says how many are left out.
func Annotations(w io.Writer, a *assess.Assessment, o reports.Options, diff Diff) error {
	groups := view.Fold(view.Select(a, func(f *finding.Finding) bool { return annotated(f, o) }))
	slices.SortStableFunc(groups, func(x, y view.Group) int { return diff.rank(x.First()) - diff.rank(y.First()) })
	ix := view.NewIndex(a)
	shown := map[string]int{}
	left := 0
	for _, g := range groups {
		level := levelOf(g.First(), o)
		if shown[level] == PerStep {
			left++
			continue
		}
		shown[level]++
		if _, err := io.WriteString(w, annotation(level, g, ix)); err != nil {
			return err
		}
	}
	if left == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "::notice title=Assay::%s\n", data(view.Count(left, "more finding")+" without an annotation; the step summary has them"))
	return err
}

func annotated(f *finding.Finding, o reports.Options) bool {
	if f.Status == finding.Unknown {
		return o.FailOnIncomplete && !f.Deferred
	}
	return f.Decides()
}

func levelOf(f *finding.Finding, o reports.Options) string {
	if f.Status == finding.Fail && o.FailOn != "" && f.Severity.Rank() >= o.FailOn.Rank() {
		return "error"
	}
	return "warning"
}

func annotation(level string, g view.Group, ix *view.Index) string {
	f := g.First()
	var props []string
	if l := f.Location; l != nil && l.File != "" {
		props = append(props, "file="+property(l.File))
		if l.StartLine > 0 {
			props = append(props, "line="+strconv.Itoa(l.StartLine), "endLine="+strconv.Itoa(max(l.StartLine, l.EndLine)))
			if l.StartLine == l.EndLine && l.StartColumn > 0 && l.EndColumn > l.StartColumn {
				props = append(props, "col="+strconv.Itoa(l.StartColumn), "endColumn="+strconv.Itoa(l.EndColumn))
			}
		}
	}
	word := string(f.Severity)
	if f.Status == finding.Unknown {
		word = "not decided"
	}
	props = append(props, "title="+property(fmt.Sprintf("%s %s: %s", word, f.Check, f.Title)))
	return fmt.Sprintf("::%s %s::%s\n", level, strings.Join(props, ","), data(message(g, ix)))
}

// message says what is wrong with which entity, why it matters, and what to change.
func message(g view.Group, ix *view.Index) string {
	f := g.First()
	lines := []string{view.Clean(g.Subject() + ": " + f.Message)}
	if f.Expected != "" && f.Actual != "" {
		lines = append(lines, view.Clean("Expected "+f.Expected+"; actual "+f.Actual))
	}
	for _, u := range f.Unknown {
		lines = append(lines, view.Clean(fmt.Sprintf("Not known: %s, %s. To decide: %s", u.Path, view.Reason(u.Reason), view.Decides(u.Reason))))
	}
	const most = 3
	if cites := ix.Citations(f); len(cites) > 0 {
		lines = append(lines, view.Clean("Why: "+strings.Join(cites[:min(len(cites), most)], ", ")+" ("+view.Consequence(f)+")"))
	}
	if f.Remediation != "" {
		lines = append(lines, view.Clean("Fix: "+f.Remediation))
	}
	text := []rune(strings.Join(lines, "\n"))
	if len(text) > maxMessage {
		return string(text[:maxMessage-1]) + "…"
	}
	return string(text)
}

// data escapes a command's message.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// property escapes the value of a command's property.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(view.Clean(s))
}

// Output is one output of a step.
type Output struct {
	Name  string // letters, digits, hyphens; chosen by us, never from outside
	Value string
}

// Outputs writes lines for the file that GITHUB_OUTPUT names. Every value stands between two lines with a delimiter that comes from the
// value's own digest, so that no value can hold it and the same outputs give the same bytes.
func Outputs(w io.Writer, outputs []Output) error {
	for _, o := range outputs {
		mark := delimiter(o.Value)
		if _, err := fmt.Fprintf(w, "%s<<%s\n%s\n%s\n", o.Name, mark, o.Value, mark); err != nil {
			return err
		}
	}
	return nil
}

// delimiter is a word that does not occur in the value. That a value holds the digest of itself cannot be excluded by logic, so it is tested.
func delimiter(value string) string {
	sum := sha256.Sum256([]byte(value))
	for {
		mark := "assay_" + hex.EncodeToString(sum[:16])
		if !strings.Contains(value, mark) {
			return mark
		}
		sum = sha256.Sum256(sum[:])
	}
}

// Counts are the outputs that count findings.
func Counts(a *assess.Assessment) []Output {
	added := 0
	for i := range a.Findings {
		if a.Findings[i].Decides() {
			added++
		}
	}
	c := a.Summary.Findings
	return []Output{
		{"new-count", strconv.Itoa(added)},
		{"fail-count", strconv.Itoa(c.Fail)},
		{"unknown-count", strconv.Itoa(c.Unknown)},
		{"waived-count", strconv.Itoa(c.Waived)},
	}
}

// Verdict is the word for an exit code.
func Verdict(code int) string {
	switch code {
	case 0:
		return "no-failure"
	case 1:
		return "failures"
	case 2:
		return "error"
	case 3:
		return "incomplete"
	}
	return "internal-error"
}
