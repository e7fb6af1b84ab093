package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

func newCheckLintCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use:   "lint [DIR...]",
		Short: "Hold policies to a strict compile, their schemas and the house rules; the built-in ones where no directory is named",
		Long:  "Lint holds policies to a strict, typed compile and to the house rules:\n\n" + houseRules(),
		RunE: func(_ *cobra.Command, args []string) error {
			builtin := policy.Root{FS: policies.FS, Name: "policies"}
			var problems []policy.Problem
			if len(args) == 0 {
				found, err := policy.Lint(builtin)
				if err != nil {
					return err
				}
				problems = found
			}
			for _, dir := range args {
				if _, err := os.Stat(dir); err != nil {
					return app.Usagef("policy directory: %w", err)
				}
				found, err := policy.Lint(policy.Root{FS: os.DirFS(dir), Name: dir}, builtin)
				if err != nil {
					return app.Usage(err)
				}
				problems = append(problems, found...)
			}
			for _, p := range problems {
				fmt.Fprintln(a.Stdout, p)
			}
			if len(problems) > 0 {
				return &app.ExitError{Code: app.ExitFailures, Err: fmt.Errorf("%d problems", len(problems))}
			}
			fmt.Fprintln(a.Stdout, "no problems")
			return nil
		},
	}
}

func houseRules() string {
	var out strings.Builder
	for _, r := range policy.HouseRules() {
		fmt.Fprintf(&out, "  %-21s %s\n", r[0], r[1])
	}
	return out.String()
}
