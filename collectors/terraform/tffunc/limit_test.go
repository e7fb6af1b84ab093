package tffunc_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
)

// TestHostileCallsAreLimited has calls that would take all memory or run without end. Each must end in a limit
// error; the test's own time shows whether it did so soon enough.
func TestHostileCallsAreLimited(t *testing.T) {
	t.Parallel()

	numbers := make([]cty.Value, 50_000)
	for i := range numbers {
		numbers[i] = cty.NumberIntVal(int64(i))
	}

	doubled := cty.TupleVal([]cty.Value{cty.True})
	for range 20 {
		doubled = cty.TupleVal([]cty.Value{doubled, doubled})
	}

	vars := map[string]cty.Value{
		"big":     cty.StringVal(strings.Repeat("ab", 4<<20)),
		"mega":    cty.StringVal(strings.Repeat("a", 1<<20)),
		"lines":   cty.StringVal(strings.Repeat("\n", 200_000)),
		"digits":  cty.StringVal(strings.Repeat("9", 1<<20)),
		"numbers": cty.ListVal(numbers),
		"doubled": doubled,
		"nested":  cty.StringVal(strings.Repeat("[", 1<<20)),
		"flow":    cty.StringVal(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)),
		"commas":  cty.StringVal("[0" + strings.Repeat(",0", 200_000) + "]"),
		"laughs":  cty.StringVal(laughs()),
		"loops":   cty.StringVal("%{for a in n}%{for b in n}%{for c in n}x%{endfor}%{endfor}%{endfor}"),
		"empties": cty.StringVal("%{for a in n}%{for b in n}%{for c in n}%{if false}x%{endif}%{endfor}%{endfor}%{endfor}"),
		"bangs":   cty.StringVal("${" + strings.Repeat("!", 300_000) + "true}"),
		"parens":  cty.StringVal("${" + strings.Repeat("(", 100_000) + "true}"),
		"repeat":  cty.StringVal(strings.Repeat("${v}", 1000)),
		"groups":  cty.StringVal(strings.Repeat("()", 3000)),
		"wide":    cty.StringVal(strings.Repeat("a{1000}", 100)),
		"refs":    cty.StringVal(strings.Repeat("$0", 1000)),
		"vast":    cty.MustParseNumberVal("1e600000000"),
	}

	for _, expr := range []string{
		`join(big, ["a", "b", "c"])`,
		`format("%999999999d", 1)`,
		`format("%.999999999f", 1)`,
		`format("%99999999999999999999d", 1)`,
		`format("%s%[1]s%[1]s", big)`,
		`formatlist("%9999d", numbers)`,
		`formatlist("%s%s", numbers, mega)`,
		`indent(999999, lines)`,
		`replace(lines, "\n", mega)`,
		`replace(mega, "", mega)`,
		`replace(mega, "/a/", refs)`,
		`replace(mega, "/a*/", refs)`,
		`replace(mega, "/.*x|./", "y")`,
		`regexall(".*x|.", mega)`,
		`regexall("", mega)`,
		`regexall(groups, lines)`,
		`regex(big, "a")`,
		`regex(wide, "a")`,
		`split("", mega)`,
		`setproduct(numbers, numbers)`,
		`setproduct([1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2])`,
		`distinct(numbers)`,
		`matchkeys(numbers, numbers, numbers)`,
		`flatten(doubled)`,
		`jsonencode(doubled)`,
		`concat(numbers, numbers, numbers)`,
		`jsondecode(nested)`,
		`jsondecode(commas)`,
		`jsondecode(digits)`,
		`yamldecode(flow)`,
		`yamldecode(laughs)`,
		`yamldecode(digits)`,
		`yamldecode(big)`,
		`csvdecode(replace(lines, "/(?s)^.*/", lines))`,
		`parseint(digits, 10)`,
		`tonumber(digits)`,
		`sum([digits])`,
		`tostring(vast)`,
		`jsonencode(vast)`,
		`format("%d", vast)`,
		`pow(2, 1023) * pow(2, 1023) > 0 ? tostring(jsondecode("1e100000")) : ""`,
		`base64encode(big)`,
		`templatestring(loops, { n = range(1000) })`,
		`templatestring(empties, { n = range(1000) })`,
		`templatestring(bangs, {})`,
		`templatestring(parens, {})`,
		`templatestring(repeat, { v = mega })`,
		`try(join(big, ["a", "b", "c"]), "fallback")`,
		`can(join(big, ["a", "b", "c"]))`,
	} {
		t.Run(expr, func(t *testing.T) {
			t.Parallel()

			if got := outcome(t, expr, tffunc.Options{}, vars); got != "limit" {
				t.Errorf("got %.80s, want a limit error", got)
			}
		})
	}
}

// laughs is a YAML text whose aliases expand to two to the power of 40 elements.
func laughs() string {
	var b strings.Builder

	b.WriteString("a0: &a0 [x, x]\n")

	for i := range 40 {
		from, to := string(rune('A'+i)), string(rune('A'+i+1))
		if i == 0 {
			b.WriteString("A: &A [*a0, *a0]\n")
		}

		b.WriteString("k" + to + ": &" + to + " [*" + from + ", *" + from + "]\n")

		if to == "Z" {
			break
		}
	}

	return b.String()
}

// TestOrdinaryWorkIsNotLimited guards against bounds that real configurations reach.
func TestOrdinaryWorkIsNotLimited(t *testing.T) {
	t.Parallel()

	vars := map[string]cty.Value{"text": cty.StringVal(strings.Repeat("key = value # comment\n", 5000))}

	for expr, want := range map[string]string{
		`length(split("\n", text)) == 5001`:                                          "true",
		`length(regexall("(\\w+) = (\\w+)", text)) == 5000`:                          "true",
		`length(replace(text, "/#.*/", "")) == 5000 * length("key = value ") + 5000`: "true",
		`length(indent(4, text)) == 5000 * 22 + 5000 * 4`:                            "true",
		`length(jsondecode(jsonencode(split("\n", text)))) == 5001`:                  "true",
		`length(formatlist("%-10s|%s", split("\n", text), "x")) == 5001`:             "true",
		`length(distinct(split("\n", substr(text, 0, 22000)))) == 2`:                 "true",
		`length(setproduct(range(100), range(100))) == 10000`:                        "true",
	} {
		t.Run(expr, func(t *testing.T) {
			t.Parallel()

			if got := outcome(t, expr, tffunc.Options{}, vars); got != want {
				_, err := evaluateWith(t, expr, tffunc.Options{}, vars)
				t.Errorf("got %s, want %s (%v)", got, want, err)
			}
		})
	}
}

func TestCheckSize(t *testing.T) {
	t.Parallel()

	// Expanded, this has 2^60 elements.
	doubled := cty.ListVal([]cty.Value{cty.True})
	for range 60 {
		doubled = cty.ListVal([]cty.Value{doubled, doubled})
	}

	tests := []struct {
		name string
		v    cty.Value
		ok   bool
	}{
		{"small", cty.StringVal("x"), true},
		{"unknown", cty.DynamicVal, true},
		{"null", cty.NullVal(cty.String), true},
		{"marked", cty.TupleVal([]cty.Value{cty.True.Mark("x")}).Mark("y"), true},
		{"infinite number", cty.PositiveInfinity, true},
		{"shared parts", doubled, false},
		{"long text", cty.StringVal(strings.Repeat("x", tffunc.MaxBytes+1)).Mark("x"), false},
		{"long key", cty.MapVal(map[string]cty.Value{strings.Repeat("x", tffunc.MaxBytes+1): cty.True}), false},
		{"vast number", cty.MustParseNumberVal("1e100000"), false},
		{"tiny number", cty.MustParseNumberVal("1e-100000"), false},
	}

	for _, tt := range tests {
		if err := tffunc.CheckSize(tt.v); (err == nil) != tt.ok {
			t.Errorf("%s: got error %v", tt.name, err)
		}
	}
}

func TestLimitWork(t *testing.T) {
	t.Parallel()

	tests := []struct {
		expr              string
		iterations, bytes int64
		want              string
	}{
		{`join("", [for x in l : x if x != "b"])`, 100, 1000, "ac"},
		{`join("", [for x in l : join("", [for y in l : y])])`, 100, 1000, "abcabcabc"},
		{`join("", [for x in l : join("", [for y in l : y])])`, 5, 1000, "limit"},
		{`try({ for x in l : x => x }, "fallback")`, 2, 1000, "limit"},
		{`"${l[0]}-${l[1]}"`, 0, 18, "a-b"},
		{`"${l[0]}-${l[1]}"`, 0, 17, "limit"},
		{`join("", [for x in l : "long text without parts"])`, 100, 60, "limit"},
	}

	for _, tt := range tests {
		expr, diags := hclsyntax.ParseExpression([]byte(tt.expr), "test", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}

		tffunc.LimitWork(expr, tffunc.NewBudget(tt.iterations, tt.bytes))

		if names := expr.Variables(); len(names) == 0 || names[0].RootName() != "l" {
			t.Errorf("%s: variables are %v", tt.expr, names)
		}

		v, diags := expr.Value(&hcl.EvalContext{
			Functions: tffunc.Table(tffunc.Options{}),
			Variables: map[string]cty.Value{"l": cty.ListVal([]cty.Value{cty.StringVal("a"), cty.StringVal("b"), cty.StringVal("c")})},
		})

		got := "limit"
		if tffunc.Limit(diags) == nil {
			got = v.AsString()
		}

		if got != tt.want {
			t.Errorf("%s with %d iterations and %d bytes: got %s, want %s", tt.expr, tt.iterations, tt.bytes, got, tt.want)
		}
	}
}
