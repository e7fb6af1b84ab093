package text

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// maxTypes is how many unmapped resource types are named; a root rarely has more.
const maxTypes = 60

// maxItems is how many of the things that hid a kind are named: the problems below name all.
const maxItems = 2

// waived prints the failures that waivers cover, by waiver, and the waivers that need a look.
func (r *report) waived() {
	covered := view.Select(r.a, func(f *finding.Finding) bool { return f.Status == finding.Fail && f.Waiver != nil })
	stale := slices.DeleteFunc(slices.Clone(r.a.Waivers), func(w assess.WaiverState) bool { return w.State == "active" })
	if len(covered)+len(stale) == 0 {
		return
	}
	r.heading(bold, "Waived", view.Count(len(covered), "failure")+" covered by approved exceptions")
	byID := map[string][]*finding.Finding{}
	for _, f := range covered {
		byID[f.Waiver.ID] = append(byID[f.Waiver.ID], f)
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		fs := byID[id]
		w := fs[0].Waiver
		r.wrapped("  "+r.paint(bold, cmp.Or(id, "(no id)"))+"  ", 4, fmt.Sprintf("%s until %s, approved by %s: %s",
			view.Count(len(fs), "failure"), w.Expires, cmp.Or(w.Approver, "(nobody named)"), w.Reason))
		if w.Approval != "" {
			r.wrapped("    ", 4, fmt.Sprintf("approval by %s: %s", w.Approval, cmp.Or(w.ApprovalRef, "nothing but the waiver says so")))
		}
		r.wrapped("    ", 4, join(tally(fs, func(f *finding.Finding) string { return f.Check }), 6))
	}
	for _, w := range stale {
		r.wrapped("  "+r.paint(yellow, w.State)+"  ", 4, fmt.Sprintf("%s for %s on %s: %s",
			cmp.Or(w.ID, "waiver without id"), w.Check, w.Selector, cmp.Or(strings.Join(w.Problems, "; "), "it covers nothing")))
	}
}

// unknowns prints what could not be decided, by reason, with the details that occur most. Deferred verdicts take one line.
func (r *report) unknowns() {
	open := view.Select(r.a, func(f *finding.Finding) bool { return f.Status == finding.Unknown && !f.Deferred })
	if len(open)+r.a.Summary.Deferred == 0 {
		return
	}
	r.heading(yellow, "Not decided", view.Count(len(open), "verdict")+"; none of them is a pass")
	byReason := map[string][]*finding.Finding{}
	details := map[string][]string{}
	for _, f := range open {
		reasons := map[string]bool{}
		for _, u := range f.Unknown {
			reasons[string(u.Reason)] = true
			details[string(u.Reason)] = append(details[string(u.Reason)], cmp.Or(u.Detail, u.Path))
		}
		if len(reasons) == 0 {
			reasons["unexplained"] = true
			details["unexplained"] = append(details["unexplained"], f.Message)
		}
		for reason := range reasons {
			byReason[reason] = append(byReason[reason], f)
		}
	}
	for _, reason := range byCount(byReason) {
		fs := byReason[reason]
		r.wrapped(fmt.Sprintf("  %5s  %s  ", view.Number(len(fs)), r.paint(bold, view.Words(reason))), 9, view.Reason(evidence.Reason(reason)))
		r.wrapped("         ", 12, join(tallied(details[reason]), 3))
		r.wrapped("         "+r.paint(dim, "checks "), 12, join(tally(fs, func(f *finding.Finding) string { return f.Check }), 6))
	}
	if n := r.a.Summary.Deferred; n > 0 {
		r.wrapped(fmt.Sprintf("  %5s  %s  ", view.Number(n), r.paint(bold, "deferred")), 10,
			"left to a later audit: the values exist only after apply, or cannot be stated in code")
	}
}

func (r *report) reviews() {
	fs := view.Select(r.a, func(f *finding.Finding) bool { return f.Status == finding.Review })
	if len(fs) == 0 {
		return
	}
	r.heading(bold, "For a person to judge", view.Count(len(fs), "verdict"))
	r.wrapped("  ", 2, join(tally(fs, func(f *finding.Finding) string { return f.Check }), 12))
}

// coverage names what was not read.
func (r *report) coverage() {
	var gaps, types []evidence.Coverage
	for _, c := range r.a.Coverage {
		switch {
		case c.Status == evidence.Complete:
		case c.Kind == "resource_type":
			types = append(types, c)
		default:
			gaps = append(gaps, c)
		}
	}
	problems := 0
	for _, s := range r.a.Sources {
		problems += len(s.Problems)
	}
	if len(gaps)+len(types)+problems == 0 {
		r.heading(bold, "Coverage", "everything that was attempted was read")
		return
	}
	r.heading(yellow, "Coverage", "what was not read")
	for _, c := range view.FoldCoverage(gaps) {
		kind := c.Kind
		if kind == "*" {
			kind = "everything"
		}
		text := fmt.Sprintf("%s in %s", view.Words(kind), c.Scope)
		if c.Detail != "" {
			text += ": " + c.Detail
		}
		if c.Detail == "" && len(c.Items) > 0 {
			text += ": " + join(c.Items, maxItems)
			c.Items = nil
		}
		r.wrapped("  "+r.paint(yellow, fmt.Sprintf("%-9s", c.Status))+"  ", 13, text)
		r.wrapped(spaces(13), 13, join(c.Items, 10))
	}
	for _, c := range types {
		r.wrapped("  "+r.paint(yellow, "unmapped ")+"  ", 13, fmt.Sprintf("%s in %s: %s",
			view.Count(len(c.Items), "resource type"), c.Scope, join(c.Items, maxTypes)))
	}
	for _, p := range view.FoldProblems(r.a.Sources) {
		r.problem(p)
	}
}

// problem prints what a collector could not do: what and where, the source line, and what to do.
func (r *report) problem(p view.Problem) {
	where := cmp.Or(p.Scopes, p.Sources[0].Target)
	if p.Locator.File != "" {
		where = place(&finding.Location{File: p.Locator.File, StartLine: p.Locator.Line, StartColumn: p.Locator.Column})
	}
	r.wrapped("  "+r.paint(yellow, fmt.Sprintf("%-9s", cmp.Or(p.Severity, "problem")))+"  ", 13, where+": "+p.Summary)
	if line := strings.TrimSpace(p.Snippet); line != "" {
		r.wrapped(spaces(13), 13, fmt.Sprintf("%d │ %s", p.Locator.Line, line))
	}
	if p.Detail != "" {
		r.wrapped(spaces(13), 13, p.Detail)
	}
}

// summary prints the counts.
func (r *report) summary() {
	s := &r.a.Summary
	c := s.Findings
	r.heading(bold, "Summary", fmt.Sprintf("%s by %s", view.Count(c.Judged(), "verdict"), view.Count(s.Checks, "check")))
	var sev []string
	for _, level := range finding.Severities() {
		if n := s.FailBySeverity[level]; n > 0 {
			sev = append(sev, fmt.Sprintf("%s %s", view.Number(n), level))
		}
	}
	failed := view.Count(c.Fail, "failure")
	if len(sev) > 0 {
		failed += " (" + strings.Join(sev, ", ") + ")"
	}
	if c.Waived > 0 {
		failed += fmt.Sprintf("; %s before %s", view.Number(c.Fail+c.Waived), view.Count(c.Waived, "waiver"))
	}
	r.field("failed", failed)
	r.field("passed", view.Number(c.Pass))
	unknown := view.Number(c.Unknown)
	if s.Deferred > 0 {
		unknown += fmt.Sprintf(", of which %s deferred", view.Number(s.Deferred))
	}
	r.field("unknown", unknown)
	r.field("review", view.Number(c.Review))
	r.field("n/a", view.Number(c.NotApplicable))
	if b := r.a.Baseline; b != nil {
		r.field("baseline", fmt.Sprintf("%s new, %s fixed since %s", view.Number(s.New), view.Number(s.Fixed), b.Name))
	}
	r.field("complete", r.completeness())
	r.controls()
}

// completeness says whether everything was collected and decided.
func (r *report) completeness() string {
	if r.a.Summary.Complete {
		return "yes: everything was collected and decided"
	}
	gaps := 0
	for _, c := range r.a.Coverage {
		if c.Status != evidence.Complete && c.Kind != "resource_type" {
			gaps++
		}
	}
	return fmt.Sprintf("no: %s not decided, %s in coverage",
		view.Count(r.a.Summary.Findings.Unknown-r.a.Summary.Deferred, "verdict"), view.Count(gaps, "gap"))
}

// controls prints, for each framework, how many controls have which status.
func (r *report) controls() {
	counts := map[string]map[assess.ControlStatus]int{}
	for i := range r.a.Controls {
		c := &r.a.Controls[i]
		if counts[c.Framework] == nil {
			counts[c.Framework] = map[assess.ControlStatus]int{}
		}
		counts[c.Framework][c.Status]++
	}
	if len(r.a.Frameworks) > 0 {
		r.line("")
	}
	column := 0
	for _, f := range r.a.Frameworks {
		column = max(column, columns(f.ID))
	}
	for _, f := range r.a.Frameworks {
		var parts []string
		for _, st := range assess.ControlStatuses() {
			if n := counts[f.ID][st]; n > 0 {
				parts = append(parts, view.Number(n)+" "+view.Words(string(st)))
			}
		}
		name := fmt.Sprintf("%-*s", column, f.ID)
		if f.Status == "proposed" {
			name += " (PROPOSED, not law)"
		}
		r.wrapped("    "+r.paint(bold, name)+"  ", 6, strings.Join(parts, " · "))
	}
}

// tally counts findings by a word, the most frequent first: "enc.at_rest ×3".
func tally(fs []*finding.Finding, word func(*finding.Finding) string) []string {
	words := make([]string, len(fs))
	for i, f := range fs {
		words[i] = word(f)
	}
	return tallied(words)
}

func tallied(words []string) []string {
	by := map[string][]string{}
	for _, w := range words {
		by[w] = append(by[w], w)
	}
	out := byCount(by)
	for i, w := range out {
		if n := len(by[w]); n > 1 {
			out[i] = fmt.Sprintf("%s ×%s", w, view.Number(n))
		}
	}
	return out
}

// byCount orders keys by the length of their lists, the longest first, then by name.
func byCount[T any](lists map[string][]T) []string {
	keys := slices.Collect(maps.Keys(lists))
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(len(lists[b]), len(lists[a])), cmp.Compare(a, b)) })
	return keys
}
