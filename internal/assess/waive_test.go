package assess_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/waiver"
)

var asOf = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// exceptions reads waivers and puts them into a snapshot.
func exceptions(t interface {
	Helper()
	Fatal(args ...any)
}, text string,
) *evidence.Snapshot {
	t.Helper()
	ws, err := waiver.Read("waivers.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return &evidence.Snapshot{AsOf: asOf, Entities: waiver.Entities("waivers.yaml", "w1", ws)}
}

func entry(check, entity string, more ...string) string {
	out := fmt.Sprintf("  - {check: %q, entity: %q, reason: r, requester: bob, approver: alice, expires: 2026-12-31", check, entity)
	for _, m := range more {
		out += ", " + m
	}
	return out + "}\n"
}

func waive(t *testing.T, entries string, fs ...finding.Finding) ([]assess.WaiverState, []finding.Finding) {
	t.Helper()
	states := assess.Waive(assess.WaiveInput{
		Findings: fs, Snapshot: exceptions(t, "waivers:\n"+entries), Checks: []string{"enc.at_rest", "enc.customer_keys"}, Judged: []string{"enc.at_rest"},
		AsOf: asOf, Policy: assess.WaiverPolicy{Approvers: []string{"alice"}},
	})
	return states, fs
}

func TestWaive(t *testing.T) {
	var many []finding.Finding
	for i := range assess.MaxMatches + 1 {
		many = append(many, found(fmt.Sprintf("v[%d]", i), finding.Fail))
	}
	aliased := found("a", finding.Fail)
	aliased.Entity.Aliases = []string{"arn:aws:ec2:::volume/a"}
	for _, c := range []struct {
		name, entry string
		findings    []finding.Finding
		state       string
		matches     int
		problem     string
	}{
		{"the entity", entry("enc.at_rest", "a"), []finding.Finding{found("a", finding.Fail), found("b", finding.Fail)}, assess.Active, 1, ""},
		{"a pattern of checks", entry("enc.*", "a"), []finding.Finding{found("a", finding.Fail)}, assess.Active, 1, ""},
		{"brackets are not special", entry("enc.at_rest", `a["x"]`), []finding.Finding{found(`a["x"]`, finding.Fail), found("ax", finding.Fail)}, assess.Active, 1, ""},
		{"a pattern of entities", entry("enc.at_rest", "module.*.a*"), []finding.Finding{found("module.m.n.a[0]", finding.Fail)}, assess.Active, 1, ""},
		{"an alias", entry("enc.at_rest", "arn:*"), []finding.Finding{aliased}, assess.Active, 1, ""},
		{"an earlier address", entry("enc.at_rest", "old"), []finding.Finding{moved(found("a", finding.Fail), "old")}, assess.Active, 1, ""},
		{"its scope", entry("enc.at_rest", "*", "scope: 'tf:inf*'"), []finding.Finding{found("a", finding.Fail)}, assess.Active, 1, ""},
		{"a scope that is not here", entry("enc.at_rest", "a", "scope: tf:other"), []finding.Finding{found("a", finding.Fail)}, assess.Active, 0, ""},
		{"a check that did not judge", entry("enc.customer_keys", "a"), []finding.Finding{found("a", finding.Fail)}, assess.Active, 0, ""},
		{"a verdict that is not known", entry("enc.at_rest", "a"), []finding.Finding{found("a", finding.Unknown)}, assess.Active, 0, ""},
		{"a scope that was not read", entry("enc.at_rest", "a"), []finding.Finding{found("tf:infra", finding.Unknown)}, assess.Active, 0, ""},
		{"repaired", entry("enc.at_rest", "a"), []finding.Finding{found("a", finding.Pass)}, assess.Orphaned, 0, "nothing that it names fails"},
		{"too many", entry("enc.at_rest", "v*"), many, assess.Invalid, 21, "it covers 21 findings; at most 20"},
		{"every check", entry("*", "a"), []finding.Finding{found("a", finding.Fail)}, assess.Invalid, 1, "it names every check"},
		{"every domain", entry("*.*", "a"), []finding.Finding{found("a", finding.Fail)}, assess.Invalid, 1, "it names every check"},
		{"every entity", entry("enc.at_rest", "**"), []finding.Finding{found("a", finding.Fail)}, assess.Invalid, 1, "it names every entity"},
		{"an unknown check", entry("enc.at_rst", "a"), nil, assess.Invalid, 0, `did you mean "enc.at_rest"?`},
		{"a malformed pattern", entry("enc.[", "a"), nil, assess.Invalid, 0, `no check is called "enc.["`},
	} {
		t.Run(c.name, func(t *testing.T) {
			states, fs := waive(t, c.entry, c.findings...)
			st := states[0]
			if st.State != c.state || st.Matches != c.matches || !strings.Contains(strings.Join(st.Problems, "; "), c.problem) || (c.problem == "") != (len(st.Problems) == 0) {
				t.Errorf("%s with %d matches: %q", st.State, st.Matches, st.Problems)
			}
			covered := 0
			for _, f := range fs {
				if f.Waiver != nil {
					covered++
				}
			}
			want := 0
			if c.state == assess.Active {
				want = c.matches
			}
			if covered != want {
				t.Errorf("%d findings are waived, want %d", covered, want)
			}
		})
	}
}

func TestWhoMayApprove(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy assess.WaiverPolicy
		entry  string
		want   string
	}{
		{"somebody on the list", assess.WaiverPolicy{Approvers: []string{"Alice"}}, entry("enc.at_rest", "a"), ""},
		{"no list", assess.WaiverPolicy{}, entry("enc.at_rest", "a"), "nobody may approve waivers"},
		{"not on the list", assess.WaiverPolicy{Approvers: []string{"carol"}}, entry("enc.at_rest", "a"), "alice is not among the approvers"},
		{"proof by commit", assess.WaiverPolicy{Approvers: []string{"alice"}, Proof: "commit"}, entry("enc.at_rest", "a"), "must be proved by a commit"},
		{"proof by signature", assess.WaiverPolicy{Approvers: []string{"alice"}, Proof: "signature"}, entry("enc.at_rest", "a"), "must be proved by a signature"},
		{"too long", assess.WaiverPolicy{Approvers: []string{"alice"}, MaxDays: 39}, entry("enc.at_rest", "a"), "more than 39 days ahead"},
		{"just in time", assess.WaiverPolicy{Approvers: []string{"alice"}, MaxDays: 40}, entry("enc.at_rest", "a"), ""},
		{"a day of approval that is none", assess.WaiverPolicy{Approvers: []string{"alice"}}, entry("enc.at_rest", "a", "approved_on: 2026-02-30"), `"2026-02-30" is not a date`},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := []finding.Finding{found("a", finding.Fail)}
			states := assess.Waive(assess.WaiveInput{
				Findings: fs, Snapshot: exceptions(t, "waivers:\n"+c.entry), Checks: []string{"enc.at_rest"}, Judged: []string{"enc.at_rest"}, AsOf: asOf, Policy: c.policy,
			})
			got := strings.Join(states[0].Problems, "; ")
			if !strings.Contains(got, c.want) || (got == "") != (c.want == "") || (fs[0].Waiver != nil) != (c.want == "") {
				t.Errorf("%q (waived: %t)", got, fs[0].Waiver != nil)
			}
		})
	}
}

// Whatever the waivers say, they change nothing about a finding but its waiver, and they set that on failures alone.
func TestWaivingChangesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := anyFindings(t)
		for i := range fs {
			fs[i].Waiver = nil
		}
		finding.Sort(fs)
		var text strings.Builder
		text.WriteString("waivers:\n")
		for range rapid.IntRange(1, 4).Draw(t, "waivers") {
			text.WriteString(entry(rapid.SampledFrom([]string{"enc.at_rest", "enc.*", "*", "enc.customer_keys"}).Draw(t, "check"),
				rapid.SampledFrom([]string{"a", "b*", "*", "*c", "bc"}).Draw(t, "entity"), rapid.SampledFrom([]string{"scope: tf:infra", "scope: tf:x", "ticket: T"}).Draw(t, "more")))
		}
		before := slices.Clone(fs)
		assess.Waive(assess.WaiveInput{
			Findings: fs, Snapshot: exceptions(t, text.String()), Checks: []string{"enc.at_rest", "enc.customer_keys"}, Judged: []string{"enc.at_rest"}, AsOf: asOf,
			Policy: assess.WaiverPolicy{Approvers: []string{"alice"}},
		})
		for i := range fs {
			if fs[i].Waiver != nil && fs[i].Status != finding.Fail {
				t.Fatalf("%s is %s and waived", fs[i].Entity.ID, fs[i].Status)
			}
			after := fs[i]
			after.Waiver = nil
			if diff := cmp.Diff(before[i], after); diff != "" {
				t.Fatalf("changed (-before +after)\n%s", diff)
			}
		}
	})
}

// A decision about a requirement is an exception too, and no waiver.
func TestDecisionsAreNoWaivers(t *testing.T) {
	snap := &evidence.Snapshot{AsOf: asOf, Entities: []*evidence.Entity{{
		UID: "gov:exceptions:D-1", Kind: "exception", Attrs: map[string]any{"requirement": "164.312(a)(2)(iii)"},
		Unknown: map[string]evidence.Unknown{"check": {Reason: evidence.NotCollected}},
	}}}
	if got := assess.Waive(assess.WaiveInput{Snapshot: snap, AsOf: asOf}); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
