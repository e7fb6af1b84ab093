package assess

import (
	"slices"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/internal/waiver"
)

// Input is what an assessment is made of.
type Input struct {
	Tool           Tool
	Profile        string
	Snapshot       *evidence.Snapshot
	SnapshotDigest string
	PoliciesDigest string
	Findings       []finding.Finding // sorted; taken over by the assessment
	Checks         []policy.Check    // the selected checks
	Judged         []string          // ids of those that judged
	Params         map[string]any    // overrides of parameters
	Frameworks     []framework.Framework
	Sources        map[string]string // the policies' Rego by check id
	Waivers        []WaiverState     // what Waive says
}

// withoutNeeds leaves out to what the sources' collections were limited: a long list, and the findings say where it matters.
func withoutNeeds(sources []evidence.Source) []evidence.Source {
	out := slices.Clone(sources)
	for i := range out {
		out[i].Needs = nil
	}
	return out
}

// Build rolls the findings up to an assessment.
func Build(in Input) *Assessment {
	link(in.Findings, in.Frameworks)
	a := &Assessment{
		SchemaVersion: SchemaVersion, Tool: in.Tool, PoliciesDigest: in.PoliciesDigest, SnapshotDigest: in.SnapshotDigest,
		AsOf: in.Snapshot.AsOf.UTC(), Profile: in.Profile, Findings: in.Findings,
		Coverage: in.Snapshot.Coverage, Sources: withoutNeeds(in.Snapshot.Sources), Waivers: in.Waivers, Controls: []Control{},
		Frameworks: []FrameworkInfo{}, Checks: []CheckInfo{},
	}
	if a.Findings == nil {
		a.Findings = []finding.Finding{}
	}
	if a.Waivers == nil {
		a.Waivers = []WaiverState{}
	}
	if a.Coverage == nil {
		a.Coverage = []evidence.Coverage{}
	}
	severities := make(map[string]finding.Severity, len(in.Checks))
	for i := range in.Checks {
		c := &in.Checks[i]
		severities[c.ID] = c.Severity
		a.Checks = append(a.Checks, CheckInfo{
			ID: c.ID, Title: c.Title, Severity: c.Severity, Description: c.Description, Rationale: c.Rationale,
			Remediation: c.Remediation, Units: c.Units, Collectors: c.Collectors, Parameters: c.Params(in.Params),
			References: c.References, Source: in.Sources[c.ID],
		})
	}
	for _, f := range in.Frameworks {
		a.Frameworks = append(a.Frameworks, FrameworkInfo{
			ID: f.ID, Title: f.Title, Citation: f.Citation, Version: f.Version, Status: string(f.Status),
		})
	}
	a.Controls = append(a.Controls, controls(in.Frameworks, statesOf(a.Findings), severities)...)
	a.Summary = a.summarise(len(in.Snapshot.Entities), len(in.Judged))
	return a
}

// summarise counts. An audit is complete where everything was collected and every verdict but the deferred could be decided.
func (a *Assessment) summarise(entities, judged int) Summary {
	s := Summary{
		FailBySeverity: map[finding.Severity]int{}, Controls: map[ControlStatus]int{}, Entities: entities, Checks: judged, Complete: true,
	}
	for _, sev := range finding.Severities() {
		s.FailBySeverity[sev] = 0
	}
	for _, st := range ControlStatuses() {
		s.Controls[st] = 0
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		s.Findings.Add(f)
		if f.Failing() {
			s.FailBySeverity[f.Severity]++
		}
		switch {
		case f.Deferred:
			s.Deferred++
		case f.Status == finding.Unknown:
			s.Complete = false
		}
	}
	for i := range a.Controls {
		s.Controls[a.Controls[i].Status]++
	}
	if slices.ContainsFunc(a.Coverage, func(c evidence.Coverage) bool {
		return c.Status != evidence.Complete && c.Kind != "resource_type"
	}) {
		s.Complete = false
	}
	return s
}

// NothingJudged reports whether no verdict but not_applicable and unknown came out: the run says nothing about the target. Verdicts
// about exceptions say nothing about it either. A change that removes a whole target leaves nothing to judge, and that is an answer, as long
// as everything was read.
func (a *Assessment) NothingJudged() bool {
	if a.Baseline != nil && a.Summary.Complete {
		return false
	}
	return !slices.ContainsFunc(a.Findings, func(f finding.Finding) bool {
		return f.Status != finding.NotApplicable && f.Status != finding.Unknown && (f.Entity.Kind != waiver.Kind || f.Status == finding.Fail)
	})
}
