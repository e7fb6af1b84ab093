package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
)

// strict makes every command that only holds others refuse a name that it does not know. Without it cobra shows the help and exits
// with 0, and a misspelt command in a script would look like a run without findings.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd != root && cmd.HasSubCommands() && (!cmd.Runnable() || cmd.Name() == "completion") {
			cmd.Args, cmd.RunE = cobra.ArbitraryArgs, runGroup
		}
		if cmd.Parent() == root && cmd.Name() == "help" {
			cmd.Run, cmd.RunE = nil, runHelp
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

// runGroup shows the help of a command that holds others.
func runGroup(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return unknownCommand(cmd, args[0])
}

// runHelp shows the help of the command that the arguments name.
func runHelp(cmd *cobra.Command, args []string) error {
	target, rest, err := cmd.Root().Find(args)
	if err != nil || target == nil {
		return unknownCommand(cmd.Root(), args[0])
	}
	if target.HasSubCommands() && len(rest) > 0 {
		return unknownCommand(target, rest[0])
	}
	return target.Help()
}

func unknownCommand(cmd *cobra.Command, name string) error {
	hint := "see: " + cmd.CommandPath() + " --help"
	if cmd.SuggestionsMinimumDistance == 0 {
		cmd.SuggestionsMinimumDistance = 2 // cobra's own default, set only where it looks for a command itself
	}
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, " or ") + "?"
	}
	return app.Usage(fmt.Errorf("unknown command %q for %q; %s", name, cmd.CommandPath(), hint))
}
