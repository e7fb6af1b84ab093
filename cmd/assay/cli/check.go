package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newCheckCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "check", Short: "Work on checks and their Rego policies"}
	cmd.AddCommand(newCheckListCommand(a), newCheckTestCommand(a), newCheckLintCommand(a), newCheckNewCommand(a))
	return cmd
}

func newCheckListCommand(a *app.App) *cobra.Command {
	var dirs []string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list [PATTERN...]", Short: "List the checks, with severity and collectors",
		RunE: func(_ *cobra.Command, args []string) error {
			cat, err := app.OpenPolicies(dirs)
			if err != nil {
				return app.Usage(err)
			}
			checks, err := cat.Select(args)
			if err != nil {
				return app.Usage(err)
			}
			if asJSON {
				enc := json.NewEncoder(a.Stdout)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(checks)
			}
			w := newTable(a.Stdout)
			fmt.Fprintln(w, "CHECK\tSEVERITY\tCOLLECTORS\tTITLE")
			for _, c := range checks {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.ID, c.Severity, strings.Join(c.Collectors, ", "), c.Title)
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringArrayVar(&dirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON with everything that is known of each check")
	return cmd
}
