package cli

import (
	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newCollectCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use:   "collect [TARGET...] --out DIR",
		Short: "Collect only: write a snapshot that can be judged later, elsewhere",
		Long: `Collect reads the targets and writes a snapshot: manifest.json and one compressed file of JSON lines per part (sources,
coverage, entities, relations, files), each with its digest. Secrets are replaced by keyed hashes before anything is written.
Judge it with: assay evaluate DIR

What is read of AWS accounts goes to DIR.partial at once. An interrupted collection goes on with --resume and the same targets; nothing
that is complete is asked for again.

Exit codes: 0; 2 usage error, or a target cannot be read at all; 4 internal failure; 130 interrupted (Ctrl-C).`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			return a.Collect(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.Out, "out", "", "directory for the snapshot; an earlier snapshot there is replaced")
	cmd.Flags().BoolVar(&o.Resume, "resume", false, "go on with an interrupted collection, where there is one")
	cmd.Flags().StringArrayVar(&o.Checks, "check", nil, "collect only what these checks read: id or pattern, repeatable (default: everything)")
	cmd.Flags().StringVar(&o.Config, "config", "", "configuration file (default: assay.yaml in the working directory)")
	cmd.Flags().BoolVar(&o.NoProgress, "no-progress", false, "show no progress")
	cmd.Flags().BoolVarP(&o.Quiet, "quiet", "q", false, "print nothing but errors")
	addTerraform(cmd.Flags(), &o)
	addHost(cmd.Flags(), &o)
	cmd.Flags().StringSliceVar(&o.Host.RestoreTest, "restore-test", nil,
		"restore one file of each repository that hosts back up to, and compare it: restic, borg, or both (--restore-test alone, or =restic)")
	cmd.Flags().Lookup("restore-test").NoOptDefVal = "restic,borg"
	return cmd
}
