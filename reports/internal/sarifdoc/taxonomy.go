package sarifdoc

import (
	"cmp"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/assay-audit/assay/internal/assess"
)

func frameworkIndex(a *assess.Assessment) map[string]int {
	out := make(map[string]int, len(a.Frameworks))
	for i, f := range a.Frameworks {
		out[f.ID] = i
	}
	return out
}

func controlGUID(c *assess.Control) string { return guid("framework", c.Framework, c.ID) }

// taxonomies makes one component per framework, with its controls as taxa.
func taxonomies(a *assess.Assessment) []component {
	index := frameworkIndex(a)
	out := make([]component, len(a.Frameworks))
	for i, f := range a.Frameworks {
		out[i].ToolComponent = &sarif.ToolComponent{
			Name: f.ID, FullName: new(f.Title), Version: new(f.Version), GUID: new(guid("framework", f.ID)),
			ShortDescription: text(f.Title), FullDescription: text(f.Citation), IsComprehensive: new(false),
			PropertyBag: sarif.PropertyBag{Properties: sarif.Properties{"status": f.Status}},
		}
	}
	for i := range a.Controls {
		c := &a.Controls[i]
		at, ok := index[c.Framework]
		if !ok {
			continue
		}
		taxon := descriptor{GUID: controlGUID(c), ReportingDescriptor: &sarif.ReportingDescriptor{
			ID: c.ID, ShortDescription: text(cmp.Or(c.Title, c.ID)), FullDescription: text(sentence(cmp.Or(c.Summary, c.Title, c.ID))),
			Properties: sarif.Properties{
				"citation": c.Citation, "tag": c.Tag, "designation": c.Designation, "automation": c.Automation,
				"status": string(c.Status), "why": c.Why,
			},
		}}
		if c.Link != "" {
			taxon.HelpURI = new(c.Link)
		}
		out[at].Taxa = append(out[at].Taxa, taxon)
	}
	return out
}

func supported(taxonomies []component) []componentReference {
	out := make([]componentReference, len(taxonomies))
	for i, t := range taxonomies {
		out[i] = componentReference{Name: t.Name, Index: i, GUID: *t.GUID}
	}
	return out
}
