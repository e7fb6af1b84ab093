package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newLSPCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use: "lsp", Short: "Serve an editor: failures on their lines, with the controls and the known edits",
		Long: `LSP speaks the Language Server Protocol on standard input and output. It audits the workspace when it is opened and whenever a file is
saved: the targets of assay.yaml in the workspace's folder, or the folder itself. An editor starts it for Terraform files.`,
		Example: "  assay lsp\n  vim.lsp.config('assay', {cmd = {'assay', 'lsp'}, filetypes = {'terraform'}, root_markers = {'assay.yaml', '.git'}})   -- Neovim",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.LSP(cmd.Context(), cmd.InOrStdin(), uncloseable{a.Stdout}, o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Checks, "check", nil, "check id or pattern such as 'enc.*', repeatable")
	f.StringArrayVar(&o.PolicyDirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	f.StringVar(&o.Severity, "severity", "", "leave out checks below this severity: low, medium, high or critical")
	return cmd
}

// uncloseable is standard output, which outlives the connection.
type uncloseable struct{ io.Writer }

// Close does nothing.
func (uncloseable) Close() error { return nil }
