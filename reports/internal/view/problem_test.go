package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// TestFoldProblems: what accounts have alike is said once, with the accounts; what lies in files, and what differs, is left apart.
func TestFoldProblems(t *testing.T) {
	denied := func(scope string) evidence.Problem {
		return evidence.Problem{Severity: "warning", Code: "access_denied", Summary: scope + ": kms:ListKeys is denied in eu-west-1", Detail: "allow kms:ListKeys"}
	}
	file := func(line int) evidence.Problem {
		return evidence.Problem{Severity: "error", Code: "hcl_syntax", Summary: "unclosed block", Locator: evidence.Locator{File: "main.tf", Line: line}}
	}
	sources := []evidence.Source{
		{ID: "s1-1", Target: "aws:org=audit", Scope: "aws:1", Problems: []evidence.Problem{denied("aws:1"), {Severity: "warning", Summary: "only here"}}},
		{ID: "s1-2", Target: "aws:org=audit", Scope: "aws:2", Problems: []evidence.Problem{denied("aws:2")}},
		{ID: "s2", Target: "./infra", Scope: "tf:infra", Problems: []evidence.Problem{file(1), file(1), file(2)}},
	}
	type line struct{ Scopes, IDs, Summary string }
	var got []line
	for _, p := range FoldProblems(sources) {
		got = append(got, line{p.Scopes, p.IDs(), p.Summary})
	}
	want := []line{
		{"aws:1, 2", "s1-1, s1-2", "kms:ListKeys is denied in eu-west-1"},
		{"", "s1-1", "only here"},
		{"", "s2", "unclosed block"},
		{"", "s2", "unclosed block"},
		{"", "s2", "unclosed block"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
