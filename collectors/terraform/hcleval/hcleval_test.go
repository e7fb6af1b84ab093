package hcleval_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// write lays out files (name, content, ...) in a new directory.
func write(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		p := filepath.Join(dir, files[i])
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(files[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// evaluate evaluates the files and fails the test on an error.
func evaluate(t *testing.T, dir string, o hcleval.Options) *hcleval.Result {
	t.Helper()
	if o.DisplayDir == "" {
		o.DisplayDir = "."
	}
	r, err := hcleval.Evaluate(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func find(t *testing.T, r *hcleval.Result, address string) *resource.Instance {
	t.Helper()
	var have []string
	for _, i := range r.Instances {
		if i.Address == address {
			return i
		}
		have = append(have, i.Address)
	}
	t.Fatalf("no instance %s; there are %s\n%+v", address, strings.Join(have, ", "), r.Diagnostics)
	return nil
}
