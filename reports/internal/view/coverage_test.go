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

// TestFoldCoverageOfSources: accounts that lack the same are one entry, and a detail that only counts the items is not said beside them.
func TestFoldCoverageOfSources(t *testing.T) {
	items := []string{"backup:ListBackupVaults is denied", "ec2:DescribeSnapshots is denied"}
	entry := func(scope, source, detail string) evidence.Coverage {
		return evidence.Coverage{Kind: "recovery_point", Scope: scope, Source: source, Status: evidence.Partial, Detail: detail, Items: items}
	}
	const counted = "backup:ListBackupVaults is denied (and 1 more)"
	got := FoldCoverage([]evidence.Coverage{entry("aws:1:eu-west-1", "s1-1", counted), entry("aws:2:eu-west-1", "s1-2", counted)})
	if diff := cmp.Diff([]evidence.Coverage{entry("aws:1:eu-west-1, aws:2:eu-west-1", "s1-1", "")}, got); diff != "" {
		t.Error(diff)
	}
}
