package policy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/assay-audit/assay/internal/kind"
)

// Problem is a place where a policy breaks a house rule.
type Problem struct {
	File    string
	Line    int // 1-based; 0 for the file as a whole
	Rule    string
	Message string
}

func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", p.File, p.Line, p.Message, p.Rule)
}

// HouseRules are the rules that Lint holds policies to, with the reason for each.
func HouseRules() [][2]string {
	return [][2]string{
		{"format", "sources are formatted as opa fmt does"},
		{"metadata", "every policy says its title, description, severity, units, collectors, rationale and remediation"},
		{"units", "a policy names known kinds or facets, and each rule judges one of them"},
		{"verdicts", "fail and pass are proved by rules of their own; a verdict has no default"},
		{"literal-path", "an attribute path is a literal, so that the compiler and the engine can see it"},
		{"no-negated-attribute", "an attribute under not would make an unknown value prove something"},
		{"no-raw-comparison", "an attribute compared with < or > would let null and text sort as numbers; use ev.at_most and its like"},
		{"guarded-absence", "negation, every and counts of nothing need a guard that the evidence is whole"},
		{"parameters", "parameters are declared, used, and the same wherever they are declared"},
		{"no-magic-number", "thresholds are parameters"},
		{"forbidden", "no network, environment, clock or randomness"},
	}
}

// Lint holds every policy and library below a root to the house rules, and to a strict, typed compile. Checks whose parameters must
// agree with these ones can be given as others.
func Lint(root Root, libs ...Root) ([]Problem, error) {
	ix, err := Scan(root.FS)
	if err != nil {
		return []Problem{{File: root.Name, Rule: "metadata", Message: err.Error()}}, nil //nolint:nilerr // what is wrong with a policy is a result here
	}
	var out []Problem
	for _, l := range ix.Libs {
		ps, err := lintFile(root.FS, l.File, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, ps...)
	}
	for i := range ix.Checks {
		c := &ix.Checks[i]
		ps, err := lintFile(root.FS, path.Join(c.Dir, "policy.rego"), c)
		if err != nil {
			return nil, err
		}
		out = append(out, ps...)
	}
	out = append(out, lintParameters(ix.Checks)...)
	out = append(out, lintCompile(root, ix, libs)...)
	slices.SortFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(out), nil
}

// lintCompile compiles everything with types.
func lintCompile(root Root, ix Index, libs []Root) []Problem {
	c := &Catalogue{libs: map[string]libRef{}, roots: map[string]Root{}}
	for _, l := range libs {
		lix, err := Scan(l.FS)
		if err != nil {
			return []Problem{{File: l.Name, Rule: "metadata", Message: err.Error()}}
		}
		lix.Checks = nil
		if err := c.add(l, lix); err != nil {
			return []Problem{{File: l.Name, Rule: "metadata", Message: err.Error()}}
		}
	}
	if err := c.add(root, ix); err != nil {
		return []Problem{{File: root.Name, Rule: "metadata", Message: err.Error()}}
	}
	_, err := c.Compile(c.checks, true)
	if err == nil {
		return nil
	}
	var out []Problem
	if list, ok := errors.AsType[ast.Errors](err); ok {
		for _, e := range list {
			p := Problem{Rule: "compile", Message: e.Message}
			if strings.Contains(e.Message, "undefined function") {
				p.Rule = "forbidden"
			}
			if e.Location != nil {
				p.File, p.Line = e.Location.File, e.Location.Row
			}
			out = append(out, p)
		}
		return out
	}
	return []Problem{{File: root.Name, Rule: "compile", Message: err.Error()}}
}

// lintFile holds one module to the rules; check is nil for a library.
func lintFile(fsys fs.FS, file string, check *Check) ([]Problem, error) {
	src, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, err
	}
	mod, err := ast.ParseModuleWithOpts(file, string(src), parserOptions())
	if err != nil {
		return nil, err
	}
	l := &linter{file: file}
	formatted, err := format.SourceWithOpts(file, src, format.Opts{RegoVersion: ast.RegoV1})
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(formatted, src) {
		l.atf(0, "format", "the file is not formatted as opa fmt does")
	}
	if check != nil {
		l.guards = guardsOf(mod)
		l.metadata(check)
		for _, r := range mod.Rules {
			l.rule(r, check)
		}
		l.parameters(mod, check)
	}
	return l.problems, nil
}

type linter struct {
	file     string
	guards   []string // functions that prove evidence to be whole: the libraries', and the policy's own that call them
	problems []Problem
}

func (l *linter) atf(line int, rule, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: l.file, Line: line, Rule: rule, Message: fmt.Sprintf(format, args...)})
}

func (l *linter) metadata(c *Check) {
	for _, f := range []struct{ name, value string }{
		{"description", c.Description}, {"custom.rationale", c.Rationale}, {"custom.remediation", c.Remediation},
	} {
		if f.value == "" {
			l.atf(1, "metadata", "METADATA has no %s", f.name)
		}
	}
	for _, col := range c.Collectors {
		if !slices.Contains([]string{"aws", "terraform", "host", "governance"}, col) {
			l.atf(1, "metadata", "custom.collectors names %q; there are aws, terraform, host, governance", col)
		}
	}
	for _, u := range c.Units {
		if u != kind.Any && !slices.ContainsFunc(slices.Concat(kind.Facets(), kind.All()), func(s kind.Spec) bool { return s.Name == u }) {
			l.atf(1, "units", "custom.units names %q, which is no kind and no facet", u)
		}
	}
	for _, want := range []string{"fail", "pass"} {
		if !slices.Contains(c.Rules, want) && !slices.Contains(c.Rules, "review") {
			l.atf(1, "verdicts", "no rule proves %s", want)
		}
	}
}

// guards are the functions, of lib.ev and of the libraries built on it, that prove evidence to be whole.
var guards = []string{
	"whole", "enumerated", "each_known", "known", "all_known", "covered", "covered_within", "managed_in", "managed_within", "recorded",
	"settled", "all_settled", "uncovered", "is_true", "is_false", "looked_for", "points_read", "measured",
	"part_covered",
}

func (l *linter) rule(r *ast.Rule, c *Check) {
	name := string(r.Head.Ref()[0].Value.(ast.Var))
	line := r.Location.Row
	verdict := slices.Contains(verdictRules, name)
	if verdict && r.Default {
		l.atf(line, "verdicts", "%s has a default", name)
	}
	units := unitsOf(r)
	for _, u := range units {
		if !slices.Contains(c.Units, u) {
			l.atf(line, "units", "the rule reads input.%s, which custom.units does not name", u)
		}
	}
	if verdict && len(units) > 1 {
		l.atf(line, "units", "a verdict rule judges the entities of one unit; this one reads %d", len(units))
	}
	for body := r; body != nil; body = body.Else {
		l.body(body.Body, verdict && name != "unknown") // which only says why, and proves nothing
	}
}

// unitsOf lists the input.<unit> that a rule reads, without the fixed parts of the input.
func unitsOf(r *ast.Rule) []string {
	var out []string
	ast.WalkRefs(r, func(ref ast.Ref) bool {
		if len(ref) > 1 && ref[0].Equal(ast.InputRootDocument) {
			if s, ok := ref[1].Value.(ast.String); ok && !slices.Contains([]string{"params", "profile", "as_of", "as_of_ns"}, string(s)) {
				out = append(out, string(s))
			}
		}
		return false
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func (l *linter) body(b ast.Body, verdict bool) {
	guarded := calls(b, l.guards)
	for _, e := range b {
		line := 0
		if e.Location != nil {
			line = e.Location.Row
		}
		l.expression(e, line, guarded || !verdict)
		if !verdict || guarded {
			continue
		}
		switch {
		case e.Negated && mentionsAttributes(e):
			l.atf(line, "no-negated-attribute", "not over an attribute: an unknown value would prove this")
		case isEvery(e), countsNothing(e):
			l.atf(line, "guarded-absence", "this holds for an empty or partly unknown list; guard it with ev.whole, ev.known, ev.covered or their like")
		}
	}
}

func (l *linter) expression(e *ast.Expr, line int, guarded bool) {
	if e.Negated && directAttribute(e) && !guarded {
		l.atf(line, "no-negated-attribute", "not e.attrs[...] holds for an unknown value; prove the value instead")
	}
	if e.IsCall() && slices.Contains([]string{"lt", "lte", "gt", "gte"}, e.Operator().String()) {
		for _, t := range e.Operands() {
			if isAttribute(t) {
				l.atf(line, "no-raw-comparison", "compare a number through ev.at_most, ev.at_least, ev.above or ev.below")
			}
		}
	}
	ast.WalkRefs(e, func(ref ast.Ref) bool {
		for i := 1; i+1 < len(ref); i++ {
			if ref[i].Value.Compare(ast.String("attrs")) == 0 {
				if _, ok := ref[i+1].Value.(ast.String); !ok {
					l.atf(line, "literal-path", "the attribute path is not a literal")
				}
			}
		}
		return false
	})
	ast.WalkTerms(e, func(t *ast.Term) bool {
		if n, ok := t.Value.(ast.Number); ok && !slices.Contains([]string{"0", "1", "-1"}, string(n)) {
			l.atf(line, "no-magic-number", "the number %s; make it a parameter", n)
		}
		return false
	})
}

func isAttribute(t *ast.Term) bool {
	ref, ok := t.Value.(ast.Ref)
	return ok && len(ref) > 2 && ref[1].Value.Compare(ast.String("attrs")) == 0
}

// directAttribute reports whether the expression is an attribute, or compares one.
func directAttribute(e *ast.Expr) bool {
	if t, ok := e.Terms.(*ast.Term); ok {
		return isAttribute(t)
	}
	return slices.ContainsFunc(e.Operands(), isAttribute)
}

func mentionsAttributes(e *ast.Expr) bool {
	found := false
	ast.WalkRefs(e, func(ref ast.Ref) bool {
		found = found || len(ref) > 1 && ref[1].Value.Compare(ast.String("attrs")) == 0
		return found
	})
	return found
}

func isEvery(e *ast.Expr) bool {
	_, ok := e.Terms.(*ast.Every)
	return ok
}

// countsNothing recognises count(x) == 0.
func countsNothing(e *ast.Expr) bool {
	if !e.IsCall() || e.Operator().String() != "equal" {
		return false
	}
	zero, count := false, false
	for _, t := range e.Operands() {
		if n, ok := t.Value.(ast.Number); ok && string(n) == "0" {
			zero = true
		}
		if c, ok := t.Value.(ast.Call); ok && c[0].String() == "count" {
			count = true
		}
	}
	return zero && count
}

// guardsOf are the guards and the module's own functions of which every body calls one.
func guardsOf(mod *ast.Module) []string {
	out := slices.Clone(guards)
	for range mod.Rules { // a chain of functions is at most as long as the module
		before := len(out)
		bodies := map[string]bool{}
		for _, r := range mod.Rules {
			name := string(r.Head.Ref()[0].Value.(ast.Var))
			ok, seen := bodies[name]
			bodies[name] = (ok || !seen) && calls(r.Body, out)
		}
		for name, ok := range bodies {
			if ok && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
		if len(out) == before {
			break
		}
	}
	return out
}

// calls reports whether a body calls one of the functions of a library, at any depth.
func calls(b ast.Body, names []string) bool {
	found := false
	test := func(op *ast.Term) {
		ref, ok := op.Value.(ast.Ref)
		if ok && len(ref) == 1 {
			if v, isVar := ref[0].Value.(ast.Var); isVar && slices.Contains(names, string(v)) {
				found = true
			}
		}
		if ok && len(ref) == 2 {
			if s, isString := ref[1].Value.(ast.String); isString && slices.Contains(names, string(s)) {
				found = true
			}
		}
	}
	ast.WalkExprs(b, func(e *ast.Expr) bool {
		if terms, ok := e.Terms.([]*ast.Term); ok {
			test(terms[0])
		}
		return false
	})
	ast.WalkTerms(b, func(t *ast.Term) bool {
		if c, ok := t.Value.(ast.Call); ok {
			test(c[0])
		}
		return false
	})
	return found
}

// parameters holds the parameters that a policy reads against those that it declares.
func (l *linter) parameters(mod *ast.Module, c *Check) {
	used := map[string]bool{}
	ast.WalkRefs(mod, func(ref ast.Ref) bool {
		if len(ref) > 2 && ref[0].Equal(ast.InputRootDocument) && ref[1].Value.Compare(ast.String("params")) == 0 {
			if s, ok := ref[2].Value.(ast.String); ok {
				used[string(s)] = true
			}
		}
		return false
	})
	for _, p := range c.Parameters {
		if !used[p.Name] {
			l.atf(1, "parameters", "parameter %s is declared and not used", p.Name)
		}
		if p.Source == "" {
			l.atf(1, "parameters", "parameter %s does not say where its default comes from", p.Name)
		}
		delete(used, p.Name)
	}
	for name := range used {
		l.atf(1, "parameters", "input.params.%s is not declared in METADATA", name)
	}
}

// lintParameters holds equal parameters of several checks against each other.
func lintParameters(checks []Check) []Problem {
	first := map[string]struct {
		p  Parameter
		id string
	}{}
	var out []Problem
	for _, c := range checks {
		for _, p := range c.Parameters {
			old, ok := first[p.Name]
			if !ok {
				first[p.Name] = struct {
					p  Parameter
					id string
				}{p, c.ID}
				continue
			}
			if !reflect.DeepEqual(old.p, p) {
				out = append(out, Problem{
					File: path.Join(c.Dir, "policy.rego"), Line: 1, Rule: "parameters",
					Message: fmt.Sprintf("parameter %s differs from that of %s", p.Name, old.id),
				})
			}
		}
	}
	return out
}
