package policies_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

// rows reads the lines of a reference table, without its header.
func rows(t *testing.T, file string) [][]string {
	t.Helper()
	data, err := os.ReadFile("../internal/reference/region/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, strings.SplitN(line, ",", 5))
		}
	}
	return out[1:]
}

// defaultOf is the default of a list parameter of a built-in check.
func defaultOf(t *testing.T, check, parameter string) []any {
	t.Helper()
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cat.Checks() {
		if c.ID == check {
			list, _ := c.Params(nil)[parameter].([]any)
			return list
		}
	}
	t.Fatalf("there is no check %s", check)
	return nil
}

// TestCountriesOfTransfers holds that the check on transfers uses the dated tables: the EEA, and the adequacy decisions that cover
// a whole country.
func TestCountriesOfTransfers(t *testing.T) {
	var eea, adequate []any
	for _, r := range rows(t, "eea.csv") {
		eea = append(eea, r[0])
	}
	for _, r := range rows(t, "adequacy.csv") {
		if limit := r[4]; limit == "" {
			adequate = append(adequate, r[0])
		}
	}
	if diff := cmp.Diff(eea, defaultOf(t, "priv.transfers", "eea_countries")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(adequate, defaultOf(t, "priv.transfers", "adequate_countries")); diff != "" {
		t.Error(diff)
	}
}

// TestRegionLibrary holds that policies and collectors place AWS regions in the same countries.
func TestRegionLibrary(t *testing.T) {
	src, err := policies.FS.ReadFile("lib/region/region.rego")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := ast.ParseModule("region.rego", string(src))
	if err != nil {
		t.Fatal(err)
	}
	value, err := ast.JSON(mod.Rules[0].Head.Value.Value)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	for _, r := range rows(t, "regions.csv") {
		want[r[0]] = r[2]
	}
	if diff := cmp.Diff(want, value); diff != "" {
		t.Error(diff)
	}
}

// TestAddressableSpecifications holds that the check on exceptions agrees with the catalogue on what is addressable.
func TestAddressableSpecifications(t *testing.T) {
	list, err := frameworks.Load("hipaa-security-rule")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, c := range list[0].Controls {
		if c.Designation == framework.DesignationAddressable {
			want = append(want, c.ID)
		}
	}
	var got []string
	for _, v := range defaultOf(t, "join.exceptions", "addressable_specifications") {
		got = append(got, v.(string))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
