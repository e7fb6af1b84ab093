package terraform_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/terraform"
	"github.com/assay-audit/assay/internal/evidence"
)

const fixtures = "../../fixtures"

// collect collects a target: a directory, or a plan.
func collect(t *testing.T, scheme, value string, options ...collectors.TerraformOptions) *evidence.Snapshot {
	t.Helper()
	req := collectors.Request{Target: collectors.Target{Ref: value, Scheme: scheme, Value: value}}
	if len(options) > 0 {
		req.Terraform = options[0]
	}
	snap, err := collectortest.Collect(t.Context(), t, terraform.Spec, req)
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// external reports whether a relation's end is not an entity: something outside of the configuration, or a group, which is no
// kind.
func external(uid string) bool {
	return !strings.HasPrefix(uid, "tf:") || strings.Contains(uid, "aws_iam_group.")
}

func TestContract(t *testing.T) {
	t.Parallel()
	directories, err := filepath.Glob(fixtures + "/terraform/*")
	if err != nil || len(directories) == 0 {
		t.Fatal("no fixtures", err)
	}
	hcl := collectortest.Contract{Plane: evidence.Declared, Methods: []string{"terraform:hcl"}, Placed: true, Whole: []string{"account"}, External: external}
	for _, dir := range directories {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			collectortest.Check(t, collect(t, "terraform", dir), hcl)
		})
	}
	planned := collectortest.Contract{Plane: evidence.Declared, Methods: []string{"terraform:plan"}, External: external}
	for _, name := range []string{
		"hospital-small.json", "hospital-small-1.0.json", "terraform-data.json", "hospital-small-1.1.json,dir=" + fixtures + "/plans/hospital-small",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collectortest.Check(t, collect(t, "plan", fixtures+"/plans/"+name), planned)
		})
	}
}
