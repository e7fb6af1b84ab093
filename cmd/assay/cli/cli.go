// Package cli is the command line: it parses flags, calls internal/app, and turns errors into exit codes.
//
// Each command is one file with newXCommand, its options and its run function. Everything that the commands print goes to the
// streams of app.App, so that the whole program runs inside a test.
package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/guard"
)

// exitCodes is part of every judging command's help.
const exitCodes = `Exit codes:
  0  nothing at or above --fail-on
  1  failures (waived ones do not count)
  2  usage, configuration or policy error
  3  no failure, but the audit is incomplete and --fail-on-incomplete is set, or nothing could be judged
  4  internal failure
  130  interrupted (Ctrl-C)`

// interrupted is the exit code after Ctrl-C and SIGTERM, as shells have it: 128 and the number of SIGINT.
const interrupted = 130

// Run runs the program with the arguments and returns the exit code.
func Run(ctx context.Context, args []string, a *app.App) (code int) {
	if a.Version == "" {
		a.Version = version()
	}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if r := recover(); r != nil {
			code = fault(a, &guard.PanicError{Value: r, Stack: debug.Stack()})
		}
	}()
	root := newRootCommand(a)
	strict(root)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return app.ExitOK
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		fmt.Fprintln(a.Stderr, "assay: interrupted")
		return interrupted
	}
	if p, ok := errors.AsType[*guard.PanicError](err); ok {
		return fault(a, p)
	}
	exit, ok := errors.AsType[*app.ExitError](err)
	switch {
	case !ok:
		fmt.Fprintln(a.Stderr, "assay: "+err.Error())
		if isUsage(err) {
			return app.ExitUsage
		}
		return app.ExitInternal
	case exit.Err != nil:
		// Not exit's own message: what is wrapped around it says where.
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(a.Stderr, "assay: "+line)
		}
	}
	return exit.Code
}

// fault reports a panic, of this goroutine or of another one, and returns the exit code.
func fault(a *app.App, p *guard.PanicError) int {
	fmt.Fprintf(a.Stderr, "assay: %v\n%s\nPlease report this with the command that you ran.\n", p, p.Stack)
	return app.ExitInternal
}

// isUsage recognises the errors that cobra itself makes of a command line.
func isUsage(err error) bool {
	for _, prefix := range []string{"unknown command", "unknown flag", "unknown shorthand flag", "flag needs an argument", "invalid argument", "accepts ", "requires ", "required flag"} {
		if strings.HasPrefix(err.Error(), prefix) {
			return true
		}
	}
	return false
}

func newRootCommand(a *app.App) *cobra.Command {
	var level string
	root := &cobra.Command{
		Use:   "assay",
		Short: "Audit infrastructure against GDPR and HIPAA with Rego policies",
		Long: `Assay collects evidence from Terraform code and plans, AWS accounts and hosts, judges it with Rego policies, maps the
verdicts to GDPR and HIPAA controls, and reports what was found, what was not, and what could not be seen.

  assay scan ./infra                   judge a Terraform directory
  assay scan ./infra -o sarif=out.sarif -o html=report.html
  assay scan aws:profile=audit         judge an AWS account
  assay scan host:local                judge this machine
  assay explain enc.at_rest            what a check means, and how to fix what it finds
  assay framework coverage gdpr        which controls the checks decide, and which they do not`,
		SilenceUsage: true, SilenceErrors: true, Version: a.Version,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return setLog(a, level)
		},
	}
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetVersionTemplate("assay {{.Version}}\n")
	root.PersistentFlags().StringVar(&level, "log-level", "warn", "least level of log messages on standard error: debug, info, warn or error")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return app.Usage(err) })
	root.AddCommand(
		newScanCommand(a),
		newCollectCommand(a),
		newEvaluateCommand(a),
		newReportCommand(a),
		newDiffCommand(a),
		newExplainCommand(a),
		newCheckCommand(a),
		newFrameworkCommand(a),
		newWaiverCommand(a),
		newGitHubCommand(a),
		newPreCommitCommand(a),
		newFixCommand(a),
		newAWSCommand(a),
		newLSPCommand(a),
		newVersionCommand(a),
	)
	return root
}

func setLog(a *app.App, level string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return app.Usagef("--log-level %s: allowed are debug, info, warn, error", level)
	}
	a.Log = slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: l}))
	return nil
}

// version is what the build says of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "0.1.0-dev"
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}
