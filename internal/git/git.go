// Package git asks the git program about a repository: which commit a revision is, what two revisions have in common, which commit
// wrote a line, and what the files of a revision were.
//
// A repository is untrusted input. Revisions are passed so that none can be read as an option, hooks do not run, nothing is asked of
// a person, and what git says of authors and subjects is cleaned before it is shown.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// ErrNoRepository says that a directory is in no git repository, or that there is no git program to ask.
var ErrNoRepository = errors.New("not in a git repository")

// Repo is the repository that a directory lies in.
type Repo struct {
	// Top is the root of the work tree, absolute and without symbolic links.
	Top string

	environ []string
}

// repositoryVariables name a repository other than the one that a directory lies in; git sets them for hooks.
var repositoryVariables = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
	"GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF", "GIT_TRACE",
}

// Open finds the repository of the directory. Environ is the environment, as os.Environ gives it.
func Open(ctx context.Context, dir string, environ []string) (*Repo, error) {
	r := &Repo{Top: dir, environ: slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(repositoryVariables, name)
	})}
	r.environ = append(r.environ, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_LFS_SKIP_SMUDGE=1")
	out, err := r.run(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %w", ErrNoRepository, err)
	}
	r.Top = filepath.FromSlash(strings.TrimRight(out, "\r\n"))
	return r, nil
}

// run runs git in the work tree. The error holds the first line of what git says.
func (r *Repo) run(ctx context.Context, args ...string) (string, error) {
	args = append([]string{"-c", "core.hooksPath=" + os.DevNull, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"}, args...)
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // no shell; what a user names follows --end-of-options or --
	cmd.Dir, cmd.Env = r.Top, r.environ
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		if said = Clean(strings.TrimPrefix(said, "fatal: ")); said != "" {
			return "", errors.New("git: " + said)
		}
		return "", fmt.Errorf("git: %w", err)
	}
	return stdout.String(), nil
}

// UnknownRevisionError says that the repository has no such revision.
type UnknownRevisionError struct {
	Revision string
	Shallow  bool // the history was cut off when the repository was cloned
}

func (e *UnknownRevisionError) Error() string {
	if e.Shallow {
		return fmt.Sprintf("revision %q is not in this shallow clone: fetch the whole history (actions/checkout with fetch-depth: 0, "+
			"or git fetch --unshallow)", Clean(e.Revision))
	}
	return fmt.Sprintf("revision %q is not in this repository: name a branch, tag or commit that was fetched", Clean(e.Revision))
}

// Resolve returns the id of the commit that a revision names; for a branch that exists on the remote only, the remote's.
func (r *Repo) Resolve(ctx context.Context, revision string) (string, error) {
	for _, name := range []string{revision, "refs/remotes/origin/" + revision} {
		out, err := r.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
		if err == nil {
			return strings.TrimSpace(out), nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
	}
	return "", &UnknownRevisionError{Revision: revision, Shallow: r.shallow(ctx)}
}

func (r *Repo) shallow(ctx context.Context) bool {
	out, err := r.run(ctx, "rev-parse", "--is-shallow-repository")
	return err == nil && strings.TrimSpace(out) == "true"
}

// MergeBase returns the best common ancestor of two commits.
func (r *Repo) MergeBase(ctx context.Context, a, b string) (string, error) {
	out, err := r.run(ctx, "merge-base", a, b)
	switch {
	case err == nil:
		return strings.TrimSpace(out), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case r.shallow(ctx):
		return "", errors.New("the two revisions have no common ancestor in this shallow clone: fetch the whole history " +
			"(actions/checkout with fetch-depth: 0, or git fetch --unshallow)")
	}
	return "", errors.New("the two revisions have no common ancestor")
}

// CheckedOut reports whether the work tree holds exactly the commit: it is checked out, and no file was changed or added.
func (r *Repo) CheckedOut(ctx context.Context, commit string) (bool, error) {
	head, err := r.run(ctx, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if err != nil || strings.TrimSpace(head) != commit {
		return false, ctx.Err()
	}
	out, err := r.run(ctx, "status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=none")
	return err == nil && out == "", err
}

// Worktree checks the commit out into a new temporary directory. Remove takes it away again, also where the context has ended.
func (r *Repo) Worktree(ctx context.Context, commit string) (dir string, remove func(), err error) {
	tmp, err := os.MkdirTemp("", "assay-base-*")
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(tmp, "tree")
	remove = func() {
		ctx := context.WithoutCancel(ctx)
		_, gitErr := r.run(ctx, "worktree", "remove", "--force", "--force", dir)
		_ = os.RemoveAll(tmp) // nothing more can be done about a temporary directory
		if gitErr != nil {
			_, _ = r.run(ctx, "worktree", "prune") // forgets a work tree whose directory is gone
		}
	}
	if _, err := r.run(ctx, "worktree", "add", "--quiet", "--detach", "--force", dir, commit); err != nil {
		remove()
		if ctx.Err() != nil {
			return "", nil, ctx.Err()
		}
		return "", nil, fmt.Errorf("check out %.12s: %w", commit, err)
	}
	return dir, remove, nil
}

// most is how much of a text that git reports is shown, in characters.
const most = 200

// Clean makes a text that a stranger wrote fit for one line of output: control characters become spaces, and it is cut short.
func Clean(s string) string {
	s = strings.Map(func(c rune) rune {
		if c == unicode.ReplacementChar || !unicode.IsGraphic(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, " "))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}
