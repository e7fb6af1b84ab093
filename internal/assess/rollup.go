package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/framework"
)

// notRun is the state of a mapped check that did not judge: no collector that it needs was part of the run.
const notRun = "not_run"

// checkState is the worst that a check found, as the roll-up sees it.
type checkState struct {
	status string // fail, waived, unknown, not_run, review, pass, not_applicable
	counts Counts
}

// badness orders the states of a check from best to worst.
var badness = []string{"not_applicable", "pass", "review", notRun, "unknown", "waived", "fail"}

// statesOf folds findings into one state per check. Checks that were selected but did not judge are not_run.
func statesOf(findings []finding.Finding) map[string]*checkState {
	out := make(map[string]*checkState)
	for i := range findings {
		f := &findings[i]
		st := out[f.Check]
		if st == nil {
			st = &checkState{status: "not_applicable"}
			out[f.Check] = st
		}
		st.counts.Add(f)
		word := string(f.Status)
		if f.Status == finding.Fail && f.Waiver != nil {
			word = "waived"
		}
		if slices.Index(badness, word) > slices.Index(badness, st.status) {
			st.status = word
		}
	}
	return out
}

// controls rolls the findings up to every control of the frameworks.
func controls(frameworks []framework.Framework, states map[string]*checkState, severities map[string]finding.Severity) []Control {
	var out []Control
	for _, f := range frameworks {
		byControl := make(map[string][]framework.Mapping, len(f.Controls))
		for _, m := range f.Mappings {
			byControl[m.Control] = append(byControl[m.Control], m)
		}
		for _, c := range f.Controls {
			out = append(out, control(f.ID, c, byControl[c.ID], states, severities))
		}
	}
	return out
}

func control(frameworkID string, c framework.Control, mappings []framework.Mapping, states map[string]*checkState, severities map[string]finding.Severity) Control {
	out := Control{
		Framework: frameworkID, ID: c.ID, Title: c.Title, Designation: string(c.Designation), Automation: string(c.Automation),
		Checks: []ControlCheck{}, Citation: c.Citation, Tag: c.Tag, Link: c.Link, Summary: c.Summary,
	}
	for _, m := range mappings {
		cc := ControlCheck{
			ID: m.Check, Strength: string(m.Strength), Rationale: m.Rationale, Status: notRun, Severity: severities[m.Check],
		}
		if st := states[m.Check]; st != nil {
			cc.Status, cc.Counts = st.status, st.counts
			out.Counts = out.Counts.plus(st.counts)
		}
		out.Checks = append(out.Checks, cc)
	}
	out.Status, out.Why = statusOf(c, out.Checks)
	return out
}

// statusOf decides a control from its checks, in the order of architecture.md: what proves a gap comes first, then what is not
// known, then what is only at risk; a good status needs a proved direct pass.
func statusOf(c framework.Control, checks []ControlCheck) (ControlStatus, string) {
	direct := with(checks, string(framework.Direct))
	supporting := with(checks, string(framework.Supporting))
	switch {
	case direct.has("fail"):
		return NotMet, "failing: " + direct.names("fail")
	case direct.has("waived"):
		return Waived, "every failure is waived: " + direct.names("waived")
	case direct.has("unknown"):
		return Undetermined, "could not be decided: " + direct.names("unknown")
	case direct.has(notRun):
		return Undetermined, "not collected: " + direct.names(notRun)
	case supporting.has("fail"):
		return AtRisk, "failing, and supporting this control: " + supporting.names("fail")
	case direct.has("review"):
		return ReviewNeeded, "a person must judge: " + direct.names("review")
	case direct.has("pass") && c.Automation == framework.Full && supporting.has("unknown", notRun):
		// what supports the control might fail: losing that evidence must not make the control look better
		return ReviewNeeded, "passing: " + direct.names("pass") + "; but not all that supports it could be decided"
	case direct.has("pass") && c.Automation == framework.Full:
		return NoGapFound, "passing: " + direct.names("pass")
	case direct.has("pass"):
		return ReviewNeeded, "the checks decide only a part of this control; passing: " + direct.names("pass")
	case len(direct) > 0 && !supporting.has("pass", "review", "waived", "unknown", notRun):
		return NotApplicable, "nothing in scope: " + direct.names("not_applicable")
	case supporting.has("unknown", "waived") && !supporting.has("pass", "review"):
		return Undetermined, "only supporting checks bear on it, and they could not be decided"
	case supporting.has("pass", "review"):
		return ReviewNeeded, "only supporting evidence bears on it"
	case c.Automation == framework.ManualOnly:
		return ReviewNeeded, "only a person can judge it"
	}
	return Undetermined, "no evidence that could decide it was collected"
}

type subset []ControlCheck

func with(checks []ControlCheck, strength string) subset {
	var out subset
	for _, c := range checks {
		if c.Strength == strength {
			out = append(out, c)
		}
	}
	return out
}

func (s subset) has(states ...string) bool {
	return slices.ContainsFunc(s, func(c ControlCheck) bool { return slices.Contains(states, c.Status) })
}

func (s subset) names(state string) string {
	var out []string
	for _, c := range s {
		if c.Status == state {
			out = append(out, c.ID)
		}
	}
	return strings.Join(out, ", ")
}

func (c Counts) plus(o Counts) Counts {
	return Counts{
		Pass: c.Pass + o.Pass, Fail: c.Fail + o.Fail, Waived: c.Waived + o.Waived, Unknown: c.Unknown + o.Unknown,
		NotApplicable: c.NotApplicable + o.NotApplicable, Review: c.Review + o.Review,
	}
}

// Judged is the number of verdicts of any kind.
func (c Counts) Judged() int {
	return c.Pass + c.Fail + c.Waived + c.Unknown + c.NotApplicable + c.Review
}

// link writes the controls of the frameworks into the findings.
func link(findings []finding.Finding, frameworks []framework.Framework) {
	refs := make(map[string][]finding.ControlRef)
	for i := range findings {
		f := &findings[i]
		list, ok := refs[f.Check]
		if !ok {
			list = []finding.ControlRef{}
			for _, r := range framework.ControlsOf(frameworks, f.Check) {
				list = append(list, finding.ControlRef{Framework: r.Framework, ID: r.ID, Strength: string(r.Strength)})
			}
			refs[f.Check] = list
		}
		f.Controls = list
	}
}

// Explain says a control's status in words that a reader without our vocabulary understands.
func (s ControlStatus) Explain() string {
	switch s {
	case NotMet:
		return "a check that decides this control fails"
	case Waived:
		return "a check that decides this control fails, and the failure is an approved exception"
	case Undetermined:
		return "the evidence that would decide this control is missing"
	case AtRisk:
		return "a check that supports this control fails"
	case ReviewNeeded:
		return "a person must judge; the checks that ran found nothing wrong"
	case NoGapFound:
		return "the checks that decide this control found no gap"
	case NotApplicable:
		return "nothing that was collected is in the scope of this control"
	}
	return fmt.Sprintf("status %q", string(s))
}
