package tffunc

import (
	"errors"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

func conversionFunctions() map[string]entry {
	return map[string]entry{
		"tobool":   conversion(cty.Bool),
		"tolist":   conversion(cty.List(cty.DynamicPseudoType)),
		"tomap":    conversion(cty.Map(cty.DynamicPseudoType)),
		"tonumber": conversion(cty.Number),
		"toset":    conversion(cty.Set(cty.DynamicPseudoType)),
		"tostring": conversion(cty.String),
	}
}

func conversion(want cty.Type) entry {
	return entry{fn: function.New(&function.Spec{
		Params: []function.Parameter{{
			Name: "v", Type: cty.DynamicPseudoType, AllowNull: true, AllowMarked: true, AllowUnknown: true, AllowDynamicType: true,
		}},
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return convertTo(args[0], want) },
	})}
}

// convertTo reports errors without the value, which may be a secret that nobody marked.
func convertTo(v cty.Value, want cty.Type) (cty.Value, error) {
	plain, _ := v.UnmarkDeep()

	if want == cty.Number {
		if err := checkNumberText([]cty.Value{plain}); err != nil {
			return cty.NilVal, err
		}
	}

	converted, err := convert.Convert(v, want)

	switch {
	case err == nil:
		return converted, nil
	case plain.Type() == cty.String && want == cty.Bool:
		return cty.NilVal, function.NewArgErrorf(0, `cannot convert the string to bool; only "true" and "false" are allowed`)
	case plain.Type() == cty.String && want == cty.Number:
		return cty.NilVal, function.NewArgErrorf(0, "cannot convert the string to number; it must be a decimal number")
	default:
		return cty.NilVal, function.NewArgErrorf(0, "cannot convert %s to %s: %w", plain.Type().FriendlyName(), want.FriendlyName(), err)
	}
}

// toNumber converts one value to a number.
func toNumber(v cty.Value) (cty.Value, error) {
	if !v.Type().IsPrimitiveType() && v.Type() != cty.DynamicPseudoType {
		return cty.NilVal, errors.New("not a number")
	}

	n, err := convertTo(v, cty.Number)
	if err != nil {
		return cty.NilVal, fmt.Errorf("not a number: %w", err)
	}

	return n, nil
}
