package hcleval

import (
	"cmp"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// literalTrue reports whether the argument is the constant true.
func literalTrue(attr *hclsyntax.Attribute) bool {
	if attr == nil {
		return false
	}
	v, diags := attr.Expr.Value(nil)
	return !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool && v.True()
}

// literalText returns the text of a constant expression.
func literalText(e hcl.Expression) (string, bool) {
	v, diags := e.Value(nil)
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// sortByPlace sorts by the place in the source.
func sortByPlace[T any](items []T, place func(T) hcl.Range) {
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(place(a).Start.Byte, place(b).Start.Byte) })
}

// literalString returns the argument's constant text, and false where it is none.
func literalString(attr *hclsyntax.Attribute) (string, bool) {
	if attr == nil {
		return "", false
	}
	return literalText(attr.Expr)
}

// convertOr converts the value, or reports why it cannot be.
func convertOr(x *evaluation, v cty.Value, ty cty.Type, rng hcl.Range) cty.Value {
	out, err := convert.Convert(v, ty)
	if err != nil {
		return x.fail(rng, "Incorrect value type", "Invalid expression value: "+err.Error()+".")
	}
	return out
}
