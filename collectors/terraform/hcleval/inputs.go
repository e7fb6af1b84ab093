package hcleval

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// inputs are the root module's variables as the user has set them. Later sources win, in Terraform's order:
// TF_VAR_<name>, terraform.tfvars, terraform.tfvars.json, *.auto.tfvars and *.auto.tfvars.json by name, --var-file,
// --var.
type inputs struct{ values map[string]input }

// input is one setting: an expression of a file, or text of the command line or the environment.
type input struct {
	expr hclsyntax.Expression
	text string // where expr is nil
	rng  hcl.Range
}

// Names that stand for a file in the ranges of settings that come from none.
const (
	fromEnvironment = "<environment>"
	fromCommandLine = "<command line>"
)

// readInputs gathers the settings for the root module.
func (l *loader) readInputs(root *moduleConfig) *inputs {
	in := &inputs{values: map[string]input{}}
	for _, entry := range l.options.Environ {
		name, value, ok := strings.Cut(strings.TrimPrefix(entry, "TF_VAR_"), "=")
		if ok && strings.HasPrefix(entry, "TF_VAR_") && root.variables[name] != nil {
			in.values[name] = input{text: value, rng: namedRange(fromEnvironment)}
		}
	}
	for _, file := range l.automaticVarFiles() {
		l.readVarFile(in, root, file, l.display(file))
	}
	for _, file := range l.options.VarFiles {
		abs, err := filepath.Abs(file)
		if err != nil {
			abs = file
		}
		l.readVarFile(in, root, abs, filepath.ToSlash(file))
	}
	for _, setting := range l.options.Vars {
		l.readSetting(in, root, setting)
	}
	return in
}

func namedRange(name string) hcl.Range {
	return hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
}

// automaticVarFiles lists the variable files that Terraform reads by itself.
func (l *loader) automaticVarFiles() []string {
	entries, err := os.ReadDir(l.root)
	if err != nil {
		return nil
	}
	var first, auto []string
	for _, e := range entries {
		name := e.Name()
		switch {
		case name == "terraform.tfvars", name == "terraform.tfvars.json":
			first = append(first, filepath.Join(l.root, name))
		case strings.HasSuffix(name, ".auto.tfvars"), strings.HasSuffix(name, ".auto.tfvars.json"):
			auto = append(auto, filepath.Join(l.root, name))
		}
	}
	slices.Sort(first)
	slices.Sort(auto)
	return append(first, auto...)
}

// readSetting reads one --var.
func (l *loader) readSetting(in *inputs, root *moduleConfig, setting string) {
	rng := namedRange(fromCommandLine)
	name, value, ok := strings.Cut(setting, "=")
	name = strings.TrimSpace(name)
	switch {
	case !ok:
		l.warn(rng, hcl.DiagError, "Invalid --var", fmt.Sprintf("%q has no \"=\": write --var name=value.", name))
	case root.variables[name] == nil:
		l.undeclaredInput(rng, name, root)
	default:
		in.values[name] = input{text: value, rng: rng}
	}
}

func (l *loader) warn(rng hcl.Range, severity hcl.DiagnosticSeverity, summary, detail string) {
	l.diags = append(l.diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: &rng})
}

func (l *loader) undeclaredInput(rng hcl.Range, name string, root *moduleConfig) {
	hint := "Declare it with a variable block, or remove the value."
	if near := nearest(name, sortedKeys(root.variables)); near != "" {
		hint = fmt.Sprintf("Did you mean %q?", near)
	}
	l.warn(rng, hcl.DiagWarning, "Value for undeclared variable", fmt.Sprintf("The root module does not declare a variable named %q. %s", name, hint))
}

// readVarFile reads a variable file.
func (l *loader) readVarFile(in *inputs, root *moduleConfig, path, shown string) {
	f := l.parseVars(path, shown)
	if f.body == nil {
		return
	}
	for _, b := range f.body.Blocks {
		l.warn(b.DefRange(), hcl.DiagError, "Unexpected block", fmt.Sprintf("Blocks such as %q are not allowed in a variables file.", b.Type))
	}
	for _, name := range sortedKeys(f.body.Attributes) {
		attr := f.body.Attributes[name]
		if root.variables[name] == nil {
			l.undeclaredInput(attr.NameRange, name, root)
			continue
		}
		in.values[name] = input{expr: attr.Expr, rng: attr.Expr.Range()}
	}
}

// parseVars reads and parses a .tfvars or .tfvars.json file.
func (l *loader) parseVars(path, shown string) *sourceFile {
	return l.use(l.cache.get(path, func() *sourceFile {
		f := l.read(path, shown)
		if f.source == nil {
			return f
		}
		if !strings.HasSuffix(path, ".json") {
			body, diags := parseSource(f.source, f.display, false)
			f.body, f.diags = body, append(f.diags, diags...)
			return f
		}
		f.body, f.diags = parseVarsJSON(f.source, f.display)
		return f
	}))
}

// parseVarsJSON parses a .tfvars.json file, whose strings are no templates.
func parseVarsJSON(source []byte, name string) (*hclsyntax.Body, hcl.Diagnostics) {
	if rng, err := checkNesting(source, name, jsonSyntax); err != nil {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "File not parsed", Detail: err.Error(), Subject: &rng}}
	}
	top, diags := jsonTop(source, name)
	body := emptyBody(namedRange(name))
	for _, attr := range sortedAttributes(top) {
		v, more := attr.Expr.Value(nil)
		diags = append(diags, more...)
		body.Attributes[attr.Name] = &hclsyntax.Attribute{
			Name: attr.Name, NameRange: attr.NameRange, SrcRange: attr.Range, EqualsRange: attr.NameRange,
			Expr: &hclsyntax.LiteralValueExpr{Val: v, SrcRange: attr.Expr.Range()},
		}
	}
	return body, diags
}

// value evaluates a setting. Text is the value itself where literal is set (for variables of a primitive type or without
// one), and an expression otherwise.
func (i *inputs) value(x *evaluation, name string, literal bool) (cty.Value, hcl.Range, bool) {
	in, ok := i.values[name]
	switch {
	case !ok:
		return cty.NilVal, hcl.Range{}, false
	case in.expr != nil:
		return x.value(in.expr, &scope{}), in.rng, true
	case literal:
		return cty.StringVal(in.text), in.rng, true
	}
	if _, err := checkNesting([]byte(in.text), in.rng.Filename, expression); err != nil {
		return x.fail(in.rng, "Invalid value for input variable", err.Error()), in.rng, true
	}
	expr, diags := hclsyntax.ParseExpression([]byte(in.text), in.rng.Filename, hcl.InitialPos)
	if diags.HasErrors() {
		return x.failWith(diags, in.rng), in.rng, true
	}
	return x.value(expr, &scope{}), in.rng, true
}
