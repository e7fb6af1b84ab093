package view

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/assay-audit/assay/internal/finding"
)

// Group is findings of one check on the instances of one block: one place to change.
type Group struct {
	Findings []*finding.Finding // never empty, in order
}

// First is the finding that speaks for the group.
func (g Group) First() *finding.Finding { return g.Findings[0] }

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

// instanceKey is the key of a count or for_each instance in a Terraform address.
var instanceKey = regexp.MustCompile(`\[(?:\d+|"(?:[^"\\]|\\.)*")\]`)

// Fold joins findings that differ only in the instance of their block. The order stays that of each group's first finding.
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

// shape is equal for findings that may be folded; false for one whose entity is no instance or that has no line.
func shape(f *finding.Finding) (string, bool) {
	block := instanceKey.ReplaceAllString(f.Entity.ID, "[]")
	if f.Location == nil || f.Location.StartLine == 0 || block == f.Entity.ID {
		return "", false
	}
	key := fmt.Sprintf("%q", []string{
		f.Check, string(f.Severity), f.Location.File, strconv.Itoa(f.Location.StartLine), strconv.Itoa(f.Location.StartColumn), block,
		f.Expected, f.Actual, strconv.Itoa(len(f.Reasons)),
	})
	return key, true
}
