package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/checktest"
	"github.com/assay-audit/assay/internal/policy"
)

func newCheckTestCommand(a *app.App) *cobra.Command {
	var dirs []string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "test [PATTERN...]",
		Short: "Run the cases and examples of checks",
		Long: `Test runs what stands beside each policy: cases.yaml (small snapshots with the verdict that each entity must get) and the Terraform
examples (pass*.tf, fail*.tf, unknown*.tf, not_applicable*.tf), which go through the real collector.`,
		Example: "  assay check test 'enc.*'\n  assay check test --policy-dir ./policies 'acme.*'",
		RunE: func(cmd *cobra.Command, args []string) error {
			cat, err := app.OpenPolicies(dirs)
			if err != nil {
				return app.Usage(err)
			}
			checks, err := cat.Select(args)
			if err != nil {
				return app.Usage(err)
			}
			passed, failed := 0, 0
			for i := range checks {
				outcomes, err := runCheckTests(cmd, a, cat, &checks[i])
				if err != nil {
					return app.Usage(fmt.Errorf("%s: %w", checks[i].ID, err))
				}
				for _, o := range outcomes {
					if len(o.Problems) == 0 {
						passed++
						if verbose {
							fmt.Fprintf(a.Stdout, "ok    %s: %s\n", o.Check, o.Name)
						}
						continue
					}
					failed++
					fmt.Fprintf(a.Stdout, "FAIL  %s: %s\n        %s\n", o.Check, o.Name, strings.Join(o.Problems, "\n        "))
				}
			}
			fmt.Fprintf(a.Stdout, "%d passed, %d failed\n", passed, failed)
			if failed > 0 {
				return &app.ExitError{Code: app.ExitFailures}
			}
			if passed == 0 {
				return app.Usagef("no case and no example was found: nothing was tested")
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&dirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "name the tests that pass, too")
	return cmd
}

func runCheckTests(cmd *cobra.Command, a *app.App, cat *policy.Catalogue, check *policy.Check) ([]checktest.Outcome, error) {
	dir, err := cat.Dir(check)
	if err != nil {
		return nil, err
	}
	cases, err := checktest.ReadCases(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var out []checktest.Outcome
	for _, c := range cases {
		o, err := checktest.RunCase(cmd.Context(), cat, check, c)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	files, err := checktest.Examples(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		src, err := fs.ReadFile(dir, f)
		if err != nil {
			return nil, err
		}
		o, err := runExample(cmd, a, cat, check, f, src)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		out = append(out, o)
	}
	return out, nil
}

func runExample(cmd *cobra.Command, a *app.App, cat *policy.Catalogue, check *policy.Check, name string, src []byte) (out checktest.Outcome, err error) {
	tmp, err := os.MkdirTemp("", "assay-example-*")
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := os.WriteFile(filepath.Join(tmp, "main.tf"), src, 0o600); err != nil {
		return out, err
	}
	snap, err := a.Snapshot(cmd.Context(), tmp)
	if err != nil {
		return out, err
	}
	return checktest.CheckExample(cmd.Context(), cat, check, name, src, snap)
}
