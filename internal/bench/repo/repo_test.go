package repo_test

import (
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/bench/repo"
)

// TestSize holds the generator to the number of resources that it says it makes, and to a configuration without errors.
func TestSize(t *testing.T) {
	dir := t.TempDir()
	want, err := repo.Write(dir, 100)
	if err != nil {
		t.Fatal(err)
	}
	res, err := hcleval.Evaluate(t.Context(), dir, hcleval.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range res.Diagnostics {
		t.Errorf("%s:%d: %s", d.Range.File, d.Range.Line, d.Summary)
	}
	got := 0
	for _, r := range res.Instances {
		if r.Mode == resource.Managed {
			got++
		}
	}
	if got != want {
		t.Errorf("the repository has %d managed resources, the generator says %d", got, want)
	}
}
