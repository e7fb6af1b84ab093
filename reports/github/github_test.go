package github_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/github"
)

func failing(id, file string, line int, severity finding.Severity) finding.Finding {
	return finding.Finding{
		Check: "enc.at_rest", Title: "Stores are encrypted", Severity: severity, Status: finding.Fail, Message: "it is not encrypted",
		Entity: finding.Entity{ID: id, Scope: "tf:."}, Remediation: "Turn it on.",
		Location: &finding.Location{File: file, StartLine: line, EndLine: line, StartColumn: 3, EndColumn: 20},
	}
}

func annotations(t *testing.T, o reports.Options, diff github.Diff, fs ...finding.Finding) string {
	t.Helper()
	var b bytes.Buffer
	if err := github.Annotations(&b, &assess.Assessment{Findings: fs}, o, diff); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnnotation(t *testing.T) {
	t.Parallel()
	f := failing("aws_s3_bucket.a", "infra/a,b:c%.tf", 7, finding.High)
	f.Message, f.Expected, f.Actual = "100%\nnot\r::error::", "on", "off"
	got := annotations(t, reports.Options{FailOn: finding.High}, nil, f)
	want := "::error file=infra/a%2Cb%3Ac%25.tf,line=7,endLine=7,col=3,endColumn=20,title=high enc.at_rest%3A Stores are encrypted::" +
		`aws_s3_bucket.a: 100%25 not\x0d::error::%0AExpected on; actual off%0AFix: Turn it on.` + "\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	before := "unchanged"
	old := failing("old", "a.tf", 1, finding.High)
	old.Baseline = &before
	waived := failing("waived", "a.tf", 1, finding.High)
	waived.Waiver = &finding.Waiver{ID: "W-1"}
	unknown := failing("unknown", "a.tf", 1, finding.High)
	unknown.Status = finding.Unknown
	deferred := unknown
	deferred.Deferred = true
	nowhere := failing("nowhere", "", 0, finding.Low)
	nowhere.Location = nil
	for name, tc := range map[string]struct {
		options reports.Options
		finding finding.Finding
		want    string
	}{
		"error":                {reports.Options{FailOn: finding.Low}, failing("a", "a.tf", 1, finding.Low), "::error file=a.tf,"},
		"below":                {reports.Options{FailOn: finding.High}, failing("a", "a.tf", 1, finding.Low), "::warning file=a.tf,"},
		"none decides":         {reports.Options{}, failing("a", "a.tf", 1, finding.Critical), "::warning file=a.tf,"},
		"old":                  {reports.Options{FailOn: finding.Low}, old, ""},
		"waived":               {reports.Options{FailOn: finding.Low}, waived, ""},
		"unknown":              {reports.Options{FailOn: finding.Low}, unknown, ""},
		"unknown that decides": {reports.Options{FailOn: finding.Low, FailOnIncomplete: true}, unknown, "::warning file=a.tf,"},
		"deferred":             {reports.Options{FailOn: finding.Low, FailOnIncomplete: true}, deferred, ""},
		"without a file":       {reports.Options{FailOn: finding.Low}, nowhere, "::error title="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := annotations(t, tc.options, nil, tc.finding)
			if !strings.HasPrefix(got, tc.want) || (tc.want == "") != (got == "") {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// At most ten of each level; lines of the diff first, then files of the diff, then the most severe.
func TestOrderAndLimit(t *testing.T) {
	t.Parallel()
	fs := make([]finding.Finding, 0, 28)
	for i := range 14 {
		fs = append(fs, failing(fmt.Sprintf("e%d", i), fmt.Sprintf("z%02d.tf", i), 5, finding.Critical))
	}
	fs = append(fs, failing("in-file", "m.tf", 90, finding.High), failing("in-diff", "m.tf", 12, finding.High))
	for i := range 12 {
		fs = append(fs, failing(fmt.Sprintf("w%d", i), fmt.Sprintf("y%02d.tf", i), 5, finding.Low))
	}
	got := annotations(t, reports.Options{FailOn: finding.High}, github.Diff{"m.tf": {{10, 14}}}, fs...)
	if e, w := strings.Count(got, "::error "), strings.Count(got, "::warning "); e != 10 || w != 10 {
		t.Errorf("%d errors and %d warnings", e, w)
	}
	lines := strings.Split(got, "\n")
	if !strings.Contains(lines[0], "in-diff") || !strings.Contains(lines[1], "in-file") || !strings.Contains(lines[2], "z00.tf") {
		t.Errorf("order:\n%s", got)
	}
	if want := "::notice title=Assay::8 more findings without an annotation; the step summary has them\n"; !strings.HasSuffix(got, want) {
		t.Errorf("no %q at the end of:\n%s", want, got)
	}
}

func TestParseDiff(t *testing.T) {
	t.Parallel()
	const diff = `diff --git a/infra/main.tf b/infra/main.tf
--- a/infra/main.tf
+++ b/infra/main.tf
@@ -3 +3,2 @@ resource
-x
+++ b/forged.tf
+@@ -1 +1,999 @@
@@ -9,2 +10,0 @@
-a
-b
@@ -20,0 +19 @@
+last
\ No newline at end of file
diff --git "a/odd\n\303\251.tf" "b/odd\n\303\251.tf"
--- /dev/null
+++ "b/odd\n\303\251.tf"
@@ -0,0 +1,3 @@
+1
+2
+3
--- a/gone.tf
+++ /dev/null
@@ -1 +0,0 @@
-x
+++ b/with space.tf	
@@ -1 +1 @@
-x
+y
`
	got, err := github.ParseDiff(strings.NewReader(diff))
	if err != nil {
		t.Fatal(err)
	}
	want := github.Diff{"infra/main.tf": {{3, 4}, {19, 19}}, "odd\né.tf": {{1, 3}}, "with space.tf": {{1, 1}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func FuzzParseDiff(f *testing.F) {
	f.Add("+++ b/a\n@@ -1 +1 @@\n-a\n+b\n")
	f.Add("+++ \"b/\\777\"\n@@ -1,999999999 +999999999,999999999 @@\n")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := github.ParseDiff(strings.NewReader(s))
		if err != nil && d != nil {
			t.Error("a diff and an error")
		}
		for file, ranges := range d {
			for _, r := range ranges {
				if file == "" || r[0] > r[1] {
					t.Errorf("%q: %v", file, r)
				}
			}
		}
	})
}

// No text begins a command of its own, leaves its property, or ends an output.
func FuzzAnnotations(f *testing.F) {
	for _, s := range []string{"\n::set-output name=x::y", "%0A::error::", "a,line=1", "::", "\r\n##[command]", "\u2028", "\xff"} {
		f.Add(s)
	}
	command := regexp.MustCompile(`^::(error|warning) (file=[^,:\r\n]*,line=1,endLine=1,)?title=[^,:\r\n]*::[^\r\n]*\n$`)
	f.Fuzz(func(t *testing.T, s string) {
		x := failing(s, s, 1, finding.High)
		x.Location.StartColumn = 0
		x.Check, x.Title, x.Message, x.Expected, x.Actual, x.Remediation = s, s, s, s, s, s
		if got := annotations(t, reports.Options{FailOn: finding.Low}, nil, x); !command.MatchString(got) {
			t.Errorf("%q", got)
		}
	})
}

// outputs reads the file as the runner does.
func outputs(t *testing.T, text string) map[string]string {
	t.Helper()
	got := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, mark, ok := strings.Cut(lines[i], "<<")
		if !ok {
			t.Fatalf("line %q of %q", lines[i], text)
		}
		var value []string
		for i++; i < len(lines) && lines[i] != mark; i++ {
			value = append(value, lines[i])
		}
		got[name] = strings.Join(value, "\n")
	}
	return got
}

func FuzzOutputs(f *testing.F) {
	for _, s := range []string{"", "\n", "a\nEOF\nname=x", "verdict<<assay_\nx", "x\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b bytes.Buffer
		if err := github.Outputs(&b, []github.Output{{Name: "a", Value: s}, {Name: "b", Value: "after"}}); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(map[string]string{"a": s, "b": "after"}, outputs(t, b.String())); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

func TestCounts(t *testing.T) {
	t.Parallel()
	added, before := "new", "unchanged"
	fs := []finding.Finding{failing("a", "a", 1, finding.Low), failing("b", "a", 1, finding.Low), failing("c", "a", 1, finding.Low)}
	fs[0].Baseline, fs[1].Baseline, fs[2].Baseline = &added, &before, &before
	fs[2].Waiver = &finding.Waiver{}
	a := &assess.Assessment{Findings: fs}
	for i := range fs {
		a.Summary.Findings.Add(&fs[i])
	}
	want := []github.Output{{"new-count", "1"}, {"fail-count", "2"}, {"unknown-count", "0"}, {"waived-count", "1"}}
	if d := cmp.Diff(want, github.Counts(a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
