package framework_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/framework"
)

func checks() []framework.CheckInfo {
	return []framework.CheckInfo{
		{ID: "enc.at_rest", Title: "Encrypted", Severity: "high", Collectors: []string{"terraform", "aws"}},
		{ID: "enc.keys", Title: "Keys", Severity: "medium", Collectors: []string{"aws", "governance", "unheard_of"}},
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	f := loadSample(t)
	atRest, keys := checks()[0], checks()[1]
	control := func(id string) framework.Control {
		c, ok := f.Control(id)
		if !ok {
			t.Fatalf("no control %s", id)
		}
		return c
	}
	both := []framework.Domain{framework.Cloud, framework.IaC}
	want := []framework.ControlCoverage{
		{
			Control: control("1.2(a)"), Status: framework.Partly, Undecided: []framework.Domain{framework.Host},
			Direct: []framework.CheckCoverage{{CheckInfo: atRest, Strength: framework.Direct, Domains: both}},
		},
		{Control: control("1.2(b)"), Status: framework.HumanOnly, Undecided: []framework.Domain{framework.Organisational}},
		{
			Control: control("1.2(c)"), Status: framework.RolledUp,
			Undecided: []framework.Domain{framework.Organisational, framework.Cloud},
		},
		{
			Control: control("1.2(d)"), Status: framework.NoCheckYet,
			Undecided: []framework.Domain{framework.Organisational, framework.Cloud},
		},
		{
			Control: control("1.2(e)"), Status: framework.IndicatorOnly, Undecided: []framework.Domain{framework.Cloud},
			Supporting: []framework.CheckCoverage{
				{CheckInfo: keys, Strength: framework.Supporting, Domains: []framework.Domain{framework.Cloud}},
			},
			Missing: []string{"enc.later"},
		},
		{
			Control: control("1.10(a)(1)"), Status: framework.Decided,
			Direct: []framework.CheckCoverage{{CheckInfo: atRest, Strength: framework.Direct, Domains: both}},
			Supporting: []framework.CheckCoverage{
				{CheckInfo: keys, Strength: framework.Supporting, Domains: []framework.Domain{framework.Cloud}},
			},
		},
	}
	if diff := cmp.Diff(want, framework.Coverage(f, checks())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestFewerChecksNeverCoverMore: without any check nothing is decided, not even partly.
func TestFewerChecksNeverCoverMore(t *testing.T) {
	t.Parallel()
	rank := map[framework.CoverageStatus]int{}
	for i, s := range framework.CoverageStatuses() {
		rank[s] = len(framework.CoverageStatuses()) - i
	}
	f := loadSample(t)
	full := framework.Coverage(f, checks())
	for i, c := range framework.Coverage(f, checks()[1:]) {
		if rank[c.Status] > rank[full[i].Status] {
			t.Errorf("%s: %q without enc.at_rest, %q with it", c.Control.ID, c.Status, full[i].Status)
		}
	}
	for _, c := range framework.Coverage(f, nil) {
		if c.Status == framework.Decided || c.Status == framework.Partly || c.Status == framework.IndicatorOnly {
			t.Errorf("%s is %q without checks", c.Control.ID, c.Status)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	f := loadSample(t)
	known := append(checks(), framework.CheckInfo{ID: "enc.late", Collectors: []string{"aws"}})
	known[1].Collectors = []string{"governance"} // enc.keys now reads nothing that can bear on its two controls
	f.Mappings = append(f.Mappings, framework.Mapping{Check: "enc.late", Control: "9.9"})
	want := `sample: 1.2(e): no check "enc.later" exists (did you mean "enc.late"?)
sample: 1.2(e): check enc.keys reads governance, but the control can be tested only by cloud
sample: 1.10(a)(1): check enc.keys reads governance, but the control can be tested only by cloud, iac
sample: check enc.late is mapped to "9.9", which is no control`
	err := framework.Verify(f, known)
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	f = loadSample(t)
	if err := framework.Verify(f, append(checks(), framework.CheckInfo{ID: "enc.later", Collectors: []string{"aws"}})); err != nil {
		t.Error(err)
	}
}

func TestEnumerations(t *testing.T) {
	t.Parallel()
	for collector, want := range map[string]framework.Domain{
		"aws": framework.Cloud, "terraform": framework.IaC, "host": framework.Host, "governance": framework.Organisational, "other": "",
	} {
		if got, ok := framework.DomainOf(collector); got != want || ok != (want != "") {
			t.Errorf("DomainOf(%q) = %q, %v", collector, got, ok)
		}
	}
}
