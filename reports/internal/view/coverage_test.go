package view

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

func TestFoldCoverage(t *testing.T) {
	entry := func(kind, scope, detail string) evidence.Coverage {
		return evidence.Coverage{Kind: kind, Scope: scope, Source: "s1", Status: evidence.Denied, Detail: detail}
	}
	got := FoldCoverage([]evidence.Coverage{
		entry("key", "aws:1:eu-west-1", "kms:ListKeys is denied"), entry("volume", "aws:1:eu-west-1", "left out"),
		entry("snapshot", "aws:1:eu-west-1", "left out"), entry("key", "aws:1:eu-west-2", "kms:ListKeys is denied"),
		entry("snapshot", "aws:1:eu-west-2", "left out"), entry("volume", "aws:1:eu-west-2", "left out"), entry("volume", "aws:1:us-east-1", "broken"),
	})
	want := []evidence.Coverage{
		entry("key", "aws:1:eu-west-1, eu-west-2", "kms:ListKeys is denied"),
		entry("snapshot, volume", "aws:1:eu-west-1, eu-west-2", "left out"),
		entry("volume", "aws:1:us-east-1", "broken"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
