package markdown

import (
	"fmt"
	"strings"

	"github.com/assay-audit/assay/reports/internal/view"
)

// section is one list of the report. Sections without items are not printed.
type section struct {
	title string
	intro string   // a sentence below the title; "" for none
	items []string // each ends with a line end
	noun  string   // what an item is, for the note of those left out
	// stands is how many things of the noun an item stands for, by item; nil where each stands for one.
	stands []int
	open   bool // false: collapsed behind its title
}

// leadingShare is the part of the space that the first section may take where the others need theirs, in percent.
const leadingShare = 70

// fit joins the parts to at most limit bytes. Items are left out from the end of a section, which then says how many.
func fit(head string, sections []section, foot string, limit int) string {
	space := limit - len(head) - len(foot)
	need := make([]int, len(sections))
	others := 0
	for i, s := range sections {
		if len(s.items) == 0 {
			continue
		}
		space -= len(s.before()) + len(s.after(s.count(0)))
		for _, item := range s.items {
			need[i] += len(item)
		}
		if i > 0 {
			others += need[i]
		}
	}
	var b strings.Builder
	b.WriteString(head)
	for i, s := range sections {
		if len(s.items) == 0 {
			continue
		}
		budget := space
		if i == 0 {
			budget = max(space*leadingShare/100, space-others)
		}
		b.WriteString(s.before())
		shown := 0
		for _, item := range s.items {
			if len(item) > budget {
				break
			}
			budget -= len(item)
			space -= len(item)
			b.WriteString(item)
			shown++
		}
		b.WriteString(s.after(s.count(shown)))
	}
	b.WriteString(foot)
	return b.String()
}

// count is how many things the items from the given one on stand for.
func (s section) count(from int) int {
	if s.stands == nil {
		return len(s.items) - from
	}
	n := 0
	for _, stands := range s.stands[from:] {
		n += stands
	}
	return n
}

func (s section) before() string {
	text := fmt.Sprintf("<details>\n<summary><b>%s</b></summary>\n\n", s.title)
	if s.open {
		text = "### " + s.title + "\n\n"
	}
	if s.intro != "" {
		text += s.intro + "\n\n"
	}
	return text
}

func (s section) after(left int) string {
	text := "\n"
	if left > 0 {
		text = fmt.Sprintf("\n**%s left out here:** there is no more room. The other reports of this run have them all.\n\n", view.Count(left, s.noun))
	}
	if !s.open {
		text += "</details>\n\n"
	}
	return text
}
