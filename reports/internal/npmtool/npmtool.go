// Package npmtool finds the tools of the npm registry that tests of the report formats use as independent judges: Microsoft's SARIF
// validator, the OASIS schema of SARIF, and axe-core for accessibility. They are installed below .cache/npm in the repository and are no part
// of the program.
package npmtool

import (
	"os"
	"path/filepath"
	"testing"
)

// install is what puts the tools where Path looks for them.
const install = "npm install --prefix .cache/npm @microsoft/sarif-multitool@5.7.0 @microsoft/jest-sarif@1.0.0-beta.0 axe-core@4.14.1"

// Path returns the path of a file of the installed packages, such as axe-core/axe.min.js. Without it the test fails in CI and is skipped
// elsewhere; both say how to install the packages.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	root := dir
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(root)
		if parent == root {
			tb.Fatalf("no go.mod above %s", dir)
		}
		root = parent
	}
	file := filepath.Join(root, ".cache", "npm", "node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil {
		Missing(tb, name+" is not installed; in the root of the repository run: "+install)
	}
	return file
}

// Missing fails a test that cannot run without a tool: a skipped test would hide that nothing was tested.
func Missing(tb testing.TB, message string) {
	tb.Helper()
	tb.Fatal(message)
}
