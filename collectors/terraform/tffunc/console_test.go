package tffunc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
)

// record asks the terraform binary on the PATH again for every result in testdata/console.json:
//
//	go test ./collectors/terraform/tffunc -run TestConsole -record
var record = flag.Bool("record", false, "ask terraform console for the results in testdata/console.json")

// consoleFile has, by expression, what terraform console 1.11.4 returned in testdata/module: the value as JSON,
// or "error".
const consoleFile = "testdata/console.json"

func TestConsole(t *testing.T) {
	t.Parallel()

	want := readConsole(t)
	if *record {
		for expr := range want {
			want[expr] = askTerraform(t.Context(), t, expr)
		}

		writeConsole(t, want)
	}

	covered := map[string]bool{}

	for expr, result := range want {
		t.Run(expr, func(t *testing.T) {
			t.Parallel()

			v, err := evaluate(t, expr)
			if string(result) == `"error"` {
				if err == nil {
					t.Errorf("got %#v; Terraform returns an error", v)
				}

				return
			}

			if err != nil {
				t.Fatalf("error %v; Terraform returns %s", err, result)
			}

			if diff := cmp.Diff(normalise(t, result), normalise(t, toJSON(t, v))); diff != "" {
				t.Errorf("differs from Terraform (-want +got):\n%s", diff)
			}
		})

		for _, name := range calls(t, expr) {
			covered[name] = true
		}
	}

	// What is always unknown here and what needs an argument that this test cannot give is tested elsewhere.
	elsewhere := map[string]bool{
		"abspath": true, "bcrypt": true, "plantimestamp": true, "rsadecrypt": true, "timestamp": true, "uuid": true, "pathexpand": true,
	}

	for name := range tffunc.Table(tffunc.Options{}) {
		if name = strings.TrimPrefix(name, "core::"); !covered[name] && !elsewhere[name] {
			t.Errorf("no expression in %s calls %s", consoleFile, name)
		}
	}
}

func readConsole(t *testing.T) map[string]json.RawMessage {
	t.Helper()

	data, err := os.ReadFile(consoleFile)
	if err != nil {
		t.Fatal(err)
	}

	var results map[string]json.RawMessage
	if err := json.Unmarshal(data, &results); err != nil {
		t.Fatal(err)
	}

	return results
}

func writeConsole(t *testing.T, results map[string]json.RawMessage) {
	t.Helper()

	var buf bytes.Buffer

	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")

	if err := enc.Encode(results); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(consoleFile, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func askTerraform(ctx context.Context, t *testing.T, expr string) json.RawMessage {
	t.Helper()

	cmd := exec.CommandContext(ctx, "terraform", "console")
	cmd.Dir = filepath.Join("testdata", "module")
	cmd.Env = append(os.Environ(), "TF_CLI_ARGS=-no-color", "TF_CLI_CONFIG_FILE="+os.DevNull)
	cmd.Stdin = strings.NewReader("base64encode(nonsensitive(jsonencode(" + expr + ")))\n")

	out, err := cmd.Output()
	if err != nil {
		return json.RawMessage(`"error"`)
	}

	var encoded []byte
	if err := json.Unmarshal(bytes.TrimSpace(out), &encoded); err != nil {
		t.Fatalf("terraform console printed %q for %s: %v", out, expr, err)
	}

	return encoded
}

// locals are those of testdata/module/main.tf.
func locals() cty.Value {
	return cty.ObjectVal(map[string]cty.Value{
		"greeting":  cty.StringVal("hi ${name}"),
		"number":    cty.StringVal("${n}"),
		"secret":    cty.StringVal("hi ${name}").Mark(tffunc.Sensitive),
		"readsfile": cty.StringVal(`${file("a.tpl")}`),
		"nested":    cty.StringVal(`${templatefile("a.tpl", {name = 1})}`),
		"core":      cty.StringVal(`${core::templatefile("a.tpl", {name = 1})}`),
		"missing":   cty.StringVal("${nobody}"),
		"broken":    cty.StringVal("${"),
		"loop":      cty.StringVal("%{ for x in l }${upper(x)};%{ endfor }"),
		"wrapped":   cty.ObjectVal(map[string]cty.Value{"a": cty.StringVal("x ${b}")}),
	})
}

func evaluate(t *testing.T, expr string) (cty.Value, error) {
	t.Helper()

	root, err := os.OpenRoot(filepath.Join("testdata", "module"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()

	return evaluateWith(t, expr, tffunc.Options{Root: root}, map[string]cty.Value{"local": locals()})
}

func evaluateWith(t *testing.T, expr string, o tffunc.Options, vars map[string]cty.Value) (cty.Value, error) {
	t.Helper()

	e, diags := hclsyntax.ParseExpression([]byte(expr), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}

	table := tffunc.Table(o)
	table["provider::aws::arn_parse"] = tffunc.Unknown()

	v, diags := e.Value(&hcl.EvalContext{Functions: table, Variables: vars})
	if diags.HasErrors() {
		return cty.NilVal, diags
	}

	return v, nil
}

// calls returns the names of the functions that an expression calls, without a core:: prefix.
func calls(t *testing.T, expr string) []string {
	t.Helper()

	e, diags := hclsyntax.ParseExpression([]byte(expr), "test", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}

	var names []string

	hclsyntax.VisitAll(e, func(node hclsyntax.Node) hcl.Diagnostics {
		if call, ok := node.(*hclsyntax.FunctionCallExpr); ok {
			names = append(names, strings.TrimPrefix(call.Name, "core::"))
		}

		return nil
	})

	return names
}

func toJSON(t *testing.T, v cty.Value) []byte {
	t.Helper()

	v, _ = v.UnmarkDeep()

	data, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatal(err)
	}

	return data
}

func normalise(t *testing.T, data []byte) any {
	t.Helper()

	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()

	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}

	return v
}
