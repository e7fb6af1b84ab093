package tffunc

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

const (
	// maxIterations is how many elements all the loops of one template may visit together.
	maxIterations = 1_000_000

	// maxRendered is how many bytes of text one template may put together, which its loops and nested templates
	// count again.
	maxRendered = 4 * MaxBytes

	// maxTemplateBytes bounds the recursion of the parser, which "!!!!" or nested directives cause.
	maxTemplateBytes = 256 << 10
)

// templateFunctions returns templatefile and templatestring. A template sees the functions of the table, except
// the two themselves and, for templatestring, those that read files.
func templateFunctions(f files, table map[string]function.Function) map[string]function.Function {
	params := []function.Parameter{stringParam("path"), {Name: "vars", Type: cty.DynamicPseudoType}}
	inFile := templateScope(f, table, false)
	inString := templateScope(f, table, true)

	return map[string]function.Function{
		"templatefile": bounded(entry{fn: function.New(&function.Spec{
			Params: params,
			Type:   function.StaticReturnType(cty.DynamicPseudoType),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				return f.renderFile(args[0].AsString(), args[1], inFile)
			},
		})}),
		"templatestring": function.New(&function.Spec{
			Params: []function.Parameter{
				{Name: "template", Type: customdecode.ExpressionClosureType},
				permissive(function.Parameter{Name: "vars", Type: cty.DynamicPseudoType}),
			},
			Type: function.StaticReturnType(cty.String),
			Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
				return templateString(customdecode.ExpressionClosureFromVal(args[0]), args[1], inString)
			},
		}),
	}
}

// templateScope returns the functions that a template may call; those that it may not return an error.
func templateScope(f files, table map[string]function.Function, isString bool) map[string]function.Function {
	scope := maps.Clone(table)

	for _, name := range []string{"templatefile", "templatestring"} {
		scope[name] = forbidden(fmt.Sprintf("cannot recursively call %s from inside another template function", name))
	}

	if isString {
		for name := range f.functions() {
			if strings.HasPrefix(name, "file") {
				scope[name] = forbidden(fmt.Sprintf("cannot use filesystem access functions like %s in templatestring templates", name))
			}
		}
	}

	for name, fn := range maps.Clone(scope) {
		scope[coreNamespace+name] = fn
	}

	return scope
}

func forbidden(reason string) function.Function {
	p := anyValue("args")

	return function.New(&function.Spec{
		VarParam: &p,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.NilVal, errors.New(reason) },
	})
}

func (f files) renderFile(name string, vars cty.Value, scope map[string]function.Function) (cty.Value, error) {
	content, err := f.read(name)
	if err != nil {
		return cty.NilVal, err
	}

	source, err := fileText(name, content)
	if err != nil {
		return cty.NilVal, err
	}

	return render(source, name, vars, scope)
}

// templateString renders a template that is a value; its argument must refer to that value and not spell it out.
func templateString(closure *customdecode.ExpressionClosure, vars cty.Value, scope map[string]function.Function) (cty.Value, error) {
	if err := checkTemplateReference(closure.Expression); err != nil {
		return cty.NilVal, err
	}

	source, diags := closure.Value()
	if limit := Limit(diags); limit != nil {
		return cty.NilVal, limit
	}

	if diags.HasErrors() {
		return cty.NilVal, diags
	}

	source, err := convert.Convert(source, cty.String)
	if err != nil || source.IsNull() {
		return cty.NilVal, function.NewArgErrorf(0, "invalid template value: a string is required")
	}

	for _, arg := range []cty.Value{source, vars} {
		if err := CheckSize(arg); err != nil {
			return cty.NilVal, err
		}
	}

	source, sourceMarks := source.Unmark()
	vars, varsMarks := vars.UnmarkDeep()

	if !source.IsKnown() || !vars.IsKnown() {
		return cty.UnknownVal(cty.String).RefineNotNull().WithMarks(sourceMarks, varsMarks), nil
	}

	result, err := renderString(source.AsString(), vars, scope)
	if err != nil {
		return cty.NilVal, redact(err, []cty.ValueMarks{sourceMarks, varsMarks})
	}

	return result.WithMarks(sourceMarks, varsMarks), nil
}

func renderString(source string, vars cty.Value, scope map[string]function.Function) (cty.Value, error) {
	result, err := render(source, "<templatestring argument>", vars, scope)
	if err != nil {
		return cty.NilVal, err
	}

	result, err = convert.Convert(result, cty.String)
	if err != nil {
		return cty.NilVal, errors.New("invalid template result: string required")
	}

	return result, CheckSize(result)
}

// checkTemplateReference accepts what Terraform accepts: a reference to a single string from elsewhere.
func checkTemplateReference(expr hcl.Expression) error {
	switch expr.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr:
		return nil
	case *hclsyntax.TemplateExpr, *hclsyntax.LiteralValueExpr:
		return function.NewArgErrorf(0, "templatestring does not support a literal template; use a template string expression instead")
	default:
		return function.NewArgErrorf(0, "invalid template expression: must be a direct reference to a single string from elsewhere")
	}
}

// render evaluates a template with the variables in vars, a map or an object without marks.
func render(source, name string, vars cty.Value, scope map[string]function.Function) (cty.Value, error) {
	if ty := vars.Type(); !ty.IsMapType() && !ty.IsObjectType() {
		return cty.NilVal, function.NewArgErrorf(1, "invalid vars value: must be a map")
	}

	if err := checkTemplateDepth(source); err != nil {
		return cty.NilVal, err
	}

	expr, diags := hclsyntax.ParseTemplate([]byte(source), name, hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}

	variables := vars.AsValueMap()
	for _, key := range slices.Sorted(maps.Keys(variables)) {
		if !hclsyntax.ValidIdentifier(key) {
			return cty.NilVal, function.NewArgErrorf(1, "invalid template variable name %q", key)
		}
	}

	for _, traversal := range expr.Variables() {
		if _, ok := variables[traversal.RootName()]; !ok {
			return cty.NilVal, function.NewArgErrorf(1, "vars map does not contain key %q, referenced at %s",
				traversal.RootName(), traversal.SourceRange())
		}
	}

	LimitWork(expr, NewBudget(maxIterations, maxRendered))

	result, diags := expr.Value(&hcl.EvalContext{Variables: variables, Functions: scope})
	if limit := Limit(diags); limit != nil {
		return cty.NilVal, limit
	}

	if diags.HasErrors() {
		return cty.NilVal, diags
	}

	return result, nil
}

// checkTemplateDepth bounds the nesting that makes the parser recurse.
func checkTemplateDepth(source string) error {
	if len(source) > maxTemplateBytes {
		return limitf("the template is longer than %d bytes", maxTemplateBytes)
	}

	depth := 0

	for i := range len(source) {
		switch source[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}

		if depth > maxDepth {
			return limitf("the template has more than %d levels of brackets", maxDepth)
		}
	}

	return nil
}
