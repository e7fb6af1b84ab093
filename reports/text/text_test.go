package text_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/sample"
	"github.com/assay-audit/assay/reports/text"
)

var update = flag.Bool("update", false, "write the golden files")

func render(t *testing.T, a *assess.Assessment, o reports.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := text.Spec.New().Render(&b, a, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// build assesses findings on their own.
func build(t *testing.T, fs ...finding.Finding) *assess.Assessment {
	t.Helper()
	checks, err := sample.Checks()
	if err != nil {
		t.Fatal(err)
	}
	a, err := sample.Build(fs, checks, &evidence.Snapshot{AsOf: sample.AsOf()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestGolden(t *testing.T) {
	t.Parallel()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, a, reports.Options{FailOn: finding.Low})
	golden := filepath.Join("testdata", "sample.txt")
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
	if again := render(t, a, reports.Options{FailOn: finding.Low}); again != got {
		t.Error("a second rendering differs")
	}
	if strings.Contains(strings.ToLower(got), "compliant") {
		t.Error("the report uses a word that only people may attest with")
	}
}

func TestWidth(t *testing.T) {
	t.Parallel()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{40, 60, 80, 120} {
		for line := range strings.Lines(render(t, a, reports.Options{Width: width})) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: a line takes %d columns: %s", width, n, line)
			}
		}
	}
}

func TestColour(t *testing.T) {
	t.Parallel()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	plain, coloured := render(t, a, reports.Options{}), render(t, a, reports.Options{Color: true})
	if strings.Contains(plain, "\x1b") {
		t.Error("the plain report has escapes")
	}
	var b strings.Builder
	for i, part := range strings.Split(coloured, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		b.WriteString(part)
	}
	if d := cmp.Diff(strings.ReplaceAll(plain, " \n", "\n"), strings.ReplaceAll(b.String(), " \n", "\n")); d != "" {
		t.Errorf("colour changes the text (-plain +coloured):\n%s", d)
	}
}

func failing(id string, line int) finding.Finding {
	return finding.Finding{
		Check: "enc.at_rest", Title: "Data stores are encrypted at rest", Severity: finding.High, Status: finding.Fail,
		Entity:  finding.Entity{ID: id, Kind: "bucket", Plane: evidence.Declared, Scope: "tf:infra", Name: id},
		Message: "it is not encrypted", Expected: "on", Actual: "off", Remediation: "Turn it on.",
		Location: &finding.Location{File: "infra/main.tf", StartLine: line, EndLine: line},
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	var fs []finding.Finding
	for i := range 12 {
		fs = append(fs, failing(fmt.Sprintf("aws_s3_bucket.a[%d]", i+10), 7))
	}
	fs = append(fs, failing("aws_s3_bucket.b[0]", 9), failing(`aws_s3_bucket.c["x]"]`, 11), failing(`aws_s3_bucket.c["y"]`, 11), failing("aws_s3_bucket.d", 7))
	got := render(t, build(t, fs...), reports.Options{FailOn: finding.Low})
	for _, want := range []string{
		"×13: aws_s3_bucket.a[10] … aws_s3_bucket.d · infra/main.tf:7\n",
		"    aws_s3_bucket.b[0] · infra/main.tf:9\n",
		`×2: aws_s3_bucket.c["x]"], aws_s3_bucket.c["y"] · infra/main.tf:11`,
		"HIGH  16 failures",
		"\n16 failures at or above low: exit 1\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// The second failure of a check says what it is about, and no more than that.
func TestRepeats(t *testing.T) {
	t.Parallel()
	first, again := failing("aws_s3_bucket.a", 9), failing("aws_s3_bucket.b", 10)
	again.Message = "b is not encrypted"
	reasons := failing("aws_s3_bucket.c", 11)
	reasons.Reasons = []finding.Reason{{Message: "no x"}, {Message: "no y", Expected: "y", Actual: "none"}}
	more := failing("aws_s3_bucket.d", 12)
	more.Reasons = []finding.Reason{{Message: "no x in d"}, {Message: "no y in d", Expected: "y", Actual: "none"}}
	got := render(t, build(t, first, again, reasons, more), reports.Options{})
	for _, want := range []string{
		"enc.at_rest  b is not encrypted\n    aws_s3_bucket.b · infra/main.tf:10\n\n",
		"    aws_s3_bucket.c · infra/main.tf:11\n    for 2 reasons:\n    - no x\n    - no y\n    expected  y\n    actual    none\n\n",
		"enc.at_rest  no x in d; no y in d\n    aws_s3_bucket.d · infra/main.tf:12\n\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "    fix "); n != 1 {
		t.Errorf("the fix is printed %d times", n)
	}
}

func TestSnippet(t *testing.T) {
	t.Parallel()
	f := failing("aws_s3_bucket.a", 9)
	f.Location.StartColumn, f.Location.EndColumn, f.Location.Snippet = 2, 11, []string{"\tencrypted = \"病\x1b[2J\""}
	wide := failing("aws_s3_bucket.b", 10)
	wide.Actual = "nothing" // what repeats the last entry of its check is quoted only where the line says more than the address
	wide.Location.EndLine, wide.Location.StartColumn, wide.Location.EndColumn = 11, 4, 2
	wide.Location.Snippet = []string{"病院 = {", "}"}
	got := render(t, build(t, f, wide), reports.Options{})
	for _, want := range []string{
		"    9 │     encrypted = \"病\\x1b[2J\"\n      │     ^^^^^^^^^\n",
		"    10 │ 病院 = {\n       │      ^^^\n    expected",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// A name from the audited world must not reach the terminal as anything but visible characters.
func TestHostileText(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;owned\x07\x1b[2J\r\u202eevil\u2066\u0000\u009b\xff"
	f := failing(evil, 3)
	f.Title, f.Message, f.Expected, f.Actual, f.Remediation = evil, evil, evil, evil, evil
	f.Location.File, f.Location.Snippet, f.Location.StartColumn = evil, []string{evil}, 1
	f.Reasons = []finding.Reason{{Message: evil, Location: f.Location}, {Message: evil, Actual: evil, Expected: evil}}
	u := failing("b"+evil, 4)
	u.Status, u.Unknown = finding.Unknown, []finding.UnknownPath{{Path: evil, Reason: evidence.Reason(evil), Detail: evil}}
	w := failing("c"+evil, 5)
	w.Waiver = &finding.Waiver{ID: evil, Reason: evil, Approver: evil, Expires: evil}
	a := build(t, f, u, w)
	a.Coverage = []evidence.Coverage{{Kind: evil, Scope: evil, Status: evidence.Denied, Detail: evil, Items: []string{evil}}}
	a.Sources = []evidence.Source{{Target: evil, Problems: []evidence.Problem{{Severity: evil, Summary: evil, Detail: evil}}}}
	a.Waivers = []assess.WaiverState{{Waiver: finding.Waiver{ID: evil}, State: evil, Problems: []string{evil}, Check: evil, Selector: evil}}
	got := render(t, a, reports.Options{Width: 60})
	for _, bad := range []string{"\x1b", "\x07", "\r", "\u202e", "\u2066", "\x00", "\u009b", "\xff"} {
		if strings.Contains(got, bad) {
			t.Errorf("%q reached the output", bad)
		}
	}
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	pass := failing("a", 1)
	pass.Status = finding.Pass
	unknown := failing("b", 2)
	unknown.Status = finding.Unknown
	high := failing("c", 3)
	for name, tc := range map[string]struct {
		findings []finding.Finding
		options  reports.Options
		want     string
	}{
		"failure":           {[]finding.Finding{pass, high}, reports.Options{FailOn: finding.Low}, "1 failure at or above low: exit 1"},
		"below":             {[]finding.Finding{high}, reports.Options{FailOn: finding.Critical}, "1 failure, all below critical: exit 0"},
		"none decides":      {[]finding.Finding{high}, reports.Options{}, "1 failure, none of which decides (--fail-on none): exit 0"},
		"nothing":           {nil, reports.Options{FailOn: finding.Low}, "nothing could be judged: exit 3"},
		"unknown":           {[]finding.Finding{pass, unknown}, reports.Options{FailOn: finding.Low}, "no failure found in what could be decided; the audit is incomplete: exit 0"},
		"unknown decides":   {[]finding.Finding{pass, unknown}, reports.Options{FailOn: finding.Low, FailOnIncomplete: true}, "no failure decides, but the audit is incomplete: exit 3"},
		"no failure at all": {[]finding.Finding{pass}, reports.Options{FailOn: finding.Low}, "no failure found: exit 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := render(t, build(t, tc.findings...), tc.options)
			lines := strings.Split(strings.TrimSpace(got), "\n")
			if last := lines[len(lines)-1]; last != tc.want {
				t.Errorf("last line %q, want %q", last, tc.want)
			}
		})
	}
}
