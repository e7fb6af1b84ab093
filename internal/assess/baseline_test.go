package assess_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// found makes a finding of enc.at_rest in tf:infra.
func found(id string, status finding.Status, attributes ...string) finding.Finding {
	return finding.Finding{
		Check: "enc.at_rest", Status: status, Severity: finding.High, Entity: finding.Entity{ID: id, Kind: "volume", Scope: "tf:infra"},
		Attributes: attributes, Fingerprint: finding.Fingerprint("enc.at_rest", "tf:infra", id, attributes),
	}
}

func assessment(fs ...finding.Finding) *assess.Assessment {
	finding.Sort(fs)
	return &assess.Assessment{
		Findings: fs, Checks: []assess.CheckInfo{{ID: "enc.at_rest"}}, Sources: []evidence.Source{{ID: "s1", Scope: "tf:infra"}},
	}
}

func moved(f finding.Finding, former ...string) finding.Finding {
	f.Entity.Former = former
	return f
}

func waived(f finding.Finding) finding.Finding {
	f.Waiver = &finding.Waiver{ID: "W-1"}
	return f
}

func ids(fs []*finding.Finding) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Entity.ID)
	}
	return out
}

func TestCompare(t *testing.T) {
	other := found("gone", finding.Fail)
	other.Check = "enc.customer_keys"
	elsewhere := found("gone", finding.Fail)
	elsewhere.Entity.Scope = "aws:1:eu-west-1"
	type result struct{ New, Unchanged, Fixed, Open []string }
	for _, c := range []struct {
		name       string
		base, head []finding.Finding
		want       result
	}{
		{"another resource", []finding.Finding{found("a", finding.Fail)}, []finding.Finding{found("a", finding.Fail), found("b", finding.Fail)}, result{New: []string{"b"}, Unchanged: []string{"a"}}},
		{"repaired", []finding.Finding{found("a", finding.Fail)}, []finding.Finding{found("a", finding.Pass)}, result{Fixed: []string{"a"}}},
		{"removed", []finding.Finding{found("a", finding.Fail)}, nil, result{Fixed: []string{"a"}}},
		{"broken", []finding.Finding{found("a", finding.Pass)}, []finding.Finding{found("a", finding.Fail)}, result{New: []string{"a"}}},
		{"moved", []finding.Finding{found("a", finding.Fail, "x")}, []finding.Finding{moved(found("module.m.a", finding.Fail, "x"), "b", "a")}, result{Unchanged: []string{"module.m.a"}}},
		{
			"moved, and another one in its place",
			[]finding.Finding{found("a", finding.Fail)},
			[]finding.Finding{moved(found("b", finding.Fail), "a"), found("a", finding.Fail)},
			result{New: []string{"a"}, Unchanged: []string{"b"}},
		},
		{
			"moved long ago, and another one in its place",
			[]finding.Finding{moved(found("b", finding.Fail), "a"), found("a", finding.Fail)},
			[]finding.Finding{moved(found("b", finding.Fail), "a"), found("a", finding.Fail)},
			result{Unchanged: []string{"a", "b"}},
		},
		{"moved and repaired", []finding.Finding{found("a", finding.Fail)}, []finding.Finding{moved(found("b", finding.Pass), "a")}, result{Fixed: []string{"a"}}},
		{"one of two reasons repaired", []finding.Finding{found("a", finding.Fail, "x", "y")}, []finding.Finding{found("a", finding.Fail, "x")}, result{Unchanged: []string{"a"}}},
		{"one more reason", []finding.Finding{found("a", finding.Fail, "x")}, []finding.Finding{found("a", finding.Fail, "x", "y")}, result{New: []string{"a"}}},
		{"a waiver is gone", []finding.Finding{waived(found("a", finding.Fail))}, []finding.Finding{found("a", finding.Fail)}, result{New: []string{"a"}}},
		{"a waiver came", []finding.Finding{found("a", finding.Fail)}, []finding.Finding{waived(found("a", finding.Fail))}, result{Unchanged: []string{"a"}}},
		{"a new failure with a waiver", nil, []finding.Finding{waived(found("a", finding.Fail))}, result{}},
		{"no longer known", []finding.Finding{found("a", finding.Fail)}, []finding.Finding{found("a", finding.Unknown)}, result{Open: []string{"a"}}},
		{"no longer read", []finding.Finding{found("a", finding.Fail)}, []finding.Finding{found("tf:infra", finding.Unknown)}, result{Open: []string{"a"}}},
		{"a check that was not run", []finding.Finding{other}, nil, result{Open: []string{"gone"}}},
		{"a target that was not read", []finding.Finding{elsewhere}, nil, result{Open: []string{"gone"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			head := assessment(c.head...)
			cmpn := head.Compare("base", assessment(c.base...))
			got := result{ids(cmpn.New), ids(cmpn.Unchanged), ids(cmpn.Fixed), ids(cmpn.Open)}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("comparison (-want +got)\n%s", diff)
			}
			if head.Summary.New != len(c.want.New) || head.Summary.Fixed != len(c.want.Fixed) {
				t.Errorf("summary: %d new, %d fixed", head.Summary.New, head.Summary.Fixed)
			}
		})
	}
}

// anyFindings draws findings with distinct entities.
func anyFindings(t *rapid.T) []finding.Finding {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,3}`), 0, 8, rapid.ID).Draw(t, "ids")
	var out []finding.Finding
	for _, id := range names {
		f := found(id, rapid.SampledFrom(finding.Statuses()).Draw(t, "status"), rapid.SliceOfDistinct(rapid.SampledFrom([]string{"x", "y"}), rapid.ID).Draw(t, "attributes")...)
		if f.Status == finding.Fail && rapid.Bool().Draw(t, "waived") {
			f = waived(f)
		}
		if rapid.Bool().Draw(t, "moved") {
			f = moved(f, rapid.StringMatching(`[a-d]{1,3}`).Draw(t, "former"))
		}
		out = append(out, f)
	}
	return out
}

func TestABaselineOfItselfChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := anyFindings(t)
		a := assessment(fs...)
		got := a.Compare("base", assessment(append([]finding.Finding{}, fs...)...))
		if len(got.New)+len(got.Fixed)+len(got.Open) > 0 {
			t.Fatalf("changes: %+v", got)
		}
		for _, f := range a.Findings {
			if *f.Baseline != "unchanged" {
				t.Fatalf("%s is %s", f.Entity.ID, *f.Baseline)
			}
		}
	})
}

// An audit of the same directory is comparable from wherever in the repository it was started.
func TestCompareFromAnotherDirectory(t *testing.T) {
	in := func(directory, target string, scopes ...string) *assess.Assessment {
		a := &assess.Assessment{
			Checks:  []assess.CheckInfo{{ID: "enc.at_rest"}},
			Sources: []evidence.Source{{ID: "s1", Scope: target, Directory: directory}},
		}
		for _, scope := range scopes {
			for _, id := range []string{"aws_ebs_volume.a", scope} {
				f := finding.Finding{Check: "enc.at_rest", Status: finding.Fail, Entity: finding.Entity{ID: id, Scope: scope}}
				f.Fingerprint = finding.Fingerprint(f.Check, scope, id, nil)
				a.Findings = append(a.Findings, f)
			}
		}
		return a
	}
	type result struct{ New, Unchanged, Fixed, Open int }
	for _, c := range []struct {
		name       string
		base, head *assess.Assessment
		want       result
	}{
		{"into it", in("", "tf:infra", "tf:infra"), in("infra", "tf:.", "tf:."), result{Unchanged: 2}},
		{"out of it", in("infra", "tf:.", "tf:."), in("", "tf:infra", "tf:infra"), result{Unchanged: 2}},
		{"beside it", in("", "tf:infra/eu", "tf:infra/eu"), in("docs", "tf:../infra", "tf:../infra/eu"), result{Unchanged: 2}},
		{"another one", in("", "tf:infra", "tf:infra"), in("other", "tf:.", "tf:."), result{New: 2, Open: 2}},
		{"above it", in("infra", "tf:.", "tf:."), in("", "tf:."), result{Fixed: 2}},
		{"not above it", in("", "tf:../infra", "tf:../infra"), in("", "tf:."), result{Open: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := c.head.Compare("base", c.base)
			if d := cmp.Diff(c.want, result{len(n.New), len(n.Unchanged), len(n.Fixed), len(n.Open)}); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
