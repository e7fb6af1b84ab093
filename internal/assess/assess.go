// Package assess rolls findings up to controls.
//
// An assessment is what a report shows: the findings, what they mean for each control of the selected frameworks, what was
// and was not collected, and the waivers. The roll-up never turns missing evidence into a good result: adding a failing
// finding never improves a control, and neither does removing evidence.
package assess

import (
	"time"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// SchemaVersion is the version of the JSON form of an assessment.
const SchemaVersion = "1.0"

// ControlStatus is what an assessment says of a control.
type ControlStatus string

// The control statuses. The word that people attest with is not among them: a tool finds gaps, or finds none.
const (
	NotMet        ControlStatus = "not_met"        // an unwaived direct check fails
	Waived        ControlStatus = "waived"         // every failure of a direct check is waived
	Undetermined  ControlStatus = "undetermined"   // a direct check could not be decided, or nothing was collected
	AtRisk        ControlStatus = "at_risk"        // a supporting check fails
	ReviewNeeded  ControlStatus = "review"         // a person must judge
	NoGapFound    ControlStatus = "no_gap_found"   // direct checks pass, and they decide the control in full
	NotApplicable ControlStatus = "not_applicable" // nothing in scope that the control speaks of
)

// ControlStatuses lists every status, the worst first.
func ControlStatuses() []ControlStatus {
	return []ControlStatus{NotMet, AtRisk, Undetermined, Waived, ReviewNeeded, NoGapFound, NotApplicable}
}

// Tool names the program that made the assessment.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Counts counts findings by verdict. Waived failures are counted under Waived, not under Fail.
type Counts struct {
	Pass          int `json:"pass"`
	Fail          int `json:"fail"`
	Waived        int `json:"waived"`
	Unknown       int `json:"unknown"`
	NotApplicable int `json:"not_applicable"`
	Review        int `json:"review"`
}

// Add counts one finding.
func (c *Counts) Add(f *finding.Finding) {
	switch {
	case f.Status == finding.Fail && f.Waiver != nil:
		c.Waived++
	case f.Status == finding.Fail:
		c.Fail++
	case f.Status == finding.Pass:
		c.Pass++
	case f.Status == finding.Unknown:
		c.Unknown++
	case f.Status == finding.NotApplicable:
		c.NotApplicable++
	case f.Status == finding.Review:
		c.Review++
	}
}

// Summary is the assessment in numbers.
type Summary struct {
	Findings Counts `json:"findings"`
	// FailBySeverity counts unwaived failures by severity; every severity has an entry.
	FailBySeverity map[finding.Severity]int `json:"fail_by_severity"`
	// Controls counts controls by status; every status has an entry.
	Controls map[ControlStatus]int `json:"controls"`
	Entities int                   `json:"entities"`
	Checks   int                   `json:"checks"` // checks that judged
	Deferred int                   `json:"deferred"`
	New      int                   `json:"new"`   // unwaived failures that the baseline does not have; 0 without a baseline
	Fixed    int                   `json:"fixed"` // failures of the baseline that are gone; 0 without a baseline
	// Complete is false where something was not collected or not decidable.
	Complete bool `json:"complete"`
}

// Decision is the record for an addressable HIPAA specification under 45 CFR 164.306(d)(3).
type Decision struct {
	Choice     string `json:"choice"` // implemented, equivalent_alternative or not_reasonable
	Reason     string `json:"reason"`
	Measure    string `json:"measure,omitempty"`
	ApprovedBy string `json:"approved_by"`
	ApprovedOn string `json:"approved_on"` // YYYY-MM-DD
	ExpiresOn  string `json:"expires_on,omitempty"`
}

// ControlCheck is one mapped check in a control's result.
type ControlCheck struct {
	ID        string           `json:"id"`
	Strength  string           `json:"strength"`
	Rationale string           `json:"rationale,omitempty"`
	Status    string           `json:"status"` // worst verdict of the check in this assessment; "not_run" where it did not judge
	Severity  finding.Severity `json:"severity,omitempty"`
	Counts    Counts           `json:"counts"`
}

// Control is the result for one control.
type Control struct {
	Framework   string         `json:"framework"`
	ID          string         `json:"id"`
	Title       string         `json:"title"`
	Designation string         `json:"designation"` // required, addressable, standard, obligation, ...
	Status      ControlStatus  `json:"status"`
	Why         string         `json:"why"`        // one sentence: what decided the status
	Automation  string         `json:"automation"` // full, partial, indicator, manual
	Checks      []ControlCheck `json:"checks"`
	Counts      Counts         `json:"counts"`
	Decision    *Decision      `json:"decision"`
	Citation    string         `json:"citation,omitempty"` // as people cite it: 45 CFR 164.312(a)(2)(iv)
	Tag         string         `json:"tag,omitempty"`      // the citation as one word, unique over frameworks: gdpr/art-32-1-a
	Link        string         `json:"link,omitempty"`     // the official text
	Summary     string         `json:"summary,omitempty"`  // our summary of it
}

// FrameworkInfo names a framework of the assessment.
type FrameworkInfo struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Citation string `json:"citation"`
	Version  string `json:"version"`
	Status   string `json:"status"` // in_force or proposed
}

// CheckInfo is what a report says of a check.
type CheckInfo struct {
	ID          string           `json:"id"`
	Title       string           `json:"title"`
	Severity    finding.Severity `json:"severity"`
	Description string           `json:"description"`
	Rationale   string           `json:"rationale"`
	Remediation string           `json:"remediation"`
	Units       []string         `json:"units"`
	Collectors  []string         `json:"collectors"`
	Parameters  map[string]any   `json:"parameters,omitempty"` // in force in this run
	References  []string         `json:"references,omitempty"`
	Source      string           `json:"source,omitempty"` // the policy's Rego
}

// WaiverState is a waiver and what came of it in this assessment.
type WaiverState struct {
	finding.Waiver
	Check    string   `json:"check"`
	Selector string   `json:"entity"`
	Scope    string   `json:"scope,omitempty"` // scope, or pattern of scopes, to which it is narrowed; empty for every scope
	State    string   `json:"state"`           // active, expired, orphaned, invalid
	Problems []string `json:"problems,omitempty"`
	// ProblemLines are the lines of the problems in the waiver's file, one each; 0 where it is not known.
	ProblemLines []int `json:"-"`
	// Matches is how many failing findings it names, whether it holds or not.
	Matches int `json:"matches"`
	// Location is where the waiver stands; nil where that is not known.
	Location *finding.Location `json:"location,omitempty"`
}

// Assessment is the whole of a judged snapshot. Its JSON form is the machine contract of product.md.
type Assessment struct {
	SchemaVersion  string              `json:"schema_version"`
	Tool           Tool                `json:"tool"`
	PoliciesDigest string              `json:"policies_digest"`
	SnapshotDigest string              `json:"snapshot_digest"`
	AsOf           time.Time           `json:"as_of"`
	Profile        string              `json:"profile"` // pr, run or audit
	Summary        Summary             `json:"summary"`
	Findings       []finding.Finding   `json:"findings"`
	Controls       []Control           `json:"controls"`
	Coverage       []evidence.Coverage `json:"coverage"`
	Waivers        []WaiverState       `json:"waivers"`
	Frameworks     []FrameworkInfo     `json:"frameworks"`
	Checks         []CheckInfo         `json:"checks"`
	Sources        []evidence.Source   `json:"sources"`
	// Baseline is what the assessment was compared with; nil where it was not.
	Baseline *Baseline `json:"baseline"`
}

// Baseline is an earlier assessment, and what became of its failures.
type Baseline struct {
	Name           string    `json:"name"` // file or revision
	AsOf           time.Time `json:"as_of"`
	SnapshotDigest string    `json:"snapshot_digest"`
	Unchanged      int       `json:"unchanged"` // failures that are still there, waived ones too
	Undecided      int       `json:"undecided"` // failures of which this assessment says nothing
	// Fixed are the failures that are proved gone, as the baseline has them.
	Fixed []finding.Finding `json:"fixed"`
}
