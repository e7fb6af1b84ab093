package html

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// maxVerdicts is how many verdicts a control's section shows; the findings table has all of them.
const maxVerdicts = 25

// maxFixed is how many fixed failures of the baseline the summary lists; the JSON form has every one.
const maxFixed = 500

// page is what the templates show.
type page struct {
	A          *assess.Assessment
	ID         string // first digits of Digest, for people to compare
	Digest     string // of the assessment's JSON form, hex
	DataDigest string // of the embedded findings, hex
	Policy     string // the Content-Security-Policy
	Outcome    assess.Outcome
	Frameworks []frameworkView
	Gaps       []evidence.Coverage // what was not read
	Read       []evidence.Coverage // what was
	Unmapped   []evidence.Coverage // resource types that no mapping reads
	Problems   []problemView
	Open       []openView // what could not be decided, by reason
	Waivers    []waiverView
	Checks     []checkView
	Custody    []custodyView
	Statuses   []assess.ControlStatus
	Fixed      []verdictView // failures of the baseline that are proved gone, the worst first; at most maxFixed
	FixedLeft  int           // how many of them are not in Fixed
}

// frameworkView is a framework with its controls.
type frameworkView struct {
	assess.FrameworkInfo
	Slug     string
	Counts   []statusCount // every status, the worst first
	Bars     []bar
	Controls []controlView
}

type statusCount struct {
	Status assess.ControlStatus
	N      int
}

// bar is one part of a stacked bar of 100 units.
type bar struct {
	Status assess.ControlStatus
	X, W   float64
}

// controlView is a control with the verdicts that matter most to it.
type controlView struct {
	*assess.Control
	Slug     string
	Checks   []controlCheck
	Entities int // distinct entities that were judged
	Scopes   []string
	Verdicts []verdictView
	Left     int // verdicts that are not shown, passes and not applicable ones among them
}

type controlCheck struct {
	assess.ControlCheck
	Title string
}

// verdictView is a finding in a control's section.
type verdictView struct {
	*finding.Finding
	State    string // status, with "waived" for a waived failure
	Place    string
	Method   string
	At       string
	DaysLeft string // of a waiver
}

type problemView struct {
	evidence.Problem
	Source, Place string
}

// openView groups the undecided verdicts of one reason.
type openView struct {
	Reason   evidence.Reason
	N        int
	Deferred bool
	Details  []detailCount
	Controls []*assess.Control
	More     int // controls that are not listed
}

type detailCount struct {
	Detail string
	N      int
}

type waiverView struct {
	assess.WaiverState
	DaysLeft string
}

type checkView struct {
	assess.CheckInfo
	Parameters []parameter
	Counts     assess.Counts
	Controls   []*assess.Control
}

type parameter struct{ Name, Value string }

// custodyView is one piece of raw evidence: where it came from and its digest.
type custodyView struct {
	Method, Place, At, Source, Digest string
	N                                 int // findings that rest on it
}

func newPage(a *assess.Assessment, o reports.Options, digest string) *page {
	p := &page{
		A: a, Digest: digest, ID: strings.ToUpper(digest[:4] + "-" + digest[4:8] + "-" + digest[8:12]), Outcome: a.Outcome(o.FailOn, o.FailOnIncomplete),
		Statuses: assess.ControlStatuses(),
	}
	byCheck := map[string][]*finding.Finding{}
	for i := range a.Findings {
		byCheck[a.Findings[i].Check] = append(byCheck[a.Findings[i].Check], &a.Findings[i])
	}
	for _, list := range byCheck {
		slices.SortStableFunc(list, byState)
	}
	p.coverage()
	p.fixed()
	p.frameworks(byCheck)
	p.open()
	p.checks(byCheck)
	p.custody()
	for _, w := range a.Waivers {
		p.Waivers = append(p.Waivers, waiverView{w, daysLeft(w.Expires, a.AsOf)})
	}
	return p
}

// state is the status of a finding, with a word of its own for a waived failure.
func state(f *finding.Finding) string {
	if f.Status == finding.Fail && f.Waiver != nil {
		return "waived"
	}
	return string(f.Status)
}

// states lists the states in the order in which a reader wants them.
func states() []string {
	return []string{"fail", "waived", "unknown", "review", "pass", "not_applicable"}
}

// byState orders findings by state, then the worst first.
func byState(a, b *finding.Finding) int {
	return cmp.Or(cmp.Compare(slices.Index(states(), state(a)), slices.Index(states(), state(b))), view.Worst(a, b))
}

func (p *page) coverage() {
	for _, c := range p.A.Coverage {
		switch {
		case c.Kind == "resource_type":
			p.Unmapped = append(p.Unmapped, c)
		case c.Status == evidence.Complete:
			p.Read = append(p.Read, c)
		default:
			p.Gaps = append(p.Gaps, c)
		}
	}
	p.Gaps, p.Read = view.FoldCoverage(p.Gaps), view.FoldCoverage(p.Read)
	for _, pr := range view.FoldProblems(p.A.Sources) {
		p.Problems = append(p.Problems, problemView{pr.Problem, pr.IDs(), cmp.Or(locator(pr.Locator), pr.Scopes)})
	}
}

// fixed lists the failures of the baseline that this run proves gone.
func (p *page) fixed() {
	if p.A.Baseline == nil {
		return
	}
	list := make([]*finding.Finding, len(p.A.Baseline.Fixed))
	for i := range list {
		list[i] = &p.A.Baseline.Fixed[i]
	}
	slices.SortStableFunc(list, view.Worst)
	for _, f := range list[:min(len(list), maxFixed)] {
		p.Fixed = append(p.Fixed, p.verdict(f))
	}
	p.FixedLeft = len(list) - len(p.Fixed)
}

func (p *page) frameworks(byCheck map[string][]*finding.Finding) {
	titles := map[string]string{}
	for i := range p.A.Checks {
		titles[p.A.Checks[i].ID] = p.A.Checks[i].Title
	}
	for _, f := range p.A.Frameworks {
		fv := frameworkView{FrameworkInfo: f, Slug: slug(f.ID)}
		n := map[assess.ControlStatus]int{}
		for i := range p.A.Controls {
			if c := &p.A.Controls[i]; c.Framework == f.ID {
				n[c.Status]++
				fv.Controls = append(fv.Controls, p.control(c, byCheck, titles))
			}
		}
		x := 0.0
		for _, st := range assess.ControlStatuses() {
			fv.Counts = append(fv.Counts, statusCount{st, n[st]})
			if n[st] > 0 {
				w := 100 * float64(n[st]) / float64(len(fv.Controls))
				fv.Bars = append(fv.Bars, bar{st, x, w})
				x += w
			}
		}
		p.Frameworks = append(p.Frameworks, fv)
	}
}

// control gathers what bears on a control: the verdicts of its direct checks before those of its supporting ones.
func (p *page) control(c *assess.Control, byCheck map[string][]*finding.Finding, titles map[string]string) controlView {
	v := controlView{Control: c, Slug: controlSlug(c)}
	entities, scopes := map[[2]string]bool{}, map[string]bool{}
	var shown []*finding.Finding
	total := 0
	for _, check := range c.Checks {
		v.Checks = append(v.Checks, controlCheck{check, titles[check.ID]})
		for i, f := range byCheck[check.ID] {
			total++
			entities[[2]string{f.Entity.Scope, f.Entity.ID}] = true
			scopes[f.Entity.Scope] = true
			if st := state(f); i < maxVerdicts && st != "pass" && st != "not_applicable" {
				shown = append(shown, f)
			}
		}
	}
	direct := map[string]bool{}
	for _, check := range c.Checks {
		direct[check.ID] = check.Strength == "direct"
	}
	slices.SortStableFunc(shown, func(a, b *finding.Finding) int {
		return cmp.Or(cmp.Compare(rank(!direct[a.Check]), rank(!direct[b.Check])), byState(a, b))
	})
	shown = shown[:min(len(shown), maxVerdicts)]
	for _, f := range shown {
		v.Verdicts = append(v.Verdicts, p.verdict(f))
	}
	v.Entities, v.Scopes, v.Left = len(entities), slices.Sorted(maps.Keys(scopes)), total-len(shown)
	return v
}

func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (p *page) verdict(f *finding.Finding) verdictView {
	v := verdictView{Finding: f, State: state(f)}
	v.Place, v.Method, v.At = origin(f)
	if f.Waiver != nil {
		v.DaysLeft = daysLeft(f.Waiver.Expires, p.A.AsOf)
	}
	return v
}

// origin is the place, the method and the time of the evidence behind a finding; empty where it has none.
func origin(f *finding.Finding) (place, method, at string) {
	if f.Location != nil && f.Location.File != "" {
		place = locator(evidence.Locator{File: f.Location.File, Line: f.Location.StartLine})
	}
	if len(f.Provenance) > 0 {
		first := f.Provenance[0]
		method = first.Method
		if !first.At.IsZero() {
			at = first.At.UTC().Format("2006-01-02 15:04")
		}
		if place == "" {
			place = locator(first.Locator)
		}
	}
	return place, method, at
}

func locator(l evidence.Locator) string {
	switch {
	case l.File != "" && l.Line > 0:
		return fmt.Sprintf("%s:%d", l.File, l.Line)
	case l.File != "":
		return l.File
	case l.Host != "":
		return strings.TrimSpace(l.Host + " " + cmp.Or(l.Command, l.Path))
	}
	return l.ARN
}

// open groups the undecided verdicts by reason: what would have to be read to decide them, and which controls wait for it.
func (p *page) open() {
	type group struct {
		n       int
		details map[string]int
		checks  map[string]bool
	}
	groups := map[evidence.Reason]*group{}
	for i := range p.A.Findings {
		f := &p.A.Findings[i]
		if f.Status != finding.Unknown {
			continue
		}
		counted := map[evidence.Reason]bool{}
		for _, u := range f.Unknown {
			g := groups[u.Reason]
			if g == nil {
				g = &group{details: map[string]int{}, checks: map[string]bool{}}
				groups[u.Reason] = g
			}
			if !counted[u.Reason] {
				g.n++
			}
			counted[u.Reason] = true
			g.details[cmp.Or(u.Detail, u.Path)]++
			g.checks[f.Check] = true
		}
	}
	const maxDetails, maxControls = 5, 8
	for reason, g := range groups {
		v := openView{Reason: reason, N: g.n}
		for detail, n := range g.details {
			v.Details = append(v.Details, detailCount{detail, n})
		}
		slices.SortFunc(v.Details, func(a, b detailCount) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Detail, b.Detail)) })
		v.Details = v.Details[:min(len(v.Details), maxDetails)]
		for i := range p.A.Controls {
			c := &p.A.Controls[i]
			waits := c.Status == assess.Undetermined && slices.ContainsFunc(c.Checks, func(k assess.ControlCheck) bool { return g.checks[k.ID] })
			switch {
			case waits && len(v.Controls) < maxControls:
				v.Controls = append(v.Controls, c)
			case waits:
				v.More++
			}
		}
		p.Open = append(p.Open, v)
	}
	slices.SortFunc(p.Open, func(a, b openView) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Reason, b.Reason)) })
}

func (p *page) checks(byCheck map[string][]*finding.Finding) {
	controls := map[string][]*assess.Control{}
	for i := range p.A.Controls {
		for _, check := range p.A.Controls[i].Checks {
			controls[check.ID] = append(controls[check.ID], &p.A.Controls[i])
		}
	}
	for _, c := range p.A.Checks {
		v := checkView{CheckInfo: c, Controls: controls[c.ID]}
		for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
			value, err := json.Marshal(c.Parameters[name])
			if err != nil {
				value = []byte(err.Error())
			}
			v.Parameters = append(v.Parameters, parameter{name, string(value)})
		}
		for _, f := range byCheck[c.ID] {
			v.Counts.Add(f)
		}
		p.Checks = append(p.Checks, v)
	}
}

// maxCustody is how many pieces of evidence the chain of custody lists; the JSON form has every one.
const maxCustody = 500

func (p *page) custody() {
	at := map[string]int{}
	for i := range p.A.Findings {
		for _, pr := range p.A.Findings[i].Provenance {
			whole := pr.Locator
			whole.Line = 0 // a file is one artefact, whatever line of it decides
			v := custodyView{Method: pr.Method, Place: locator(whole), Source: pr.Source, Digest: pr.RawSHA256}
			if !pr.At.IsZero() {
				v.At = pr.At.UTC().Format(time.RFC3339)
			}
			key := strings.Join([]string{v.Method, v.Place, v.At, v.Source, v.Digest}, "\x00")
			n, ok := at[key]
			if !ok {
				n = len(p.Custody)
				at[key] = n
				p.Custody = append(p.Custody, v)
			}
			p.Custody[n].N++
		}
	}
	slices.SortFunc(p.Custody, func(a, b custodyView) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Place, b.Place),
			cmp.Compare(a.Digest, b.Digest), cmp.Compare(a.At, b.At))
	})
}

// CustodyShown are the pieces of evidence that the report lists.
func (p *page) CustodyShown() []custodyView { return p.Custody[:min(len(p.Custody), maxCustody)] }

// CustodyLeft is how many it does not list.
func (p *page) CustodyLeft() int { return max(0, len(p.Custody)-maxCustody) }

// daysLeft says how long a waiver still holds at the time of the audit.
func daysLeft(expires string, asOf time.Time) string {
	day, err := time.Parse(time.DateOnly, expires)
	if err != nil {
		return ""
	}
	const hours = 24
	switch n := int(day.Sub(asOf.Truncate(hours*time.Hour)).Hours() / hours); {
	case n < 0:
		return "expired"
	case n == 0:
		return "last day"
	default:
		return view.Count(n, "day") + " left"
	}
}

func controlSlug(c *assess.Control) string { return slug(cmp.Or(c.Tag, c.Framework+" "+c.ID)) }

// slug makes an id for an element: letters and digits in lower case, joined by dashes.
func slug(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }), "-")
}

// subjects names what was audited: each target once, and at most a few. An account that a target finds by its credentials is named by its scope.
func subjects(sources []evidence.Source) []string {
	const most = 4
	var out []string
	for _, s := range sources {
		name := s.Target
		if strings.HasSuffix(name, ":") {
			name = s.Scope
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	if more := len(out) - most; more > 0 {
		out = append(out[:most], view.Number(more)+" more")
	}
	return out
}

func functions() template.FuncMap {
	return template.FuncMap{
		"words": view.Words, "number": view.Number, "count": view.Count, "clean": view.Clean, "lines": view.CleanLines, "slug": slug,
		"controlslug": controlSlug, "glyph": glyph, "label": label, "states": states, "severities": finding.Severities,
		"date":     func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 MST") },
		"sentence": sentence, "short": short, "subjects": subjects,
		"str":     func(v any) string { return fmt.Sprint(v) },
		"add":     func(a, b int) int { return a + b },
		"reason":  view.Reason,
		"meaning": meaning,
		"https":   func(s string) bool { return strings.HasPrefix(s, "https://") },
		"automation": func(s string) string {
			switch s {
			case "full":
				return "checks decide it in full"
			case "partial":
				return "checks decide a necessary part"
			case "indicator":
				return "checks only raise or lower suspicion"
			}
			return "a person decides"
		},
	}
}

// glyph is the shape that stands for a status, so that colour is never the only sign.
func glyph(status any) string {
	switch fmt.Sprint(status) {
	case "fail", "not_met":
		return "■"
	case "at_risk":
		return "▲"
	case "unknown", "undetermined":
		return "?"
	case "waived":
		return "◇"
	case "review":
		return "◐"
	case "pass", "no_gap_found":
		return "●"
	}
	return "–"
}

// label is a status in words.
func label(status any) string {
	s := fmt.Sprint(status)
	if s == "not_run" {
		return "not run"
	}
	return view.Words(s)
}

// meaning defines a verdict for the appendix.
func meaning(s string) string {
	switch s {
	case "fail":
		return "The known facts prove the failure, whatever else is unknown."
	case "waived":
		return "A proved failure that an approved exception covers. It is never hidden and never counted as a pass."
	case "unknown":
		return "Neither a pass nor a failure can be proved; the finding says what is missing and why."
	case "review":
		return "Evidence exists, but only a person can judge it."
	case "pass":
		return "Every decisive fact is known, and the condition of the check holds."
	}
	return "Out of scope of the check, or the kind was read in full and there is none."
}

// sentence begins text with a capital and ends it with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[size:]
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// short is the beginning of a digest: enough to find it in the findings table, which has it in full.
func short(digest string) string {
	const shown = len("sha256:") + 16
	digest = view.Clean(digest)
	if len(digest) <= shown {
		return digest
	}
	return digest[:shown] + "…"
}
