package app

import (
	"context"
	"fmt"
	"os"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
)

// Collect reads the targets into a snapshot directory, and judges nothing.
func (a *App) Collect(ctx context.Context, o Options) error {
	if o.Out == "" {
		return Usagef("--out DIR is needed: the directory for the snapshot")
	}
	p, err := a.plan(o, false)
	if err != nil {
		return err
	}
	snap, err := a.collect(ctx, p, tree{})
	if err != nil {
		return err
	}
	digest, err := evidence.Write(o.Out, snap)
	if err != nil {
		return Usage(fmt.Errorf("--out: %w", err))
	}
	if !o.Quiet {
		fmt.Fprintf(a.Stdout, "%s  %s\n%d entities from %d targets\n", digest, o.Out, len(snap.Entities), len(snap.Sources))
	}
	return nil
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
