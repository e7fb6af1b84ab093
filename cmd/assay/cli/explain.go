package cli

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/internal/strictyaml"
)

func newExplainCommand(a *app.App) *cobra.Command {
	var dirs []string
	cmd := &cobra.Command{
		Use: "explain CHECK|CONTROL", Short: "Say what a check or a control means, what decides it, and how to fix what it finds",
		Example: "  assay explain enc.at_rest\n  assay explain '164.312(a)(2)(iv)'\n  assay explain 'Art. 32(1)(a)'",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			cat, err := app.OpenPolicies(dirs)
			if err != nil {
				return app.Usage(err)
			}
			all, err := frameworks.Load()
			if err != nil {
				return err
			}
			if check, ok := cat.Check(args[0]); ok {
				return explainCheck(a.Stdout, cat, &check, all)
			}
			if refs := framework.Find(all, args[0]); len(refs) > 0 {
				for i, r := range refs {
					if i > 0 {
						fmt.Fprintln(a.Stdout)
					}
					explainControl(a.Stdout, cat, all, r)
				}
				return nil
			}
			return app.Usagef("%q is neither a check nor a control%s", args[0], nearest(args[0], cat, all))
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			cat, err := app.OpenPolicies(nil)
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			return cat.IDs(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().StringArrayVar(&dirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	return cmd
}

func nearest(name string, cat *policy.Catalogue, all []framework.Framework) string {
	names := cat.IDs()
	for _, f := range all {
		for _, c := range f.Controls {
			names = append(names, c.ID)
		}
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return "; see: assay check list, assay framework show ID"
}

func explainCheck(w io.Writer, cat *policy.Catalogue, c *policy.Check, all []framework.Framework) error {
	fmt.Fprintf(w, "%s  (%s)\n%s\n\n", c.ID, c.Severity, c.Title)
	section(w, "Why", c.Rationale)
	section(w, "What a pass shows", c.Description)
	section(w, "How to fix", c.Remediation)
	section(w, "Judges", "one verdict per "+strings.Join(c.Units, ", ")+", from "+strings.Join(c.Collectors, ", ")+" evidence")
	section(w, "Reads", strings.Join(c.Reads, ", "))
	if len(c.Parameters) > 0 {
		fmt.Fprintln(w, "Parameters (override in assay.yaml)")
		for _, p := range c.Parameters {
			fmt.Fprintf(w, "  %s = %v %s  [%s]\n", p.Name, p.Default, p.Unit, p.Source)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "Controls")
	mapped := false
	for _, f := range all {
		for _, m := range f.Mappings {
			if m.Check != c.ID {
				continue
			}
			mapped = true
			control, _ := f.Control(m.Control)
			fmt.Fprintf(w, "  %s, %s (%s)\n%s\n", control.Citation, control.Title, m.Strength, wrap(m.Rationale, 96, "    "))
		}
	}
	if !mapped {
		fmt.Fprintln(w, "  none")
	}
	fmt.Fprintln(w)
	if len(c.References) > 0 {
		section(w, "References", strings.Join(c.References, "\n  "))
	}
	return explainExamples(w, cat, c)
}

// explainExamples prints the shortest failing and the shortest passing example, which the tests run.
func explainExamples(w io.Writer, cat *policy.Catalogue, c *policy.Check) error {
	dir, err := cat.Dir(c)
	if err != nil {
		return err
	}
	for _, e := range []struct{ prefix, title string }{{"fail", "Example that fails"}, {"pass", "Example that passes"}} {
		files, err := fs.Glob(dir, e.prefix+"*.tf")
		if err != nil || len(files) == 0 {
			continue
		}
		var best []byte
		for _, f := range files {
			src, err := fs.ReadFile(dir, f)
			if err != nil {
				return err
			}
			if best == nil || len(src) < len(best) {
				best = src
			}
		}
		fmt.Fprintf(w, "%s\n", e.title)
		for line := range strings.SplitSeq(strings.TrimRight(string(best), "\n"), "\n") {
			fmt.Fprintln(w, strings.TrimRight("  "+line, " "))
		}
		fmt.Fprintln(w)
	}
	return nil
}

func explainControl(w io.Writer, cat *policy.Catalogue, all []framework.Framework, ref framework.ControlRef) {
	f, _ := framework.ByID(all, ref.Framework)
	c, _ := f.Control(ref.ID)
	fmt.Fprintf(w, "%s  (%s, %s)\n%s\n\n", c.Citation, f.Title, c.Designation, c.Title)
	section(w, "In our words", c.Summary)
	section(w, "Applies when", c.ScopeCondition)
	var domains []string
	for _, d := range c.TestableBy {
		domains = append(domains, string(d))
	}
	section(w, "Evidence that can decide it", strings.Join(domains, ", ")+"; automation: "+string(c.Automation))
	section(w, "Note", c.Note)
	maps := f.MappingsOf(c.ID)
	if len(maps) > 0 {
		fmt.Fprintln(w, "Checks")
		for _, m := range maps {
			title := ""
			if check, ok := cat.Check(m.Check); ok {
				title = ", " + check.Title
			}
			fmt.Fprintf(w, "  %s (%s)%s\n%s\n", m.Check, m.Strength, title, wrap(m.Rationale, 96, "    "))
		}
		fmt.Fprintln(w)
	} else {
		section(w, "Checks", "none today")
	}
	section(w, "Official text", c.Link)
}

func section(w io.Writer, title, body string) {
	if strings.TrimSpace(body) == "" {
		return
	}
	fmt.Fprintf(w, "%s\n%s\n\n", title, wrap(body, 96, "  "))
}

// wrap breaks text at words so that no line is longer than the width, each with the indent. A line that begins with a link or a
// dash stands on its own; other line breaks are the author's wrapping and are joined.
func wrap(text string, width int, indent string) string {
	var lines []string
	line := ""
	flush := func() {
		if line != "" {
			lines = append(lines, indent+line)
			line = ""
		}
	}
	for paragraph := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(paragraph)
		if trimmed == "" || strings.HasPrefix(trimmed, "- ") || strings.HasPrefix(trimmed, "https://") {
			flush()
		}
		for word := range strings.FieldsSeq(trimmed) {
			if line != "" && len([]rune(line))+1+len([]rune(word)) > width-len(indent) {
				flush()
			}
			line = strings.TrimSpace(line + " " + word)
		}
	}
	flush()
	return strings.Join(lines, "\n")
}
