package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

// TestScaffoldsLint holds that a new check compiles against the schema of every kind and facet, whatever its attributes are.
func TestScaffoldsLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, s := range slices.Concat(kind.Facets(), kind.All()) {
		if len(kind.Paths(s.Name)) == 0 {
			continue
		}
		folder := filepath.Join(dir, "acme", s.Name)
		if err := os.MkdirAll(folder, 0o750); err != nil {
			t.Fatal(err)
		}
		for name, text := range scaffold("acme."+s.Name, s.Name) {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	problems, err := policy.Lint(policy.Root{FS: os.DirFS(dir), Name: "own"}, policy.Root{FS: policies.FS, Name: "policies"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}
