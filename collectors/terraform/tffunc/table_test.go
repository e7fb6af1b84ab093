package tffunc_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2/ext/customdecode"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
)

// parameter and signature have the form of testdata/functions.json, which is what terraform metadata functions
// -json of 1.11.4 prints, without descriptions and return types.
type parameter struct {
	Name     string `json:"name"`
	Type     any    `json:"type"`
	Nullable bool   `json:"nullable,omitempty"`
}

type signature struct {
	Params   []parameter `json:"params"`
	Variadic *parameter  `json:"variadic,omitempty"`
}

func TestTableHasTerraformsSignatures(t *testing.T) {
	t.Parallel()

	data, err := os.ReadFile("testdata/functions.json")
	if err != nil {
		t.Fatal(err)
	}

	var want map[string]signature
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}

	got := map[string]signature{}

	for name, fn := range tffunc.Table(tffunc.Options{}) {
		s := signature{Params: []parameter{}}
		for _, p := range fn.Params() {
			s.Params = append(s.Params, describe(t, name, p))
		}

		if p := fn.VarParam(); p != nil {
			d := describe(t, name, *p)
			s.Variadic = &d
		}

		got[name] = s
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signatures differ from Terraform's (-want +got):\n%s", diff)
	}
}

func describe(t *testing.T, name string, p function.Parameter) parameter {
	t.Helper()

	ty := p.Type
	// Terraform's list names the type of what the unevaluated expression stands for.
	if ty == customdecode.ExpressionClosureType {
		ty = cty.DynamicPseudoType
		if strings.HasSuffix(name, "templatestring") {
			ty = cty.String
		}
	}

	data, err := json.Marshal(ty)
	if err != nil {
		t.Fatal(err)
	}

	return parameter{Name: p.Name, Type: normalise(t, data), Nullable: p.AllowNull}
}

// samples has arguments with which each function succeeds, except the two for which they are expressions.
func samples() map[string][]cty.Value {
	s := cty.StringVal
	n := cty.NumberIntVal
	list := func(items ...string) cty.Value {
		values := make([]cty.Value, len(items))
		for i, item := range items {
			values[i] = s(item)
		}

		return cty.ListVal(values)
	}
	object := cty.ObjectVal(map[string]cty.Value{"a": s("x"), "b": s("y")})
	text, file := []cty.Value{s("a")}, []cty.Value{s("files/a.txt")}

	return map[string][]cty.Value{
		"abs": {n(-1)}, "abspath": {s("/a")}, "alltrue": {cty.ListVal([]cty.Value{cty.True})},
		"anytrue": {cty.ListVal([]cty.Value{cty.True})}, "base64decode": {s("YQ==")}, "base64encode": text, "base64gzip": text,
		"base64sha256": text, "base64sha512": text, "basename": text, "bcrypt": {s("a"), n(4)}, "ceil": {n(1)}, "chomp": text,
		"chunklist": {list("a", "b"), n(1)}, "cidrhost": {s("10.0.0.0/8"), n(1)}, "cidrnetmask": {s("10.0.0.0/8")},
		"cidrsubnet": {s("10.0.0.0/8"), n(8), n(1)}, "cidrsubnets": {s("10.0.0.0/8"), n(8), n(8)},
		"coalesce": {s("a"), s("b")}, "coalescelist": {list("a"), list("b")}, "compact": {list("a", "")},
		"concat": {list("a"), list("b")}, "contains": {list("a"), s("a")}, "csvdecode": {s("a\n1\n")}, "dirname": text,
		"distinct": {list("a", "a")}, "element": {list("a", "b"), n(0)}, "endswith": {s("ab"), s("b")},
		"ephemeralasnull": text, "file": file, "filebase64": file, "filebase64sha256": file, "filebase64sha512": file,
		"fileexists": file, "filemd5": file, "fileset": {s("files"), s("*")}, "filesha1": file, "filesha256": file,
		"filesha512": file, "flatten": {cty.TupleVal([]cty.Value{list("a"), list("b")})}, "floor": {n(1)},
		"format": {s("%s %s"), s("a"), s("b")}, "formatdate": {s("YYYY"), s("2020-01-01T00:00:00Z")},
		"formatlist": {s("%s"), list("a")}, "indent": {n(1), s("a\nb")}, "index": {list("a"), s("a")},
		"issensitive": text, "join": {s(","), list("a", "b")}, "jsondecode": {s(`{"a":[1]}`)}, "jsonencode": {object},
		"keys": {object}, "length": {list("a")}, "log": {n(4), n(2)}, "lookup": {object, s("a"), s("z")}, "lower": text,
		"matchkeys": {list("a"), list("k"), list("k")}, "max": {n(1), n(2)}, "md5": text, "merge": {object, object},
		"min": {n(1), n(2)}, "nonsensitive": text, "one": {list("a")}, "parseint": {s("1"), n(10)}, "pathexpand": text,
		"plantimestamp": {}, "pow": {n(2), n(2)}, "range": {n(0), n(3), n(1)}, "regex": {s("a(b)?"), s("a")},
		"regexall": {s("(?P<n>a)"), s("aa")}, "replace": {s("a"), s("/a/"), s("b")}, "reverse": {list("a", "b")},
		"rsadecrypt": {s("YQ=="), s("key")}, "sensitive": text,
		"setintersection": {cty.SetVal([]cty.Value{s("a")}), cty.SetVal([]cty.Value{s("a")})},
		"setproduct":      {list("a"), list("b")},
		"setsubtract":     {cty.SetVal([]cty.Value{s("a")}), cty.SetVal([]cty.Value{s("b")})},
		"setunion":        {cty.SetVal([]cty.Value{s("a")}), cty.SetVal([]cty.Value{s("b")})},
		"sha1":            text, "sha256": text, "sha512": text, "signum": {n(1)}, "slice": {list("a", "b"), n(0), n(1)},
		"sort": {list("b", "a")}, "split": {s(","), s("a,b")}, "startswith": {s("ab"), s("a")}, "strcontains": {s("ab"), s("a")},
		"strrev": text, "substr": {s("abc"), n(0), n(1)}, "sum": {cty.ListVal([]cty.Value{n(1), n(2)})},
		"templatefile":     {s("a.tpl"), cty.ObjectVal(map[string]cty.Value{"name": s("x")})},
		"textdecodebase64": {s("YQ=="), s("UTF-8")}, "textencodebase64": {s("a"), s("UTF-8")},
		"timeadd": {s("2020-01-01T00:00:00Z"), s("1h")}, "timecmp": {s("2020-01-01T00:00:00Z"), s("2020-01-01T00:00:00Z")},
		"timestamp": {}, "title": text, "tobool": {s("true")}, "tolist": {list("a")}, "tomap": {object}, "tonumber": {s("1")},
		"toset": {list("a")}, "tostring": {n(1)}, "transpose": {cty.MapVal(map[string]cty.Value{"a": list("x")})},
		"trim": {s("a"), s("b")}, "trimprefix": {s("ab"), s("a")}, "trimspace": text, "trimsuffix": {s("ab"), s("b")},
		"upper": text, "urlencode": text, "uuid": {}, "uuidv5": {s("dns"), s("a")}, "values": {object},
		"yamldecode": {s("a: [1]")}, "yamlencode": {object}, "zipmap": {list("a"), list("b")},
	}
}

// TestMarksAndUnknowns calls every function with each argument in turn marked, marked inside, unknown and of
// unknown type. No call may panic or lose a mark, and an unknown argument must not be an error.
func TestMarksAndUnknowns(t *testing.T) {
	t.Parallel()

	root, err := os.OpenRoot("testdata/module")
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()

	table := tffunc.Table(tffunc.Options{Root: root, RootPath: "/target"})
	args := samples()

	// These take expressions and have their own test.
	expressions := []string{"can", "templatestring", "try"}

	for _, name := range slices.Sorted(maps.Keys(table)) {
		if strings.HasPrefix(name, "core::") || slices.Contains(expressions, name) {
			continue
		}

		sample, ok := args[name]
		if !ok {
			t.Errorf("no sample arguments for %s", name)

			continue
		}

		if _, err := table[name].Call(sample); err != nil {
			t.Errorf("%s: %v", name, err)
		}

		for i := range sample {
			for variant, arg := range variants(sample[i]) {
				checkMark(t, name, variant, i, table[name], slices.Replace(slices.Clone(sample), i, i+1, arg))
			}
		}
	}
}

// variants returns forms of a value that carry the mark "ref".
func variants(v cty.Value) map[string]cty.Value {
	inside, err := cty.Transform(v, func(path cty.Path, v cty.Value) (cty.Value, error) {
		if len(path) == 0 {
			return v, nil
		}

		return v.Mark("ref"), nil
	})
	if err != nil {
		panic(err)
	}

	if !inside.ContainsMarked() {
		inside = v.Mark("ref")
	}

	return map[string]cty.Value{
		"marked":             v.Mark("ref"),
		"marked inside":      inside,
		"unknown":            cty.UnknownVal(v.Type()).Mark("ref"),
		"unknown of any":     cty.DynamicVal.Mark("ref"),
		"sensitive and more": v.Mark("ref").Mark(tffunc.Sensitive),
	}
}

func checkMark(t *testing.T, name, variant string, i int, fn function.Function, args []cty.Value) {
	t.Helper()

	result, err := fn.Call(args)
	if err != nil {
		t.Errorf("%s, argument %d %s: %v", name, i, variant, err)

		return
	}

	// What these did not select has no part in the result; a length or key does not depend on elements.
	unselected := map[string][]int{
		"lookup": {2}, "coalescelist": {1}, "merge": {0},
	}
	shape := []string{"keys", "length", "matchkeys", "lookup", "merge", "issensitive", "zipmap"}

	if slices.Contains(unselected[name], i) || variant == "marked inside" && slices.Contains(shape, name) {
		return
	}

	if !result.HasMarkDeep("ref") {
		t.Errorf("%s, argument %d %s: the result %#v lost its mark", name, i, variant, result)
	}
}

func TestMarkFunctions(t *testing.T) {
	t.Parallel()

	const ref = "ref"

	unknown := cty.UnknownVal(cty.String)
	x := cty.StringVal("x")
	tests := []struct {
		name string
		fn   string
		arg  cty.Value
		want cty.Value
	}{
		{"adds the mark", "sensitive", x.Mark(ref), x.WithMarks(cty.NewValueMarks(ref, tffunc.Sensitive))},
		{"marks unknown", "sensitive", unknown, unknown.Mark(tffunc.Sensitive)},
		{"removes the mark only", "nonsensitive", x.WithMarks(cty.NewValueMarks(ref, tffunc.Sensitive)), x.Mark(ref)},
		{"removes it from unknown", "nonsensitive", unknown.Mark(tffunc.Sensitive), unknown},
		{"leaves parts alone", "nonsensitive", cty.TupleVal([]cty.Value{x.Mark(tffunc.Sensitive)}), cty.TupleVal([]cty.Value{x.Mark(tffunc.Sensitive)})},
		{"sees the mark", "issensitive", unknown.Mark(tffunc.Sensitive).Mark(ref), cty.True.Mark(ref)},
		{"cannot tell", "issensitive", unknown, cty.UnknownVal(cty.Bool).RefineNotNull()},
		{"sees none", "issensitive", x.Mark(ref), cty.False.Mark(ref)},
		{
			"replaces ephemeral parts", "ephemeralasnull",
			cty.TupleVal([]cty.Value{x.Mark(tffunc.Ephemeral).Mark(ref), x}),
			cty.TupleVal([]cty.Value{cty.NullVal(cty.String).Mark(ref), x}),
		},
		{"keeps the rest", "ephemeralasnull", x.Mark(ref), x.Mark(ref)},
	}

	table := tffunc.Table(tffunc.Options{})

	for _, tt := range tests {
		t.Run(tt.fn+" "+tt.name, func(t *testing.T) {
			t.Parallel()

			got, err := table[tt.fn].Call([]cty.Value{tt.arg})
			if err != nil {
				t.Fatal(err)
			}

			if !got.RawEquals(tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestUnpredictable(t *testing.T) {
	t.Parallel()

	table := tffunc.Table(tffunc.Options{})
	text := cty.UnknownVal(cty.String).RefineNotNull()
	hash := cty.UnknownVal(cty.String).Refine().NotNull().StringPrefixFull("$2a$").NewValue()

	tests := []struct {
		name string
		args []cty.Value
		want cty.Value
	}{
		{"bcrypt", []cty.Value{cty.StringVal("x")}, hash},
		{"bcrypt", []cty.Value{cty.StringVal("x"), cty.NumberIntVal(5)}, hash},
		{"plantimestamp", nil, text},
		{"rsadecrypt", []cty.Value{cty.StringVal("x"), cty.StringVal("key")}, text},
		{"timestamp", nil, text},
		{"uuid", nil, text},
	}

	for _, tt := range tests {
		got, err := table[tt.name].Call(tt.args)
		if err != nil {
			t.Fatal(err)
		}

		if !got.RawEquals(tt.want) {
			t.Errorf("%s: got %#v, want %#v", tt.name, got, tt.want)
		}
	}
}

func TestExpressionsKeepMarks(t *testing.T) {
	t.Parallel()

	vars := map[string]cty.Value{
		"known":    cty.StringVal("${v}").Mark("ref"),
		"unknown":  cty.UnknownVal(cty.String).Mark("ref"),
		"list":     cty.ListVal([]cty.Value{cty.StringVal("x").Mark("ref")}),
		"secret":   cty.StringVal("x").Mark(tffunc.Sensitive).Mark("ref"),
		"partial":  cty.TupleVal([]cty.Value{cty.UnknownVal(cty.String).Mark("ref")}),
		"template": cty.StringVal("${v}"),
	}

	tests := []struct {
		expr string
		want cty.Value
	}{
		{`try(known)`, cty.StringVal("${v}").Mark("ref")},
		{`try(unknown, "x")`, cty.DynamicVal.Mark("ref")},
		{`try(partial, "x")`, cty.DynamicVal.Mark("ref")},
		{`try(list[1], list[0])`, cty.StringVal("x").Mark("ref")},
		{`can(known)`, cty.True.Mark("ref")},
		{`can(secret)`, cty.True.Mark("ref")},
		{`can(unknown)`, cty.UnknownVal(cty.Bool).RefineNotNull().Mark("ref")},
		{`can(list[1])`, cty.False},
		{`templatestring(known, {v = 1})`, cty.StringVal("1").Mark("ref")},
		{`templatestring(unknown, {v = 1})`, cty.UnknownVal(cty.String).RefineNotNull().Mark("ref")},
		{`templatestring(template, {v = known})`, cty.StringVal("${v}").Mark("ref")},
		{`templatestring(template, {v = unknown})`, cty.UnknownVal(cty.String).Mark("ref")},
		{`templatestring(template, unknown)`, cty.UnknownVal(cty.String).RefineNotNull().Mark("ref")},
		{`provider::aws::arn_parse("x", known)`, cty.DynamicVal.Mark("ref")},
	}

	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()

			got, err := evaluateWith(t, tt.expr, tffunc.Options{}, vars)
			if err != nil {
				t.Fatal(err)
			}

			if !got.RawEquals(tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestIsProviderFunction(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]bool{"provider::aws::arn_parse": true, "core::max": false, "max": false} {
		if got := tffunc.IsProviderFunction(name); got != want {
			t.Errorf("IsProviderFunction(%q) = %v", name, got)
		}
	}
}

func TestUnknownElements(t *testing.T) {
	t.Parallel()

	vars := map[string]cty.Value{"u": cty.DynamicVal, "n": cty.UnknownVal(cty.Number), "s": cty.UnknownVal(cty.String)}
	tests := []struct {
		expr string
		want cty.Value
	}{
		{`alltrue([u, false])`, cty.False},
		{`alltrue([u, true])`, cty.UnknownVal(cty.Bool).RefineNotNull()},
		{`anytrue([u, true])`, cty.True},
		{`anytrue([u, false])`, cty.UnknownVal(cty.Bool).RefineNotNull()},
		{`sum([1, n])`, cty.UnknownVal(cty.Number).RefineNotNull()},
		{`index(["a", s], "a")`, cty.Zero},
		{`index([s, "a"], "a")`, cty.UnknownVal(cty.Number).RefineNotNull()},
		{`length([u, u])`, cty.NumberIntVal(2)},
		{`one([s])`, cty.UnknownVal(cty.String)},
		{`lookup({ a = s }, "a", "d")`, cty.UnknownVal(cty.String)},
		{`lookup({ a = s, b = "x" }, "b", "d")`, cty.StringVal("x")},
		{`lookup({ a = "x" }, s, "d")`, cty.DynamicVal},
		{`matchkeys(["a"], [s], ["k"])`, cty.UnknownVal(cty.List(cty.String)).RefineNotNull()},
		{`matchkeys(["a"], ["k"], [s])`, cty.UnknownVal(cty.List(cty.String)).RefineNotNull()},
		{`transpose({ a = [s] })`, cty.UnknownVal(cty.Map(cty.List(cty.String))).RefineNotNull()},
		{`coalesce(s, "x")`, cty.UnknownVal(cty.String).RefineNotNull()},
		{`regexall("a", s)`, cty.UnknownVal(cty.List(cty.String)).RefineNotNull()},
		{`regex("(a)", s)`, cty.UnknownVal(cty.Tuple([]cty.Type{cty.String}))},
	}

	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()

			got, err := evaluateWith(t, tt.expr, tffunc.Options{}, vars)
			if err != nil {
				t.Fatal(err)
			}

			if !got.RawEquals(tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}
