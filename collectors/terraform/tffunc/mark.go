package tffunc

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Mark is the type of the cty marks to which this package gives a meaning. All other marks are carried along.
type Mark string

const (
	// Sensitive marks a value that must not be shown. The sensitive function adds it and nonsensitive removes
	// it; an evaluator adds it to what is declared sensitive, such as a variable.
	Sensitive Mark = "sensitive"

	// Ephemeral marks a value that exists only during one run of Terraform: an ephemeral variable, output or
	// resource. Only the evaluator adds it; ephemeralasnull replaces what has it.
	Ephemeral Mark = "ephemeral"
)

// anyValue is a parameter that accepts everything, null included, and sees marks.
func anyValue(name string) function.Parameter {
	return permissive(function.Parameter{Name: name, Type: cty.DynamicPseudoType, AllowNull: true})
}

func markFunction(impl func(v cty.Value) (cty.Value, error)) entry {
	return entry{ownMarks: true, fn: function.New(&function.Spec{
		Params: []function.Parameter{anyValue("value")},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return impl(args[0]) },
	})}
}

func markFunctions() map[string]entry {
	return map[string]entry{
		"sensitive": markFunction(func(v cty.Value) (cty.Value, error) { return v.Mark(Sensitive), nil }),
		"nonsensitive": markFunction(func(v cty.Value) (cty.Value, error) {
			v, marks := v.Unmark()

			return v.WithMarks(without(marks, Sensitive)), nil
		}),
		"issensitive":     markFunction(isSensitive),
		"ephemeralasnull": markFunction(ephemeralAsNull),
	}
}

// isSensitive looks at the value itself and not at its parts, as in Terraform. An unknown value that is not
// sensitive might turn out to be.
func isSensitive(v cty.Value) (cty.Value, error) {
	v, marks := v.Unmark()
	rest := without(marks, Sensitive)

	switch {
	case len(rest) < len(marks):
		return cty.True.WithMarks(rest), nil
	case !v.IsKnown():
		return cty.UnknownVal(cty.Bool).RefineNotNull().WithMarks(rest), nil
	default:
		return cty.False.WithMarks(rest), nil
	}
}

func ephemeralAsNull(v cty.Value) (cty.Value, error) {
	return cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		v, marks := v.Unmark()

		rest := without(marks, Ephemeral)
		if len(rest) < len(marks) {
			v = cty.NullVal(v.Type())
		}

		return v.WithMarks(rest), nil
	})
}

func without(marks cty.ValueMarks, drop Mark) cty.ValueMarks {
	rest := make(cty.ValueMarks, len(marks))

	for mark := range marks {
		if mark != drop {
			rest[mark] = struct{}{}
		}
	}

	return rest
}
