// Package policy loads Rego policies: finds them, reads their metadata, lints them and compiles those that a run needs.
//
// A policy is the Rego package that implements one check. It lives in a folder named after the check (policies/enc/at_rest
// is enc.at_rest), and its package is checks.<id>. Its METADATA annotation carries everything that is said of the check
// but its mapping to controls, which lives in frameworks/. A policy proves verdicts as partial sets:
//
//	fail contains {"uid": e.uid, "message": ..., "attributes": [...]} if { some e in input.datastore; ... }
//	pass contains e.uid if { ... }
//
// and likewise not_applicable, review and unknown. What is neither proved is unknown: the engine says why. Where a reason is about
// another entity than the judged one, such as the trail of an account, "at": {"uid": ..., "attribute": ...} shows the place.
//
// The built-in policies come with an index of their metadata (policies/index.json, generated), so that a run parses and
// compiles only the checks that it selects.
package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assay-audit/assay/internal/finding"
)

// Verdict rules that a policy can define.
var verdictRules = []string{"fail", "pass", "unknown", "not_applicable", "review"}

// Parameter is a number or list that a check uses and that assay.yaml can override.
type Parameter struct {
	Name    string `json:"name"`
	Default any    `json:"default"`
	Unit    string `json:"unit"`
	Source  string `json:"source"` // where the default comes from
}

// Check is what the metadata of a policy says, and what its Rego reads.
type Check struct {
	ID          string           `json:"id"`
	Title       string           `json:"title"`
	Description string           `json:"description"` // what a pass shows, and what it does not
	Severity    finding.Severity `json:"severity"`
	Rationale   string           `json:"rationale"`
	Remediation string           `json:"remediation"`
	// Units are the kinds and facets that the check judges: one verdict per entity.
	Units []string `json:"units"`
	// Collectors are those whose evidence the check can judge.
	Collectors []string    `json:"collectors"`
	Parameters []Parameter `json:"parameters,omitempty"`
	References []string    `json:"references,omitempty"`
	// Dir is the policy's folder, relative to its root.
	Dir string `json:"dir"`
	// Rules are the verdict rules that the policy defines.
	Rules []string `json:"rules"`
	// Literals are all string constants of the policy; the engine loads the attributes, kinds and relations among them.
	Literals []string `json:"literals"`
	// Reads are the attribute paths that the policy reads on entities: what e.attrs is indexed by, and what it names to lib.ev.
	Reads []string `json:"reads"`
	// Libs are the library packages that it imports, transitively, such as "lib.ev".
	Libs []string `json:"libs,omitempty"`
	// Digest is the SHA-256 of the policy's source, in hex.
	Digest string `json:"digest"`
	// Origin is where the policy comes from: "" for the built-in ones, else the policy directory.
	Origin string `json:"-"`
}

// Domain is the first part of the id, such as "enc".
func (c *Check) Domain() string {
	d, _, _ := strings.Cut(c.ID, ".")
	return d
}

// Collects reports whether the collector's evidence can decide the check.
func (c *Check) Collects(collector string) bool { return slices.Contains(c.Collectors, collector) }

// Params are the parameters by name, with the overrides applied.
func (c *Check) Params(overrides map[string]any) map[string]any {
	out := make(map[string]any, len(c.Parameters))
	for _, p := range c.Parameters {
		out[p.Name] = p.Default
		if v, ok := overrides[p.Name]; ok {
			out[p.Name] = v
		}
	}
	return out
}

// metadata is the custom part of a policy's METADATA.
type metadata struct {
	severity, rationale, remediation string
	units, collectors                []string
	parameters                       []Parameter
}

// describe reads a parsed policy module into a Check.
func describe(file string, mod *ast.Module) (Check, error) {
	id, ok := idOf(mod)
	if !ok {
		return Check{}, fmt.Errorf("%s: the package is %s; a policy's package is checks.<domain>.<name>", file, mod.Package.Path)
	}
	ann := packageAnnotation(mod)
	if ann == nil {
		return Check{}, fmt.Errorf("%s: package %s has no METADATA annotation", file, mod.Package.Path)
	}
	meta, err := readCustom(file, ann.Custom)
	if err != nil {
		return Check{}, err
	}
	c := Check{
		ID: id, Title: strings.TrimSpace(ann.Title), Description: strings.TrimSpace(ann.Description),
		Severity: finding.Severity(meta.severity), Rationale: meta.rationale, Remediation: meta.remediation,
		Units: meta.units, Collectors: meta.collectors, Parameters: meta.parameters,
		Rules: rulesOf(mod), Literals: literals(mod), Reads: reads(mod), Libs: imports(mod),
	}
	for _, r := range ann.RelatedResources {
		c.References = append(c.References, r.Ref.String())
	}
	if c.Severity.Rank() == 0 {
		return Check{}, fmt.Errorf("%s: severity %q; write critical, high, medium or low", file, meta.severity)
	}
	if c.Title == "" || len(c.Units) == 0 || len(c.Collectors) == 0 {
		return Check{}, fmt.Errorf("%s: METADATA needs title, custom.units and custom.collectors", file)
	}
	return c, nil
}

func idOf(mod *ast.Module) (string, bool) {
	path := mod.Package.Path // data.checks.<domain>.<name>
	if len(path) < 4 || path[1].Value.Compare(ast.String("checks")) != 0 {
		return "", false
	}
	parts := make([]string, 0, len(path)-2)
	for _, t := range path[2:] {
		s, ok := t.Value.(ast.String)
		if !ok {
			return "", false
		}
		parts = append(parts, string(s))
	}
	return strings.Join(parts, "."), true
}

func packageAnnotation(mod *ast.Module) *ast.Annotations {
	for _, a := range mod.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

func readCustom(file string, custom map[string]any) (metadata, error) {
	known := []string{"severity", "units", "collectors", "rationale", "remediation", "parameters"}
	for k := range maps.Keys(custom) {
		if !slices.Contains(known, k) {
			return metadata{}, fmt.Errorf("%s: METADATA custom.%s is not known; allowed: %s", file, k, strings.Join(known, ", "))
		}
	}
	m := metadata{
		severity: text(custom["severity"]), rationale: text(custom["rationale"]), remediation: text(custom["remediation"]),
		units: texts(custom["units"]), collectors: texts(custom["collectors"]),
	}
	list, _ := custom["parameters"].([]any)
	for i, entry := range list {
		p, ok := entry.(map[string]any)
		if !ok || text(p["name"]) == "" {
			return metadata{}, fmt.Errorf("%s: METADATA custom.parameters[%d] needs name, default, unit and source", file, i)
		}
		def, ok := p["default"]
		if !ok {
			return metadata{}, fmt.Errorf("%s: parameter %s has no default", file, text(p["name"]))
		}
		m.parameters = append(m.parameters, Parameter{Name: text(p["name"]), Default: plain(def), Unit: text(p["unit"]), Source: text(p["source"])})
	}
	return m, nil
}

func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

func texts(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, text(e))
	}
	return out
}

// plain turns the numbers of decoded YAML into float64 or int64 whatever the decoder made of them.
func plain(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = plain(e)
		}
		return out
	}
	return v
}

func rulesOf(mod *ast.Module) []string {
	var out []string
	for _, r := range mod.Rules {
		name := r.Head.Ref()[0].Value.String()
		if slices.Contains(verdictRules, name) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func literals(mod *ast.Module) []string {
	seen := map[string]struct{}{}
	ast.WalkTerms(mod, func(t *ast.Term) bool {
		if s, ok := t.Value.(ast.String); ok {
			seen[string(s)] = struct{}{}
		}
		return false
	})
	return slices.Sorted(maps.Keys(seen))
}

func imports(mod *ast.Module) []string {
	var out []string
	for _, imp := range mod.Imports {
		ref, ok := imp.Path.Value.(ast.Ref)
		if ok && len(ref) == 3 && ref[0].Equal(ast.DefaultRootDocument) && ref[1].Equal(ast.StringTerm("lib")) {
			if s, isString := ref[2].Value.(ast.String); isString {
				out = append(out, "lib."+string(s))
			}
		}
	}
	slices.Sort(out)
	return out
}

// reads finds the attribute paths that a module reads: e.attrs["path"], e.attrs.path, and the string arguments of calls to
// lib.ev functions.
func reads(mod *ast.Module) []string {
	seen := map[string]struct{}{}
	ast.WalkRefs(mod, func(ref ast.Ref) bool {
		for i := 1; i+1 < len(ref); i++ {
			if ref[i].Value.Compare(ast.String("attrs")) != 0 {
				continue
			}
			if s, ok := ref[i+1].Value.(ast.String); ok {
				seen[string(s)] = struct{}{}
			}
		}
		return false
	})
	calls := func(terms []*ast.Term) {
		ref, ok := terms[0].Value.(ast.Ref)
		if !ok || len(ref) == 0 || !ref[0].Equal(ast.VarTerm("ev")) {
			return
		}
		for _, arg := range terms[1:] {
			ast.WalkTerms(arg, func(t *ast.Term) bool {
				if s, ok := t.Value.(ast.String); ok {
					seen[string(s)] = struct{}{}
				}
				return false
			})
		}
	}
	ast.WalkExprs(mod, func(e *ast.Expr) bool {
		if terms, ok := e.Terms.([]*ast.Term); ok {
			calls(terms)
		}
		return false
	})
	ast.WalkTerms(mod, func(t *ast.Term) bool {
		if call, ok := t.Value.(ast.Call); ok {
			calls(call)
		}
		return false
	})
	return slices.Sorted(maps.Keys(seen))
}
