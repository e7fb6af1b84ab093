package policy_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

const head = `# METADATA
# title: A title
# description: What a pass shows.
# schemas:
#   - input.bucket: schema.bucket
# custom:
#   severity: low
#   units: [bucket]
#   collectors: [terraform]
#   rationale: Why.
#   remediation: What.
package checks.acme.x

import data.lib.ev

pass contains e.uid if {
	some e in input.bucket
	ev.known(e, "versioning")
}

`

// TestLintFindsWhatItPromises writes one policy per house rule that breaks it, and one that breaks none.
func TestLintFindsWhatItPromises(t *testing.T) {
	for name, c := range map[string]struct{ rules, want string }{
		"sound":                {"fail contains e.uid if {\n\tsome e in input.bucket\n\te.attrs.versioning == false\n}\n", ""},
		"negated attribute":    {"fail contains e.uid if {\n\tsome e in input.bucket\n\tnot e.attrs.versioning\n}\n", "no-negated-attribute"},
		"raw comparison":       {"fail contains e.uid if {\n\tsome e in input.bucket\n\te.attrs.size_bytes > 0\n}\n", "no-raw-comparison"},
		"magic number":         {"fail contains e.uid if {\n\tsome e in input.bucket\n\tev.above(e, \"size_bytes\", 4096)\n}\n", "no-magic-number"},
		"count of nothing":     {"fail contains e.uid if {\n\tsome e in input.bucket\n\tcount(ev.targets(e, \"selected_by\")) == 0\n}\n", "guarded-absence"},
		"guarded count":        {"fail contains e.uid if {\n\tsome e in input.bucket\n\tev.settled(e, \"selected_by\")\n\tcount(ev.targets(e, \"selected_by\")) == 0\n}\n", ""},
		"unguarded every":      {"fail contains e.uid if {\n\tsome e in input.bucket\n\tevery x in ev.targets(e, \"selected_by\") {\n\t\tx == \"y\"\n\t}\n}\n", "guarded-absence"},
		"computed path":        {"fail contains e.uid if {\n\tsome e in input.bucket\n\tsome path in [\"versioning\"]\n\te.attrs[path] == false\n}\n", "literal-path"},
		"undeclared parameter": {"fail contains e.uid if {\n\tsome e in input.bucket\n\tev.above(e, \"size_bytes\", input.params.limit)\n}\n", "parameters"},
		"two units":            {"fail contains e.uid if {\n\tsome e in input.bucket\n\tsome f in input.volume\n\te.uid == f.uid\n}\n", "units"},
		"misspelt attribute":   {"fail contains e.uid if {\n\tsome e in input.bucket\n\te.attrs.versionning == false\n}\n", "compile"},
		"network":              {"fail contains e.uid if {\n\tsome e in input.bucket\n\thttp.send({\"url\": e.uid, \"method\": \"get\"}).status_code == 0\n}\n", "forbidden"},
		"clock":                {"fail contains e.uid if {\n\tsome e in input.bucket\n\ttime.now_ns() == 0\n\te.attrs.versioning == false\n}\n", "forbidden"},
		"default verdict":      {"default fail := false\n", "verdicts"},
		"not formatted":        {"fail contains e.uid if {\n  some e in input.bucket\n  e.attrs.versioning == false\n}\n", "format"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{"acme/x/policy.rego": {Data: []byte(head + c.rules)}}
			problems, err := policy.Lint(policy.Root{FS: fsys, Name: "mine"}, policy.Root{FS: policies.FS})
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				for _, p := range problems {
					t.Error(p)
				}
				return
			}
			if !slices.ContainsFunc(problems, func(p policy.Problem) bool { return p.Rule == c.want }) {
				t.Errorf("no problem of rule %s; found %v", c.want, problems)
			}
		})
	}
}
