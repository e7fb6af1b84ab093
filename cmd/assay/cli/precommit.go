package cli

import (
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/config"
)

// newPreCommitCommand is the entry of .pre-commit-hooks.yaml. It is hidden: pre-commit calls it with the names of changed files.
func newPreCommitCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use: "pre-commit [FILE...]", Hidden: true,
		Short: "Judge what changed files belong to: the targets of assay.yaml, else the files' directories (used by the hook)",
		RunE: func(cmd *cobra.Command, files []string) error {
			targets, err := changedTargets(o.Config, files)
			if err != nil || len(targets) == 0 && len(files) == 0 {
				return err
			}
			o.Targets = targets
			return a.Scan(cmd.Context(), o)
		},
	}
	addJudging(cmd.Flags(), &o)
	addTerraform(cmd.Flags(), &o)
	return cmd
}

// changedTargets are the directories of the files; none where the configuration names targets, which are then judged whole: a changed module
// is judged as its callers use it.
func changedTargets(configFile string, files []string) ([]string, error) {
	cfg, err := config.Load(configFile)
	if err != nil {
		return nil, app.Usage(err)
	}
	if len(cfg.Targets) > 0 {
		return nil, nil
	}
	var out []string
	for _, f := range files {
		out = append(out, "terraform:"+filepath.ToSlash(filepath.Dir(f)))
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
