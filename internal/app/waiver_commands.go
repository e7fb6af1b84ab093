package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/config"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/waiver"
)

// defaultWaivers is the waiver file where neither the command line nor assay.yaml names one.
const defaultWaivers = "waivers.yaml"

// WaiverFile reads the waivers of the options, or of assay.yaml, or waivers.yaml, and says what can be said of them without findings: not
// whether they still cover something. It returns the file's name too.
func (a *App) WaiverFile(ctx context.Context, o Options) (string, []assess.WaiverState, error) {
	p, file, data, err := a.openWaivers(o)
	if err != nil {
		return file, nil, err
	}
	ws, err := waiver.Read(file, data)
	if err != nil {
		return file, nil, Usage(err)
	}
	states, err := a.lintWaivers(ctx, p, file, ws)
	return file, states, err
}

// openWaivers reads the waiver file, with the policy that its waivers are held to.
func (a *App) openWaivers(o Options) (*plan, string, []byte, error) {
	cfg, err := config.Load(o.Config)
	if err != nil {
		return nil, "", nil, Usage(err)
	}
	p := &plan{config: cfg}
	if p.catalogue, err = OpenPolicies(either(o.PolicyDirs, cfg.PolicyDirs)); err != nil {
		return nil, "", nil, Usage(err)
	}
	file := filepath.ToSlash(cmp.Or(o.Waivers, cfg.Waivers, defaultWaivers))
	data, err := os.ReadFile(file)
	if err != nil {
		return p, file, nil, Usage(fmt.Errorf("waivers: %w", err))
	}
	return p, file, data, nil
}

func (a *App) lintWaivers(ctx context.Context, p *plan, file string, ws []waiver.Waiver) ([]assess.WaiverState, error) {
	snap := &evidence.Snapshot{AsOf: a.now()}
	prover, err := a.prover(p, snap)
	if err != nil {
		return nil, err
	}
	if err := prover.File(ctx, file, ws); err != nil {
		return nil, err
	}
	snap.Entities = waiver.Entities(file, "", ws)
	return assess.Waive(assess.WaiveInput{Snapshot: snap, Checks: p.catalogue.IDs(), AsOf: snap.AsOf, Policy: p.waiverPolicy()}), nil
}

// AddWaiver adds a waiver at the end of the waiver file, which it makes where there is none. It refuses one that would not hold. It returns
// the file's name and the waiver's id.
func (a *App) AddWaiver(ctx context.Context, o Options, w waiver.Waiver) (file, id string, err error) {
	p, file, data, err := a.openWaivers(o)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return file, "", err
	}
	out, err := waiver.Append(file, data, w)
	if err != nil {
		return file, "", Usage(err)
	}
	ws, err := waiver.Read(file, out)
	if err != nil {
		return file, "", Usage(err)
	}
	added := ws[len(ws)-1]
	p.config.WaiverPolicy.Proof = "" // it is committed or signed after it was added
	states, err := a.lintWaivers(ctx, p, file, []waiver.Waiver{added})
	if err != nil {
		return file, "", err
	}
	if problems := states[0].Problems; len(problems) > 0 {
		return file, "", Usagef("the waiver would not hold: %s", strings.Join(problems, "; "))
	}
	return file, added.ID, writeFile(file, func(w io.Writer) error {
		_, err := w.Write(out)
		return err
	})
}

// WaiverPayload returns what the approver of a waiver signs.
func (a *App) WaiverPayload(o Options, id string) ([]byte, error) {
	_, file, data, err := a.openWaivers(o)
	if err != nil {
		return nil, err
	}
	ws, err := waiver.Read(file, data)
	if err != nil {
		return nil, Usage(err)
	}
	i := slices.IndexFunc(ws, func(w waiver.Waiver) bool { return w.ID == id })
	if i < 0 {
		ids := make([]string, len(ws))
		for n, w := range ws {
			ids[n] = w.ID
		}
		return nil, Usagef("%s has no waiver %q%s", file, id, didYouMean(id, ids))
	}
	return ws[i].Payload(), nil
}
