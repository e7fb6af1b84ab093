package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/secret"
	"github.com/assay-audit/assay/internal/waiver"
)

// waiverCollector names the source of the exceptions that a waiver file holds.
const waiverCollector = "waivers"

// waiverPolicy is what assay.yaml accepts as a waiver.
func (p *plan) waiverPolicy() assess.WaiverPolicy {
	c := p.config.WaiverPolicy
	return assess.WaiverPolicy{Approvers: c.Approvers, MaxDays: c.MaxDays, Inline: c.Inline, Proof: string(c.Proof)}
}

// addWaivers adds the exceptions of the waiver file to the snapshot, and finds out what proves those in code, in the
// files of the tree.
func (a *App) addWaivers(ctx context.Context, p *plan, snap *evidence.Snapshot, t tree) error {
	prover, err := a.prover(p, snap)
	if err != nil {
		return err
	}
	if p.config.WaiverPolicy.Inline {
		if err := proveComments(ctx, prover, snap, t.root); err != nil {
			return err
		}
	}
	if p.options.Waivers == "" {
		return nil
	}
	show := filepath.ToSlash(p.options.Waivers)
	file := under(t.root, p.options.Waivers)
	data, err := os.ReadFile(file)
	if err != nil && t.revision && errors.Is(err, os.ErrNotExist) {
		return nil // the revision had no waivers yet
	}
	if err != nil {
		return Usage(fmt.Errorf("--waivers: %w", err))
	}
	hasher, err := a.hasher()
	if err != nil {
		return err
	}
	redact := func(text string) string { return hasher.Redact(text, secret.Scan("", text)) }
	const source = "w1"
	snap.Sources = append(snap.Sources, evidence.Source{
		ID: source, Collector: waiverCollector, Version: a.Version, Target: show, Scope: waiver.Register(show), StartedAt: snap.AsOf, EndedAt: snap.AsOf,
	})
	snap.Files = append(snap.Files, sourceFile(show, data, redact))
	ws, err := waiver.Read(show, data)
	if err != nil {
		if !t.silent {
			a.complain(err)
		}
		snap.Entities = append(snap.Entities, waiver.Unreadable(show, source, err))
		return nil
	}
	if err := prover.File(ctx, file, ws); err != nil {
		return err
	}
	for i := range ws {
		for _, text := range []*string{&ws[i].Reason, &ws[i].Measure, &ws[i].Ticket} {
			*text = redact(*text)
		}
	}
	snap.Entities = append(snap.Entities, waiver.Entities(show, source, ws)...)
	return nil
}

// complain prints what is wrong with an input without which the run goes on.
func (a *App) complain(err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintln(a.Stderr, "assay: "+line)
	}
}

// replaceWaivers puts the waivers of the options in the place of those that a stored snapshot holds; without any, those stay.
func (a *App) replaceWaivers(ctx context.Context, p *plan, snap *evidence.Snapshot) error {
	if p.options.Waivers == "" {
		return nil
	}
	var old []string
	snap.Sources = slices.DeleteFunc(snap.Sources, func(s evidence.Source) bool {
		if s.Collector == waiverCollector {
			old = append(old, s.Target)
		}
		return s.Collector == waiverCollector
	})
	snap.Files = slices.DeleteFunc(snap.Files, func(f evidence.SourceFile) bool { return slices.Contains(old, f.Path) })
	snap.Entities = slices.DeleteFunc(snap.Entities, func(e *evidence.Entity) bool {
		return e.Kind == waiver.Kind && len(e.Prov) > 0 && e.Prov[0].Method == waiver.MethodFile
	})
	if err := a.addWaivers(ctx, p, snap, tree{}); err != nil {
		return err
	}
	snap.Sort()
	return nil
}

// prover reads the allowed signers. A key must be valid at the time of the snapshot.
func (a *App) prover(p *plan, snap *evidence.Snapshot) (waiver.Prover, error) {
	prover := waiver.Prover{At: snap.AsOf, Environ: a.Environ}
	file := p.config.WaiverPolicy.AllowedSigners
	if file == "" {
		return prover, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return prover, Usage(fmt.Errorf("waiver_policy.allowed_signers: %w", err))
	}
	signers, err := waiver.ReadSigners(file, data)
	if err != nil {
		return prover, Usage(fmt.Errorf("waiver_policy.allowed_signers: %w", err))
	}
	prover.Signers = append(waiver.Signers{}, signers...)
	return prover, nil
}

// proveComments asks git which commits wrote the comments that waive something.
func proveComments(ctx context.Context, prover waiver.Prover, snap *evidence.Snapshot, root string) error {
	byFile := map[string][]*evidence.Entity{}
	for _, e := range snap.Entities {
		if e.Kind == waiver.Kind && len(e.Prov) > 0 && e.Prov[0].Method == waiver.MethodHCL {
			byFile[e.Prov[0].Locator.File] = append(byFile[e.Prov[0].Locator.File], e)
		}
	}
	for file, entities := range byFile {
		ws := make([]waiver.Waiver, len(entities))
		for i, e := range entities {
			ws[i].Pos.Line, ws[i].EndLine = e.Prov[0].Locator.Line, e.Prov[0].Locator.EndLine
		}
		if err := prover.File(ctx, under(root, filepath.FromSlash(file)), ws); err != nil {
			return err
		}
		for i, e := range entities {
			e.Attrs["approval"], e.Attrs["approval_ref"] = ws[i].Approval.By, ws[i].Approval.Ref
		}
	}
	return nil
}

// under is the place of a path of the command line below the root; "" is the working directory.
func under(root, path string) string {
	if root == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}

// sourceFile keeps a file that a report can quote.
func sourceFile(path string, data []byte, redact func(string) string) evidence.SourceFile {
	sum := sha256.Sum256(data)
	return evidence.SourceFile{Path: path, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(data)), Text: redact(string(data))}
}
