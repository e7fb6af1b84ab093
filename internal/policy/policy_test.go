package policy_test

import (
	"testing"

	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

func TestBuiltinPoliciesCompileWithTypes(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cat.Compile(cat.Checks(), true); err != nil {
		t.Fatal(err)
	}
}

func TestBuiltinPoliciesKeepTheHouseRules(t *testing.T) {
	problems, err := policy.Lint(policy.Root{FS: policies.FS, Name: "policies"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}
