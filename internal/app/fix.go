package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/fix"
)

// FixOptions are the settings of the fix command.
type FixOptions struct {
	Options
	// Diff prints the edits and makes none.
	Diff bool
	// AllowReplace makes edits too that may replace a resource.
	AllowReplace bool
}

// Fix scans Terraform directories, makes the edits that are known, scans again, and says what is gone. With Diff it prints the
// edits instead. It is an error with exit code 1 where an edit was made and the finding is still there.
func (a *App) Fix(ctx context.Context, o FixOptions) error {
	p, err := a.plan(o.Options, false)
	if err != nil {
		return err
	}
	dirs, err := fixable(p.options.Targets)
	if err != nil {
		return err
	}
	before, snap, err := a.assessed(ctx, p)
	if err != nil {
		return err
	}
	files := newWorktree(dirs, snap.Files)
	proposals := fix.Plan(before.Findings, snap.Files, parameters(p))
	withhold(proposals, files, o.AllowReplace)
	texts, err := fix.Apply(proposals)
	if err != nil {
		return err
	}
	if o.Diff {
		for _, path := range slices.Sorted(maps.Keys(texts)) {
			fmt.Fprintf(a.Stdout, "%s", unified(path, files.texts[path], texts[path]))
		}
		a.explainSkipped(before, proposals)
		return nil
	}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		if err := files.write(path, texts[path]); err != nil {
			return Usage(fmt.Errorf("%s: %w", path, err))
		}
	}
	after := before
	if len(texts) > 0 {
		if after, _, err = a.assessed(ctx, p); err != nil {
			return fmt.Errorf("the edits were made, but the scan after them failed: %w", err)
		}
	}
	return a.reportFixes(before, after, proposals, len(texts), p.options.Quiet)
}

// fixable holds targets against what can be edited: Terraform directories.
func fixable(targets []string) ([]string, error) {
	var dirs []string
	for _, ref := range targets {
		target, spec, err := resolveTarget(ref, "")
		if err != nil {
			return nil, Usage(err)
		}
		if info, err := os.Stat(target.Value); spec.Name != "terraform" || err != nil || !info.IsDir() {
			return nil, Usagef("target %s: only Terraform directories can be edited", ref)
		}
		dirs = append(dirs, target.Value)
	}
	return dirs, nil
}

// assessed collects the targets and judges them.
func (a *App) assessed(ctx context.Context, p *plan) (*assess.Assessment, *evidence.Snapshot, error) {
	snap, err := a.collect(ctx, p, tree{})
	if err != nil {
		return nil, nil, err
	}
	digest, err := prepare(snap)
	if err != nil {
		return nil, nil, err
	}
	result, err := a.judge(ctx, p, snap, digest)
	return result, snap, err
}

// parameters are those of the selected checks: the defaults, and what assay.yaml overrides.
func parameters(p *plan) map[string]any {
	out := map[string]any{}
	for i := range p.checks {
		for _, param := range p.checks[i].Parameters {
			out[param.Name] = param.Default
		}
	}
	maps.Copy(out, p.params)
	return out
}

// propose adds to every failing finding the edit that makes it go away, where one is known and can be made.
func propose(findings []finding.Finding, files []evidence.SourceFile, params map[string]any) error {
	proposals := fix.Plan(findings, files, params)
	for i := range proposals {
		if proposals[i].Skip != "" {
			continue
		}
		edits, err := proposals[i].Edits()
		if err != nil {
			return err
		}
		findings[proposals[i].Finding].Fix = &finding.Fix{
			Description: proposals[i].Description, Edits: edits, Replaces: proposals[i].Replaces, Partial: proposals[i].Partial,
		}
	}
	return nil
}

// withhold skips the proposals that the user did not allow and those whose files cannot be edited.
func withhold(proposals []fix.Proposal, t *worktree, allowReplace bool) {
	for i := range proposals {
		p := &proposals[i]
		if p.Skip == "" && p.Replaces && !allowReplace {
			p.Skip = "--allow-replace makes the edit: " + p.Description
		}
		for _, path := range p.Files() {
			if err := t.editable(path); err != nil && p.Skip == "" {
				p.Skip = path + ": " + err.Error()
			}
		}
	}
}

// unified is the difference of two texts of a file, as patch(1) and git apply read it.
func unified(path, before, after string) []byte {
	name := filepath.ToSlash(path)
	out := diff.Diff("a/"+name, []byte(before), "b/"+name, []byte(after))
	if _, rest, ok := bytes.Cut(out, []byte{'\n'}); ok {
		return rest // without the line with the command, which git would read as one of its own
	}
	return out
}

// explainSkipped says on standard error what is known and not done.
func (a *App) explainSkipped(result *assess.Assessment, proposals []fix.Proposal) {
	for _, p := range proposals {
		if f := &result.Findings[p.Finding]; p.Skip != "" {
			fmt.Fprintf(a.Stderr, "assay: not edited: %s %s: %s\n", f.Check, f.Entity.ID, p.Skip)
		}
	}
}

// reportFixes compares the verdicts before and after.
func (a *App) reportFixes(before, after *assess.Assessment, proposals []fix.Proposal, files int, quiet bool) error {
	failing := map[string]*finding.Finding{}
	for i := range after.Findings {
		if f := &after.Findings[i]; f.Failing() {
			failing[nameOf(f)] = f
		}
	}
	var fixed, left, broken []string
	for _, p := range proposals {
		f := &before.Findings[p.Finding]
		line := fmt.Sprintf("  %s  %s: ", f.Check, f.Entity.ID)
		still := failing[nameOf(f)]
		switch {
		case p.Skip != "":
			left = append(left, line+p.Skip)
		case still != nil:
			left = append(left, line+"edited, and still fails: "+still.Message)
			if !p.Partial {
				broken = append(broken, f.Entity.ID)
			}
		default:
			fixed = append(fixed, line+p.Description)
		}
	}
	was := map[string]bool{}
	unknown := -len(proposals) // failures without a known edit
	for i := range before.Findings {
		if f := &before.Findings[i]; f.Failing() {
			was[nameOf(f)] = true
			unknown++
		}
	}
	var fresh []string
	for _, name := range slices.Sorted(maps.Keys(failing)) {
		if f := failing[name]; !was[name] {
			fresh = append(fresh, fmt.Sprintf("  %s  %s: %s", f.Check, f.Entity.ID, f.Message))
		}
	}
	if !quiet {
		fmt.Fprintf(a.Stdout, "fixed %d of %d in %d files; remaining %d, and %d failures for which no edit is known\n",
			len(fixed), len(proposals), files, len(left), unknown)
		a.list("fixed", fixed)
		a.list("remaining", left)
		a.list("new failures", fresh)
	}
	if len(broken) > 0 || len(fresh) > 0 {
		return &ExitError{Code: ExitFailures}
	}
	return nil
}

func (a *App) list(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(a.Stdout, "\n%s\n%s\n", title, strings.Join(lines, "\n"))
}

// nameOf names a finding across an edit: unlike the fingerprint, it stays where one of several reasons goes.
func nameOf(f *finding.Finding) string {
	return strings.Join([]string{f.Check, f.Entity.Scope, f.Entity.Kind, f.Entity.ID}, "\x00")
}

// worktree is where edits may go: regular files below the targets, as they were scanned.
type worktree struct {
	dirs  []string
	sums  map[string]string
	texts map[string]string
}

func newWorktree(dirs []string, files []evidence.SourceFile) *worktree {
	t := &worktree{dirs: dirs, sums: map[string]string{}, texts: map[string]string{}}
	for _, f := range files {
		t.sums[f.Path], t.texts[f.Path] = f.SHA256, f.Text
	}
	return t
}

// open finds the target that a file lies in, and opens the target's directory; the name is relative to it.
func (t *worktree) open(path string) (*os.Root, string, error) {
	for _, dir := range t.dirs {
		name, err := filepath.Rel(dir, filepath.FromSlash(path))
		if err != nil || !filepath.IsLocal(name) {
			continue
		}
		root, err := os.OpenRoot(dir)
		return root, name, err
	}
	return nil, "", errors.New("outside of the targets; scan the directory that holds it to edit it")
}

// editable says why a file cannot be edited; nil where it can.
func (t *worktree) editable(path string) (err error) {
	root, name, err := t.open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	return t.unchanged(root, name, path)
}

// unchanged makes sure that a file is a regular one, reached without symbolic links, and that it holds what was scanned.
func (t *worktree) unchanged(root *os.Root, name, path string) error {
	for at := name; at != "."; at = filepath.Dir(at) {
		info, err := root.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return errors.New("the file is gone since the scan; run the command again")
		case err != nil:
			return err
		case info.Mode()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a symbolic link, which is not followed", filepath.ToSlash(at))
		case at == name && !info.Mode().IsRegular():
			return errors.New("not a regular file")
		}
	}
	data, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	if fix.Digest(data) != t.sums[path] {
		return errors.New("the file changed since the scan; run the command again")
	}
	return nil
}

// write replaces a file as a whole: it has the old text or the new one, and keeps its mode.
func (t *worktree) write(path, text string) (err error) {
	root, name, err := t.open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := t.unchanged(root, name, path); err != nil {
		return err
	}
	info, err := root.Stat(name)
	if err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".assay")
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, info.Mode().Perm())
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s, left by an interrupted run, stands in the way; remove it", filepath.ToSlash(temporary))
	}
	if err != nil {
		return err
	}
	// From here on the temporary file is ours to remove.
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return nil
}
