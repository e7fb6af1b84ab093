package markdown

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// soon is how many days before its end a waiver is shown.
const soon = 30

// opened is how many failures are shown unfolded.
const opened = 5

// report is one rendering in progress.
type report struct {
	a  *assess.Assessment
	o  reports.Options
	ix *view.Index
}

// compared reports whether the assessment was held against a baseline.
func (r *report) compared() bool { return r.a.Baseline != nil }

// fresh are the failures that this change introduces; without a baseline, all.
func (r *report) fresh() []*finding.Finding { return view.Select(r.a, (*finding.Finding).Decides) }

// head is the title, the verdict and the counts.
func (r *report) head() string {
	fresh := len(r.fresh())
	noun := "failure"
	if r.compared() {
		noun = "new failure"
	}
	title := "no " + noun
	if fresh > 0 {
		title = view.Count(fresh, noun)
	}
	c, s := r.a.Summary.Findings, r.a.Summary
	var b strings.Builder
	fmt.Fprintf(&b, "## Assay: %s\n\n%s\n\n", title, prose(r.a.Outcome(r.o.FailOn, r.o.FailOnIncomplete).Reason, code))
	b.WriteString("| new | fixed | failed | waived | not decided | deferred | for a person | passed | not applicable |\n")
	b.WriteString("|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	added, fixed := "–", "–"
	if r.compared() {
		added, fixed = view.Number(fresh), view.Number(s.Fixed)
	}
	fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n\n", added, fixed, view.Number(c.Fail), view.Number(c.Waived),
		view.Number(c.Unknown-s.Deferred), view.Number(s.Deferred), view.Number(c.Review), view.Number(c.Pass), view.Number(c.NotApplicable))
	return b.String()
}

// foot says what the report rests on.
func (r *report) foot() string {
	return fmt.Sprintf("<sub>%s, profile %s, evidence %s of %s, policies %s. Assay finds gaps, or finds none; people attest.</sub>\n",
		code(r.a.Tool.Name+" "+r.a.Tool.Version), code(r.a.Profile), code(short(r.a.SnapshotDigest)), r.a.AsOf.UTC().Format("2006-01-02 15:04 UTC"),
		code(short(r.a.PoliciesDigest)))
}

// short is the beginning of a digest, enough to tell it from others.
func short(digest string) string {
	const shown = 19 // sha256: and twelve digits
	return cut(digest, shown)
}

func (r *report) sections() []section {
	return []section{r.failures(), r.touched(), r.waivers(), r.undecided(), r.unread(), r.fixed(), r.unchanged()}
}

func (r *report) failures() section {
	s := section{title: "Failures", noun: "failure", open: true}
	if r.compared() {
		s.title, s.intro = "New failures", "This change introduces them."
	}
	seen := map[string]bool{}
	for i, g := range view.Fold(r.fresh()) {
		s.items = append(s.items, r.failure(g, i < opened, seen))
		s.stands = append(s.stands, len(g.Findings))
	}
	return s
}

// failure is one collapsible entry. The reason and the fix of a check stand in the first entry that names it.
func (r *report) failure(g view.Group, open bool, seen map[string]bool) string {
	f := g.First()
	var b strings.Builder
	tag := "<details>"
	if open {
		tag = "<details open>"
	}
	fmt.Fprintf(&b, "%s\n<summary><b>%s</b> %s %s: %s", tag, prose(string(f.Severity), htmlCode), htmlCode(f.Check), prose(f.Title, htmlCode), htmlCode(g.Subject()))
	if f.Location != nil && f.Location.File != "" {
		fmt.Fprintf(&b, " at %s", htmlCode(place(f.Location)))
	} else {
		fmt.Fprintf(&b, " in %s", htmlCode(f.Entity.Scope))
	}
	b.WriteString("</summary>\n\n")
	if f.Location != nil && len(f.Location.Snippet) > 0 {
		b.WriteString(fence(f.Location.Snippet[:min(len(f.Location.Snippet), finding.MaxSnippet)], "hcl") + "\n")
	}
	for _, reason := range proofs(g) {
		b.WriteString(r.proof(f, reason))
	}
	r.why(&b, f, seen)
	b.WriteString("\n</details>\n")
	return b.String()
}

// proofs are the reasons of a failure, at most a handful.
func proofs(g view.Group) []finding.Reason {
	const most = 5
	f := g.First()
	if len(f.Reasons) < 2 {
		return []finding.Reason{{Message: g.Message(), Expected: f.Expected, Actual: f.Actual, Location: f.Location}}
	}
	return f.Reasons[:min(len(f.Reasons), most)]
}

func (r *report) proof(f *finding.Finding, reason finding.Reason) string {
	text := "- What: " + prose(reason.Message, code)
	if l := reason.Location; l != nil && l.File != "" && f.Location != nil && place(l) != place(f.Location) {
		text += " at " + code(place(l))
	}
	if reason.Expected != "" && reason.Actual != "" {
		text += "\n  - Expected: " + prose(reason.Expected, code) + "\n  - Actual: " + prose(reason.Actual, code)
	}
	return text + "\n"
}

// why writes the controls, the consequence and the fix; of a check that was explained above, only the controls' count.
func (r *report) why(b *strings.Builder, f *finding.Finding, seen map[string]bool) {
	const shown = 3
	if seen[f.Check] {
		b.WriteString("- Why and fix: as above for " + code(f.Check) + "\n")
		return
	}
	seen[f.Check] = true
	cites := r.ix.Citations(f)
	quoted := make([]string, 0, shown)
	for _, c := range cites[:min(len(cites), shown)] {
		quoted = append(quoted, prose(c, code))
	}
	text := strings.Join(quoted, ", ")
	if n := len(cites) - shown; n > 0 {
		text += fmt.Sprintf(" and %s more", view.Number(n))
	}
	if c := view.Consequence(f); c != "" {
		text += ": " + c + "."
	}
	if check := r.ix.Check(f.Check); check != nil && check.Rationale != "" {
		text += " " + prose(check.Rationale, code)
	}
	if text = strings.TrimSpace(text); text != "" {
		b.WriteString("- Why: " + text + "\n")
	}
	if f.Remediation != "" {
		b.WriteString("- Fix: " + prose(f.Remediation, code) + "\n")
	}
}

func place(l *finding.Location) string {
	if l.StartLine < 1 {
		return l.File
	}
	return fmt.Sprintf("%s:%d", l.File, l.StartLine)
}

// touched lists the controls that the new failures bear on.
func (r *report) touched() section {
	type ref struct{ framework, id string }
	checks := map[ref]map[string]int{}
	for _, f := range r.fresh() {
		for _, c := range f.Controls {
			key := ref{c.Framework, c.ID}
			if checks[key] == nil {
				checks[key] = map[string]int{}
			}
			checks[key][f.Check]++
		}
	}
	s := section{title: fmt.Sprintf("Controls touched (%s)", view.Number(len(checks))), noun: "control"}
	for i := range r.a.Controls {
		c := &r.a.Controls[i]
		by := checks[ref{c.Framework, c.ID}]
		if len(by) == 0 {
			continue
		}
		s.items = append(s.items, fmt.Sprintf("- %s %s: **%s**, by %s\n", prose(cmp.Or(c.Citation, c.Framework+" "+c.ID), code), prose(c.Title, code),
			prose(view.Words(string(c.Status)), code), tallied(by)))
	}
	return s
}

// maxNames is how many checks or details are named in one line.
const maxNames = 5

// tallied writes names with their counts, the most frequent first.
func tallied(counts map[string]int) string {
	names := slices.Collect(maps.Keys(counts))
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	var out []string
	for _, name := range names[:min(len(names), maxNames)] {
		text := code(name)
		if counts[name] > 1 {
			text += " ×" + view.Number(counts[name])
		}
		out = append(out, text)
	}
	if n := len(names) - maxNames; n > 0 {
		out = append(out, view.Number(n)+" more")
	}
	return strings.Join(out, ", ")
}

// waivers lists those that end soon and those that no longer hold.
func (r *report) waivers() section {
	s := section{noun: "waiver"}
	for _, w := range r.a.Waivers {
		name := fmt.Sprintf("%s for %s on %s", code(cmp.Or(w.ID, "no id")), code(w.Check), code(w.Selector))
		if w.State != "active" {
			s.items = append(s.items, fmt.Sprintf("- **%s**: %s; %s\n", prose(w.State, code), name, prose(cmp.Or(strings.Join(w.Problems, "; "), "it covers nothing"), code)))
			continue
		}
		end, err := time.Parse(time.DateOnly, w.Expires)
		if err != nil {
			continue
		}
		today := r.a.AsOf.UTC().Truncate(24 * time.Hour)
		if days := int(end.Sub(today).Hours() / 24); days <= soon {
			s.items = append(s.items, fmt.Sprintf("- **%s left**: %s ends on %s; it covers %s\n", view.Count(max(days, 0), "day"), name,
				end.Format(time.DateOnly), view.Count(w.Matches, "failure")))
		}
	}
	s.title = fmt.Sprintf("Waivers that need a look (%s)", view.Number(len(s.items)))
	return s
}

// undecided groups what could not be decided by reason, and says what would decide it.
func (r *report) undecided() section {
	type group struct {
		verdicts        int
		checks, details map[string]int
	}
	groups := map[evidence.Reason]*group{}
	total := 0
	for i := range r.a.Findings {
		f := &r.a.Findings[i]
		if f.Status != finding.Unknown || f.Deferred {
			continue
		}
		total++
		paths := f.Unknown
		if len(paths) == 0 {
			paths = []finding.UnknownPath{{Detail: f.Message}}
		}
		counted := map[evidence.Reason]bool{}
		for _, u := range paths {
			g := groups[u.Reason]
			if g == nil {
				g = &group{checks: map[string]int{}, details: map[string]int{}}
				groups[u.Reason] = g
			}
			g.details[cmp.Or(u.Detail, u.Path)]++
			if !counted[u.Reason] {
				counted[u.Reason] = true
				g.verdicts++
				g.checks[f.Check]++
			}
		}
	}
	s := section{title: fmt.Sprintf("Not decided (%s), and what would decide it", view.Number(total)), noun: "reason", intro: "None of them is a pass."}
	reasons := slices.Collect(maps.Keys(groups))
	slices.SortFunc(reasons, func(a, b evidence.Reason) int {
		return cmp.Or(cmp.Compare(groups[b].verdicts, groups[a].verdicts), cmp.Compare(a, b))
	})
	for _, reason := range reasons {
		g := groups[reason]
		word := cmp.Or(view.Reason(reason), "no reason given")
		s.items = append(s.items, fmt.Sprintf("- **%s: %s.** To decide: %s.\n  - Missing: %s\n  - Checks: %s\n",
			view.Count(g.verdicts, "verdict"), word, view.Decides(reason), tallied(g.details), tallied(g.checks)))
	}
	return s
}

// unread lists the gaps of coverage, and the files and answers that could not be read.
func (r *report) unread() section {
	s := section{noun: "gap"}
	gaps := slices.DeleteFunc(slices.Clone(r.a.Coverage), func(c evidence.Coverage) bool {
		return c.Status == evidence.Complete || c.Kind == "resource_type"
	})
	for _, c := range view.FoldCoverage(gaps) {
		kind := c.Kind
		if kind == "*" {
			kind = "everything"
		}
		text := fmt.Sprintf("- **%s**: %s in %s", prose(string(c.Status), code), prose(view.Words(kind), code), code(c.Scope))
		if c.Detail != "" {
			text += "; " + prose(c.Detail, code)
		}
		if len(c.Items) > 0 {
			items := map[string]int{}
			for _, item := range c.Items {
				items[item]++
			}
			text += ": " + tallied(items)
		}
		s.items = append(s.items, text+"\n")
	}
	for _, p := range view.FoldProblems(r.a.Sources) {
		if p.Severity == "error" {
			s.items = append(s.items, problem(p))
		}
	}
	s.title = fmt.Sprintf("Not read (%s)", view.Count(len(s.items), "gap"))
	return s
}

// problem is one line on what a collector could not read, and where.
func problem(p view.Problem) string {
	where := cmp.Or(p.Scopes, p.Sources[0].Target)
	if p.Locator.File != "" {
		where = place(&finding.Location{File: p.Locator.File, StartLine: p.Locator.Line})
	}
	text := fmt.Sprintf("- **error** at %s: %s", code(where), prose(p.Summary, code))
	if p.Detail != "" {
		text += "; " + prose(p.Detail, code)
	}
	return text + "\n"
}

// fixed counts by check the failures that this change is proved to end.
func (r *report) fixed() section {
	if r.a.Baseline == nil {
		return section{}
	}
	byCheck := map[string]int{}
	for i := range r.a.Baseline.Fixed {
		byCheck[r.a.Baseline.Fixed[i].Check]++
	}
	s := section{title: fmt.Sprintf("Failures that are fixed (%s)", view.Number(len(r.a.Baseline.Fixed))), noun: "check"}
	for _, check := range slices.Sorted(maps.Keys(byCheck)) {
		s.items = append(s.items, fmt.Sprintf("- %s: %s\n", code(check), view.Number(byCheck[check])))
	}
	return s
}

// unchanged counts by check the failures that were there before.
func (r *report) unchanged() section {
	byCheck := map[string]int{}
	total := 0
	for i := range r.a.Findings {
		if f := &r.a.Findings[i]; f.Failing() && !f.Decides() {
			byCheck[f.Check]++
			total++
		}
	}
	s := section{title: fmt.Sprintf("Failures that were there before (%s)", view.Number(total)), noun: "check", intro: "This change neither adds nor fixes them."}
	for _, check := range slices.Sorted(maps.Keys(byCheck)) {
		s.items = append(s.items, fmt.Sprintf("- %s: %s\n", code(check), view.Number(byCheck[check])))
	}
	return s
}
