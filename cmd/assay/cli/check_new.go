package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/strictyaml"
)

var checkID = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)

func newCheckNewCommand(a *app.App) *cobra.Command {
	var dir, unit string
	cmd := &cobra.Command{
		Use:     "new ID",
		Short:   "Begin a check: a policy, and cases that fail until it is written",
		Example: "  assay check new acme.bucket_names --unit bucket --policy-dir ./policies",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			id := args[0]
			if !checkID.MatchString(id) {
				return app.Usagef("check id %q: write <domain>.<name> in lower case, such as acme.bucket_names", id)
			}
			if len(kind.Paths(unit)) == 0 {
				return app.Usagef("--unit %s is neither a kind nor a facet%s", unit, nearestUnit(unit))
			}
			folder := filepath.Join(dir, filepath.FromSlash(strings.ReplaceAll(id, ".", "/")))
			if _, err := os.Stat(folder); err == nil {
				return app.Usagef("%s exists already", folder)
			}
			if err := os.MkdirAll(folder, 0o750); err != nil {
				return app.Usage(err)
			}
			for name, text := range scaffold(id, unit) {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					return app.Usage(err)
				}
			}
			fmt.Fprintf(a.Stdout, "%s\nWrite the rules, then: assay check lint %s && assay check test --policy-dir %s %s\n", folder, dir, dir, id)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "policy-dir", "policies", "directory that holds the policies")
	cmd.Flags().StringVar(&unit, "unit", "datastore", "kind or facet that the check judges, one verdict per entity")
	return cmd
}

func nearestUnit(name string) string {
	var names []string
	for _, s := range append(kind.Facets(), kind.All()...) {
		names = append(names, s.Name)
	}
	if near := strictyaml.Nearest(name, names); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return " (see docs/kinds.md)"
}

// scaffold is the text of a new check: it compiles, and its cases fail because nothing is proved yet.
func scaffold(id, unit string) map[string]string {
	path, bad, good := placeholder(unit)
	from := sourceOf(unitKind(unit))
	return map[string]string{
		"policy.rego": fmt.Sprintf(`# METADATA
# title: One sentence that states what is true when the check passes
# description: |
#   What a pass shows. What it does not show.
# schemas:
#   - input.%[2]s: schema.%[2]s
# custom:
#   severity: medium
#   units: [%[2]s]
#   collectors: [%[7]s]
#   rationale: Why it matters.
#   remediation: What to change, concretely.
package checks.%[1]s

# Prove the failure: from known values only.
fail contains {
	"uid": e.uid,
	"message": sprintf("%%s ...", [e.name]),
	"expected": "...",
	"actual": "...",
	"attributes": ["%[3]s"],
} if {
	some e in input.%[2]s
	%[4]s == %[5]s
}

# Prove the pass. What is proved neither way is unknown, and the engine says why.
pass contains e.uid if {
	some e in input.%[2]s
	%[4]s == %[6]s
}
`, id, unit, path, attribute(path), bad, good, strings.Join(collectorsOf(unit), ", ")),
		"cases.yaml": fmt.Sprintf(`cases:
  - name: a good one passes
%[3]s    entities:
      - {id: good, kind: %[1]s, %[4]sattrs: {}}
    expect: {good: pass}
  - name: a bad one fails
%[3]s    entities:
      - {id: bad, kind: %[1]s, %[4]sattrs: {}}
    expect: {bad: fail}
  - name: an unknown value proves nothing
%[3]s    entities:
      - {id: later, kind: %[1]s, %[4]sunknown: {%[2]s: %[6]s}}
    expect: {later: unknown}
  - name: nothing to judge
%[3]s    expect: {%[5]q: not_applicable}
`, unitKind(unit), path, from.line(), from.plane(), from.scope, from.reason),
	}
}

// source is what the cases of a new check are collected by: the collector, its scope in cases, and why it may not know a value. That of
// Terraform, and its plane, go without saying.
type source struct{ collector, declaredAs, scope, reason string }

// sourceOf is the collector nearest to an engineer's hand that yields the kind.
func sourceOf(name string) source {
	for _, s := range []source{
		{"terraform", "", "tf:t", "computed"}, {"aws", "observed", "aws:1", "access_denied"}, {"host", "observed", "host:h", "access_denied"},
	} {
		if slices.Contains(collectorsOf(name), s.collector) {
			return s
		}
	}
	return source{"governance", "attested", "gov:g", "not_collected"}
}

// line names the collector of a case, where it is not that of every case.
func (s source) line() string {
	if s.declaredAs == "" {
		return ""
	}
	return "    collectors: [" + s.collector + "]\n"
}

// plane names the plane of an entity, where it is not that of every entity.
func (s source) plane() string {
	if s.declaredAs == "" {
		return ""
	}
	return "plane: " + s.declaredAs + ", "
}

// collectorsOf are the collectors that yield the kind, or some kind with the facet. What no collector yields, the engine makes of what
// all of them do.
func collectorsOf(unit string) []string {
	all := []string{"aws", "terraform", "host", "governance"}
	of := slices.DeleteFunc(slices.Clone(all), func(collector string) bool {
		return !slices.ContainsFunc(kind.All(), func(k kind.Spec) bool {
			return (k.Name == unit || slices.Contains(k.Facets, unit)) && slices.Contains(k.Collectors, collector)
		})
	})
	if len(of) == 0 {
		return all
	}
	return of
}

// placeholder is an attribute of the unit with a plain value, and two values of its type that stand where the author's will.
func placeholder(unit string) (path, bad, good string) {
	attrs := kind.AttrTypes(unit)
	for _, p := range kind.Paths(unit) {
		switch attrs[p] {
		case "string":
			return p, `"never this"`, `"nor this"`
		case "boolean":
			return p, "false", "true"
		case "integer", "number":
			return p, "-1", "-2"
		}
	}
	return kind.Paths(unit)[0], "null", "null"
}

// attribute is how opa fmt writes the reference to an attribute.
func attribute(path string) string {
	if strings.Contains(path, ".") {
		return fmt.Sprintf("e.attrs[%q]", path)
	}
	return "e.attrs." + path
}

// unitKind is a kind that carries the facet, or the kind itself.
func unitKind(unit string) string {
	for _, k := range kind.All() {
		if slices.Contains(k.Facets, unit) {
			return k.Name
		}
	}
	return unit
}
