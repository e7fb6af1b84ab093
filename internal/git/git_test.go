package git_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/git"
)

// repository makes a repository with a function that runs git in it.
func repository(t *testing.T) (dir string, run func(args ...string) string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	run = func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = environ(t)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("init", "-q", "-b", "main")
	return dir, run
}

func environ(t *testing.T) []string {
	t.Helper()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Bob\x1b[2J", "GIT_AUTHOR_EMAIL=bob@example.org",
		"GIT_COMMITTER_NAME=Web", "GIT_COMMITTER_EMAIL=web@example.org", "GIT_AUTHOR_DATE=2026-11-20T12:00:00Z", "GIT_COMMITTER_DATE=2026-11-20T12:00:00Z",
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *git.Repo {
	t.Helper()
	r, err := git.Open(t.Context(), dir, append(environ(t), "GIT_DIR=/nowhere", "GIT_INDEX_FILE=/nowhere"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWorktree(t *testing.T) {
	dir, run := repository(t)
	write(t, filepath.Join(dir, "sub", "a"), "1\n")
	run("add", ".")
	run("commit", "-q", "-m", "one")
	one := run("rev-parse", "HEAD")
	write(t, filepath.Join(dir, "sub", "a"), "2\n")
	run("commit", "-q", "-a", "-m", "two")
	two := run("rev-parse", "HEAD")
	ran := filepath.Join(dir, "ran")
	write(t, filepath.Join(dir, ".git", "hooks", "post-checkout"), "#!/bin/sh\ntouch "+ran+"\n")
	if err := os.Chmod(filepath.Join(dir, ".git", "hooks", "post-checkout"), 0o700); err != nil {
		t.Fatal(err)
	}

	r := open(t, filepath.Join(dir, "sub"))
	if r.Top != dir {
		t.Errorf("top is %s", r.Top)
	}
	if got, err := r.Resolve(t.Context(), "HEAD~1"); err != nil || got != one {
		t.Errorf("HEAD~1 is %s, %v", got, err)
	}
	if got, err := r.MergeBase(t.Context(), one, two); err != nil || got != one {
		t.Errorf("merge base %s, %v", got, err)
	}
	for _, revision := range []string{"nowhere", "", "--all", "-h", "HEAD\x1b[2J", "HEAD:sub/a"} {
		unknown := &git.UnknownRevisionError{}
		if _, err := r.Resolve(t.Context(), revision); !errors.As(err, &unknown) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v", revision, err)
		}
	}

	tree, remove, err := r.Worktree(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(tree, "sub", "a")); err != nil || string(data) != "1\n" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a hook ran")
	}
	remove()
	if _, err := os.Stat(tree); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the work tree is still there: %v", err)
	}
	if got := run("worktree", "list"); strings.Contains(got, "assay-base") {
		t.Errorf("git still knows of it:\n%s", got)
	}

	if clean, err := r.CheckedOut(t.Context(), two); err != nil || !clean {
		t.Errorf("two is checked out: %t, %v", clean, err)
	}
	if clean, err := r.CheckedOut(t.Context(), one); err != nil || clean {
		t.Errorf("one is checked out: %t, %v", clean, err)
	}
	write(t, filepath.Join(dir, "new.tf"), "")
	if clean, err := r.CheckedOut(t.Context(), two); err != nil || clean {
		t.Errorf("a file more, and nothing changed: %t, %v", clean, err)
	}
}

// The work tree goes away even where the run was interrupted.
func TestWorktreeIsRemovedAfterAnInterrupt(t *testing.T) {
	dir, run := repository(t)
	write(t, filepath.Join(dir, "a"), "1\n")
	run("add", ".")
	run("commit", "-q", "-m", "one")
	ctx, cancel := context.WithCancel(t.Context())
	tree, remove, err := open(t, dir).Worktree(ctx, run("rev-parse", "HEAD"))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	remove()
	if _, err := os.Stat(filepath.Dir(tree)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
	if got := run("worktree", "list"); strings.Contains(got, "assay-base") {
		t.Errorf("git still knows of it:\n%s", got)
	}
}

func TestBlame(t *testing.T) {
	dir, run := repository(t)
	file := filepath.Join(dir, "waivers.yaml")
	write(t, file, "a\nb\n")
	run("add", ".")
	run("commit", "-q", "-m", "one")
	write(t, file, "a\nb\nc\n")
	run("commit", "-q", "-a", "-m", "two", "--trailer", "Reviewed-by: Alice A <alice@example.org>")
	write(t, file, "a\nb\nc\nd\n")
	b, err := open(t, dir).Blame(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	first, err := b.LastChange(1, 2)
	if err != nil || first.Subject != "one" || first.Author != "Bob [2J" || first.Boundary {
		t.Errorf("%+v, %v", first, err)
	}
	if _, ok := first.Names("alice@example.org"); ok {
		t.Error("the first commit names nobody who reviewed it")
	}
	second, err := b.LastChange(1, 3)
	if err != nil || second.Subject != "two" || second.At.Format("2006-01-02") != "2026-11-20" {
		t.Errorf("%+v, %v", second, err)
	}
	for person, want := range map[string]bool{"alice@example.org": true, "Alice A": true, "web@example.org": true, "bob@example.org": true, "": false, "alice": false} {
		if _, ok := second.Names(person); ok != want {
			t.Errorf("%q: %t", person, ok)
		}
	}
	for _, lines := range [][2]int{{3, 4}, {9, 9}} {
		if _, err := b.LastChange(lines[0], lines[1]); !errors.Is(err, git.ErrUncommitted) {
			t.Errorf("%v: %v", lines, err)
		}
	}
}

func TestNoRepository(t *testing.T) {
	if _, err := git.Open(t.Context(), t.TempDir(), append(environ(t), "GIT_CEILING_DIRECTORIES=/")); !errors.Is(err, git.ErrNoRepository) {
		t.Error(err)
	}
}

func TestClean(t *testing.T) {
	if got := git.Clean("a\x1b[31m\n\u202eb\xff" + strings.Repeat("x", 300)); strings.ContainsAny(got, "\x1b\n\u202e") || len([]rune(got)) != 203 {
		t.Errorf("%q", got)
	}
}
