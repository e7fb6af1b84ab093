package junit_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/sample"
	"github.com/assay-audit/assay/reports/junit"
)

var update = flag.Bool("update", false, "write the golden file")

func render(t *testing.T, a *assess.Assessment, o reports.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := junit.Spec.New().Render(&b, a, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, a, reports.Options{})
	golden := filepath.Join("testdata", "sample.xml")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("the report changed; look at it and run with -update (-want +got):\n%s", d)
	}
	if render(t, a, reports.Options{}) != got {
		t.Error("a second rendering differs")
	}
	for _, problem := range invalid(got) {
		t.Error(problem)
	}
	for _, problem := range invalid(render(t, a, reports.Options{FailOnIncomplete: true})) {
		t.Error(problem)
	}
	for _, problem := range invalid(render(t, &assess.Assessment{}, reports.Options{})) {
		t.Error(problem)
	}
}

// Every verdict has the state that the package comment promises.
func TestStates(t *testing.T) {
	t.Parallel()
	at := func(id string, s finding.Status, change func(*finding.Finding)) finding.Finding {
		f := finding.Finding{
			Check: "enc.at_rest", Status: s, Severity: finding.High, Entity: finding.Entity{ID: id, Scope: "tf:x"}, Message: "said",
			Controls: []finding.ControlRef{{Framework: "gdpr", ID: "Art. 32", Strength: "direct"}},
		}
		change(&f)
		return f
	}
	same := func(*finding.Finding) {}
	a := &assess.Assessment{
		Frameworks: []assess.FrameworkInfo{{ID: "gdpr", Title: "GDPR"}, {ID: "other"}},
		Findings: []finding.Finding{
			at("pass", finding.Pass, same), at("fail", finding.Fail, same),
			at("waived", finding.Fail, func(f *finding.Finding) { f.Waiver = &finding.Waiver{ID: "W-1", Expires: "2027-01-01"} }),
			at("unknown", finding.Unknown, same), at("later", finding.Unknown, func(f *finding.Finding) { f.Deferred = true }),
			at("review", finding.Review, same), at("na", finding.NotApplicable, same),
			at("free", finding.Fail, func(f *finding.Finding) { f.Controls = nil }),
		},
	}
	for _, tc := range []struct {
		options reports.Options
		want    map[string]string
	}{
		{reports.Options{}, map[string]string{"unknown": "skipped unknown: said"}},
		{reports.Options{FailOnIncomplete: true}, map[string]string{"unknown": "error unknown said"}},
	} {
		want := map[string]string{
			"pass": "", "fail": "failure high said", "waived": "skipped waived by W-1 until 2027-01-01: said",
			"later": "skipped unknown, left to a later audit: said", "review": "skipped a person must judge: said",
			"na": "skipped not applicable: said", "free": "failure high said",
		}
		maps.Copy(want, tc.want)
		text := render(t, a, tc.options)
		got := map[string]string{}
		for _, s := range parse(t, text).children {
			for _, c := range s.all("testcase") {
				state := ""
				if len(c.children) == 1 {
					r := c.children[0]
					state = strings.Join(slices.DeleteFunc([]string{r.name, r.attrs["type"], r.attrs["message"]}, func(s string) bool { return s == "" }), " ")
				}
				got[strings.TrimSuffix(c.attrs["name"], " [tf:x]")] = state
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		for _, problem := range invalid(text) {
			t.Error(problem)
		}
	}
}

// Fixed failures of the baseline are named in the suites of the frameworks that map them, and in the last one where none does.
func TestFixed(t *testing.T) {
	t.Parallel()
	gone := func(id string, refs ...finding.ControlRef) finding.Finding {
		return finding.Finding{
			Check: "enc.at_rest", Status: finding.Fail, Entity: finding.Entity{ID: id, Scope: "tf:x"}, Controls: refs,
			Location: &finding.Location{File: "x/main.tf", StartLine: 7},
		}
	}
	a := &assess.Assessment{
		Frameworks: []assess.FrameworkInfo{{ID: "gdpr", Title: "GDPR"}, {ID: "other"}},
		Baseline: &assess.Baseline{Name: "main", Fixed: []finding.Finding{
			gone("mapped", finding.ControlRef{Framework: "gdpr", ID: "Art. 32"}), gone("free"),
			gone("unselected", finding.ControlRef{Framework: "iso", ID: "A.1"}),
		}},
	}
	text := render(t, a, reports.Options{})
	for _, problem := range invalid(text) {
		t.Error(problem)
	}
	got := map[string]string{}
	for _, s := range parse(t, text).children {
		counted := ""
		for _, p := range s.all("properties")[0].children {
			if p.attrs["name"] == "baseline_fixed" {
				counted = p.attrs["value"]
			}
		}
		got[s.attrs["name"]] = counted + " " + s.all("system-out")[0].text
	}
	want := map[string]string{
		"gdpr":     "1 Fixed since the baseline main:\nenc.at_rest: mapped [tf:x] at x/main.tf:7\n",
		"other":    "0 ",
		"unmapped": "2 Fixed since the baseline main:\nenc.at_rest: free [tf:x] at x/main.tf:7\nenc.at_rest: unselected [tf:x] at x/main.tf:7\n",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// No text breaks the document or leaves its attribute.
func FuzzText(f *testing.F) {
	for _, s := range []string{"]]>", `"><failure/>`, "\x00\x1b", "&amp;", "\xff", "<!--", "\u2028", "  a  b "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := &assess.Assessment{
			Tool: assess.Tool{Name: s}, Baseline: &assess.Baseline{Name: s, Fixed: []finding.Finding{{Check: s, Entity: finding.Entity{ID: s, Scope: s}}}}, Frameworks: []assess.FrameworkInfo{{ID: "f" + s, Title: s}},
			Findings: []finding.Finding{{
				Check: s, Entity: finding.Entity{ID: s, Scope: s}, Message: s, Status: finding.Fail, Severity: finding.Severity(s), Title: s,
				Location: &finding.Location{File: s}, Unknown: []finding.UnknownPath{{Path: s, Detail: s}},
			}},
		}
		text := render(t, a, reports.Options{})
		for _, problem := range invalid(text) {
			t.Error(problem)
		}
		if !utf8.ValidString(text) {
			t.Error("not UTF-8")
		}
	})
}

// element is a parsed XML element.
type element struct {
	name     string
	attrs    map[string]string
	children []*element
	text     string
}

func (e *element) all(name string) []*element {
	var out []*element
	for _, c := range e.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

func (e *element) names() string {
	names := make([]string, len(e.children))
	for i, c := range e.children {
		names[i] = c.name
	}
	return strings.Join(names, " ") + " "
}

func read(text string) (*element, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	root := &element{}
	stack := []*element{root}
	for {
		token, err := dec.Token()
		if token == nil {
			if !errors.Is(err, io.EOF) || len(root.children) != 1 {
				return nil, fmt.Errorf("%d roots: %w", len(root.children), err)
			}
			return root.children[0], nil
		}
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			stack[len(stack)-1].children = append(stack[len(stack)-1].children, e)
			stack = append(stack, e)
		case xml.CharData:
			stack[len(stack)-1].text += string(t)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
}

func parse(t *testing.T, text string) *element {
	t.Helper()
	e, err := read(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// rules restate what the schema of the Ant task's format asks of each element: the order of its children, and its attributes with the form
// of their values. A name that ends with ? is optional.
var rules = map[string]struct {
	children string
	attrs    map[string]string
}{
	"testsuites": {`^(testsuite )*$`, nil},
	"testsuite": {`^properties (testcase )*system-out system-err $`, map[string]string{
		"package": ``, "id": `^\d+$`, "name": `\S`, "timestamp": `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`, "hostname": `\S`,
		"tests": `^\d+$`, "failures": `^\d+$`, "errors": `^\d+$`, "skipped?": `^\d+$`, "time": `^\d+(\.\d+)?$`,
	}},
	"properties": {`^(property )*$`, nil},
	"property":   {`^$`, map[string]string{"name": `\S`, "value": ``}},
	"testcase":   {`^(skipped |error |failure )?$`, map[string]string{"name": ``, "classname": ``, "time": `^\d+(\.\d+)?$`}},
	"skipped":    {`^$`, map[string]string{"message?": ``}},
	"error":      {`^$`, map[string]string{"message?": ``, "type": ``}},
	"failure":    {`^$`, map[string]string{"message?": ``, "type": ``}},
	"system-out": {`^$`, nil},
	"system-err": {`^$`, nil},
}

// invalid lists what the schema would object to, and counts that are not those of the cases.
func invalid(text string) []string {
	root, err := read(text)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	if root.name != "testsuites" {
		out = append(out, "the root is "+root.name)
	}
	check(root, &out)
	for i, s := range root.children {
		count := map[string]int{}
		for _, c := range s.all("testcase") {
			count["tests"]++
			for _, r := range c.children {
				count[map[string]string{"skipped": "skipped", "error": "errors", "failure": "failures"}[r.name]]++
			}
		}
		for _, name := range []string{"tests", "failures", "errors", "skipped"} {
			if s.attrs[name] != strconv.Itoa(count[name]) {
				out = append(out, fmt.Sprintf("suite %d: %s is %s, and there are %d", i, name, s.attrs[name], count[name]))
			}
		}
		if s.attrs["id"] != strconv.Itoa(i) {
			out = append(out, fmt.Sprintf("suite %d has the id %s", i, s.attrs["id"]))
		}
	}
	return out
}

func check(e *element, out *[]string) {
	rule, ok := rules[e.name]
	if !ok {
		*out = append(*out, "an element "+e.name)
		return
	}
	if !regexp.MustCompile(rule.children).MatchString(e.names()) && len(e.children) > 0 || len(e.children) == 0 && !regexp.MustCompile(rule.children).MatchString("") {
		*out = append(*out, fmt.Sprintf("%s holds %s", e.name, e.names()))
	}
	known := map[string]bool{}
	for name, form := range rule.attrs {
		bare, optional := strings.CutSuffix(name, "?")
		known[bare] = true
		value, has := e.attrs[bare]
		switch {
		case !has && !optional:
			*out = append(*out, e.name+" lacks "+bare)
		case has && !regexp.MustCompile(form).MatchString(value):
			*out = append(*out, fmt.Sprintf("%s: %s=%q", e.name, bare, value))
		}
	}
	for name := range e.attrs {
		if !known[name] {
			*out = append(*out, e.name+" has "+name)
		}
	}
	for _, c := range e.children {
		check(c, out)
	}
}
