// Package finding holds what a check says of an entity: a verdict, what decides it, and where.
//
// A finding is one check on one entity. A verdict is proved (pass, fail) or it says why it could not be (unknown, with the
// paths and reasons), so the absence of evidence is never read as a pass.
package finding

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
)

// Status is the verdict of a finding.
type Status string

// The verdicts, as controls.md section 1 defines them.
const (
	Pass          Status = "pass"           // every decisive fact is known and the pass condition holds
	Fail          Status = "fail"           // the known facts prove the failure, whatever is unknown
	Unknown       Status = "unknown"        // neither can be proved; Unknown says why
	NotApplicable Status = "not_applicable" // out of scope, or the kind is fully enumerated and empty
	Review        Status = "review"         // evidence exists, but only a person can judge it
)

// Statuses lists every verdict, the worst first.
func Statuses() []Status { return []Status{Fail, Unknown, Review, Pass, NotApplicable} }

// Severity says how much a failure matters.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Severities lists every severity, the worst first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low} }

// Rank orders severities: critical 4, high 3, medium 2, low 1, anything else 0.
func (s Severity) Rank() int {
	switch s {
	case Critical:
		return 4
	case High:
		return 3
	case Medium:
		return 2
	case Low:
		return 1
	}
	return 0
}

// Entity names the entity that a finding is about.
type Entity struct {
	ID    string         `json:"id"`
	Kind  string         `json:"kind"`
	Plane evidence.Plane `json:"plane"`
	Scope string         `json:"scope"`
	Name  string         `json:"name"`
	// UID is the entity's key in the snapshot; empty for a finding about a scope in which there is no entity.
	UID string `json:"-"`
	// Aliases are the entity's other names, for matching waivers and baselines; a baseline is an assessment read from its JSON form.
	Aliases []string `json:"aliases,omitempty"`
	// Former are ids under which the entity was known before it was moved, newest first: a baseline may know it by one of them.
	Former []string `json:"former,omitempty"`
}

// Location is the place in a file that decides the verdict. Lines and columns are 1-based.
type Location struct {
	File        string `json:"file"`
	StartLine   int    `json:"start_line"`
	EndLine     int    `json:"end_line"`
	StartColumn int    `json:"start_column,omitempty"`
	EndColumn   int    `json:"end_column,omitempty"`
	Module      string `json:"module,omitempty"` // Terraform module address; empty for the root module
	// Snippet holds the lines from StartLine on, redacted, at most [MaxSnippet] of them, without line ends; empty where the source is not
	// at hand. Reports read no files: what they quote travels with the finding.
	Snippet []string `json:"snippet,omitempty"`
}

// MaxSnippet is the most lines that a location quotes.
const MaxSnippet = 5

// UnknownPath is an attribute that a check needed and that is not known.
type UnknownPath struct {
	Path   string          `json:"path"`
	Reason evidence.Reason `json:"reason"`
	Detail string          `json:"detail"`
}

// ControlRef is a control that the check maps to.
type ControlRef struct {
	Framework string `json:"framework"`
	ID        string `json:"id"`
	Strength  string `json:"strength"` // direct or supporting
}

// Reason is one proof of a verdict: a check can fail on one entity for several reasons at once.
type Reason struct {
	Message    string    `json:"message"`
	Expected   string    `json:"expected,omitempty"`
	Actual     string    `json:"actual,omitempty"`
	Attributes []string  `json:"attributes,omitempty"` // paths, with the index of a list's element: rules[2].cidrs
	Location   *Location `json:"location,omitempty"`
}

// Waiver is the approved exception that covers a failing finding.
type Waiver struct {
	ID       string `json:"id"`
	Reason   string `json:"reason"`
	Approver string `json:"approver"`
	Expires  string `json:"expires"` // YYYY-MM-DD
	// Requester, Ticket and Measure are as the waiver file states them; empty where it does not.
	Requester string `json:"requester,omitempty"`
	Ticket    string `json:"ticket,omitempty"`
	Measure   string `json:"compensating_measure,omitempty"`
	// ApprovedOn is the day of the approval (YYYY-MM-DD); empty where the waiver does not state it.
	ApprovedOn string `json:"approved_on,omitempty"`
	// Approval is what proves the approval: signature, commit or statement; empty where a signature does not hold.
	Approval string `json:"approval,omitempty"`
	// ApprovalRef names the key or the commit, in words.
	ApprovalRef string `json:"approval_ref,omitempty"`
}

// Finding is the verdict of one check on one entity. The JSON form is the machine contract of product.md.
type Finding struct {
	Check    string   `json:"check"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	Status   Status   `json:"status"`
	Entity   Entity   `json:"entity"`
	// Message, Expected and Actual sum up Reasons; for an unknown finding, what could not be decided.
	Message  string `json:"message"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	// Attributes are the paths that decide the verdict, without list indexes, sorted.
	Attributes []string      `json:"attributes"`
	Unknown    []UnknownPath `json:"unknown"`
	// Location is the place of the first reason; nil for evidence that has no file.
	Location *Location `json:"location"`
	// Controls are the controls of the selected frameworks that the check maps to.
	Controls    []ControlRef `json:"controls"`
	Remediation string       `json:"remediation"`
	// Evidence are the digests of the evidence that decides the verdict, sha256:<hex>.
	Evidence    []string `json:"evidence"`
	Fingerprint string   `json:"fingerprint"`
	Waiver      *Waiver  `json:"waiver"`
	Baseline    *string  `json:"baseline"` // "new", "unchanged" or null
	// Reasons are the single proofs behind the verdict.
	Reasons []Reason `json:"reasons,omitempty"`
	// Deferred marks an unknown that the pr profile leaves to a later audit: the value exists only after apply, or cannot
	// be stated in code.
	Deferred bool `json:"deferred,omitempty"`
	// Fix is the edit that mends the finding; nil where none is known or it cannot be made safely.
	Fix *Fix `json:"fix,omitempty"`
	// Provenance is where the deciding evidence came from.
	Provenance []evidence.Provenance `json:"provenance,omitempty"`
}

// What a baseline says of a finding.
const (
	BaselineNew       = "new"
	BaselineUnchanged = "unchanged"
)

// Fix is an edit of source files that mends a finding.
type Fix struct {
	Description string `json:"description"`
	Edits       []Edit `json:"edits"`
	// Replaces is set where applying the change may make Terraform destroy the resource and create another.
	Replaces bool `json:"replaces,omitempty"`
	// Partial is set where the finding has other reasons too, for which no edit is known: it remains, with fewer of them.
	Partial bool `json:"partial,omitempty"`
}

// Edit replaces one place of a file, as it was scanned. Lines and columns are 1-based, columns count characters, and the end is
// exclusive: what is inserted has an empty place.
type Edit struct {
	File        string `json:"file"`
	StartLine   int    `json:"start_line"`
	StartColumn int    `json:"start_column"`
	EndLine     int    `json:"end_line"`
	EndColumn   int    `json:"end_column"`
	Replacement string `json:"replacement"`
}

var index = regexp.MustCompile(`\[\d+\]`)

// Generic returns the attribute path without the indexes of list elements: rules[2].cidrs becomes rules[].cidrs.
func Generic(path string) string {
	if !strings.Contains(path, "[") {
		return path
	}
	return index.ReplaceAllString(path, "[]")
}

// Fingerprint identifies a finding across runs: it comes from the check, the entity and the attribute paths, never from line
// numbers or list indexes, so moving code keeps it.
func Fingerprint(check, scope, entityID string, attributes []string) string {
	paths := make([]string, len(attributes))
	for i, a := range attributes {
		paths[i] = Generic(a)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	sum := sha256.Sum256([]byte(strings.Join(append([]string{check, scope, entityID}, paths...), "\x00")))
	return hex.EncodeToString(sum[:16])
}

// Failing reports whether the finding is a failure that no waiver covers.
func (f *Finding) Failing() bool { return f.Status == Fail && f.Waiver == nil }

// Decides reports whether the failure decides the exit code: no waiver covers it, and the baseline, where there is one, does not have it.
func (f *Finding) Decides() bool {
	return f.Failing() && (f.Baseline == nil || *f.Baseline != BaselineUnchanged)
}

// Sort brings findings into their total order: by check, scope, entity. Findings are large, so their positions are sorted and each
// finding is moved once.
func Sort(fs []Finding) {
	order := make([]int, len(fs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return compare(&fs[a], &fs[b]) })
	for start := range order {
		if order[start] < 0 || order[start] == start {
			continue
		}
		// Follow the cycle of positions that begins here; a position that has its finding is marked by -1.
		first, at := fs[start], start
		for order[at] != start {
			from := order[at]
			fs[at], order[at] = fs[from], -1
			at = from
		}
		fs[at], order[at] = first, -1
	}
}

func compare(a, b *Finding) int {
	if c := cmp.Compare(a.Check, b.Check); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Entity.Scope, b.Entity.Scope); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Entity.ID, b.Entity.ID); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Entity.Kind, b.Entity.Kind), cmp.Compare(a.Entity.UID, b.Entity.UID))
}
