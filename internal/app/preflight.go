package app

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/aws"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/policy"
)

// concludeTrial prints what came of trying the permissions. The exit code says whether an audit could read everything.
func (a *App) concludeTrial(p *plan, t aws.Trial) error {
	if _, err := io.WriteString(a.Stdout, p.trialReport(t)); err != nil {
		return err
	}
	if len(t.Denied)+len(t.Closed)+len(t.Failed) > 0 {
		return &ExitError{Code: ExitIncomplete}
	}
	return nil
}

// trialReport says which permissions are missing and where, and which controls stay undecided without each.
func (p *plan) trialReport(t aws.Trial) string {
	var b strings.Builder
	b.WriteString(trialHead(t))
	for _, c := range t.Closed {
		fmt.Fprintf(&b, "\nCLOSED  %s\n", c.Account)
		entry(&b, "why", c.Why)
		entry(&b, "hides", "everything in the account: no check can be decided there")
	}
	for _, d := range t.Denied {
		fmt.Fprintf(&b, "\nDENIED  %s\n", strings.Join(d.Actions, " and "))
		entry(&b, "in", places(d.Places, t.Accounts))
		if !slices.Equal(d.Operations, d.Actions) {
			entry(&b, "called", strings.Join(d.Operations, ", "))
		}
		if d.By != "" {
			entry(&b, "by", "a "+d.By+": what the role itself is allowed does not help")
		}
		if !strings.Contains(d.Message, "no identity-based policy allows") { // which is what the heading says
			entry(&b, "AWS says", d.Message)
		}
		p.hidden(&b, d)
	}
	for _, f := range t.Failed {
		fmt.Fprintf(&b, "\nFAILED  %s\n", f.Summary)
		entry(&b, "why", f.Detail)
	}
	b.WriteString(trialFoot(t))
	return b.String()
}

// trialHead sums up.
func trialHead(t aws.Trial) string {
	var where []string
	for _, a := range t.Accounts {
		where = append(where, fmt.Sprintf("%s (%s)", a.Account, counted(len(a.Regions), "region")))
	}
	if len(where) == 0 {
		return "No account could be entered.\n"
	}
	verdict := "Nothing is denied"
	missing := 0
	for _, d := range t.Denied {
		missing += len(d.Actions)
	}
	if missing > 0 {
		verdict = counted(missing, "permission") + " missing"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Tried as %s.\n", t.Caller)
	wrap(&b, "", "", fmt.Sprintf("%s in %s: %s answered, %d found nothing to be asked about, %d are not supported there.", verdict,
		shortList(where, 5), counted(len(t.Allowed), "operation"), len(t.Untried), len(t.Unsupported)))
	return b.String()
}

// hidden says what stays undecided without a permission.
func (p *plan) hidden(b *strings.Builder, d aws.Denial) {
	if len(d.Tells) == 0 {
		entry(b, "hides", "what other operations ask about: no check can be decided for sure")
		return
	}
	entry(b, "hides", strings.Join(d.Tells, ", "))
	checks := p.reading(d)
	if len(checks) == 0 {
		entry(b, "checks", "none of those that are selected")
		return
	}
	entry(b, "checks", strings.Join(checks, ", "))
	for _, line := range controlsOf(p.frameworks, checks) {
		entry(b, "undecided", line)
	}
}

// trialFoot says what to do, and what was not tried.
func trialFoot(t aws.Trial) string {
	var b strings.Builder
	var missing []string
	for _, d := range t.Denied {
		if d.By == "" {
			missing = append(missing, d.Actions...)
		}
	}
	slices.Sort(missing)
	if missing = slices.Compact(missing); len(missing) > 0 {
		b.WriteString("\nTO DO   Allow the role that audits:\n")
		wrap(&b, "        ", "        ", strings.Join(missing, ", "))
		wrap(&b, "        ", "        ", "assay aws permissions prints the whole policy for the chosen checks, with --format terraform as managed policies.")
	}
	if len(t.Untried) > 0 {
		b.WriteString("\nNot tried, because nothing was found that they could be asked about:\n")
		wrap(&b, "        ", "        ", strings.Join(t.Untried, ", "))
	}
	if len(t.Unsupported) > 0 {
		b.WriteString("\nNot supported in the region or partition, which leaves their attributes unknown there:\n")
		wrap(&b, "        ", "        ", strings.Join(t.Unsupported, ", "))
	}
	return b.String()
}

// places says in which accounts and regions a permission is missing. Where all regions of an account were denied, it says so.
func places(denied, all []aws.Place) string {
	byRegions := map[string][]string{}
	var order []string
	for _, d := range denied {
		text := strings.Join(d.Regions, ", ")
		i := slices.IndexFunc(all, func(p aws.Place) bool { return p.Account == d.Account })
		if n := len(d.Regions); n > 3 && i >= 0 && slices.Equal(d.Regions, all[i].Regions) {
			text = fmt.Sprintf("all %d regions", n)
		}
		if byRegions[text] == nil {
			order = append(order, text)
		}
		byRegions[text] = append(byRegions[text], d.Account)
	}
	for i, text := range order {
		order[i] = shortList(byRegions[text], 5) + " in " + text
	}
	return strings.Join(order, "; ")
}

// reading are the selected checks that read what a permission tells, sorted: one of the kinds, or one of the attribute paths of an entity of the
// service's kinds.
func (p *plan) reading(d aws.Denial) []string {
	var out []string
	for i := range p.checks {
		c := &p.checks[i]
		if !c.Collects(aws.Spec.Name) {
			continue
		}
		words := p.read([]policy.Check{*c})
		tells := func(w string) bool {
			return words.Any(w) && (len(kind.Paths(w)) > 0 || words.Any(having(w, d.Kinds)...))
		}
		if slices.ContainsFunc(d.Tells, tells) {
			out = append(out, c.ID)
		}
	}
	slices.Sort(out)
	return out
}

// having are those of the kinds that have an attribute path, or all kinds that have it where none of these does: a key's permission tells of the
// stores that it encrypts. A word that is no path, such as a relation, is of all these kinds.
func having(path string, kinds []string) []string {
	has := func(k string) bool { return slices.Contains(kind.Paths(k), path) }
	var among, all []string
	for _, k := range kind.All() {
		switch {
		case !has(k.Name):
		case slices.Contains(kinds, k.Name):
			among = append(among, k.Name)
		default:
			all = append(all, k.Name)
		}
	}
	switch {
	case len(among) > 0:
		return among
	case len(all) > 0:
		return all
	}
	return kinds
}

// controlsOf lists the controls to which the checks map directly, one line for each selected framework.
func controlsOf(selected []framework.Framework, checks []string) []string {
	var out []string
	for _, f := range selected {
		var ids []string
		for _, m := range f.Mappings {
			if m.Strength == framework.Direct && slices.Contains(checks, m.Check) {
				ids = append(ids, m.Control)
			}
		}
		slices.Sort(ids)
		if ids = slices.Compact(ids); len(ids) > 0 {
			out = append(out, f.ID+": "+strings.Join(ids, ", "))
		}
	}
	if len(out) == 0 {
		out = []string{"no control by itself: the checks only support others"}
	}
	return out
}

// entry prints a named value below a heading.
func entry(b *strings.Builder, name, value string) {
	wrap(b, fmt.Sprintf("  %-10s", name), spaces(12), value)
}

// wrap prints text after a prefix, in lines of at most trialWidth columns that further lines begin with the indent. A word that is longer
// stands alone.
func wrap(b *strings.Builder, prefix, indent, text string) {
	line, begun := prefix, false
	for word := range strings.FieldsSeq(text) {
		if begun && len(line)+1+len(word) > trialWidth {
			b.WriteString(line + "\n")
			line, begun = indent, false
		}
		if begun {
			line += " "
		}
		line, begun = line+word, true
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// trialWidth is how wide the report of a trial is, in columns.
const trialWidth = 100

func spaces(n int) string { return strings.Repeat(" ", n) }

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shortList names the first n and how many more there are.
func shortList(list []string, n int) string {
	if len(list) <= n+1 {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:n], ", "), len(list)-n)
}
