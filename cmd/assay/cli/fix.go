package cli

import (
	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newFixCommand(a *app.App) *cobra.Command {
	var o app.FixOptions
	cmd := &cobra.Command{
		Use:   "fix [TARGET...]",
		Short: "Make the edits of Terraform code that are known to mend findings",
		Long: `Fix scans Terraform directories and makes the edits that are known: an argument to set, a block to add. Then it scans again and
says what is gone and what remains. Comments and formatting stay; files that terraform fmt accepted, it accepts afterwards.

It edits nothing that it cannot evaluate: no argument that is computed from variables or locals, no block of which only some
instances fail, no JSON, no file that holds a secret or lies outside of the targets, and nothing through a symbolic link. An
edit that may make Terraform replace a resource needs --allow-replace. Read the edits before you apply them.`,
		Example: "  assay fix ./infra --diff\n  assay fix ./infra --check 'log.*'",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			return a.Fix(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.Diff, "diff", false, "print the edits as a unified diff, and make none")
	f.BoolVar(&o.AllowReplace, "allow-replace", false, "make edits too for which Terraform may replace a resource, and its data with it")
	f.StringArrayVar(&o.Checks, "check", nil, "check id or pattern such as 'enc.*', repeatable")
	f.StringArrayVar(&o.PolicyDirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	f.StringVar(&o.Severity, "severity", "", "leave out checks below this severity: low, medium, high or critical")
	f.StringVar(&o.Profile, "profile", "", "pr, run or audit (default: pr)")
	f.StringVar(&o.Config, "config", "", "configuration file (default: assay.yaml in the working directory)")
	f.StringVar(&o.Waivers, "waivers", "", "file with approved exceptions; what is waived is not edited")
	f.BoolVar(&o.NoProgress, "no-progress", false, "show no progress")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print nothing but errors")
	addTerraform(f, &o.Options)
	return cmd
}
