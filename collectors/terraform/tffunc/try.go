package tffunc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// tryFunction returns the first expression without an error. It differs from hcl's ext/tryfunc in that an
// unknown result keeps its marks, and that a LimitError is not a reason to take the next expression.
func tryFunction() function.Function {
	return function.New(&function.Spec{
		VarParam: &function.Parameter{Name: "expressions", Type: customdecode.ExpressionClosureType},
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func(args []cty.Value, _ cty.Type) (cty.Value, error) { return try(args) },
	})
}

func try(args []cty.Value) (cty.Value, error) {
	if len(args) == 0 {
		return cty.NilVal, errors.New("at least one argument is required")
	}

	var failures hcl.Diagnostics

	for _, arg := range args {
		v, diags := customdecode.ExpressionClosureFromVal(arg).Value()
		if limit := Limit(diags); limit != nil {
			return cty.NilVal, limit
		}

		if diags.HasErrors() {
			failures = append(failures, diags...)

			continue
		}

		if err := CheckSize(v); err != nil {
			return cty.NilVal, err
		}

		// What is unknown may still fail once it is known, and then another expression would be taken.
		if plain, marks := v.UnmarkDeep(); !plain.IsWhollyKnown() {
			return cty.DynamicVal.WithMarks(marks), nil
		}

		return v, nil
	}

	var reasons strings.Builder
	for _, diag := range failures {
		fmt.Fprintf(&reasons, "\n- %s: %s", diag.Summary, diag.Detail)
	}

	return cty.NilVal, fmt.Errorf("no expression succeeded:%s", reasons.String())
}

// canFunction tells whether its expression is without error.
func canFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "expression", Type: customdecode.ExpressionClosureType}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, diags := customdecode.ExpressionClosureFromVal(args[0]).Value()
			if limit := Limit(diags); limit != nil {
				return cty.NilVal, limit
			}

			if diags.HasErrors() {
				return cty.False, nil
			}

			if err := CheckSize(v); err != nil {
				return cty.NilVal, err
			}

			// That an expression succeeds does not reveal its value, so the result is not sensitive.
			plain, marks := v.UnmarkDeep()
			marks = without(marks, Sensitive)

			if !plain.IsWhollyKnown() {
				return cty.UnknownVal(cty.Bool).RefineNotNull().WithMarks(marks), nil
			}

			return cty.True.WithMarks(marks), nil
		},
	})
}
