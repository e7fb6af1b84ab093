package view

import (
	"fmt"
	"strconv"

	"github.com/assay-audit/assay/internal/finding"
)

// Group is findings of one check on one line: one place to change.
type Group struct {
	Findings []*finding.Finding // never empty, in order
}

// First is the finding that speaks for the group.
func (g Group) First() *finding.Finding { return g.Findings[0] }

// Message is what the findings say: that of the first, and how many more there are where each names its own entity.
func (g Group) Message() string {
	first := g.First().Message
	for _, f := range g.Findings[1:] {
		if f.Message != first {
			return fmt.Sprintf("%s (and %s more)", first, Number(len(g.Findings)-1))
		}
	}
	return first
}

// Subject names the entity, or the first and the last of several: ×12: a[0] … a[11].
func (g Group) Subject() string {
	first := g.First().Entity.ID
	switch n := len(g.Findings); n {
	case 1:
		return first
	case 2:
		return fmt.Sprintf("×2: %s, %s", first, g.Findings[1].Entity.ID)
	default:
		return fmt.Sprintf("×%s: %s … %s", Number(n), first, g.Findings[n-1].Entity.ID)
	}
}

// Fold joins findings that one change mends: those of one check on one line that say the same, be it of the instances of a block
// (count, for_each), of a module that is called often, or of a disk and its host. The order stays that of each group's first finding.
func Fold(fs []*finding.Finding) []Group {
	var out []Group
	at := map[string]int{}
	for _, f := range fs {
		key, ok := shape(f)
		if ok {
			if i, known := at[key]; known {
				out[i].Findings = append(out[i].Findings, f)
				continue
			}
			at[key] = len(out)
		}
		out = append(out, Group{[]*finding.Finding{f}})
	}
	return out
}

// shape is equal for findings that may be folded; false for one that has no line.
func shape(f *finding.Finding) (string, bool) {
	if f.Location == nil || f.Location.StartLine == 0 {
		return "", false
	}
	key := fmt.Sprintf("%q", []string{
		f.Check, string(f.Severity), f.Location.File, strconv.Itoa(f.Location.StartLine), strconv.Itoa(f.Location.StartColumn),
		f.Expected, f.Actual, strconv.Itoa(len(f.Reasons)),
	})
	return key, true
}
