package hcleval

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// call evaluates a function call. The functions that need their arguments' expressions, or that can keep what is known
// of an unknown argument, are evaluated here; all others come from the function table.
func (x *evaluation) call(e *hclsyntax.FunctionCallExpr, s *scope) cty.Value {
	name := strings.TrimPrefix(e.Name, "core::")
	switch name {
	case "try":
		return x.try(e, s)
	case "can":
		return x.can(e, s)
	case "templatefile", "templatestring":
		return x.renderTemplate(e, name, s)
	}
	f, ok := x.program.table()[name]
	if !ok {
		return x.unknownFunction(e)
	}
	args, ok := x.arguments(e, s)
	if !ok {
		return cty.DynamicVal.WithMarks(deepTaint(args...)).WithMarks(errorValue(e.Range()).Marks())
	}
	if out, handled := x.structural(name, args); handled {
		return out
	}
	return x.callTable(e, f, args)
}

// arguments evaluates the arguments and expands a final "...". It returns false where one has an error or the expanded
// one is not known.
func (x *evaluation) arguments(e *hclsyntax.FunctionCallExpr, s *scope) ([]cty.Value, bool) {
	before := len(x.diags)
	args := make([]cty.Value, 0, len(e.Args))
	for i, arg := range e.Args {
		v := x.value(arg, s)
		if !e.ExpandFinal || i < len(e.Args)-1 {
			args = append(args, v)
			continue
		}
		plain, marks := v.Unmark()
		switch {
		case plain.IsNull():
			x.fail(arg.Range(), "Invalid expanding argument value", "The expanding argument (indicated by ...) must not be null.")
		case !plain.IsKnown():
			return append(args, v), false
		case !plain.CanIterateElements() || plain.Type().IsObjectType() || plain.Type().IsMapType():
			x.fail(arg.Range(), "Invalid expanding argument value",
				"The expanding argument (indicated by ...) must be of a tuple, list, or set type.")
		default:
			for it := plain.ElementIterator(); it.Next(); {
				_, item := it.Element()
				args = append(args, item.WithMarks(taintOf(marks)))
			}
		}
	}
	return args, !x.diags[before:].HasErrors()
}

// callTable calls a function of the table.
func (x *evaluation) callTable(e *hclsyntax.FunctionCallExpr, f function.Function, args []cty.Value) cty.Value {
	params, varParam := f.Params(), f.VarParam()
	switch {
	case len(args) < len(params):
		qualifier := ""
		if varParam != nil {
			qualifier = " at least"
		}
		return x.fail(e.Range(), "Not enough function arguments", fmt.Sprintf("Function %q expects%s %d argument(s). Missing value for %q.",
			e.Name, qualifier, len(params), params[len(args)].Name))
	case varParam == nil && len(args) > len(params):
		return x.fail(e.Range(), "Too many function arguments", fmt.Sprintf("Function %q expects only %d argument(s).", e.Name, len(params)))
	}
	for i, arg := range args {
		param := varParam
		if i < len(params) {
			param = &params[i]
		}
		converted, err := convert.Convert(dropIdentity(x.materialise(arg)), param.Type)
		if err != nil {
			return x.fail(e.Range(), "Invalid function argument",
				fmt.Sprintf("Invalid value for %q parameter of function %q: %s.", param.Name, e.Name, err))
		}
		args[i] = converted
		x.program.work += roughSize(converted)
	}
	out, err := f.Call(args)
	if limit, ok := errors.AsType[*tffunc.LimitError](err); ok {
		return x.failLimit(e.Range(), limit).WithMarks(deepTaint(args...))
	}
	if err != nil {
		return x.fail(e.Range(), "Error in function call", fmt.Sprintf("Call to function %q failed: %s.", e.Name, err)).
			WithMarks(deepTaint(args...))
	}
	if plain, _ := out.Unmark(); plain.Type() == cty.String && plain.IsKnown() && !plain.IsNull() {
		if err := x.program.produceText(len(plain.AsString())); err != nil {
			return x.failLimit(e.Range(), err)
		}
	}
	if plain, _ := out.Unmark(); !plain.IsKnown() && !slices.ContainsFunc(args, isOpen) {
		return out.Mark(whyMark{Reason: evidence.Computed, Detail: e.Name + "() is known only when Terraform runs"}).WithMarks(deepTaint(args...))
	}
	if !out.IsKnown() {
		out = out.WithMarks(deepTaint(args...))
	}
	return out
}

// roughSize is about how much a function has to look at.
func roughSize(v cty.Value) int {
	plain, _ := v.Unmark()
	switch {
	case !plain.IsKnown() || plain.IsNull():
		return 1
	case plain.Type() == cty.String:
		return 1 + len(plain.AsString())/64
	case plain.CanIterateElements():
		return 1 + plain.LengthInt()
	}
	return 1
}

// isOpen reports whether a value is not wholly known.
func isOpen(v cty.Value) bool {
	plain, _ := v.UnmarkDeep()
	return !plain.IsWhollyKnown()
}

// unknownFunction reports a function that Terraform does not have.
func (x *evaluation) unknownFunction(e *hclsyntax.FunctionCallExpr) cty.Value {
	if tffunc.IsProviderFunction(e.Name) {
		return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved,
			fmt.Sprintf("%s() is a function of a provider", e.Name))
	}
	names := make([]string, 0, len(x.program.table()))
	for n := range x.program.table() {
		if strings.Contains(n, "::") {
			continue
		}
		names = append(names, n)
	}
	sort.Strings(names)
	hint := ""
	if near := nearest(e.Name, names); near != "" {
		hint = fmt.Sprintf(" Did you mean %q?", near)
	}
	x.diags = append(x.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Call to unknown function",
		Detail: fmt.Sprintf("There is no function named %q.%s", e.Name, hint), Subject: &e.NameRange,
	})
	return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, fmt.Sprintf("%s() is not a function of Terraform", e.Name))
}

// try returns the first argument that evaluates without an error.
func (x *evaluation) try(e *hclsyntax.FunctionCallExpr, s *scope) cty.Value {
	var failures []string
	for _, arg := range e.Args {
		inner := x.fresh()
		v := inner.value(arg, s)
		if limit := tffunc.Limit(inner.diags); limit != nil {
			x.diags = append(x.diags, inner.diags...)
			return cty.DynamicVal.WithMarks(taintOf(v.Marks()))
		}
		if inner.diags.HasErrors() {
			failures = append(failures, inner.diags.Error())
			continue
		}
		plain, _ := v.UnmarkDeep()
		if plain.IsWhollyKnown() {
			return v
		}
		// A plain reference to a computed attribute is there once it is computed. Anything else that is unknown can
		// still turn out to be an error, and the next argument be taken.
		if ref, ok := plainRef(v); ok && !strings.ContainsAny(ref.Attr, ".[") {
			return v
		}
		return cty.DynamicVal.WithMarks(deepTaint(v))
	}
	return x.fail(e.Range(), "Error in function call",
		fmt.Sprintf("Call to function \"try\" failed: no expression succeeded: %s.", strings.Join(failures, "; ")))
}

// can reports whether its argument evaluates without an error.
func (x *evaluation) can(e *hclsyntax.FunctionCallExpr, s *scope) cty.Value {
	if len(e.Args) != 1 {
		return x.fail(e.Range(), "Not enough function arguments", "Function \"can\" expects exactly one argument.")
	}
	inner := x.fresh()
	v := inner.value(e.Args[0], s)
	if limit := tffunc.Limit(inner.diags); limit != nil {
		x.diags = append(x.diags, inner.diags...)
		return cty.UnknownVal(cty.Bool).WithMarks(taintOf(v.Marks()))
	}
	if inner.diags.HasErrors() {
		return cty.False
	}
	if plain, _ := v.UnmarkDeep(); !plain.IsWhollyKnown() {
		return cty.UnknownVal(cty.Bool).WithMarks(deepTaint(v))
	}
	return cty.True
}
