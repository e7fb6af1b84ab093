package cli

import (
	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newEvaluateCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use:   "evaluate SNAPSHOT",
		Short: "Judge a stored snapshot: evaluate, assess and report, offline",
		Long: `Evaluate judges a snapshot that assay collect wrote. It touches nothing but that directory, so it gives the same verdicts on
another machine and years later. The time that it judges by is the time of collection.

` + exitCodes,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.Evaluate(cmd.Context(), args[0], o)
		},
	}
	addJudging(cmd.Flags(), &o)
	return cmd
}
