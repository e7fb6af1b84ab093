package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/engine"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/git"
	"github.com/assay-audit/assay/internal/guard"
)

// Diff compares two stored assessments, or two revisions of the repository that the working directory lies in, and reports the second
// one with the first as its baseline. An empty head is the working tree as it stands.
func (a *App) Diff(ctx context.Context, base, head string, o Options) error {
	if o.Baseline != "" {
		return Usagef("--baseline: diff compares with BASE (%s)", base)
	}
	o.ownBaseline = true
	switch baseFile, headFile := isFile(base), isFile(head); {
	case baseFile && headFile:
		return a.diffAssessments(base, head, o)
	case baseFile && head == "":
		return Usagef("%s is a file: name the assessment to compare it with, or use assay scan --baseline %s", base, base)
	case baseFile || headFile:
		return Usagef("compare two assessments or two revisions: of %s and %s, only one is a file", git.Clean(base), git.Clean(head))
	}
	return a.diffRevisions(ctx, base, head, o)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return path != "" && err == nil && info.Mode().IsRegular()
}

func (a *App) diffAssessments(base, head string, o Options) error {
	if len(o.Targets) > 0 {
		return Usagef("two assessments have their targets already: leave out %s", strings.Join(o.Targets, " "))
	}
	p, err := a.plan(o, true)
	if err != nil {
		return err
	}
	before, err := readAssessment(base)
	if err != nil {
		return Usage(err)
	}
	result, err := readAssessment(head)
	if err != nil {
		return Usage(err)
	}
	return a.compare(p, result, filepath.ToSlash(base), before)
}

// compare renders an assessment with its baseline. Only failures that the baseline does not have decide the exit code.
func (a *App) compare(p *plan, result *assess.Assessment, name string, base *assess.Assessment) error {
	result.Compare(name, base)
	if err := a.render(p, result); err != nil {
		return err
	}
	return a.verdict(p, result)
}

// revisions are the two sides of a comparison: commits, and the trees that hold their files.
type revisions struct {
	base       string // commit
	baseTree   tree
	headTree   tree
	removeBase func()
	removeHead func()
}

// ballast is the size of memory that is reserved and never touched while two revisions are held at once, in bytes. It does for the second
// revision what the reserve in cmd/assay does for one scan: the garbage collector waits longer. docs/adr/0011-one-judgement-for-two-revisions.md
// has the measurements.
const ballast = 96 << 20

func (a *App) diffRevisions(ctx context.Context, base, head string, o Options) error {
	reserved := make([]byte, ballast)
	defer runtime.KeepAlive(reserved)
	p, err := a.plan(o, false)
	if err != nil {
		return err
	}
	repo, err := git.Open(ctx, ".", a.Environ)
	if errors.Is(err, git.ErrNoRepository) {
		return Usagef("%s is no assessment, and this directory is in no git repository (%w)", git.Clean(base), err)
	}
	if err != nil {
		return err
	}
	if p.options.Targets, err = relativeTargets(repo, p.options.Targets); err != nil {
		return Usage(err)
	}
	revs, err := a.checkOut(ctx, repo, base, head, p.options.Targets)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return Usage(err)
	}
	defer revs.removeBase()
	defer revs.removeHead()
	for _, ref := range p.options.Targets {
		if revs.baseTree.lacks(ref) && revs.headTree.lacks(ref) {
			return Usagef("target %s: there is no such file or directory, neither in %s nor in %s", ref, git.Clean(base), git.Clean(cmp.Or(head, "the working tree")))
		}
	}
	result, before, err := a.judgeBoth(ctx, p, revs)
	if err != nil {
		return err
	}
	return a.compare(p, result, fmt.Sprintf("%s at %.7s", git.Clean(base), revs.base), before)
}

// judgeBoth collects and judges both sides. The trees are read at the same time; policies are compiled once; what both hold alike is judged
// once.
func (a *App) judgeBoth(ctx context.Context, p *plan, revs revisions) (head, base *assess.Assessment, err error) {
	still := *a
	at := a.now()
	still.Clock = func() time.Time { return at }
	var sides [2]side
	g, gctx := errgroup.WithContext(ctx)
	for i, t := range []tree{revs.baseTree, revs.headTree} {
		g.Go(guard.Go(func() (err error) {
			s := &sides[i]
			if s.snap, err = still.collect(gctx, p, t); err != nil {
				return err
			}
			s.digest, err = prepare(s.snap)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	same := sides[0].digest == sides[1].digest
	if !same {
		p.memory = engine.NewMemory(sides[0].snap, sides[1].snap)
	}
	if base, err = still.judge(ctx, p, sides[0].snap, sides[0].digest); err != nil {
		return nil, nil, err
	}
	if same {
		again := *base
		again.Findings = slices.Clone(base.Findings)
		return &again, base, nil
	}
	head, err = still.judge(ctx, p, sides[1].snap, sides[1].digest)
	return head, base, err
}

// side is what was collected of one revision.
type side struct {
	snap   *evidence.Snapshot
	digest string
}

// checkOut finds the two commits and brings their files to a place: the common ancestor of base and head, and head itself. Head is read
// where it is checked out, as long as nothing was changed there.
func (a *App) checkOut(ctx context.Context, repo *git.Repo, base, head string, targets []string) (revisions, error) {
	revs := revisions{removeBase: func() {}, removeHead: func() {}}
	prefix, err := prefixIn(repo)
	if err != nil {
		return revs, err
	}
	baseCommit, err := repo.Resolve(ctx, base)
	if err != nil {
		return revs, err
	}
	headCommit, err := repo.Resolve(ctx, cmp.Or(head, "HEAD"))
	if err != nil {
		return revs, err
	}
	if revs.base, err = repo.MergeBase(ctx, baseCommit, headCommit); err != nil {
		return revs, err
	}
	here := head == ""
	if !here {
		if here, err = repo.CheckedOut(ctx, headCommit); err != nil {
			return revs, err
		}
	}
	open := func(commit string) (tree, func(), error) {
		dir, remove, err := repo.Worktree(ctx, commit)
		if err != nil {
			return tree{}, func() {}, err
		}
		root := filepath.Join(dir, prefix)
		if err := lendModules(dir, prefix, targets); err != nil {
			a.Log.Warn("modules that terraform init has downloaded could not be lent to the revision", "error", err)
		}
		return tree{root: root, revision: true}, remove, nil
	}
	if revs.baseTree, revs.removeBase, err = open(revs.base); err != nil {
		return revs, err
	}
	revs.baseTree.silent = true
	if here {
		revs.headTree = tree{revision: true}
		return revs, nil
	}
	if revs.headTree, revs.removeHead, err = open(headCommit); err != nil {
		revs.removeBase()
	}
	return revs, err
}

// prefixIn is the working directory below the root of the repository.
func prefixIn(repo *git.Repo) (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if wd, err = filepath.EvalSymlinks(wd); err != nil {
		return "", err
	}
	top, err := filepath.EvalSymlinks(repo.Top)
	if err != nil {
		return "", err
	}
	return filepath.Rel(top, wd)
}

// relativeTargets makes the targets relative to the working directory, so that they can be read in any revision. A target that is not
// kept in the repository has no revisions.
func relativeTargets(repo *git.Repo, targets []string) ([]string, error) {
	prefix, err := prefixIn(repo)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(targets))
	var errs []error
	for i, ref := range targets {
		scheme, value := splitTarget(ref)
		if scheme == "snapshot" { // the same context for both
			out[i] = ref
			continue
		}
		if scheme != "" && scheme != "terraform" && scheme != "governance" {
			errs = append(errs, fmt.Errorf("target %s has no revisions: compare two assessments (assay scan %s -o json=FILE)", ref, ref))
			continue
		}
		if filepath.IsAbs(value) {
			wd, err := os.Getwd()
			if err != nil {
				return nil, err
			}
			if value, err = filepath.Rel(wd, value); err != nil {
				errs = append(errs, fmt.Errorf("target %s: %w", ref, err))
				continue
			}
		}
		if !filepath.IsLocal(filepath.Join(prefix, value)) {
			errs = append(errs, fmt.Errorf("target %s lies outside of the repository", ref))
			continue
		}
		out[i] = value
		if scheme != "" {
			out[i] = scheme + ":" + value
		}
	}
	return out, errors.Join(errs...)
}

// splitTarget splits a reference into scheme and value; a path has no scheme.
func splitTarget(ref string) (scheme, value string) {
	scheme, value, ok := strings.Cut(ref, ":")
	if !ok || scheme == "" || strings.ContainsAny(scheme, `/\.`) {
		return "", ref
	}
	return scheme, value
}

// lacks reports whether the tree does not have the target's path. A stored snapshot is part of no tree.
func (t tree) lacks(ref string) bool {
	scheme, value := splitTarget(ref)
	if scheme == "snapshot" {
		return false
	}
	_, err := os.Stat(under(t.root, value))
	return errors.Is(err, os.ErrNotExist)
}

// absent says of a target that a revision does not have: all of it was read, and there is nothing.
func absent(snap *evidence.Snapshot, ref, source string) {
	_, value := splitTarget(ref)
	scope := "tf:" + filepath.ToSlash(filepath.Clean(value))
	snap.Sources = append(snap.Sources, evidence.Source{
		ID: source, Collector: "terraform", Target: ref, Scope: scope, StartedAt: snap.AsOf, EndedAt: snap.AsOf,
	})
	snap.Coverage = append(snap.Coverage, evidence.Coverage{Kind: "*", Scope: scope, Source: source, Status: evidence.Complete})
}
