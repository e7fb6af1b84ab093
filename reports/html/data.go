package html

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// packed is the findings as the report embeds them.
type packed struct {
	gzip   []byte
	digest string // SHA-256 of the uncompressed data, hex
}

func (d packed) writeTo(w io.Writer) error {
	enc := base64.NewEncoder(base64.StdEncoding, w)
	if _, err := enc.Write(d.gzip); err != nil {
		return err
	}
	return enc.Close()
}

// table is the findings column by column, which compresses best. A column of texts holds indexes into Strings; index 0 is "".
type table struct {
	Strings    []string    `json:"strings"`
	Checks     []checkRow  `json:"checks"`
	Frameworks []string    `json:"frameworks"`
	Controls   []controlID `json:"controls"`
	Scopes     []string    `json:"scopes"`

	State       []int    `json:"state"`    // index into states()
	Severity    []int    `json:"severity"` // 0 critical to 3 low
	Check       []int    `json:"check"`    // index into Checks
	Scope       []int    `json:"scope"`    // index into Scopes
	Entity      []int    `json:"entity"`
	Kind        []int    `json:"kind"`
	Plane       []int    `json:"plane"`
	Message     []int    `json:"message"`
	Expected    []int    `json:"expected"`
	Actual      []int    `json:"actual"`
	Place       []int    `json:"place"`
	Method      []int    `json:"method"`
	At          []int    `json:"at"`
	Baseline    []int    `json:"baseline"`
	Waiver      []int    `json:"waiver"`
	Fingerprint []string `json:"fingerprint"`
	// Evidence, Unknown and Reasons are indexes of texts, one list per finding.
	Evidence [][]int `json:"evidence"`
	Unknown  [][]int `json:"unknown"`
	Reasons  [][]int `json:"reasons"`
}

type checkRow struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Remediation string `json:"remediation"`
	Rationale   string `json:"rationale"`
	Controls    []int  `json:"controls"`
}

type controlID struct {
	Framework int    `json:"framework"`
	ID        string `json:"id"`
	Cite      string `json:"cite"`
	Slug      string `json:"slug"`
}

// packer fills a table.
type packer struct {
	table
	strings map[string]int
	checks  map[string]int
	scopes  map[string]int
	control map[[2]string]int
}

// pack compresses the findings, by state and the worst first.
func pack(a *assess.Assessment, p *page) (packed, error) {
	k := &packer{strings: map[string]int{}, checks: map[string]int{}, scopes: map[string]int{}, control: map[[2]string]int{}}
	k.text("")
	for _, f := range p.Frameworks {
		for _, c := range f.Controls {
			k.control[[2]string{c.Framework, c.ID}] = len(k.Controls)
			k.Controls = append(k.Controls, controlID{len(k.Frameworks), c.ID, c.Citation, c.Slug})
		}
		k.Frameworks = append(k.Frameworks, f.ID)
	}
	rationale := map[string]string{}
	for i := range a.Checks {
		rationale[a.Checks[i].ID] = a.Checks[i].Rationale
	}
	order := make([]*finding.Finding, len(a.Findings))
	scopes := map[string]bool{}
	for i := range a.Findings {
		order[i] = &a.Findings[i]
		scopes[a.Findings[i].Entity.Scope] = true
	}
	for s := range scopes {
		k.Scopes = append(k.Scopes, s)
	}
	slices.Sort(k.Scopes)
	for i, s := range k.Scopes {
		k.scopes[s] = i
		k.Scopes[i] = view.Clean(s)
	}
	slices.SortStableFunc(order, byState)
	for _, f := range order {
		k.add(f, rationale[f.Check])
	}
	return k.compress()
}

// text interns a text and returns its index.
func (k *packer) text(s string) int {
	s = view.Clean(s)
	i, ok := k.strings[s]
	if !ok {
		i = len(k.Strings)
		k.strings[s] = i
		k.Strings = append(k.Strings, s)
	}
	return i
}

func (k *packer) texts(list []string) []int {
	out := make([]int, len(list))
	for i, s := range list {
		out[i] = k.text(s)
	}
	return out
}

func (k *packer) check(f *finding.Finding, rationale string) int {
	i, ok := k.checks[f.Check]
	if !ok {
		row := checkRow{
			ID: view.Clean(f.Check), Title: view.Clean(f.Title), Remediation: view.Clean(f.Remediation),
			Rationale: view.Clean(rationale), Controls: []int{},
		}
		for _, r := range f.Controls {
			if c, known := k.control[[2]string{r.Framework, r.ID}]; known {
				row.Controls = append(row.Controls, c)
			}
		}
		i = len(k.Checks)
		k.checks[f.Check] = i
		k.Checks = append(k.Checks, row)
	}
	return i
}

func (k *packer) add(f *finding.Finding, rationale string) {
	place, method, at := origin(f)
	k.State = append(k.State, slices.Index(states(), state(f)))
	k.Severity = append(k.Severity, slices.Index(finding.Severities(), f.Severity))
	k.Check = append(k.Check, k.check(f, rationale))
	k.Scope = append(k.Scope, k.scopes[f.Entity.Scope])
	k.Entity = append(k.Entity, k.text(f.Entity.ID))
	k.Kind = append(k.Kind, k.text(f.Entity.Kind))
	k.Plane = append(k.Plane, k.text(string(f.Entity.Plane)))
	k.Message = append(k.Message, k.text(f.Message))
	k.Expected = append(k.Expected, k.text(f.Expected))
	k.Actual = append(k.Actual, k.text(f.Actual))
	k.Place = append(k.Place, k.text(place))
	k.Method = append(k.Method, k.text(method))
	k.At = append(k.At, k.text(at))
	baseline := ""
	if f.Baseline != nil {
		baseline = *f.Baseline
	}
	k.Baseline = append(k.Baseline, k.text(baseline))
	waiver := ""
	if w := f.Waiver; w != nil {
		waiver = strings.Join([]string{w.ID, "approved by " + w.Approver, "until " + w.Expires, w.Reason}, " · ")
	}
	k.Waiver = append(k.Waiver, k.text(waiver))
	k.Fingerprint = append(k.Fingerprint, view.Clean(f.Fingerprint))
	k.Evidence = append(k.Evidence, k.texts(f.Evidence))
	k.lists(f)
}

// lists adds what is not known and, of several reasons, each.
func (k *packer) lists(f *finding.Finding) {
	var unknown, reasons []string
	for _, u := range f.Unknown {
		line := u.Path + ": " + view.Words(string(u.Reason))
		if u.Detail != "" {
			line += " (" + u.Detail + ")"
		}
		unknown = append(unknown, line)
	}
	if f.Deferred {
		unknown = append(unknown, "left to a later audit: it cannot be known from code")
	}
	if len(f.Reasons) > 1 {
		for i := range f.Reasons {
			r := &f.Reasons[i]
			line := r.Message
			if r.Expected != "" && r.Actual != "" {
				line += ": expected " + r.Expected + ", actual " + r.Actual
			}
			reasons = append(reasons, line)
		}
	}
	k.Unknown = append(k.Unknown, k.texts(unknown))
	k.Reasons = append(k.Reasons, k.texts(reasons))
}

func (k *packer) compress() (packed, error) {
	data, err := json.Marshal(k.table)
	if err != nil {
		return packed{}, err
	}
	sum := sha256.Sum256(data)
	var b bytes.Buffer
	zip := gzip.NewWriter(&b) // its header holds no time unless one is set
	if _, err := zip.Write(data); err != nil {
		return packed{}, err
	}
	if err := zip.Close(); err != nil {
		return packed{}, err
	}
	return packed{b.Bytes(), hex.EncodeToString(sum[:])}, nil
}
