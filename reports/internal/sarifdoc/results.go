package sarifdoc

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// resultOf makes what both profiles say of a finding.
func resultOf(f *finding.Finding, r *rules, p *places) *sarif.Result {
	message, related := messageOf(f, p)
	return &sarif.Result{
		RuleID: new(f.Check), RuleIndex: new(uint(r.index[f.Check])), Message: sarif.Message{Text: new(message)},
		Locations: []*sarif.Location{p.location(f)}, RelatedLocations: related,
		PartialFingerprints: map[string]any{"primaryLocationLineHash": f.Fingerprint},
		PropertyBag: sarif.PropertyBag{Properties: sarif.Properties{
			"status": string(f.Status), "severity": string(f.Severity), "entity": view.Clean(f.Entity.ID),
		}},
	}
}

// messageOf writes what was found, for every reason, with links to the places that are not the first.
func messageOf(f *finding.Finding, p *places) (string, []*sarif.Location) {
	var b strings.Builder
	var related []*sarif.Location
	b.WriteString(sentence(plain(cmp.Or(f.Message, f.Title, f.Check))))
	if len(f.Reasons) <= 1 {
		b.WriteString(proof(f.Expected, f.Actual))
	}
	for i := range f.Reasons {
		reason := &f.Reasons[i]
		if len(f.Reasons) == 1 {
			break
		}
		fmt.Fprintf(&b, "\n- %s%s", sentence(plain(reason.Message)), proof(reason.Expected, reason.Actual))
		if l := reason.Location; l != nil && l.File != "" && l.StartLine > 0 && i > 0 {
			at := p.physical(l, l.File)
			if at == nil {
				continue
			}
			id := uint(len(related) + 1)
			related = append(related, &sarif.Location{
				Id: new(id), PhysicalLocation: at, Message: &sarif.Message{Text: new(sentence(plain(reason.Message)))},
			})
			fmt.Fprintf(&b, " See [the line](%d).", id)
		}
	}
	for _, u := range f.Unknown {
		fmt.Fprintf(&b, "\n- Not known: %s (%s)%s", plain(u.Path), view.Words(plain(string(u.Reason))), detail(u.Detail))
	}
	if where := p.outside(f); where != "" {
		b.WriteString("\n" + plain(where))
	}
	if f.Status == finding.Fail && f.Remediation != "" {
		b.WriteString("\n" + sentence(plain(f.Remediation)))
	}
	return b.String(), related
}

// fixes writes a known edit for the archive, whose places know every file: one change per file, its replacements in the order of their places.
func fixes(f *finding.Fix, p *places) []*sarif.Fix {
	if f == nil || len(f.Edits) == 0 {
		return nil
	}
	out := &sarif.Fix{Description: &sarif.Message{Text: new(sentence(plain(f.Description)))}}
	changes := map[string]*sarif.ArtifactChange{}
	for _, e := range f.Edits {
		c := changes[e.File]
		if c == nil {
			c = &sarif.ArtifactChange{ArtifactLocation: *p.artifact(e.File)}
			changes[e.File] = c
			out.ArtifactChanges = append(out.ArtifactChanges, c)
		}
		c.Replacements = append(c.Replacements, &sarif.Replacement{
			DeletedRegion: sarif.Region{
				StartLine: new(e.StartLine), StartColumn: new(e.StartColumn), EndLine: new(e.EndLine), EndColumn: new(e.EndColumn),
			},
			InsertedContent: &sarif.ArtifactContent{Text: new(strings.ToValidUTF8(e.Replacement, "\uFFFD"))},
		})
	}
	if f.Replaces || f.Partial {
		out.PropertyBag = sarif.PropertyBag{Properties: sarif.Properties{"replaces": f.Replaces, "partial": f.Partial}}
	}
	return []*sarif.Fix{out}
}

func detail(s string) string {
	if s == "" {
		return "."
	}
	return ": " + sentence(plain(s))
}

func proof(expected, actual string) string {
	if expected == "" || actual == "" {
		return ""
	}
	return fmt.Sprintf(" Expected: %s Actual: %s", sentence(plain(expected)), sentence(plain(actual)))
}

// plain neutralises text so that it makes no link in a SARIF message.
func plain(s string) string { return strings.ReplaceAll(view.Clean(s), "](", "] (") }
