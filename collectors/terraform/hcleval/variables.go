package hcleval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/assay-audit/assay/internal/evidence"
)

// variable returns the value of an input variable in the module instance.
func (m *moduleInstance) variable(x *evaluation, name string, rng hcl.Range) cty.Value {
	block, ok := m.config.variables[name]
	if !ok {
		return x.undeclared(rng, "input variable", "var."+name, sortedKeys(m.config.variables))
	}
	return m.program.resolve(m.variables[name], m.join("var."+name), block.DefRange(), func(x *evaluation) cty.Value {
		v := m.variableValue(x, name, block)
		if literalTrue(block.Body.Attributes["sensitive"]) {
			v = v.Mark(sensitive)
		}
		return v
	})
}

// variableValue finds the given value or the default and converts it to the variable's type.
func (m *moduleInstance) variableValue(x *evaluation, name string, block *hclsyntax.Block) cty.Value {
	ty, defaults := cty.DynamicPseudoType, (*typeexpr.Defaults)(nil)
	literal := true // text from outside is the value itself, not an expression
	if attr := block.Body.Attributes["type"]; attr != nil {
		var diags hcl.Diagnostics
		ty, defaults, diags = typeexpr.TypeConstraintWithDefaults(typeExpression(attr.Expr))
		if diags.HasErrors() {
			x.diags = append(x.diags, diags...)
			ty, defaults = cty.DynamicPseudoType, nil
		}
		literal = ty.IsPrimitiveType()
	}
	given, rng, isGiven := m.given(x, name, literal)
	def := block.Body.Attributes["default"]
	nullable := !literalFalse(block.Body.Attributes["nullable"])
	if isGiven && def != nil && given.IsNull() && !nullable {
		isGiven = false
	}
	if !isGiven {
		if def == nil {
			return unknownBecause(ty.WithoutOptionalAttributesDeep(), evidence.Unresolved, m.join("var."+name)+noValueSuffix)
		}
		given, rng = x.value(def.Expr, m.own), def.Expr.Range()
	}
	given = x.materialise(given)
	if defaults != nil && !given.IsNull() {
		given = applyDefaults(defaults, given)
	}
	out, err := convert.Convert(given, ty)
	if err != nil {
		bad := x.fail(rng, "Invalid value for input variable",
			fmt.Sprintf("The value of %s is not suitable: %s.", m.join("var."+name), err))
		return bad.WithMarks(deepTaint(given))
	}
	return out
}

// applyDefaults fills in optional attributes. The library's code panics on some values of the wrong shape; those are
// left for the conversion to report.
func applyDefaults(defaults *typeexpr.Defaults, v cty.Value) (out cty.Value) {
	defer func() {
		if r := recover(); r != nil {
			out = v
		}
	}()
	return defaults.Apply(v)
}

// typeExpression turns the forms of old configurations, "string", list and map, into the current ones.
func typeExpression(e hclsyntax.Expression) hcl.Expression {
	word := hcl.ExprAsKeyword(e)
	if text, ok := literalText(e); ok {
		word = text
	}
	text := word
	switch word {
	case "list", "map", "set":
		text = word + "(any)"
	}
	if text == "" || text == hcl.ExprAsKeyword(e) {
		return e
	}
	if _, err := checkNesting([]byte(text), e.Range().Filename, expression); err != nil {
		return e
	}
	parsed, diags := hclsyntax.ParseExpression([]byte(text), e.Range().Filename, e.Range().Start)
	if diags.HasErrors() {
		return e
	}
	return parsed
}

// given returns the value that the caller, or for the root module the user, has set.
func (m *moduleInstance) given(x *evaluation, name string, literal bool) (cty.Value, hcl.Range, bool) {
	if m.call != nil {
		attr := m.call.body.Attributes[name]
		if attr == nil {
			return cty.NilVal, hcl.Range{}, false
		}
		return x.value(attr.Expr, m.scope), attr.Expr.Range(), true
	}
	return m.program.inputs.value(x, name, literal)
}

// literalFalse reports whether the argument is the constant false.
func literalFalse(attr *hclsyntax.Attribute) bool {
	if attr == nil {
		return false
	}
	v, diags := attr.Expr.Value(nil)
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool && v.False()
}
