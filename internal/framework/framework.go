// Package framework holds the regulations that Assay maps its verdicts to: each [Framework] lists the controls of one regulation,
// in our own words and with the official citation, and the mappings that say which check bears on which control, how strongly and why.
//
// A mapping is a claim that an auditor will read. Direct means that a failing check is, on its own, a finding against the control;
// supporting means that it only puts the control at risk. Neither says that a passing check satisfies the control: a control asks
// for people and procedures too, and its [Automation] says how much of it checks can decide at all.
//
// Mappings live only here, in one YAML file per framework, so that no second copy can drift. [Load] reads those files strictly,
// [Verify] holds them against the checks that exist, and [Coverage] says honestly, control by control, what is decided and what is not.
package framework

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/strictyaml"
)

// Framework is one regulation, or the part of it that an audit of data security touches.
type Framework struct {
	// ID names the framework on the command line and in outputs, such as hipaa-security-rule; it is also the file's name.
	ID string `json:"id"`
	// Title is for people.
	Title string `json:"title"`
	// Citation is the legal source as a whole, such as "Regulation (EU) 2016/679".
	Citation string `json:"citation"`
	// Status tells law in force from a proposal; a report must print PROPOSED for the latter.
	Status Status `json:"status"`
	// Optional frameworks are used only where a run asks for them by ID.
	Optional bool `json:"optional"`
	// Version says which text the controls were taken from and when it was last compared with the official one.
	Version string `json:"version"`
	// Note warns about what a reader could get wrong; often empty.
	Note string `json:"note,omitempty"`
	// Excluded lists what the regulation has and this framework leaves out, with the reason where it is not plain.
	Excluded []string `json:"excluded,omitempty"`
	// Watch lists proposals that would change the controls.
	Watch []Watch `json:"watch,omitempty"`
	// Sources lists the copies of the text that the control numbers were compared with; see [Verified].
	Sources []string `json:"sources,omitempty"`
	// Controls are in natural order of their IDs ([CompareIDs]).
	Controls []Control `json:"controls"`
	// Mappings are ordered by control, then direct before supporting, then by check.
	Mappings []Mapping `json:"mappings"`
}

// Watch is a proposal that would change a framework.
type Watch struct {
	// ID is the proposal's official number.
	ID string `yaml:"id" json:"id" assay:"required"`
	// What says what would change.
	What string `yaml:"what" json:"what" assay:"required"`
	// Status says how far the proposal had come, with the date of looking.
	Status string `yaml:"status" json:"status" assay:"required"`
}

// Control is one citation of a framework.
type Control struct {
	// ID is the paragraph in the official notation, such as 164.312(a)(2)(iv) or Art. 32(1)(a). It is unique only within its
	// framework: the proposed HIPAA rule reuses numbers of the rule in force for other duties.
	ID string `json:"id"`
	// Citation is the ID as a report prints it, such as "45 CFR 164.312(a)(2)(iv)" or "GDPR Art. 32(1)(a)".
	Citation string `json:"citation"`
	// Tag is the citation as one word, such as hipaa/164-312-a-2-iv or gdpr/art-32-1-a: unique over all frameworks.
	Tag string `json:"tag"`
	// Link is the official text on the web; nothing ever fetches it.
	Link string `json:"link"`
	// Title is the paragraph's heading, or ours where the paragraph has none.
	Title string `json:"title"`
	// Kind is the control's place in its regulation: standard, spec, requirement, principle, duty and the like.
	Kind string `json:"kind"`
	// Designation is the force of the control, such as required or addressable.
	Designation Designation `json:"designation"`
	// AppliesTo lists whom the control binds, such as covered_entity or processor.
	AppliesTo []string `json:"applies_to"`
	// ScopeCondition says in words when the control applies at all; empty when it always does.
	ScopeCondition string `json:"scope_condition,omitempty"`
	// Parent is the ID of the control that this one details: the standard of a HIPAA specification, the paragraph of a GDPR point.
	// Empty for a control that stands by itself.
	Parent string `json:"parent,omitempty"`
	// Summary says in our words what the control asks for; it is not the official text.
	Summary string `json:"summary"`
	// TestableBy lists the domains of evidence that can bear on the control, never empty.
	TestableBy []Domain `json:"testable_by"`
	// Automation says how much of the control checks can decide.
	Automation Automation `json:"automation"`
	// Rollup says from which other controls or results this one is computed; no check is direct for it then. Empty otherwise.
	Rollup string `json:"rollup,omitempty"`
	// Clock is the time limit in the control; nil when it has none.
	Clock *Clock `json:"clock,omitempty"`
	// Threshold is the condition on numbers under which the control applies, such as 500 individuals; empty when there is none.
	Threshold string `json:"threshold,omitempty"`
	// Note is what a reader should know beyond the summary, such as a common misreading; often empty.
	Note string `json:"note,omitempty"`
	// CitationConfidence is high, medium or low for a paragraph number that comes from a proposal; empty means that the number was
	// compared with the official text or faithful copies of it.
	CitationConfidence Confidence `json:"citation_confidence,omitempty"`
	// Verified counts the sources that confirm the paragraph number.
	Verified Verified `json:"verified"`
}

// OrganisationalOnly reports whether nothing but governance records, or a person, can bear on the control. Technical evidence alone
// never satisfies such a control.
func (c Control) OrganisationalOnly() bool {
	return !slices.ContainsFunc(c.TestableBy, func(d Domain) bool { return d == Cloud || d == IaC || d == Host })
}

// Clock is a time limit set by a control.
type Clock struct {
	// Start is the event from which the time runs; empty where the control only sets a period, such as "every 12 months".
	Start string `yaml:"start" json:"start,omitempty"`
	// Limit is an ISO 8601 duration, or words where the law gives no number.
	Limit string `yaml:"limit" json:"limit" assay:"required"`
	// Counting says how days or hours are counted; empty when that is plain.
	Counting string `yaml:"counting" json:"counting,omitempty"`
}

// Verified counts sources (see [Framework.Sources]) that contain a control's number.
type Verified struct {
	// Sources is how many mention the paragraph or the one above it; 0 only in a proposal, where the number is from memory.
	Sources int `yaml:"sources" json:"sources"`
	// Exact is how many of them give precisely this number.
	Exact int `yaml:"exact" json:"exact"`
}

// Mapping links a check to a control.
type Mapping struct {
	// Check is the check's ID, such as enc.at_rest.
	Check string `json:"check"`
	// Control is the ID of a control of the same framework.
	Control string `json:"control"`
	// Strength says what a failing check means for the control.
	Strength Strength `json:"strength"`
	// Rationale says why the verdict bears on the control and what it does not show.
	Rationale string `json:"rationale"`
	// Reviewed is the day on which the link was last judged.
	Reviewed strictyaml.Date `json:"reviewed"`
}

// Status tells law from proposals.
type Status string

// The statuses of a framework.
const (
	InForce  Status = "in_force"
	Proposed Status = "proposed"
)

// Values implements strictyaml.Enum.
func (Status) Values() []string { return []string{string(InForce), string(Proposed)} }

// Designation is the force of a control within its regulation.
type Designation string

// The designations. Required, addressable and standard are HIPAA's words: an addressable specification may be answered with a
// documented decision (45 CFR 164.306(d)(3)) but is never optional. A condition, an exemption and a definition impose no duty by
// themselves; they decide whether another control applies.
const (
	DesignationRequired    Designation = "required"
	DesignationAddressable Designation = "addressable"
	DesignationStandard    Designation = "standard"
	DesignationObligation  Designation = "obligation"
	DesignationCondition   Designation = "condition"
	DesignationExemption   Designation = "exemption"
	DesignationDefinition  Designation = "definition"
	DesignationProposed    Designation = "proposed"
)

// Values implements strictyaml.Enum.
func (Designation) Values() []string {
	return []string{
		string(DesignationRequired), string(DesignationAddressable), string(DesignationStandard), string(DesignationObligation),
		string(DesignationCondition), string(DesignationExemption), string(DesignationDefinition), string(DesignationProposed),
	}
}

// Domain is a kind of evidence that can bear on a control.
type Domain string

// The domains: a provider's API, Terraform code or plans, a host, governance records, and a person's judgement alone.
const (
	Cloud          Domain = "cloud"
	IaC            Domain = "iac"
	Host           Domain = "host"
	Organisational Domain = "organisational"
	Manual         Domain = "manual"
)

// Values implements strictyaml.Enum.
func (Domain) Values() []string {
	return []string{string(Cloud), string(IaC), string(Host), string(Organisational), string(Manual)}
}

// DomainOf returns the domain of the evidence that a collector gathers; false for a collector that it does not know.
func DomainOf(collector string) (Domain, bool) {
	switch collector {
	case "aws":
		return Cloud, true
	case "terraform":
		return IaC, true
	case "host":
		return Host, true
	case "governance":
		return Organisational, true
	default:
		return "", false
	}
}

// Automation says how much of a control checks can decide.
type Automation string

// The degrees of automation.
const (
	// Full: the checks decide the control for the entities in scope.
	Full Automation = "full"
	// Partial: the checks decide a necessary part.
	Partial Automation = "partial"
	// Indicator: the checks only raise or lower suspicion.
	Indicator Automation = "indicator"
	// ManualOnly: a person decides; checks at most supply material.
	ManualOnly Automation = "manual"
)

// Values implements strictyaml.Enum.
func (Automation) Values() []string {
	return []string{string(Full), string(Partial), string(Indicator), string(ManualOnly)}
}

// Strength says what a failing check means for a control.
type Strength string

// The strengths.
const (
	// Direct: a failing check is by itself a finding against the control.
	Direct Strength = "direct"
	// Supporting: a failing check puts the control at risk and cannot fail it alone.
	Supporting Strength = "supporting"
)

// Values implements strictyaml.Enum.
func (Strength) Values() []string { return []string{string(Direct), string(Supporting)} }

// Confidence grades the number of a proposed paragraph.
type Confidence string

// The grades.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	// Low: no source confirmed the number.
	Low Confidence = "low"
)

// Values implements strictyaml.Enum.
func (Confidence) Values() []string { return []string{string(High), string(Medium), string(Low)} }

// Digest identifies the framework's content, in the form sha256:HEX. Comments and layout of the file do not change it.
func (f Framework) Digest() string {
	content, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("framework: plain data does not marshal: %v", err)) // no field type can fail
	}
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Control returns the control with the ID.
func (f Framework) Control(id string) (Control, bool) {
	i, ok := slices.BinarySearchFunc(f.Controls, id, func(c Control, id string) int { return CompareIDs(c.ID, id) })
	if !ok {
		return Control{}, false
	}
	return f.Controls[i], true
}

// MappingsOf returns the mappings of a control, direct before supporting, then by check; empty when it has none.
func (f Framework) MappingsOf(control string) []Mapping {
	var out []Mapping
	for _, m := range f.Mappings {
		if m.Control == control {
			out = append(out, m)
		}
	}
	return out
}

// ByID returns the framework with the ID.
func ByID(frameworks []Framework, id string) (Framework, bool) {
	i := slices.IndexFunc(frameworks, func(f Framework) bool { return f.ID == id })
	if i < 0 {
		return Framework{}, false
	}
	return frameworks[i], true
}

// ControlRef names a control that a check bears on, in the shape of the JSON output.
type ControlRef struct {
	// Framework is the framework's ID.
	Framework string `json:"framework"`
	// ID is the control's ID in that framework.
	ID string `json:"id"`
	// Strength is that of the mapping.
	Strength Strength `json:"strength"`
}

// ControlsOf lists the controls that a check bears on, by framework in the order given and then in natural order of the controls;
// empty when the check is mapped nowhere.
func ControlsOf(frameworks []Framework, check string) []ControlRef {
	var refs []ControlRef
	for _, f := range frameworks {
		for _, m := range f.Mappings {
			if m.Check == check {
				refs = append(refs, ControlRef{Framework: f.ID, ID: m.Control, Strength: m.Strength})
			}
		}
	}
	return refs
}

// Find returns the controls that a person may mean by text: an ID, a citation, a tag, or FRAMEWORK/ID; punctuation, spaces and case do
// not matter ("art 32 1 a" finds Art. 32(1)(a)). It returns more than one where frameworks share a number, and none for no match.
func Find(frameworks []Framework, text string) []ControlRef {
	wanted := slug(text)
	var refs []ControlRef
	for _, f := range frameworks {
		for _, c := range f.Controls {
			names := []string{c.ID, c.Citation, c.Tag, f.ID + "/" + c.ID}
			if wanted != "" && slices.ContainsFunc(names, func(name string) bool { return slug(name) == wanted }) {
				refs = append(refs, ControlRef{Framework: f.ID, ID: c.ID})
			}
		}
	}
	return refs
}

// slug turns an ID into the words of a tag: lower-case letters and digits, joined by dashes.
func slug(id string) string {
	words := strings.FieldsFunc(strings.ToLower(id), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(words, "-")
}
