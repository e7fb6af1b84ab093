// Package e2e tests the program as its users meet it: one script per user story, run in-process.
package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assay-audit/assay/cmd/assay/cli"
	"github.com/assay-audit/assay/internal/app"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"assay": func() {
			os.Exit(cli.Run(context.Background(), os.Args[1:], &app.App{
				Version: "0.0.0-test", Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(), Clock: time.Now,
			}))
		},
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
