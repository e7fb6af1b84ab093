// Package e2e tests the program as its users meet it: one script per user story. The program is the test binary itself under another name, a
// process of its own.
package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-audit/assay/cmd/assay/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"assay": func() { os.Exit(cli.Process("0.0.0-test")) },
	})
}

// TestScripts runs testdata/*.txtar. In a script, $FIXTURES is the project's fixtures folder, and time stands still.
func TestScripts(t *testing.T) {
	fixtures, err := filepath.Abs(filepath.Join("..", "fixtures"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("FIXTURES", fixtures)
			env.Setenv("SOURCE_DATE_EPOCH", "1795262400") // 2026-11-21T12:00:00Z
			env.Setenv("ASSAY_REDACTION_KEY", "a key that only tests use")
			return nil
		},
	})
}
