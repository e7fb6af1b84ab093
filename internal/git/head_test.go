package git_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/git"
)

func TestReadHead(t *testing.T) {
	dir, run := repository(t)
	write(t, filepath.Join(dir, "a"), "a")
	run("add", ".")
	run("commit", "-m", "one")
	want := strings.TrimSpace(run("rev-parse", "HEAD"))
	branch := strings.TrimSpace(run("symbolic-ref", "--short", "HEAD"))
	check := func(what, root, remote, branch string) {
		t.Helper()
		h, ok := git.ReadHead(root)
		if !ok || h.Commit != want || h.Branch != branch || h.Remote != remote {
			t.Errorf("%s: %v %+v, want %s on %q from %q", what, ok, h, want, branch, remote)
		}
	}
	check("without a remote", dir, "", branch)
	run("remote", "add", "origin", "https://ada:ghp_t0ken@github.com/clinic/infra.git")
	check("a remote with a token", dir, "https://github.com/clinic/infra.git", branch)
	run("pack-refs", "--all")
	check("packed references", dir, "https://github.com/clinic/infra.git", branch)
	run("remote", "set-url", "origin", "git@github.com:clinic/infra.git")
	linked := filepath.Join(t.TempDir(), "linked")
	run("worktree", "add", "--detach", linked)
	check("a linked work tree", linked, "ssh://github.com/clinic/infra.git", "")
	if _, ok := git.ReadHead(t.TempDir()); ok {
		t.Error("a directory without a repository has a head")
	}
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, ".git"), 0o750); err != nil {
		t.Fatal(err)
	}
	if _, ok := git.ReadHead(empty); ok {
		t.Error("an empty .git has a head")
	}
}
