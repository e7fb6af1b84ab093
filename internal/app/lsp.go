package app

import (
	"context"
	"io"
	"os"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/lsp"
)

// LSP serves an editor: it audits the targets of assay.yaml in the workspace's folder, or the folder itself where none are named there. The
// settings are read anew for each audit, so that saving them is enough.
func (a *App) LSP(ctx context.Context, in io.Reader, out io.WriteCloser, o Options) error {
	o.NoProgress = true
	return lsp.Serve(ctx, in, out, lsp.Options{
		Version: a.Version,
		Enter:   os.Chdir,
		Audit: func(ctx context.Context) (*assess.Assessment, *evidence.Snapshot, error) {
			p, err := a.plan(o, true)
			if err != nil {
				return nil, nil, err
			}
			if len(p.options.Targets) == 0 {
				p.options.Targets = []string{"terraform:."}
			}
			return a.assessed(ctx, p)
		},
	})
}
