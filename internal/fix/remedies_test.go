package fix_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/fix"
)

// run runs assay fix on a directory and returns what it prints.
func run(t *testing.T, o app.FixOptions) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app.App{
		Version: "0.0.0-test", Stdout: &out, Stderr: &errs, Environ: []string{"ASSAY_REDACTION_KEY=a key that only tests use"},
		Clock: func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }, Log: slog.New(slog.DiscardHandler),
	}
	o.Config, o.NoProgress = filepath.Join(t.TempDir(), "none.yaml"), true
	if err := os.WriteFile(o.Config, []byte("profile: pr\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = a.Fix(t.Context(), o)
	return out.String(), errs.String(), err
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// write makes a directory with files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestRemedies makes every edit of the table on real code: the text after it is as expected, every finding is gone, and what was
// formatted still is. A row of the table that no case uses fails the test.
func TestRemedies(t *testing.T) {
	t.Parallel()
	var done []string
	for _, name := range []string{"stores", "settings", "trail"} {
		before := read(t, filepath.Join("testdata", name, "before.tf"))
		dir := write(t, map[string]string{"main.tf": before})
		stdout, _, err := run(t, app.FixOptions{Options: app.Options{Targets: []string{dir}}, AllowReplace: true})
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, stdout)
		}
		if !strings.Contains(stdout, "; remaining 0, ") {
			t.Errorf("%s: findings remain:\n%s", name, stdout)
		}
		after := read(t, filepath.Join(dir, "main.tf"))
		if diff := cmp.Diff(read(t, filepath.Join("testdata", name, "after.tf")), after); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if isFormatted(before) && !isFormatted(after) {
			t.Errorf("%s: terraform fmt would change the result", name)
		}
		done = append(done, strings.Split(stdout, "\n")...)
	}
	for _, row := range fix.Rows() {
		used := false
		for _, line := range done {
			used = used || strings.HasPrefix(line, "  "+row.Check+"  ") && strings.Contains(line, row.Edits)
		}
		if !used {
			t.Errorf("no case makes the edit of %s on %s", row.Check, row.Type)
		}
	}
}

func isFormatted(text string) bool { return string(hclwrite.Format([]byte(text))) == text }

// TestAgain holds a second run to finding nothing to do.
func TestAgain(t *testing.T) {
	t.Parallel()
	after := read(t, filepath.Join("testdata", "stores", "after.tf"))
	dir := write(t, map[string]string{"main.tf": after})
	stdout, _, err := run(t, app.FixOptions{Options: app.Options{Targets: []string{dir}}, AllowReplace: true})
	if err != nil || !strings.HasPrefix(stdout, "fixed 0 of 0 in 0 files") {
		t.Errorf("%v\n%s", err, stdout)
	}
	if diff := cmp.Diff(after, read(t, filepath.Join(dir, "main.tf"))); diff != "" {
		t.Error(diff)
	}
}
