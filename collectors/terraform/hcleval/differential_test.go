package hcleval

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
)

// variables are what the expressions of FuzzExpression can refer to.
func differentialVariables() map[string]cty.Value {
	return map[string]cty.Value{
		"s": cty.StringVal("text"), "n": cty.NumberIntVal(3), "t": cty.True, "z": cty.NullVal(cty.String),
		"list": cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b")}), "empty": cty.EmptyTupleVal,
		"tuple": cty.TupleVal([]cty.Value{cty.StringVal("a"), cty.NumberIntVal(1), cty.NullVal(cty.DynamicPseudoType)}),
		"set":   cty.SetVal([]cty.Value{cty.StringVal("x"), cty.StringVal("y")}),
		"map":   cty.MapVal(map[string]cty.Value{"a": cty.NumberIntVal(1), "b": cty.NumberIntVal(2)}),
		"obj": cty.ObjectVal(map[string]cty.Value{
			"a": cty.StringVal("A"), "l": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"k": cty.StringVal("v")})}),
		}),
		"u": cty.UnknownVal(cty.String), "ul": cty.UnknownVal(cty.List(cty.String)), "d": cty.DynamicVal,
	}
}

// FuzzExpression compares the evaluation of single expressions with the HCL library's own: where that gives a known value
// and no error, so must this package, and the same one; and where that gives an error, so must this package.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		`"a${s}b${n}"`, `"${list}"`, `[for k, v in map : "${k}${v}" if v > 1]`, `{for i, v in list : v => i...}`, `obj.l[*].k`, `obj.l.*.k`,
		`t ? list : []`, `z == null ? 1 : "x"`, `tuple[1] + n * 2 % 5`, `!t && u == "x" || t`, `list[0]`, `map["a"]`, `map.b`, `obj["a"]`,
		`{ (s) = 1, s = 2, "q" : 3 }`, `upper(s)`, `max(list...)`, `try(obj.q, z, s)`, `can(obj.q)`, `null[*]`, `s[*]`, `z[*]`, `set[*]`,
		"<<-EOT\n  a\n    ${s}\n  %{ for x in list ~}\n ${x}\n  %{ endfor ~}\n EOT\n", `"%{if t}yes%{else}no%{endif}"`, `u == "x" ? 1 : 2`, `t ? u : s`,
		`[for v in ul : v]`, `[for v in d : v]`, `{for v in set : v => d}`, `d.a.b`, `ul[0]`, `-n`, `1 / 0`, `tuple[2]`, `merge(map, {c = 3})`,
		`concat(list, tuple)`, `flatten([list, [tuple]])`, `lookup(map, "a", 0)`, `coalesce(z, s)`, `format("%s-%d", s, n)`, `jsonencode(obj)`, `n > 2`,
		`values(obj)`, `element(list, 5)`, `one([s])`, `tolist(set)`, `sensitive(s)`, `nonsensitive(sensitive(n))`, `empty[0]`, `(s)`, `"${s}"`, `~`,
		`t ? {a = 1} : {a = "x", b = 2}`, `[for x in list: x...]`, `{for x in list: z => x}`, `list == tuple`, `obj.l[0]["k"]`, `set[0]`, `s.a`,
	} {
		f.Add(seed)
	}
	functions := tffunc.Table(tffunc.Options{})
	f.Fuzz(func(t *testing.T, source string) {
		if _, err := checkNesting([]byte(source), "x", expression); err != nil || len(source) > 1000 {
			return
		}
		expr, diags := hclsyntax.ParseExpression([]byte(source), "x", hcl.InitialPos)
		if diags.HasErrors() {
			return
		}
		vars := differentialVariables()
		for _, traversal := range hclsyntax.Variables(expr) {
			if _, ok := vars[traversal.RootName()]; !ok {
				return // the two have different names in scope
			}
		}
		want, wantDiags := expr.Value(&hcl.EvalContext{Variables: vars, Functions: functions})
		p := &program{functions: functions, cycles: map[string]bool{}, cancelled: t.Context().Err}
		x := &evaluation{program: p}
		got := x.value(expr, &scope{names: vars})
		if tffunc.Limit(x.diags) != nil || tffunc.Limit(wantDiags) != nil {
			return
		}
		if wantDiags.HasErrors() != x.diags.HasErrors() {
			t.Fatalf("%s:\nlibrary: %v\nassay:   %v", source, wantDiags, x.diags)
		}
		if wantDiags.HasErrors() {
			return
		}
		want, _ = want.UnmarkDeep()
		got, _ = got.UnmarkDeep()
		if want.IsWhollyKnown() && !want.RawEquals(got) {
			t.Errorf("%s:\nlibrary: %#v\nassay:   %#v", source, want, got)
		}
	})
}
