package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/policy"
)

func newFrameworkCommand(a *app.App) *cobra.Command {
	cmd := &cobra.Command{
		Use: "framework", Short: "List frameworks, show their controls, and say honestly what the checks decide of them",
	}
	cmd.AddCommand(newFrameworkListCommand(a), newFrameworkShowCommand(a), newFrameworkCoverageCommand(a))
	return cmd
}

func newFrameworkListCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the frameworks", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all, err := frameworks.Load()
			if err != nil {
				return err
			}
			w := newTable(a.Stdout)
			fmt.Fprintln(w, "ID\tCONTROLS\tSTATUS\tUSED\tTITLE")
			for _, f := range all {
				used := "by default"
				if !slices.Contains(frameworks.Default(), f.ID) {
					used = "--framework"
				}
				fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", f.ID, len(f.Controls), strings.ReplaceAll(string(f.Status), "_", " "), used, f.Title)
			}
			return w.Flush()
		},
	}
}

func newFrameworkShowCommand(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show FRAMEWORK", Short: "List the controls of a framework", Args: cobra.ExactArgs(1),
		ValidArgsFunction: completeFrameworks,
		RunE: func(_ *cobra.Command, args []string) error {
			fs, err := frameworks.Load(args[0])
			if err != nil {
				return app.Usage(err)
			}
			f := fs[0]
			fmt.Fprintf(a.Stdout, "%s (%s)\n%s\n", f.Title, f.Citation, f.Version)
			if f.Status == framework.Proposed {
				fmt.Fprintln(a.Stdout, "PROPOSED: not law")
			}
			fmt.Fprintln(a.Stdout)
			w := newTable(a.Stdout)
			fmt.Fprintln(w, "CONTROL\tDESIGNATION\tAUTOMATION\tCHECKS\tTITLE")
			for _, c := range f.Controls {
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", c.ID, c.Designation, c.Automation, len(f.MappingsOf(c.ID)), c.Title)
			}
			return w.Flush()
		},
	}
}

func newFrameworkCoverageCommand(a *app.App) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "coverage [FRAMEWORK...]", Short: "Say per control which evidence can decide it and which checks exist today",
		ValidArgsFunction: completeFrameworks,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = frameworks.Default()
			}
			fs, err := frameworks.Load(args...)
			if err != nil {
				return app.Usage(err)
			}
			cat, err := app.OpenPolicies(nil)
			if err != nil {
				return err
			}
			infos := checkInfos(cat)
			if asJSON {
				return coverageJSON(a.Stdout, fs, infos)
			}
			for i, f := range fs {
				if i > 0 {
					fmt.Fprintln(a.Stdout)
				}
				if err := coverageText(a.Stdout, f, infos); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func checkInfos(cat *policy.Catalogue) []framework.CheckInfo {
	var out []framework.CheckInfo
	for _, c := range cat.Checks() {
		out = append(out, framework.CheckInfo{ID: c.ID, Title: c.Title, Severity: string(c.Severity), Collectors: c.Collectors})
	}
	return out
}

func coverageText(out io.Writer, f framework.Framework, infos []framework.CheckInfo) error {
	fmt.Fprintf(out, "%s (%s)\n\n", f.Title, f.Citation)
	w := newTable(out)
	fmt.Fprintln(w, "CONTROL\tTITLE\tEVIDENCE THAT CAN DECIDE IT\tDECIDED TODAY\tDIRECT CHECKS\tSUPPORTING CHECKS")
	counts := map[framework.CoverageStatus]int{}
	for _, c := range framework.Coverage(f, infos) {
		counts[c.Status]++
		var domains []string
		for _, d := range c.Control.TestableBy {
			domains = append(domains, string(d))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Control.ID, short(c.Control.Title, 48), strings.Join(domains, ", "), c.Status,
			checkNames(c.Direct), checkNames(c.Supporting))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, s := range framework.CoverageStatuses() {
		if counts[s] > 0 {
			fmt.Fprintf(out, "%4d  %s\n", counts[s], s)
		}
	}
	return nil
}

func checkNames(list []framework.CheckCoverage) string {
	var out []string
	for _, c := range list {
		out = append(out, c.ID)
	}
	if len(out) == 0 {
		return "-"
	}
	return strings.Join(out, ", ")
}

func coverageJSON(out io.Writer, fs []framework.Framework, infos []framework.CheckInfo) error {
	doc := map[string][]framework.ControlCoverage{}
	for _, f := range fs {
		doc[f.ID] = framework.Coverage(f, infos)
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

func short(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

func completeFrameworks(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all, err := frameworks.Load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []string
	for _, f := range all {
		out = append(out, f.ID+"\t"+f.Title)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
