package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-audit/assay/internal/app"
)

// newGitHubCommand holds what the action of this repository calls. It is hidden: its form follows the action's, not the contract.
func newGitHubCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use: "github", Short: "Hand a stored assessment over to GitHub Actions (used by the action)", Hidden: true,
	}
	cmd.AddCommand(newGitHubAnnotationsCommand(a), newGitHubSummaryCommand(a), newGitHubOutputsCommand(a))
	return cmd
}

func newGitHubAnnotationsCommand(a *app.App) *cobra.Command {
	var o app.Options
	var diff string
	cmd := &cobra.Command{
		Use: "annotations ASSESSMENT", Short: "Print workflow commands that annotate the lines of new failures", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.GitHubAnnotations(args[0], diff, o) },
	}
	addVerdict(cmd.Flags(), &o)
	cmd.Flags().StringVar(&diff, "diff", "", "unified diff of the change; its lines come first")
	return cmd
}

func newGitHubSummaryCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use: "summary ASSESSMENT", Short: "Print the summary of a step as Markdown, below 1,024 KiB", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.GitHubSummary(args[0], o) },
	}
	addVerdict(cmd.Flags(), &o)
	return cmd
}

func newGitHubOutputsCommand(a *app.App) *cobra.Command {
	var out app.GitHubOutputs
	cmd := &cobra.Command{
		Use: "outputs [ASSESSMENT]", Short: "Print the outputs of a step for GITHUB_OUTPUT", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			path := ""
			if len(args) == 1 {
				path = args[0]
			}
			return a.GitHubOutputs(path, out)
		},
	}
	f := cmd.Flags()
	f.IntVar(&out.Code, "exit-code", 0, "exit code of the run")
	f.StringVar(&out.SARIFFile, "sarif-file", "", "file with the SARIF log")
	f.StringVar(&out.ReportFile, "report-file", "", "file with the HTML report")
	return cmd
}

// addVerdict adds the flags that say which findings decide.
func addVerdict(f *pflag.FlagSet, o *app.Options) {
	f.StringVar(&o.FailOn, "fail-on", "", "least severity that fails the run: none, low, medium, high or critical (default low)")
	f.BoolVar(&o.FailOnIncomplete, "fail-on-incomplete", false, "exit with 3 where something was not collected or not decidable")
	f.StringVar(&o.Config, "config", "", "configuration file (default: assay.yaml in the working directory)")
}
