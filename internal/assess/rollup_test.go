package assess_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/policy"
)

// one is a framework with a single control, to which d1 and d2 are mapped directly and s1 and s2 in support.
func one(automation framework.Automation) []framework.Framework {
	f := framework.Framework{ID: "f", Controls: []framework.Control{{ID: "c", Automation: automation}}}
	for _, m := range []struct {
		check    string
		strength framework.Strength
	}{{"d1", framework.Direct}, {"d2", framework.Direct}, {"s1", framework.Supporting}, {"s2", framework.Supporting}} {
		f.Mappings = append(f.Mappings, framework.Mapping{Check: m.check, Control: "c", Strength: m.strength})
	}
	return []framework.Framework{f}
}

func roll(findings []finding.Finding, automation framework.Automation) assess.ControlStatus {
	a := assess.Build(assess.Input{
		Snapshot: &evidence.Snapshot{AsOf: time.Unix(0, 0)}, Findings: slices.Clone(findings), Frameworks: one(automation),
		Checks: []policy.Check{{ID: "d1"}, {ID: "d2"}, {ID: "s1"}, {ID: "s2"}},
	})
	return a.Controls[0].Status
}

func verdict(check string, status finding.Status) finding.Finding {
	f := finding.Finding{Check: check, Status: status, Severity: finding.High}
	if status == "waived" {
		f.Status, f.Waiver = finding.Fail, &finding.Waiver{ID: "w"}
	}
	return f
}

func TestStatus(t *testing.T) {
	for name, c := range map[string]struct {
		findings   []finding.Finding
		automation framework.Automation
		want       assess.ControlStatus
	}{
		"a direct failure":                     {[]finding.Finding{verdict("d1", finding.Fail), verdict("d2", finding.Pass)}, framework.Full, assess.NotMet},
		"a direct failure beside a waived one": {[]finding.Finding{verdict("d1", finding.Fail), verdict("d1", "waived"), verdict("d2", finding.Pass)}, framework.Full, assess.NotMet},
		"every failure waived":                 {[]finding.Finding{verdict("d1", "waived"), verdict("d2", finding.Pass)}, framework.Full, assess.Waived},
		"a direct unknown":                     {[]finding.Finding{verdict("d1", finding.Unknown), verdict("d2", finding.Pass), verdict("s1", finding.Fail)}, framework.Full, assess.Undetermined},
		"a direct check that did not run":      {[]finding.Finding{verdict("d1", finding.Pass)}, framework.Full, assess.Undetermined},
		"a supporting failure":                 {[]finding.Finding{verdict("d1", finding.Pass), verdict("d2", finding.Pass), verdict("s1", finding.Fail)}, framework.Full, assess.AtRisk},
		"direct passes that decide":            {[]finding.Finding{verdict("d1", finding.Pass), verdict("d2", finding.Pass), verdict("s1", finding.Pass), verdict("s2", finding.NotApplicable)}, framework.Full, assess.NoGapFound},
		"support that could not be decided":    {[]finding.Finding{verdict("d1", finding.Pass), verdict("d2", finding.Pass), verdict("s1", finding.Pass), verdict("s2", finding.Unknown)}, framework.Full, assess.ReviewNeeded},
		"direct passes that decide a part":     {[]finding.Finding{verdict("d1", finding.Pass), verdict("d2", finding.Pass)}, framework.Partial, assess.ReviewNeeded},
		"a person must judge":                  {[]finding.Finding{verdict("d1", finding.Review), verdict("d2", finding.Pass)}, framework.Full, assess.ReviewNeeded},
		"nothing in scope":                     {[]finding.Finding{verdict("d1", finding.NotApplicable), verdict("d2", finding.NotApplicable), verdict("s1", finding.NotApplicable), verdict("s2", finding.NotApplicable)}, framework.Full, assess.NotApplicable},
		"nothing collected":                    {nil, framework.Full, assess.Undetermined},
	} {
		t.Run(name, func(t *testing.T) {
			if got := roll(c.findings, c.automation); got != c.want {
				t.Errorf("the control is %s, want %s", got, c.want)
			}
		})
	}
}

// good are the statuses that an auditor may take for a good sign; the rest of the order is from bad to better.
var order = []assess.ControlStatus{
	assess.NotMet, assess.Waived, assess.Undetermined, assess.AtRisk, assess.ReviewNeeded, assess.NoGapFound, assess.NotApplicable,
}

func good(s assess.ControlStatus) bool { return s == assess.NoGapFound || s == assess.NotApplicable }

func someFindings(t *rapid.T) []finding.Finding {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) finding.Finding {
		return verdict(
			rapid.SampledFrom([]string{"d1", "d2", "s1", "s2"}).Draw(t, "check"),
			rapid.SampledFrom([]finding.Status{finding.Pass, finding.Fail, "waived", finding.Unknown, finding.Review, finding.NotApplicable}).Draw(t, "status"),
		)
	}), 0, 12).Draw(t, "findings")
}

// TestAFailureNeverImproves holds that one more failing finding never makes a control look better.
func TestAFailureNeverImproves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		findings := someFindings(t)
		automation := rapid.SampledFrom([]framework.Automation{framework.Full, framework.Partial, framework.ManualOnly}).Draw(t, "automation")
		before := roll(findings, automation)
		extra := verdict(rapid.SampledFrom([]string{"d1", "d2", "s1", "s2"}).Draw(t, "failing"), finding.Fail)
		after := roll(append(findings, extra), automation)
		riskOnTop := before == assess.Undetermined && after == assess.AtRisk // both are open; a proved risk says more
		if slices.Index(order, after) > slices.Index(order, before) && !riskOnTop {
			t.Fatalf("%s became %s by one more failure of %s", before, after, extra.Check)
		}
		if good(after) {
			t.Fatalf("%s after a failure of %s", after, extra.Check)
		}
	})
}

// TestLostEvidenceNeverImproves holds that a verdict that can no longer be decided never makes a control look good that did not look
// so before, and neither does a check of which every finding is lost.
func TestLostEvidenceNeverImproves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		findings := someFindings(t)
		automation := rapid.SampledFrom([]framework.Automation{framework.Full, framework.Partial, framework.ManualOnly}).Draw(t, "automation")
		before := roll(findings, automation)
		var after assess.ControlStatus
		if len(findings) > 0 && rapid.Bool().Draw(t, "one verdict") {
			lost := slices.Clone(findings)
			i := rapid.IntRange(0, len(lost)-1).Draw(t, "which")
			lost[i] = verdict(lost[i].Check, finding.Unknown)
			after = roll(lost, automation)
		} else {
			check := rapid.SampledFrom([]string{"d1", "d2", "s1", "s2"}).Draw(t, "check")
			after = roll(slices.DeleteFunc(slices.Clone(findings), func(f finding.Finding) bool { return f.Check == check }), automation)
		}
		if good(after) && !good(before) {
			t.Fatalf("%s became %s by losing evidence", before, after)
		}
	})
}
