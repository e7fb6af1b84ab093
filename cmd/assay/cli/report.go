package cli

import (
	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newReportCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use:   "report ASSESSMENT",
		Short: "Render a stored assessment again, in other formats",
		Long: `Report reads an assessment that was written with --output json=PATH and renders it in the formats of --output.

` + exitCodes,
		Example: "  assay scan ./infra -o json=assessment.json\n  assay report assessment.json -o html=report.html -o sarif=out.sarif",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.Report(args[0], o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.Outputs, "output", "o", nil, "FORMAT[=PATH], repeatable; text to standard output by default")
	addVerdict(f, &o)
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print nothing but errors; files are still written")
	return cmd
}
