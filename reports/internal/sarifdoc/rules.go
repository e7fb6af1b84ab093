package sarifdoc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// omittedRule is the rule of the closing result that says how many results were left out.
const omittedRule = "assay.results_omitted"

// Limits of GitHub code scanning.
const (
	maxDescription = 1024
	maxTags        = 20
)

// rules are the descriptors of checks and where each stands.
type rules struct {
	list  []descriptor
	index map[string]int
}

// mapped is one control that a check maps to.
type mapped struct {
	control  *assess.Control
	strength string
}

// mappings lists the controls of each check, direct ones first, in the order of the frameworks.
func mappings(a *assess.Assessment) map[string][]mapped {
	out := map[string][]mapped{}
	for i := range a.Controls {
		c := &a.Controls[i]
		for _, check := range c.Checks {
			out[check.ID] = append(out[check.ID], mapped{c, check.Strength})
		}
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b mapped) int { return cmp.Compare(a.strength, b.strength) }) // direct before supporting
	}
	return out
}

// newRules describes the checks of the findings; with all, also those selected that found nothing.
func newRules(a *assess.Assessment, findings []*finding.Finding, all bool) *rules {
	infos := map[string]assess.CheckInfo{}
	for _, f := range findings {
		infos[f.Check] = assess.CheckInfo{ID: f.Check, Title: f.Title, Severity: f.Severity, Remediation: f.Remediation}
	}
	for _, c := range a.Checks {
		if _, used := infos[c.ID]; used || all {
			infos[c.ID] = c
		}
	}
	ids := make([]string, 0, len(infos))
	for id := range infos {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	controls, frameworks := mappings(a), frameworkIndex(a)
	r := &rules{index: make(map[string]int, len(ids))}
	for _, id := range ids {
		r.add(describe(infos[id], controls[id], frameworks, all))
	}
	return r
}

func (r *rules) add(d descriptor) {
	r.index[d.ID] = len(r.list)
	r.list = append(r.list, d)
}

// describe makes the rule of a check. Relationships are written where the document carries the taxonomies that they point into.
func describe(c assess.CheckInfo, controls []mapped, frameworks map[string]int, taxonomies bool) descriptor {
	d := descriptor{GUID: guid("check", c.ID), ReportingDescriptor: &sarif.ReportingDescriptor{
		ID: c.ID, Name: new(pascal(c.ID)),
		ShortDescription:     text(short(cmp.Or(c.Title, c.ID))),
		FullDescription:      text(short(sentence(cmp.Or(c.Description, c.Title, c.ID)))),
		Help:                 help(c, controls),
		HelpURI:              new(homepage + "#" + c.ID),
		DefaultConfiguration: &sarif.ReportingConfiguration{Level: level(c.Severity)},
		Properties: sarif.Properties{
			"security-severity": securitySeverity(c.Severity), "precision": "very-high", "problem.severity": problemSeverity(c.Severity),
			"tags": tags(c, controls),
		},
	}}
	if taxonomies {
		for _, m := range controls {
			d.Relationships = append(d.Relationships, relationship{
				Target: descriptorReference{ID: m.control.ID, GUID: controlGUID(m.control), ToolComponent: componentReference{
					Name: m.control.Framework, Index: frameworks[m.control.Framework], GUID: guid("framework", m.control.Framework),
				}},
				Kinds: []string{relation(m.strength)},
			})
		}
	}
	return d
}

func relation(strength string) string {
	if strength == "direct" {
		return "subset"
	}
	return "relevant"
}

// help is what a reader sees beside an alert: why it matters, what to do, and which controls it bears on.
func help(c assess.CheckInfo, controls []mapped) *sarif.MultiformatMessageString {
	var plain, md strings.Builder
	section := func(title, body string) {
		body = strings.TrimSpace(view.CleanLines(body))
		if body == "" {
			return
		}
		fmt.Fprintf(&plain, "%s: %s\n", title, body)
		fmt.Fprintf(&md, "**%s**\n\n%s\n\n", title, body)
	}
	section("Why it matters", c.Rationale)
	section("What to do", c.Remediation)
	section("What the check shows", c.Description)
	if len(controls) > 0 {
		plain.WriteString("Controls:\n")
		md.WriteString("**Controls**\n\n| control | title | strength |\n|---|---|---|\n")
	}
	for _, m := range controls {
		cite := cmp.Or(m.control.Citation, m.control.ID)
		fmt.Fprintf(&plain, "- %s, %s (%s)\n", cite, m.control.Title, m.strength)
		fmt.Fprintf(&md, "| [%s](%s) | %s | %s |\n", cite, m.control.Link, strings.ReplaceAll(m.control.Title, "|", "\\|"), m.strength)
	}
	if plain.Len() == 0 {
		plain.WriteString(view.Clean(cmp.Or(c.Title, c.ID)))
		md.WriteString(plain.String())
	}
	return &sarif.MultiformatMessageString{Text: new(strings.TrimSpace(plain.String())), Markdown: new(strings.TrimSpace(md.String()))}
}

// tags are the citations as words, direct ones first, as many as code scanning takes.
func tags(c assess.CheckInfo, controls []mapped) []string {
	domain, _, _ := strings.Cut(c.ID, ".")
	out := []string{"security", domain}
	for _, m := range controls {
		if len(out) < maxTags && m.control.Tag != "" && !slices.Contains(out, m.control.Tag) {
			out = append(out, m.control.Tag)
		}
	}
	return out
}

// level is the severity in SARIF's three steps.
func level(s finding.Severity) string {
	switch s {
	case finding.Critical, finding.High:
		return "error"
	case finding.Medium:
		return "warning"
	case finding.Low:
	}
	return "note"
}

// securitySeverity is the severity as the score that code scanning sorts into its own steps: critical is above 9.0, high from 7.0,
// medium from 4.0.
func securitySeverity(s finding.Severity) string {
	switch s {
	case finding.Critical:
		return "9.5"
	case finding.High:
		return "8.0"
	case finding.Medium:
		return "5.5"
	case finding.Low:
	}
	return "2.0"
}

func problemSeverity(s finding.Severity) string {
	if l := level(s); l != "note" {
		return l
	}
	return "recommendation"
}

// pascal turns enc.at_rest into EncAtRest.
func pascal(id string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '.' || r == '_' || r == '-' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func text(s string) *sarif.MultiformatMessageString { return &sarif.MultiformatMessageString{Text: &s} }

// short cleans text and cuts it to what a description may hold.
func short(s string) string {
	s = view.Clean(s)
	if utf8.RuneCountInString(s) <= maxDescription {
		return s
	}
	return string([]rune(s)[:maxDescription-1]) + "…"
}

// sentence ends text with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}
