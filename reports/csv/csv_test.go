package csv_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/csv"
	"github.com/assay-audit/assay/reports/internal/sample"
)

var update = flag.Bool("update", false, "write the golden file")

func render(t *testing.T, a *assess.Assessment) string {
	t.Helper()
	var b bytes.Buffer
	if err := csv.Spec.New().Render(&b, a, reports.Options{}); err != nil {
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
	got := render(t, a)
	golden := filepath.Join("testdata", "sample.csv")
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
	if render(t, a) != got {
		t.Error("a second rendering differs")
	}
	rows, err := stdcsv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(a.Findings)+1 {
		t.Errorf("%d rows for %d findings", len(rows), len(a.Findings))
	}
	if strings.Count(got, "\n") != strings.Count(got, "\r\n") || strings.Count(got, "\n") != len(rows) {
		t.Error("a row does not end with CRLF, or a cell holds a line end")
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	isNew := "new"
	a := &assess.Assessment{
		Controls: []assess.Control{{Framework: "gdpr", ID: "Art. 32(1)(a)", Citation: "GDPR Art. 32(1)(a)"}},
		Findings: []finding.Finding{{
			Check: "enc.at_rest", Title: `Stores are "encrypted"`, Severity: finding.High, Status: finding.Fail,
			Entity:  finding.Entity{ID: "aws_s3_bucket.a", Kind: "bucket", Plane: "declared", Scope: "tf:infra", Name: "=cmd|' /C calc'!A0"},
			Message: "two\nlines", Expected: "on, always", Actual: "-1", Attributes: []string{"encryption.at_rest", "region"},
			Unknown:     []finding.UnknownPath{{Path: "region", Reason: "computed", Detail: "later"}},
			Location:    &finding.Location{File: "infra/main.tf", StartLine: 7},
			Controls:    []finding.ControlRef{{Framework: "gdpr", ID: "Art. 32(1)(a)", Strength: "direct"}},
			Remediation: "Turn it on.", Fingerprint: "abc", Baseline: &isNew,
			Waiver: &finding.Waiver{ID: "W-1", Approver: "@dpo", Expires: "2027-01-01"},
		}},
	}
	want := strings.Join(csv.Header(), ",") + "\r\n" +
		`waived,high,enc.at_rest,"Stores are ""encrypted""",aws_s3_bucket.a,bucket,declared,tf:infra,'=cmd|' /C calc'!A0,infra/main.tf,7,` +
		`two lines,"on, always",'-1,encryption.at_rest; region,region (computed: later),GDPR Art. 32(1)(a),Turn it on.,new,W-1,'@dpo,2027-01-01,abc` + "\r\n"
	if d := cmp.Diff(want, render(t, a)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestNeutral(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "plain": "plain", "a=b": "a=b", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", " =1": "' =1",
		"\t=1": "' =1", "\tx": "' x", "\rx": `'\x0dx`, "\nx": "' x", "＝1": "'＝1", "＠a": "'＠a", "\u00a0=1": "'\u00a0=1", "'=1": "'=1",
		"\u202e=1": `\u{202e}=1`, "\x00=1": `\x00=1`, "\xff": `\xff`,
	} {
		if got := csv.Neutral(in); got != want {
			t.Errorf("Neutral(%q) = %q, want %q", in, got, want)
		}
	}
}

// No text makes a cell that is run, a second row, or bytes that are not UTF-8.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"=1", "\t=1", "\r\n=1", `","`, "\"\r\n\"", "＝", "\xff", "\ufeff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := render(t, &assess.Assessment{Findings: []finding.Finding{{Check: s, Message: s, Entity: finding.Entity{ID: s, Name: s}, Expected: s}}})
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		rows, err := stdcsv.NewReader(strings.NewReader(got)).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, error %v", len(rows), err)
		}
		for _, cell := range rows[1] {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	})
}
