package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/fix"
)

// TestTree holds writing to the file that was scanned: whole or not at all, with its mode, and never through a link.
func TestTree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"ok.tf": "old\n", "changed.tf": "new\n", "sub/x.tf": "old\n", "blocked.tf": "old\n", ".blocked.tf.assay": "mine"} {
		if err := os.MkdirAll(filepath.Dir(path(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path(name), []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("sub", path("link")); err != nil {
		t.Fatal(err)
	}
	var files []evidence.SourceFile
	for _, name := range []string{"ok.tf", "changed.tf", "link/x.tf", "gone.tf", "blocked.tf", "../outside.tf"} {
		files = append(files, evidence.SourceFile{Path: path(name), SHA256: fix.Digest([]byte("old\n")), Text: "old\n"})
	}
	tr := newWorktree([]string{dir}, files)
	got := map[string]string{}
	for _, f := range files {
		name, _ := filepath.Rel(dir, f.Path)
		got[name] = "written"
		if err := tr.write(f.Path, "edited\n"); err != nil {
			got[name] = err.Error()
		}
	}
	want := map[string]string{
		"ok.tf":         "written",
		"changed.tf":    "the file changed since the scan; run the command again",
		"link/x.tf":     "link is a symbolic link, which is not followed",
		"gone.tf":       "the file is gone since the scan; run the command again",
		"blocked.tf":    ".blocked.tf.assay, left by an interrupted run, stands in the way; remove it",
		"../outside.tf": "outside of the targets; scan the directory that holds it to edit it",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(path("ok.tf"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info, err)
	}
	for name, text := range map[string]string{"ok.tf": "edited\n", "changed.tf": "new\n", "sub/x.tf": "old\n", "blocked.tf": "old\n", ".blocked.tf.assay": "mine"} {
		data, err := os.ReadFile(path(name))
		if err != nil || string(data) != text {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
}
