package sarifdoc

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/assay-audit/assay/internal/assess"
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

// sourceRoot names the root of the repository, or the working directory outside of one; SARIF suggests the name.
const sourceRoot = "%SRCROOT%"

// places turns the paths of an assessment into locations of a document. Paths of an assessment count from the working directory of the
// run; those of a document count from the root of the repository.
type places struct {
	config    string // the configuration that named the targets; "" without one
	directory string // the working directory below the root of the repository, as a URI; "" where it is the root
	// bases are the base ids that the document's locations use; nil where it uses none: code scanning ignores them, and takes every
	// reference as one from the root of the repository.
	bases map[string]*sarif.ArtifactLocation
}

// placesOf makes the places of one document.
func placesOf(a *assess.Assessment, config string, bases bool) *places {
	p := &places{config: config}
	for i := range a.Sources {
		if d := a.Sources[i].Directory; d != "" {
			p.directory = uri(d)
			break
		}
	}
	if bases {
		p.bases = map[string]*sarif.ArtifactLocation{
			sourceRoot: {Description: &sarif.Message{Text: new("The root of the repository; the working directory of the run where there is none.")}},
		}
	}
	return p
}

// artifact is the location of a file, and nil for one outside of the repository where the document has no base for it.
func (p *places) artifact(file string) *sarif.ArtifactLocation {
	u := uri(file)
	if strings.HasPrefix(u, "file:") {
		if p.bases == nil {
			return nil
		}
		return &sarif.ArtifactLocation{URI: new(u)}
	}
	u = path.Join(p.directory, u)
	up := 0
	for u == ".." || strings.HasPrefix(u, "../") {
		u = strings.TrimPrefix(u[len(".."):], "/")
		up++
	}
	switch {
	case p.bases == nil && up > 0:
		return nil
	case p.bases == nil:
		return &sarif.ArtifactLocation{URI: new(u)}
	case up == 0:
		return &sarif.ArtifactLocation{URI: new(u), URIBaseId: new(sourceRoot)}
	}
	base := fmt.Sprintf("ABOVE_SRCROOT_%d", up)
	p.bases[base] = &sarif.ArtifactLocation{Description: &sarif.Message{Text: new(view.Count(up, "directory level") + " above " + sourceRoot + ".")}}
	return &sarif.ArtifactLocation{URI: new(cmp.Or(u, ".")), URIBaseId: new(base)}
}

// outside says of a finding that its file is none that the document can point at; "" where it can.
func (p *places) outside(f *finding.Finding) string {
	file := fileOf(f, p.config)
	if p.artifact(file) != nil {
		return ""
	}
	if f.Location != nil && f.Location.StartLine > 0 {
		file = fmt.Sprintf("%s:%d", file, f.Location.StartLine)
	}
	return "In " + view.Clean(file) + ", outside of the repository."
}

// location is where a finding points. There is always a place: that of the configuration where its own cannot be said.
func (p *places) location(f *finding.Finding) *sarif.Location {
	l := &sarif.Location{PhysicalLocation: p.physical(f.Location, fileOf(f, p.config))}
	if f.Location == nil || f.Location.File == "" {
		for _, pr := range f.Provenance {
			if pr.Locator.File != "" {
				l.PhysicalLocation = p.physical(&finding.Location{
					File: pr.Locator.File, StartLine: pr.Locator.Line, EndLine: pr.Locator.EndLine, StartColumn: pr.Locator.Column, EndColumn: pr.Locator.EndColumn,
				}, pr.Locator.File)
				break
			}
		}
	}
	if l.PhysicalLocation == nil {
		l.PhysicalLocation = p.configuration()
	}
	if f.Entity.ID != "" {
		l.LogicalLocations = []*sarif.LogicalLocation{{
			Name: new(view.Clean(cmp.Or(f.Entity.Name, f.Entity.ID))), FullyQualifiedName: new(view.Clean(f.Entity.ID)), Kind: new("resource"),
			PropertyBag: sarif.PropertyBag{Properties: sarif.Properties{"kind": f.Entity.Kind, "scope": f.Entity.Scope, "plane": string(f.Entity.Plane)}},
		}}
	}
	return l
}

// physical writes a place in a file. What is not known of it is left out, never made up. It is nil where the document cannot point at
// the file.
func (p *places) physical(l *finding.Location, file string) *sarif.PhysicalLocation {
	artifact := p.artifact(file)
	if artifact == nil {
		return nil
	}
	out := &sarif.PhysicalLocation{ArtifactLocation: artifact}
	if l == nil || l.File == "" || l.StartLine < 1 {
		return out
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
	out.Region = r
	quote(out, l)
	return out
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

// configuration points at the configuration as a whole; where that lies outside of the repository, at the name that it has by default.
func (p *places) configuration() *sarif.PhysicalLocation {
	if out := p.physical(nil, cmp.Or(p.config, defaultConfig)); out != nil {
		return out
	}
	return p.physical(nil, defaultConfig)
}
