package app

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/engine"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/git"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/internal/secret"
	"github.com/assay-audit/assay/internal/waiver"
	"github.com/assay-audit/assay/reports"
)

// Scan collects the targets, judges them, and writes the reports. The error carries the exit code.
func (a *App) Scan(ctx context.Context, o Options) error {
	if dir, ok := storedSnapshot(o.Targets); ok {
		return a.Evaluate(ctx, dir, o)
	}
	p, err := a.plan(o, false)
	if err != nil {
		return err
	}
	snap, err := a.collect(ctx, p, tree{})
	if err != nil {
		return err
	}
	return a.conclude(ctx, p, snap)
}

// storedSnapshot recognises a run on one stored snapshot: snapshot:DIR, or a directory that holds one. It is judged at the time at
// which it was collected.
func storedSnapshot(targets []string) (string, bool) {
	if len(targets) != 1 {
		return "", false
	}
	return stored(targets[0])
}

// stored recognises a target that is a stored snapshot, and returns its directory.
func stored(ref string) (string, bool) {
	if dir, ok := strings.CutPrefix(ref, "snapshot:"); ok {
		return dir, true
	}
	_, err := os.Stat(filepath.Join(ref, evidence.ManifestFile))
	return ref, err == nil
}

// ofWaivers tells the source of waivers: a run has its own.
func ofWaivers(s evidence.Source) bool { return s.Collector == waiverCollector }

// tree is where the files of a run lie. The zero value is the working directory as it stands.
type tree struct {
	root string // directory below which relative paths are read; "" = the working directory
	// revision is true for the files of a git revision, in which a target may not be there (yet).
	revision bool
	silent   bool // shows no progress
}

// collect reads every target of the plan into a snapshot, merged and in order.
func (a *App) collect(ctx context.Context, p *plan, t tree) (*evidence.Snapshot, error) {
	snap, err := a.gather(ctx, p, t)
	if err != nil {
		return nil, err
	}
	snap.Merge()
	snap.Sort()
	return snap, nil
}

// gather reads every target of the plan. What goes to the plan's journal is not in the snapshot.
func (a *App) gather(ctx context.Context, p *plan, t tree) (*evidence.Snapshot, error) {
	hasher, err := a.hasher()
	if err != nil {
		return nil, err
	}
	env := collectors.Env{
		Clock: a.now, Environ: a.Environ, Version: a.Version, Log: a.Log, Hasher: hasher, Progress: a.progress(p.options),
	}
	if t.silent {
		env.Progress = silent{}
	}
	snap := &evidence.Snapshot{AsOf: a.now(), Tool: "assay " + a.Version}
	sink := &memory{snap: snap, files: map[string]int{}}
	type job struct {
		collector collectors.Collector
		request   collectors.Request
	}
	needs := p.needs()
	var jobs []job
	var contexts []evidence.Context
	var errs []error
	for i, ref := range p.options.Targets {
		source := "s" + strconv.Itoa(i+1)
		if dir, ok := stored(ref); ok && (!t.revision || strings.HasPrefix(ref, "snapshot:")) {
			old, _, err := evidence.Read(dir)
			errs = append(errs, err)
			contexts = append(contexts, evidence.Context{Snapshot: old, ID: source, Ref: ref, Leave: ofWaivers, Yield: p.profile == "pr"})
			continue
		}
		if t.revision && t.lacks(ref) {
			absent(snap, ref, source)
			continue
		}
		target, spec, err := resolveTarget(ref, t.root)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		jobs = append(jobs, job{spec.New(), collectors.Request{
			Target: target, Source: source, Root: t.root, Labels: p.config.Labels.Keys(), Needs: needs, Journal: p.journal,
			Terraform: collectors.TerraformOptions{
				VarFiles: p.options.VarFiles, Vars: p.options.Vars, Workspace: p.options.Workspace,
			},
			Host: p.options.Host,
		}})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, Usage(err)
	}
	defer clearLine(env.Progress)
	for _, j := range jobs {
		if err := j.collector.Collect(ctx, env, j.request, sink); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, Usage(err)
		}
	}
	root, directory := repository()
	revision := revisionOf(cmp.Or(t.root, root))
	for i := range snap.Sources {
		snap.Sources[i].Directory = directory
		if snap.Sources[i].Collector == "terraform" {
			snap.Sources[i].Revision = revision
		}
	}
	for _, c := range contexts {
		snap.AddContext(c)
	}
	return snap, a.addWaivers(ctx, p, snap, t)
}

// prepare takes the digest of a snapshot as it was collected, and adds to it what follows from several sources.
func prepare(snap *evidence.Snapshot) (digest string, err error) {
	if digest, err = snap.Digest(); err != nil {
		return "", err
	}
	derive.Derive(snap)
	return digest, nil
}

// judge evaluates and assesses a prepared snapshot with the digest. It works on the snapshot alone: no target, no clock.
func (a *App) judge(ctx context.Context, p *plan, snap *evidence.Snapshot, digest string) (*assess.Assessment, error) {
	if p.profile == "" {
		p.profile = defaultProfile(snap)
	}
	shown := a.progress(p.options)
	defer clearLine(shown)
	shown.Stage("judging "+strconv.Itoa(len(snap.Entities))+" entities", 0)
	res, waivers, err := a.evaluate(ctx, p, snap)
	if err != nil {
		return nil, err
	}
	for _, e := range res.Errors {
		a.Log.Warn("a policy could not be evaluated; the verdict is unknown", "check", e.Check, "entity", e.UID, "error", e.Detail)
	}
	sources := make(map[string]string, len(p.checks))
	for i := range p.checks {
		src, err := p.catalogue.Source(&p.checks[i])
		if err != nil {
			return nil, err
		}
		sources[p.checks[i].ID] = string(src)
	}
	if err := propose(res.Findings, snap.Files, parameters(p)); err != nil {
		return nil, err
	}
	quote(res.Findings, snap.Files)
	if err := cite(res.Findings, snap); err != nil {
		return nil, err
	}
	return assess.Build(assess.Input{
		Tool: assess.Tool{Name: "assay", Version: a.Version}, Profile: p.profile, Snapshot: snap, SnapshotDigest: digest,
		PoliciesDigest: p.catalogue.Digest(p.checks), Findings: res.Findings, Checks: p.checks, Judged: res.Judged, Params: p.params,
		Frameworks: p.frameworks, Sources: sources, Waivers: waivers,
	}), nil
}

// evaluate asks the policies, and applies the waivers. The checks that judge the exceptions themselves come last: whether an exception
// still covers something is known only then.
func (a *App) evaluate(ctx context.Context, p *plan, snap *evidence.Snapshot) (engine.Result, []assess.WaiverState, error) {
	options := engine.Options{Profile: p.profile, Params: p.params, Typed: p.typed, Cache: &p.compiled, Memory: p.memory, Needs: p.namesOf}
	ask := func(checks []policy.Check) (engine.Result, error) {
		res, err := engine.Evaluate(ctx, snap, p.catalogue, checks, options)
		switch {
		case err == nil:
			return res, nil
		case ctx.Err() != nil:
			return res, ctx.Err()
		}
		return res, Usage(fmt.Errorf("the policies do not compile: %w", err))
	}
	if !slices.ContainsFunc(snap.Entities, func(e *evidence.Entity) bool { return e.Kind == waiver.Kind }) {
		res, err := ask(p.checks)
		return res, []assess.WaiverState{}, err
	}
	var first, last []policy.Check
	for _, c := range p.checks {
		if slices.Contains(c.Units, waiver.Kind) {
			last = append(last, c)
		} else {
			first = append(first, c)
		}
	}
	res, err := ask(first)
	if err != nil {
		return res, nil, err
	}
	states := assess.Waive(assess.WaiveInput{
		Findings: res.Findings, Snapshot: snap, Checks: p.catalogue.IDs(), Judged: res.Judged, AsOf: snap.AsOf, Policy: p.waiverPolicy(),
	})
	if len(last) == 0 {
		return res, states, nil
	}
	about, err := ask(last)
	if err != nil {
		return res, nil, err
	}
	res.Findings, res.Judged = append(res.Findings, about.Findings...), append(res.Judged, about.Judged...)
	res.Errors = append(res.Errors, about.Errors...)
	finding.Sort(res.Findings)
	slices.Sort(res.Judged)
	return res, states, nil
}

// defaultProfile is pr where every source is Terraform, else run.
func defaultProfile(snap *evidence.Snapshot) string {
	for _, s := range snap.Sources {
		if s.Collector != "terraform" && s.Collector != waiverCollector {
			return "run"
		}
	}
	return "pr"
}

// render writes every output. A file is written whole or not at all.
func (a *App) render(p *plan, result *assess.Assessment) error {
	for _, out := range p.outputs {
		o := reports.Options{FailOn: p.failOn, FailOnIncomplete: p.options.FailOnIncomplete, ConfigFile: p.configFile}
		if out.path == "" {
			if p.options.Quiet && out.spec.Name == "text" {
				continue
			}
			o.Color, o.Width = a.Color, a.Width
			if err := out.spec.New().Render(a.Stdout, result, o); err != nil {
				return fmt.Errorf("write %s to standard output: %w", out.spec.Name, err)
			}
			continue
		}
		if err := writeFile(out.path, func(w io.Writer) error { return out.spec.New().Render(w, result, o) }); err != nil {
			return fmt.Errorf("--output %s=%s: %w", out.spec.Name, out.path, err)
		}
	}
	return nil
}

// writeFile streams what render writes to a file that appears whole or not at all. That the file cannot be written is an error of usage.
func writeFile(path string, render func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return Usage(err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".assay-*")
	if err != nil {
		return Usage(err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already where the rename worked
	out := &outputFile{w: bufio.NewWriterSize(tmp, 1<<16)}
	rendered := render(out)
	written := errors.Join(out.failed, out.w.Flush(), tmp.Chmod(0o644), tmp.Close())
	if written != nil {
		return Usage(written)
	}
	if rendered != nil {
		return rendered
	}
	return Usage(os.Rename(tmp.Name(), path))
}

// outputFile remembers whether writing failed, to tell a full disk from a fault in a renderer.
type outputFile struct {
	w      *bufio.Writer
	failed error
}

func (o *outputFile) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil {
		o.failed = err
	}
	return n, err
}

// verdict turns the assessment into the exit code. It looks at the verdicts, never at what an output shows.
func (a *App) verdict(p *plan, result *assess.Assessment) error {
	outcome := result.Outcome(p.failOn, p.options.FailOnIncomplete)
	switch {
	case outcome.Code == ExitOK:
		return nil
	case outcome.Code == ExitIncomplete && result.NothingJudged():
		return &ExitError{Code: ExitIncomplete, Err: errors.New("nothing could be judged: " + whyNothing(result))}
	}
	return &ExitError{Code: outcome.Code}
}

func whyNothing(result *assess.Assessment) string {
	if result.Summary.Entities == 0 {
		return "the targets hold no entity that a check speaks of"
	}
	return "no check could be decided on what was collected"
}

// now is the time at which evidence is collected: SOURCE_DATE_EPOCH where it is set, so that a run can be repeated to the byte.
func (a *App) now() time.Time {
	if s, ok := a.env("SOURCE_DATE_EPOCH"); ok {
		if sec, err := strconv.ParseInt(s, 10, 64); err == nil {
			return time.Unix(sec, 0).UTC()
		}
		a.Log.Warn("SOURCE_DATE_EPOCH is not a number of seconds and is ignored", "value", s)
	}
	return a.Clock().UTC().Truncate(time.Second)
}

// hasher makes the keyed hash for secrets. The key is ASSAY_REDACTION_KEY, else one made once for this machine and kept beside
// the user's state, so that the same secret has the same hash in every run; where it cannot be kept, one for this run alone.
func (a *App) hasher() (secret.Hasher, error) {
	if key, ok := a.env("ASSAY_REDACTION_KEY"); ok {
		h, err := secret.NewHasher([]byte(key))
		if err != nil {
			return h, Usage(fmt.Errorf("ASSAY_REDACTION_KEY: %w", err))
		}
		return h, nil
	}
	home, _ := a.env("HOME")
	state, _ := a.env("XDG_STATE_HOME")
	if state == "" && home != "" {
		state = filepath.Join(home, ".local", "state")
	}
	if state != "" {
		key, err := keptKey(filepath.Join(state, "assay", "redaction.key"))
		if err == nil {
			return secret.NewHasher(key)
		}
		if damaged, ok := errors.AsType[*damagedKeyError](err); ok {
			a.Log.Warn("the key for hashing secrets cannot be used, and this run makes one of its own: the same secret has another hash than in "+
				"earlier runs; remove the file to have a new one made, or set ASSAY_REDACTION_KEY", "file", damaged.path, "error", damaged.cause)
		}
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return secret.Hasher{}, err
	}
	return secret.NewHasher(key)
}

// damagedKeyError is a key file that is there and cannot be used. It is never overwritten: it may be a good key that is out of reach, and
// hashes of earlier reports rest on it.
type damagedKeyError struct{ path, cause string }

func (e *damagedKeyError) Error() string { return e.path + ": " + e.cause }

// keptKey reads the key file, and makes it where there is none. Of several runs that make it at once, one wins and all use its key: the
// file comes into being whole, under its name, or not at all.
func keptKey(path string) ([]byte, error) {
	if key, err := readKey(path); !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".redaction-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // its content has another name by now, or is of no use
	_, err = tmp.Write(key)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(tmp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readKey(path)
}

// readKey reads a key file that is long enough.
func readKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil:
		return nil, &damagedKeyError{path, err.Error()}
	case len(key) < secret.MinKeyBytes:
		return nil, &damagedKeyError{path, fmt.Sprintf("it has %d bytes, a key has at least %d", len(key), secret.MinKeyBytes)}
	}
	return key, nil
}

// memory is a sink that keeps everything.
type memory struct {
	mu    sync.Mutex
	snap  *evidence.Snapshot
	files map[string]int // index in snap.Files by path
}

// repository is the root of the repository that the working directory is part of, "" outside of any, and the working directory below that
// root, "" at it. It looks for .git, so that it needs no git: a directory, or a file in a worktree.
func repository() (root, directory string) {
	wd, err := os.Getwd()
	if err != nil {
		return "", ""
	}
	for dir := wd; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			below, err := filepath.Rel(dir, wd)
			if err != nil || below == "." {
				return dir, ""
			}
			return dir, filepath.ToSlash(below)
		}
		if dir == filepath.Dir(dir) {
			return "", ""
		}
	}
}

// revisionOf is the commit on which a work tree stands; nil where there is none.
func revisionOf(root string) *evidence.Revision {
	if root == "" {
		return nil
	}
	head, ok := git.ReadHead(root)
	if !ok {
		return nil
	}
	return &evidence.Revision{Repository: head.Remote, Commit: head.Commit, Branch: head.Branch}
}

// Entity keeps an entity.
func (m *memory) Entity(e *evidence.Entity) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.snap.Entities = append(m.snap.Entities, e)
	return nil
}

// Relation keeps a relation.
func (m *memory) Relation(r evidence.Relation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.snap.Relations = append(m.snap.Relations, r)
	return nil
}

// Coverage keeps a coverage statement.
func (m *memory) Coverage(c evidence.Coverage) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.snap.Coverage = append(m.snap.Coverage, c)
	return nil
}

// Source keeps a source.
func (m *memory) Source(s evidence.Source) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.snap.Sources = append(m.snap.Sources, s)
	return nil
}

// File keeps one copy of each file. Where two targets redacted the same file differently, each knows secrets that the other
// does not, so its text is not kept.
func (m *memory) File(f evidence.SourceFile) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, ok := m.files[f.Path]; ok {
		if old := &m.snap.Files[i]; old.Text != f.Text {
			old.Text = ""
		}
		return nil
	}
	m.files[f.Path] = len(m.snap.Files)
	m.snap.Files = append(m.snap.Files, f)
	return nil
}

// progress shows what is being done on a terminal, and nothing elsewhere. It is over with clearLine.
func (a *App) progress(o Options) collectors.Progress {
	if o.NoProgress || o.Quiet || !a.ErrTerminal {
		return silent{}
	}
	return &spinner{w: a.Stderr, width: cmp.Or(a.Width, 80), now: a.Clock}
}
