package tffunc

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// FuzzFindMetered compares the counting search with the standard library's, which it must agree with.
func FuzzFindMetered(f *testing.F) {
	for _, seed := range [][2]string{
		{"b*", "abba"},
		{"(a)|(b)", "ab"},
		{`(?m)^`, "x\ny\n"},
		{`\b`, "the cat"},
		{`\Bx|`, "axx"},
		{"(?i)É+", "éÉx"},
		{`.*x|.`, "aaxa"},
		{`\Qa.b`, "a.ba.b"},
		{`(?P<n>a)(?U)b+`, "abb"},
		{"", ""},
		{"$", "a\n"},
		{`(?s).`, "\xffa"},
		{"x*?", "xx"},
		{`\z|a`, "aa"},
	} {
		f.Add(seed[0], seed[1])
	}

	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(s) > 200 {
			return
		}

		// As in all cty strings.
		s = cty.NormalizeString(s)

		re, instructions, err := compile(pattern)
		if err != nil {
			return
		}

		got, err := findMetered(re, instructions, s, math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(re.FindAllStringSubmatchIndex(s, -1), got); diff != "" {
			t.Errorf("pattern %q, text %q (-standard library +got):\n%s", pattern, s, diff)
		}
	})
}

func FuzzReplace(f *testing.F) {
	f.Add("a.b.c", ".", "-")
	f.Add("abc", "/(?P<x>.)/", "${x}$1$$")
	f.Add("abc", "/[/", "")

	replaceFn := Table(Options{})["replace"]

	f.Fuzz(func(t *testing.T, s, substr, replacement string) {
		v, err := replaceFn.Call([]cty.Value{cty.StringVal(s), cty.StringVal(substr), cty.StringVal(replacement)})
		if err == nil && !v.IsWhollyKnown() {
			t.Errorf("got %#v for known arguments", v)
		}

		if _, panicked := errors.AsType[function.PanicError](err); panicked {
			t.Error(err)
		}
	})
}

func FuzzTemplateString(f *testing.F) {
	for _, seed := range []string{
		"hi ${name}", "%{ for x in list ~}${x},%{ endfor }", "${[for x in list : x if x != name]...}", "%{ if true }a%{ else }b%{ endif }",
		`${templatestring(name, {})}`, `${join(name, list)}`, "${format(\"%100d\", 1)}", "${range(10)[11]}", "${try(nope, 1)}", "${{", "%{",
		"${jsondecode(name)}", "${yamldecode(\"a: &x [*x]\")}", "<<E\n${name}\nE", "${list[*].x}", "${name == null ? 1 : list}",
	} {
		f.Add(seed)
	}

	scope := templateScope(files{}, Table(Options{}), true)
	vars := cty.ObjectVal(map[string]cty.Value{
		"name": cty.StringVal("x"),
		"list": cty.ListVal([]cty.Value{cty.StringVal("a"), cty.UnknownVal(cty.String)}),
	})

	f.Fuzz(func(t *testing.T, template string) {
		v, err := renderString(template, vars, scope)
		if err == nil && v.Type() != cty.String {
			t.Errorf("template %q gives a %s", template, v.Type().FriendlyName())
		}
	})
}
