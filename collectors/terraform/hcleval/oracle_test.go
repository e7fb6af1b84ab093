package hcleval_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
)

// TestOracle compares with what Terraform 1.11.4 planned for the same directory, recorded in testdata/oracle.json:
//
//	TF_VAR_from_env=5 terraform plan -out plan -var 'from_cli=["q","p"]' -var 'anytype=[1,2]' -var 'notype=[1]' \
//	  -var 'notype_default=["q"]' -var 'lst=["q"]' -var 'mp={a=1}' && terraform show -json plan
//
// "outputs" are planned_values.outputs, "unknown" are the outputs that are not wholly known, "resources" are the inputs of planned_values' resources.
func TestOracle(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/oracle.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Outputs   map[string]any `json:"outputs"`
		Resources map[string]any `json:"resources"`
		Unknown   []string       `json:"unknown"`
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	r := evaluate(t, "testdata/oracle", hcleval.Options{Environ: []string{"TF_VAR_from_env=5"}, Vars: []string{
		`from_cli=["q","p"]`, `anytype=[1,2]`, `notype=[1]`, `notype_default=["q"]`, `lst=["q"]`, `mp={a=1}`,
	}})
	if len(r.Diagnostics) > 0 {
		t.Errorf("diagnostics: %+v", r.Diagnostics)
	}
	outputs := map[string]any{}
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(r.Outputs)) {
		o := r.Outputs[name]
		if o.Unknown != nil {
			unknown = append(unknown, name)
			continue
		}
		outputs[name] = plain(t, name, o.Value)
	}
	if diff := cmp.Diff(want.Outputs, outputs); diff != "" {
		t.Errorf("outputs (-terraform +assay):\n%s", diff)
	}
	if diff := cmp.Diff(want.Unknown, unknown); diff != "" {
		t.Errorf("unknown outputs (-terraform +assay):\n%s", diff)
	}
	resources := map[string]any{}
	for _, i := range r.Instances {
		resources[i.Address] = plain(t, i.Address, i.Body.Attr("input").Value)
	}
	if diff := cmp.Diff(want.Resources, resources); diff != "" {
		t.Errorf("resources (-terraform +assay):\n%s", diff)
	}
}

// plain is a value as Terraform shows it in JSON.
func plain(t *testing.T, name string, v cty.Value) any {
	t.Helper()
	if v == cty.NilVal {
		return nil
	}
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
