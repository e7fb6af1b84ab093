package cli

import (
	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

func newAWSCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{Use: "aws", Short: "Prepare an AWS account for audits"}
	cmd.AddCommand(newAWSPermissionsCommand(a))
	return cmd
}

func newAWSPermissionsCommand(a *app.App) *cobra.Command {
	var o app.PermissionOptions
	cmd := &cobra.Command{
		Use:   "permissions [aws:...]",
		Short: "Print the least-privilege IAM policy for the chosen checks; --preflight tries it",
		Long: `Permissions prints the IAM policy that lets Assay read what the chosen checks judge, and nothing else: no operation that writes, and none
that returns a secret or the content of a store. It is sorted, with one statement for each service, and printed alike by every run.
With a target of an organisation (aws:org=ROLE) the last statement lets the credentials of the run assume the role in each account.

A managed policy takes 6,144 characters. Where the whole policy is larger, --out and --format terraform make several of it.

With --preflight it calls each operation at least once instead, where there is something to ask about, and says which are denied and which
controls each denial would leave undecided.

  assay aws permissions > assay-policy.json
  assay aws permissions --out policies
  assay aws permissions --check 'iam.*' --format terraform
  assay aws permissions --preflight aws:profile=audit

Exit codes: 0; 2 usage error, or AWS cannot be asked; 3 something is denied (--preflight).`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Format != "json" && o.Format != "terraform" {
				return app.Usagef("--format %s: allowed are json, terraform", o.Format)
			}
			if o.Dir != "" && (o.Format != "json" || o.Preflight) {
				return app.Usagef("--out writes policies as JSON: leave out --format and --preflight")
			}
			o.Targets = args
			return a.AWSPermissions(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.Checks, "check", nil, "check id or pattern such as 'iam.*', repeatable (default: all)")
	f.StringVar(&o.Severity, "severity", "", "leave out checks below this severity: low, medium, high or critical")
	f.StringArrayVar(&o.Frameworks, "framework", nil, "framework id whose controls --preflight names, repeatable")
	f.StringArrayVar(&o.PolicyDirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	f.StringVar(&o.Config, "config", "", "configuration file (default: assay.yaml in the working directory)")
	f.StringVar(&o.Format, "format", "json", "json or terraform")
	f.StringVar(&o.Dir, "out", "", "directory to write the policies to, each a file that a managed policy can hold")
	f.BoolVar(&o.Preflight, "preflight", false, "try the permissions in the target's accounts and regions")
	f.BoolVar(&o.NoProgress, "no-progress", false, "show no progress")
	return cmd
}
