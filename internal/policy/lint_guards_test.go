package policy_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

const guardHead = `# METADATA
# title: A title
# description: A description.
# schemas:
#   - input.role: schema.role
# custom:
#   severity: low
#   units: [role]
#   collectors: [aws]
#   rationale: A rationale.
#   remediation: A remediation.
package checks.x.y

import data.lib.ev

fail contains e.uid if {
	some e in input.role
	ev.known(e, "trust")
	e.attrs.privileged == true
}

`

// TestLintKnowsWhatProves holds that a conclusion from absence needs a guard where it proves a verdict, and only there.
func TestLintKnowsWhatProves(t *testing.T) {
	const open = "this holds for an empty or partly unknown list; guard it with ev.whole, ev.known, ev.covered or their like"
	tests := []struct {
		name, rule string
		want       []string
	}{
		{"counting nothing proves nothing", `pass contains e.uid if {
	some e in input.role
	count(e.attrs.trust) == 0
}
`, []string{open}},
		{"a guard lets it", `pass contains e.uid if {
	some e in input.role
	ev.enumerated(e, "trust")
	count(e.attrs.trust) == 0
}
`, nil},
		{"fields of a list that was read to its end are a guard too", `pass contains e.uid if {
	some e in input.role
	ev.each_known(e, "trust", "external")
	every t in e.attrs.trust {
		t.external == false
	}
}
`, nil},
		{"so is a register that was read", `pass contains e.uid if {
	some e in input.role
	ev.recorded("rbac_role")
	count(ev.all_of("rbac_role")) == 0
}
`, nil},
		{"saying why something is unknown proves nothing", `pass contains e.uid if {
	some e in input.role
	e.attrs.privileged == false
}

unknown contains {"uid": e.uid, "message": "nobody knows"} if {
	some e in input.role
	count(e.attrs.trust) == 0
}
`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := policy.Root{Name: "test", FS: fstest.MapFS{"x/y/policy.rego": &fstest.MapFile{Data: []byte(guardHead + tt.rule)}}}
			problems, err := policy.Lint(root, policy.Root{FS: policies.FS})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				got = append(got, p.Message)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
