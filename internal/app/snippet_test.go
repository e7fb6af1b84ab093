package app

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	files := []evidence.SourceFile{
		{Path: "a.tf", Text: "one\r\ntwo\nthree\nfour\nfive\nsix\nseven"}, {Path: "big.tf"}, {Path: "long.tf", Text: strings.Repeat("x", 500)},
	}
	tests := map[string]struct {
		file       string
		start, end int
		want       []string
	}{
		"one line":           {"a.tf", 1, 1, []string{"one"}},
		"several":            {"a.tf", 2, 4, []string{"two", "three", "four"}},
		"too many":           {"a.tf", 1, 7, []string{"one", "two", "three", "four", "five"}},
		"end before start":   {"a.tf", 7, 0, []string{"seven"}},
		"past the end":       {"a.tf", 8, 9, nil},
		"no line":            {"a.tf", 0, 0, nil},
		"no such file":       {"b.tf", 1, 1, nil},
		"text not kept":      {"big.tf", 1, 1, nil},
		"line without limit": {"long.tf", 1, 1, []string{strings.Repeat("x", 400) + " ..."}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := func() *finding.Location {
				return &finding.Location{File: test.file, StartLine: test.start, EndLine: test.end}
			}
			fs := []finding.Finding{{Location: l(), Reasons: []finding.Reason{{Location: l()}, {}}}, {}}
			quote(fs, files)
			if diff := cmp.Diff(test.want, fs[0].Location.Snippet); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.want, fs[0].Reasons[0].Location.Snippet); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFileOfTwoTargets(t *testing.T) {
	t.Parallel()
	m := &memory{snap: &evidence.Snapshot{}, files: map[string]int{}}
	for _, f := range []evidence.SourceFile{{Path: "a", Text: "same"}, {Path: "b", Text: "x"}, {Path: "a", Text: "same"}, {Path: "b", Text: "y"}} {
		if err := m.File(f); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]evidence.SourceFile{{Path: "a", Text: "same"}, {Path: "b"}}, m.snap.Files); diff != "" {
		t.Error(diff)
	}
}
