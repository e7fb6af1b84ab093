package sarifdoc

import (
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// defaultConfig is where a finding without a file points when the run had no configuration either: code scanning rejects a whole
// document for one result without a location.
const defaultConfig = "assay.yaml"

// uri turns a path into a relative reference (RFC 3986): slash-separated, without a leading ./, and with everything escaped that has a
// meaning in a URI. An absolute path becomes a file URI.
func uri(file string) string {
	file = path.Clean(strings.ReplaceAll(file, `\`, "/"))
	segments := strings.Split(file, "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(strings.ToValidUTF8(s, "\uFFFD")), ":", "%3A")
	}
	joined := strings.Join(segments, "/")
	if strings.HasPrefix(joined, "/") {
		return "file://" + joined
	}
	return joined
}

// fileOf is the file that a finding points at: its own, else the one that its evidence came from, else the configuration.
func fileOf(f *finding.Finding, config string) string {
	if f.Location != nil && f.Location.File != "" {
		return f.Location.File
	}
	for _, p := range f.Provenance {
		if p.Locator.File != "" {
			return p.Locator.File
		}
	}
	return cmp.Or(config, defaultConfig)
}

// locationOf is where a finding points. There is always a place.
func locationOf(f *finding.Finding, config string) *sarif.Location {
	l := &sarif.Location{PhysicalLocation: physical(f.Location, fileOf(f, config))}
	if f.Location == nil || f.Location.File == "" {
		for _, p := range f.Provenance {
			if p.Locator.File != "" {
				l.PhysicalLocation = physical(&finding.Location{
					File: p.Locator.File, StartLine: p.Locator.Line, EndLine: p.Locator.EndLine, StartColumn: p.Locator.Column, EndColumn: p.Locator.EndColumn,
				}, p.Locator.File)
				break
			}
		}
	}
	if f.Entity.ID != "" {
		l.LogicalLocations = []*sarif.LogicalLocation{{
			Name: new(view.Clean(cmp.Or(f.Entity.Name, f.Entity.ID))), FullyQualifiedName: new(view.Clean(f.Entity.ID)), Kind: new("resource"),
			PropertyBag: sarif.PropertyBag{Properties: sarif.Properties{"kind": f.Entity.Kind, "scope": f.Entity.Scope, "plane": string(f.Entity.Plane)}},
		}}
	}
	return l
}

// physical writes a place in a file. What is not known of it is left out, never made up.
func physical(l *finding.Location, file string) *sarif.PhysicalLocation {
	p := &sarif.PhysicalLocation{ArtifactLocation: &sarif.ArtifactLocation{URI: new(uri(file))}}
	if l == nil || l.File == "" || l.StartLine < 1 {
		return p
	}
	r := &sarif.Region{StartLine: new(l.StartLine)}
	if l.EndLine >= l.StartLine {
		r.EndLine = new(l.EndLine)
	}
	if l.StartColumn > 0 {
		r.StartColumn = new(l.StartColumn)
		if l.EndColumn > l.StartColumn || (l.EndLine > l.StartLine && l.EndColumn > 0) {
			r.EndColumn = new(l.EndColumn)
		}
	}
	p.Region = r
	quote(p, l)
	return p
}

// quote adds the source lines where they are at hand in full: as the region's own where the region is whole lines, else as its context.
func quote(p *sarif.PhysicalLocation, l *finding.Location) {
	last := max(l.StartLine, l.EndLine)
	if len(l.Snippet) != last-l.StartLine+1 {
		return
	}
	lines := slices.Clone(l.Snippet)
	for i := range lines {
		lines[i] = strings.ToValidUTF8(lines[i], "\uFFFD")
	}
	content := &sarif.ArtifactContent{Text: new(strings.Join(lines, "\n"))}
	if l.StartColumn > 0 {
		p.ContextRegion = &sarif.Region{StartLine: new(l.StartLine), EndLine: new(last), Snippet: content}
		return
	}
	p.Region.Snippet = content
}

// configLocation points at the configuration as a whole.
func configLocation(config string) *sarif.Location {
	return &sarif.Location{PhysicalLocation: &sarif.PhysicalLocation{
		ArtifactLocation: &sarif.ArtifactLocation{URI: new(uri(cmp.Or(config, defaultConfig)))},
	}}
}
