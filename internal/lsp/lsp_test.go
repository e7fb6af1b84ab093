package lsp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// Columns that count characters become UTF-16 code units; what lies behind the text is its end.
func TestConvert(t *testing.T) {
	t.Parallel()
	lines := strings.Split("ab𝒱c\r\n\nend", "\n")
	for _, c := range []struct {
		line, column int
		want         position
	}{
		{1, 1, position{0, 0}},
		{1, 4, position{0, 4}},
		{1, 99, position{0, 5}},
		{2, 3, position{1, 0}},
		{3, 4, position{2, 3}},
		{9, 9, position{8, 0}},
	} {
		if got := convert(lines, c.line, c.column); got != c.want {
			t.Errorf("%d:%d is %v, want %v", c.line, c.column, got, c.want)
		}
	}
}

// What reads the audited world must not panic on it, and must not let it write Markdown of its own.
func FuzzResult(f *testing.F) {
	f.Add("infra/main.tf", "text\n", 1, 2, 3, 4)
	f.Add("/x y%", "<b>[a](b)", -1, 1<<30, -5, 0)
	f.Fuzz(func(t *testing.T, file, text string, line, column, endLine, endColumn int) {
		l := &finding.Location{File: file, StartLine: line, StartColumn: column, EndLine: endLine, EndColumn: endColumn}
		fs := []finding.Finding{{
			Check: "enc.at_rest", Status: finding.Fail, Severity: finding.High, Title: text, Message: text, Location: l,
			Reasons: []finding.Reason{{Location: l}, {Message: text, Location: l}},
		}}
		r := newResult("/root", &assess.Assessment{
			Findings: fs, Sources: []evidence.Source{{Problems: []evidence.Problem{{Summary: text, Locator: evidence.Locator{File: file, Line: line}}}}},
		}, &evidence.Snapshot{Files: []evidence.SourceFile{{Path: file, Text: text}}})
		for uri, marks := range r.files {
			path, err := pathOf(uri)
			if err != nil || path == "" {
				t.Errorf("%q has the URI %q: %v", file, uri, err)
			}
			if got := r.explain(marks); strings.Contains(text, "<b>") && strings.Contains(got, "<b>") {
				t.Errorf("HTML of the audited world: %s", got)
			}
			for _, m := range marks {
				if p := m.diagnostic.Range.Start; p.Line < 0 || p.Character < 0 {
					t.Errorf("range %+v", m.diagnostic.Range)
				}
			}
		}
	})
}

func TestPathOf(t *testing.T) {
	t.Parallel()
	r := &result{root: "/work/a b"}
	for _, file := range []string{"main.tf", "x#y?/ä%20.tf", "/elsewhere/main.tf"} {
		want := file
		if !strings.HasPrefix(file, "/") {
			want = r.root + "/" + file
		}
		got, err := pathOf(r.uri(file))
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %s %v", file, d, err)
		}
	}
	for _, uri := range []string{"untitled:Untitled-1", "https://example.org/x", ":", "file:"} {
		if path, err := pathOf(uri); err == nil {
			t.Errorf("%s is the file %s", uri, path)
		}
	}
}
