package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
)

// Collect reads the targets and stores the snapshot. What is read of accounts and hosts goes to disk at once, beside the snapshot's place: an
// interrupted collection can be resumed, and asks nothing again that is complete.
func (a *App) Collect(ctx context.Context, o Options) error {
	if o.Out == "" {
		return Usagef("--out DIR is needed: the directory for the snapshot")
	}
	p, err := a.plan(o, false)
	if err != nil {
		return err
	}
	if err := evidence.Replaceable(o.Out); err != nil { // now, not after hours of collecting
		return Usage(fmt.Errorf("--out: %w", err))
	}
	if evidence.HasSpool(o.Out) && !o.Resume {
		return Usagef("%s holds a collection that was interrupted or still runs: go on with it (--resume), or remove the directory to begin anew",
			evidence.SpoolDir(o.Out))
	}
	spool, err := evidence.OpenSpool(o.Out, a.spoolHeader(p))
	if errors.Is(err, evidence.ErrOtherCollection) {
		return Usagef("%s cannot be resumed: %w; repeat it as it was begun, or remove the directory to begin anew", evidence.SpoolDir(o.Out), err)
	}
	if errors.Is(err, evidence.ErrCollecting) {
		return Usagef("%s: %w; wait for it, or choose another --out", evidence.SpoolDir(o.Out), err)
	}
	if err != nil {
		return Usage(fmt.Errorf("--out: %w", err))
	}
	p.journal = spool
	snap, err := a.gather(ctx, p, tree{})
	if err != nil {
		return a.interrupted(o.Out, spool, err)
	}
	digest, entities, err := evidence.WriteSpooled(o.Out, snap, spool)
	if err != nil {
		return errors.Join(Usage(fmt.Errorf("--out: %w", err)), spool.Close())
	}
	if err := spool.Remove(); err != nil {
		a.Log.Warn("what was kept for a resumption could not be removed", "error", err)
	}
	if !o.Quiet {
		fmt.Fprintf(a.Stdout, "%s  %s\n%d entities from %d targets\n", digest, o.Out, entities, len(p.options.Targets))
	}
	return nil
}

// interrupted keeps what was collected before the error, where that is anything, and says how to go on.
func (a *App) interrupted(out string, spool *evidence.Spool, err error) error {
	if spool.Units() == 0 {
		return errors.Join(err, spool.Remove())
	}
	fmt.Fprintf(a.Stderr, "assay: what was collected is kept in %s (%s): go on with the same command and --resume, which asks for nothing of it again\n",
		evidence.SpoolDir(out), counted(spool.Units(), "unit"))
	return errors.Join(err, spool.Close())
}

// spoolHeader tells collections apart: what is resumed must be what was begun.
func (a *App) spoolHeader(p *plan) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q\n%q\n", a.Version, p.options.Targets, p.config.Labels.Keys())
	if needs := p.needs(); needs != nil {
		fmt.Fprintf(h, "%q\n", slices.Sorted(maps.Keys(needs.Words)))
	}
	return "assay spool 2 " + hex.EncodeToString(h.Sum(nil))
}

// Evaluate judges a stored snapshot and writes the reports: the three offline steps.
func (a *App) Evaluate(ctx context.Context, dir string, o Options) error {
	p, err := a.plan(o, true)
	if err != nil {
		return err
	}
	snap, _, err := evidence.Read(dir)
	if err != nil {
		return Usage(err)
	}
	if err := a.replaceWaivers(ctx, p, snap); err != nil {
		return err
	}
	return a.conclude(ctx, p, snap)
}

// Report renders a stored assessment (the json format) in other formats. The exit code is that of the assessment.
func (a *App) Report(path string, o Options) error {
	p, err := a.plan(o, true)
	if err != nil {
		return err
	}
	result, err := readAssessment(path)
	if err != nil {
		return Usage(err)
	}
	if err := a.render(p, result); err != nil {
		return err
	}
	return a.verdict(p, result)
}

func readAssessment(path string) (*assess.Assessment, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("assessment: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	result, err := assess.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (an assessment is written with: assay scan TARGET -o json=PATH)", path, err)
	}
	return result, nil
}

// conclude judges a snapshot, writes the reports, and turns the verdicts into the exit code.
func (a *App) conclude(ctx context.Context, p *plan, snap *evidence.Snapshot) error {
	digest, err := prepare(snap)
	if err != nil {
		return err
	}
	result, err := a.judge(ctx, p, snap, digest)
	if err != nil {
		return err
	}
	if p.baseline != nil {
		result.Compare(p.baseName, p.baseline)
	}
	if err := a.render(p, result); err != nil {
		return err
	}
	return a.verdict(p, result)
}

// Snapshot reads one target into a snapshot, with no settings of its own.
func (a *App) Snapshot(ctx context.Context, target string) (*evidence.Snapshot, error) {
	return a.collect(ctx, &plan{options: Options{Targets: []string{target}, NoProgress: true}}, tree{})
}
