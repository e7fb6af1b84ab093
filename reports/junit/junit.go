// Package junit renders an assessment as JUnit XML, for the test dashboards of CI systems.
//
// There is one suite for each framework, and in it one test case for each check and entity whose check the framework maps: its class name
// is the check's id, its name the entity with its scope. Findings that no selected framework maps are in a suite of their own, "unmapped".
//
// How a verdict becomes the state of a test case:
//
//	pass            passed
//	fail            failure, its type the severity
//	fail, waived    skipped; the message names the waiver
//	unknown         skipped, or an error where the run fails on an incomplete audit (--fail-on-incomplete)
//	review          skipped: a person must judge
//	not_applicable  skipped
//
// An unknown is so never a passed test, and it turns a dashboard red in just those runs in which it fails the job.
//
// A test case that is no more has no place among the test cases: the failures of the baseline that are proved gone are listed in the
// system-out of the suites that would have held them, and counted in the property baseline_fixed. The name and time of the baseline
// are properties too.
//
// JUnit XML has no standard. The form here satisfies the strictest schema in use, that of the Ant task as Windy Road wrote it down: it wants
// properties, system-out, system-err, a host name and a time in every suite. No time is measured, so each is 0; the host is localhost.
package junit

import (
	"cmp"
	"encoding/xml"
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

// Spec is the junit format.
var Spec = reports.Spec{
	Name: "junit", Doc: "a test suite for each framework (JUnit XML), for CI dashboards", New: func() reports.Renderer { return renderer{} },
}

// unmapped is the suite of findings that no selected framework maps.
const unmapped = "unmapped"

type renderer struct{}

type document struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []suite  `xml:"testsuite"`
}

// suite is a testsuite element; the order of the fields is that of the schema.
type suite struct {
	Package    string     `xml:"package,attr"`
	ID         int        `xml:"id,attr"`
	Name       string     `xml:"name,attr"`
	Timestamp  string     `xml:"timestamp,attr"`
	Hostname   string     `xml:"hostname,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Time       string     `xml:"time,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []testcase `xml:"testcase"`
	SystemOut  string     `xml:"system-out"`
	SystemErr  string     `xml:"system-err"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

// testcase holds at most one of Skipped, Error and Failure.
type testcase struct {
	Name      string  `xml:"name,attr"`
	Classname string  `xml:"classname,attr"`
	Time      string  `xml:"time,attr"`
	Skipped   *result `xml:"skipped"`
	Error     *result `xml:"error"`
	Failure   *result `xml:"failure"`
}

type result struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",cdata"`
}

// Render writes the suites in the order of the assessment's frameworks, and the test cases in the order of its findings.
func (renderer) Render(w io.Writer, a *assess.Assessment, o reports.Options) error {
	ix := view.NewIndex(a)
	doc := document{}
	for _, f := range a.Frameworks {
		s := newSuite(a, f.ID)
		s.Properties = append(s.Properties, property{"framework", view.Clean(f.Title)}, property{"framework_version", view.Clean(f.Version)})
		for i := range a.Findings {
			if refs := refsOf(&a.Findings[i], f.ID); len(refs) > 0 {
				s.add(&a.Findings[i], ix, refs, o)
			}
		}
		s.fixed(a.Baseline, func(b *finding.Finding) bool { return len(refsOf(b, f.ID)) > 0 })
		doc.add(s)
	}
	rest := newSuite(a, unmapped)
	for i := range a.Findings {
		if len(a.Findings[i].Controls) == 0 {
			rest.add(&a.Findings[i], ix, nil, o)
		}
	}
	rest.fixed(a.Baseline, func(b *finding.Finding) bool { return !mapped(b, a.Frameworks) })
	if rest.Tests > 0 || rest.SystemOut != "" {
		doc.add(rest)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (d *document) add(s *suite) {
	s.ID = len(d.Suites)
	d.Suites = append(d.Suites, *s)
}

func newSuite(a *assess.Assessment, name string) *suite {
	return &suite{
		Package: "assay", Name: view.Clean(name), Timestamp: a.AsOf.UTC().Format("2006-01-02T15:04:05"), Hostname: "localhost", Time: "0",
		Properties: []property{
			{"tool", view.Clean(a.Tool.Name + " " + a.Tool.Version)},
			{"profile", view.Clean(a.Profile)},
			{"policies_digest", view.Clean(a.PoliciesDigest)},
			{"snapshot_digest", view.Clean(a.SnapshotDigest)},
		},
	}
}

// refsOf are the finding's controls in the framework.
func refsOf(f *finding.Finding, framework string) []finding.ControlRef {
	var out []finding.ControlRef
	for _, r := range f.Controls {
		if r.Framework == framework {
			out = append(out, r)
		}
	}
	return out
}

// mapped reports whether one of the frameworks maps the finding.
func mapped(f *finding.Finding, frameworks []assess.FrameworkInfo) bool {
	return slices.ContainsFunc(frameworks, func(fw assess.FrameworkInfo) bool { return len(refsOf(f, fw.ID)) > 0 })
}

// fixed says which failures of the baseline are gone, of those that belong to the suite.
func (s *suite) fixed(b *assess.Baseline, belongs func(*finding.Finding) bool) {
	if b == nil {
		return
	}
	var lines []string
	for i := range b.Fixed {
		f := &b.Fixed[i]
		if !belongs(f) {
			continue
		}
		line := f.Check + ": " + f.Entity.ID + " [" + f.Entity.Scope + "]"
		if f.Location != nil && f.Location.File != "" {
			line += fmt.Sprintf(" at %s:%d", f.Location.File, f.Location.StartLine)
		}
		lines = append(lines, view.Clean(line))
	}
	s.Properties = append(s.Properties,
		property{"baseline", view.Clean(b.Name)}, property{"baseline_as_of", b.AsOf.UTC().Format("2006-01-02T15:04:05")},
		property{"baseline_fixed", strconv.Itoa(len(lines))})
	if len(lines) > 0 {
		s.SystemOut = "Fixed since the baseline " + view.Clean(b.Name) + ":\n" + strings.Join(lines, "\n") + "\n"
	}
}

func (s *suite) add(f *finding.Finding, ix *view.Index, refs []finding.ControlRef, o reports.Options) {
	c := testcase{Name: view.Clean(f.Entity.ID + " [" + f.Entity.Scope + "]"), Classname: view.Clean(f.Check), Time: "0"}
	res := &result{Message: view.Clean(f.Message), Text: body(f, ix, refs)}
	switch {
	case f.Failing():
		res.Type = view.Clean(cmp.Or(string(f.Severity), "failure"))
		c.Failure = res
		s.Failures++
	case f.Status == finding.Unknown && o.FailOnIncomplete && !f.Deferred:
		res.Type = "unknown"
		c.Error = res
		s.Errors++
	case f.Status != finding.Pass:
		res.Message = skipped(f)
		c.Skipped = res
		s.Skipped++
	}
	s.Tests++
	s.Cases = append(s.Cases, c)
}

// skipped says why a test case has no result.
func skipped(f *finding.Finding) string {
	word := view.Words(string(f.Status))
	switch {
	case f.Waiver != nil:
		word = fmt.Sprintf("waived by %s until %s", f.Waiver.ID, f.Waiver.Expires)
	case f.Deferred:
		word = "unknown, left to a later audit"
	case f.Status == finding.Review:
		word = "a person must judge"
	}
	return view.Clean(word + ": " + f.Message)
}

// body is the text of a result: where, expected and actual, what is not known, which controls, and the fix.
func body(f *finding.Finding, ix *view.Index, refs []finding.ControlRef) string {
	var lines []string
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, view.Clean(label+": "+text))
		}
	}
	add(string(f.Severity), f.Title)
	if f.Location != nil && f.Location.File != "" {
		add("at", fmt.Sprintf("%s:%d", f.Location.File, f.Location.StartLine))
	}
	add("message", f.Message)
	add("expected", f.Expected)
	add("actual", f.Actual)
	for _, u := range f.Unknown {
		add("not known", fmt.Sprintf("%s (%s) %s", u.Path, u.Reason, u.Detail))
	}
	if f.Waiver != nil {
		add("waiver", fmt.Sprintf("%s, approved by %s: %s", f.Waiver.ID, f.Waiver.Approver, f.Waiver.Reason))
	}
	for _, r := range refs {
		add("control", ix.Citation(r.Framework, r.ID)+", "+r.Strength)
	}
	add("fix", f.Remediation)
	return strings.ToValidUTF8(strings.Map(allowed, "\n"+strings.Join(lines, "\n")+"\n"), "\uFFFD")
}

// allowed replaces the two characters that no XML document may hold and that are not controls: a CDATA section cannot escape them.
func allowed(r rune) rune {
	if r == '\uFFFE' || r == '\uFFFF' {
		return '\uFFFD'
	}
	return r
}
