package framework

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/strictyaml"
)

// CheckInfo is what a framework needs to know about a check.
type CheckInfo struct {
	// ID is the check's ID, such as enc.at_rest.
	ID string `json:"id"`
	// Title is the check's title, for people.
	Title string `json:"title"`
	// Severity is the check's severity in the words of the finding package.
	Severity string `json:"severity"`
	// Collectors lists the collectors whose evidence the check reads, such as aws and terraform.
	Collectors []string `json:"collectors"`
}

// domains returns the evidence domains that the check reads.
func (c CheckInfo) domains() []Domain {
	var out []Domain
	for _, collector := range c.Collectors {
		if d, ok := DomainOf(collector); ok {
			out = append(out, d)
		}
	}
	return out
}

// Verify holds the mappings of f against the checks that exist. Its error joins one per mapping that names an unknown check, or a check
// that reads none of the evidence that can bear on the control: an organisational duty is not covered by a cloud setting.
func Verify(f Framework, checks []CheckInfo) error {
	known := make(map[string]CheckInfo, len(checks))
	names := make([]string, 0, len(checks))
	for _, c := range checks {
		known[c.ID] = c
		names = append(names, c.ID)
	}
	var faults []error
	for _, m := range f.Mappings {
		check, ok := known[m.Check]
		if !ok {
			hint := ""
			if near := strictyaml.Nearest(m.Check, names); near != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", near)
			}
			faults = append(faults, fmt.Errorf("%s: %s: no check %q exists%s", f.ID, m.Control, m.Check, hint))
			continue
		}
		control, ok := f.Control(m.Control)
		if !ok {
			faults = append(faults, fmt.Errorf("%s: check %s is mapped to %q, which is no control", f.ID, m.Check, m.Control))
			continue
		}
		if len(shared(control.TestableBy, check.domains())) == 0 {
			faults = append(faults, fmt.Errorf("%s: %s: check %s reads %s, but the control can be tested only by %s", f.ID, m.Control,
				m.Check, strings.Join(check.Collectors, ", "), joinDomains(control.TestableBy)))
		}
	}
	return errors.Join(faults...)
}

// shared returns the domains of a that are also in b, in the order of a.
func shared(a, b []Domain) []Domain {
	var out []Domain
	for _, d := range a {
		if slices.Contains(b, d) {
			out = append(out, d)
		}
	}
	return out
}

func joinDomains(domains []Domain) string {
	words := make([]string, len(domains))
	for i, d := range domains {
		words[i] = string(d)
	}
	return strings.Join(words, ", ")
}

// CoverageStatus says, in words for a report, how far a control is decided by the checks that exist.
type CoverageStatus string

// The coverage statuses.
const (
	// Decided: the control's automation is full and, for every domain of evidence that can bear on it, a direct check exists.
	Decided CoverageStatus = "decided by checks today"
	// Partly: direct checks exist, but only a part of the control can be decided, or not from all of its evidence.
	Partly CoverageStatus = "partly"
	// IndicatorOnly: the checks that exist raise or lower suspicion and decide nothing.
	IndicatorOnly CoverageStatus = "indicator only"
	// NoCheckYet: the control could be tested, but no check that exists is mapped to it.
	NoCheckYet CoverageStatus = "no check yet"
	// HumanOnly: a person must judge; checks at most supply material.
	HumanOnly CoverageStatus = "human judgement only"
	// RolledUp: the control is computed from other controls.
	RolledUp CoverageStatus = "computed from other controls"
)

// CoverageStatuses lists the statuses from most to least decided, for tables and legends.
func CoverageStatuses() []CoverageStatus {
	return []CoverageStatus{Decided, Partly, IndicatorOnly, RolledUp, NoCheckYet, HumanOnly}
}

// CheckCoverage is one existing check that bears on a control.
type CheckCoverage struct {
	CheckInfo
	// Strength is that of the mapping.
	Strength Strength `json:"strength"`
	// Domains lists the evidence domains that the check reads and that can bear on the control.
	Domains []Domain `json:"domains"`
}

// ControlCoverage says how far one control is decided by the checks that exist.
type ControlCoverage struct {
	// Control is the control itself, with the evidence that can bear on it (TestableBy) and its Automation.
	Control Control `json:"control"`
	// Status sums the rest up.
	Status CoverageStatus `json:"status"`
	// Direct lists the existing checks whose failure is a finding against the control.
	Direct []CheckCoverage `json:"direct"`
	// Supporting lists the existing checks whose failure puts it at risk.
	Supporting []CheckCoverage `json:"supporting"`
	// Undecided lists the domains of evidence that can bear on the control and that no existing direct check reads.
	Undecided []Domain `json:"undecided"`
	// Missing lists mapped checks that do not exist; empty where Verify passes.
	Missing []string `json:"missing"`
}

// Coverage returns the coverage of every control of f by the given checks, in the order of f.Controls.
func Coverage(f Framework, checks []CheckInfo) []ControlCoverage {
	known := make(map[string]CheckInfo, len(checks))
	for _, c := range checks {
		known[c.ID] = c
	}
	mappings := make(map[string][]Mapping, len(f.Controls))
	for _, m := range f.Mappings {
		mappings[m.Control] = append(mappings[m.Control], m)
	}
	out := make([]ControlCoverage, 0, len(f.Controls))
	for _, control := range f.Controls {
		out = append(out, coverageOf(control, mappings[control.ID], known))
	}
	return out
}

func coverageOf(control Control, mappings []Mapping, known map[string]CheckInfo) ControlCoverage {
	out := ControlCoverage{Control: control}
	var decided []Domain
	for _, m := range mappings {
		info, ok := known[m.Check]
		if !ok {
			out.Missing = append(out.Missing, m.Check)
			continue
		}
		check := CheckCoverage{CheckInfo: info, Strength: m.Strength, Domains: shared(control.TestableBy, info.domains())}
		if m.Strength == Direct {
			out.Direct = append(out.Direct, check)
			decided = append(decided, check.Domains...)
		} else {
			out.Supporting = append(out.Supporting, check)
		}
	}
	for _, d := range control.TestableBy {
		if !slices.Contains(decided, d) {
			out.Undecided = append(out.Undecided, d)
		}
	}
	out.Status = out.status()
	return out
}

func (c ControlCoverage) status() CoverageStatus {
	switch {
	case c.Control.Automation == ManualOnly:
		return HumanOnly
	case c.Control.Rollup != "":
		return RolledUp
	case len(c.Direct)+len(c.Supporting) == 0:
		return NoCheckYet
	case len(c.Direct) == 0 || c.Control.Automation == Indicator:
		return IndicatorOnly
	case c.Control.Automation == Full && len(c.Undecided) == 0:
		return Decided
	default:
		return Partly
	}
}
