package text

import (
	"fmt"
	"strconv"

	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// group is failures of one check on one line: one place to change.
type group struct {
	findings []*finding.Finding // never empty, in order
}

func (g group) first() *finding.Finding { return g.findings[0] }

// message is what the findings say; that of the first, where each names its own entity.
func (g group) message() string {
	first := g.first().Message
	for _, f := range g.findings[1:] {
		if f.Message != first {
			return fmt.Sprintf("%s (and %s more)", first, view.Number(len(g.findings)-1))
		}
	}
	return first
}

// subject names the entity, or the first and the last of several: ×12: a[0] … a[11].
func (g group) subject() string {
	first := g.first().Entity.ID
	switch n := len(g.findings); n {
	case 1:
		return first
	case 2:
		return fmt.Sprintf("×2: %s, %s", first, g.findings[1].Entity.ID)
	default:
		return fmt.Sprintf("×%s: %s … %s", view.Number(n), first, g.findings[n-1].Entity.ID)
	}
}

// fold joins findings that one change mends: those of one check on one line that say the same, be it of the instances of a block
// (count, for_each), of a module that is called often, or of a disk and its host. The order stays that of each group's first finding.
func fold(fs []*finding.Finding) []group {
	var out []group
	at := map[string]int{}
	for _, f := range fs {
		key, ok := shape(f)
		if ok {
			if i, known := at[key]; known {
				out[i].findings = append(out[i].findings, f)
				continue
			}
			at[key] = len(out)
		}
		out = append(out, group{[]*finding.Finding{f}})
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
