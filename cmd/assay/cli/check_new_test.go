package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-audit/assay/internal/app"
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

// The cases of a new check fail where its rules are to be written, and nowhere else, whichever collector its kind comes from.
func TestScaffoldsTest(t *testing.T) {
	t.Parallel()
	units := []string{"datastore", "exception", "agent", "recovery_point"}
	dir := filepath.Join(t.TempDir(), "policies")
	var out bytes.Buffer
	run := func(args ...string) int {
		out.Reset()
		return Run(t.Context(), args, &app.App{Stdout: &out, Stderr: &out, Clock: time.Now})
	}
	for _, unit := range units {
		if code := run("check", "new", "acme."+unit, "--unit", unit, "--policy-dir", dir); code != app.ExitOK {
			t.Fatalf("%s: exit %d: %s", unit, code, out.String())
		}
	}
	if code := run("check", "test", "--policy-dir", dir, "acme.*"); code != app.ExitFailures {
		t.Errorf("exit %d", code)
	}
	if want := fmt.Sprintf("%d passed, %d failed", 2*len(units), 2*len(units)); !strings.Contains(out.String(), want) {
		t.Errorf("the tests do not say %q:\n%s", want, out.String())
	}
}
