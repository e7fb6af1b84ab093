package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newDiffCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use:   "diff BASE [HEAD] [-- TARGET...]",
		Short: "Say which findings are new, fixed and unchanged between two assessments or two git revisions",
		Long: `Diff compares two assessments (written with -o json=FILE), or two revisions of the git repository in the working directory.

Of two revisions, the base is their common ancestor: what BASE has gained since is not part of the change. Its files are checked out into a
temporary directory, which is removed again. Without HEAD, the working tree is compared as it stands. Targets follow two dashes; without
any, assay.yaml names them. Settings are those of the working directory, waivers those of each revision.

Every report format shows HEAD, with BASE as its baseline. Only failures that BASE does not have count.

` + exitCodes,
		Example: "  assay diff origin/main HEAD -- ./infra\n  assay diff yesterday.json today.json -o markdown=changes.md",
		Args: func(cmd *cobra.Command, args []string) error {
			if n := revisionArgs(cmd, args); n < 1 || n > 2 {
				return app.Usage(errors.New("diff wants BASE and HEAD; targets follow two dashes: assay diff main HEAD -- ./infra"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			n := revisionArgs(cmd, args)
			head := ""
			if n == 2 {
				head = args[1]
			}
			o.Targets = args[n:]
			return a.Diff(cmd.Context(), args[0], head, o)
		},
	}
	addJudging(cmd.Flags(), &o)
	addTerraform(cmd.Flags(), &o)
	return cmd
}

// revisionArgs is the number of arguments before the two dashes.
func revisionArgs(cmd *cobra.Command, args []string) int {
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		return n
	}
	return len(args)
}
