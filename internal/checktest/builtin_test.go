package checktest_test

import (
	"slices"
	"testing"

	"github.com/assay-audit/assay/internal/checktest"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

// TestBuiltinCases runs the cases of every built-in policy, and holds that each shows a pass, a failure, an unknown and a
// not-applicable verdict.
func TestBuiltinCases(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range cat.Checks() {
		t.Run(check.ID, func(t *testing.T) {
			dir, err := cat.Dir(&check)
			if err != nil {
				t.Fatal(err)
			}
			cases, err := checktest.ReadCases(dir)
			if err != nil {
				t.Fatal(err)
			}
			var shown []finding.Status
			for _, c := range cases {
				out, err := checktest.RunCase(t.Context(), cat, &check, c)
				if err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				for _, p := range out.Problems {
					t.Errorf("%s: %s", c.Name, p)
				}
				shown = append(shown, out.Verdicts...)
			}
			for _, want := range []finding.Status{finding.Pass, finding.Fail, finding.Unknown, finding.NotApplicable} {
				if !slices.Contains(shown, want) {
					t.Errorf("no case shows %s", want)
				}
			}
		})
	}
}
