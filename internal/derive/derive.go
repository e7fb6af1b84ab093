// Package derive computes what no source states but follows from several: which observed things records speak of, whose login is
// whose, whether a store is sensitive, how critical it is, and which recovery point objective binds it. It runs after merging and
// before judging, so that policies stay simple; the definitions are those of controls.md section 2.
package derive

import (
	"slices"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// OrganizationUID is the uid of the organization that Derive adds where no governance record describes it.
const OrganizationUID = "organization"

// Derive links records with what was observed, adds the derived attributes to every datastore and host of the snapshot, says which
// regions of its accounts are used, and adds the audited organization where no record describes it: checks about the whole of what was collected have it to judge, and it says that
// nothing is known of it.
func Derive(s *evidence.Snapshot) {
	organization(s)
	link(s)
	regions(s)
	d := newDeriver(s)
	for _, e := range s.Entities {
		if !e.HasFacet("datastore") && e.Kind != "host" {
			continue
		}
		d.sensitive(e)
		d.criticality(e)
		d.rpo(e)
	}
}

func organization(s *evidence.Snapshot) {
	for _, e := range s.Entities {
		if e.Kind == "organization" {
			return
		}
	}
	if len(s.Entities) == 0 {
		return
	}
	e := &evidence.Entity{
		UID: OrganizationUID, ID: OrganizationUID, Kind: "organization", Plane: s.Entities[0].Plane, Scope: OrganizationUID,
		Name: "the audited organisation",
	}
	kind.Fill(e, kind.Organization{})
	for path := range e.Unknown {
		e.Unknown[path] = evidence.Unknown{Reason: evidence.NotCollected, Detail: "no governance record was collected"}
	}
	s.Entities = append(s.Entities, e)
}

type deriver struct {
	byUID      map[string]*evidence.Entity
	dependents map[string][]*evidence.Entity // uid -> business processes that depend on it
	assets     map[string][]*evidence.Entity // uid -> assets that represent it
	bia        bool                          // the impact analysis was read
}

func newDeriver(s *evidence.Snapshot) *deriver {
	d := &deriver{byUID: map[string]*evidence.Entity{}, dependents: map[string][]*evidence.Entity{}, assets: map[string][]*evidence.Entity{}}
	for _, e := range s.Entities {
		d.byUID[e.UID] = e
	}
	for _, c := range s.Coverage {
		if (c.Kind == "business_process" || c.Kind == "*") && c.Status == evidence.Complete && sourceOf(s, c.Source) == "governance" {
			d.bia = true
		}
	}
	for _, r := range s.Relations {
		from := d.byUID[r.From]
		switch {
		case from == nil:
		case r.Type == "represents":
			d.assets[r.To] = append(d.assets[r.To], from)
		case r.Type == "depends_on" && from.Kind == "business_process":
			d.dependents[r.To] = append(d.dependents[r.To], from)
		}
	}
	for uid, assets := range d.assets { // a process depends on an asset, the asset represents the store
		for _, a := range assets {
			d.dependents[uid] = append(d.dependents[uid], d.dependents[a.UID]...)
		}
	}
	return d
}

func sourceOf(s *evidence.Snapshot, id string) string {
	for _, src := range s.Sources {
		if src.ID == id {
			return src.Collector
		}
	}
	return ""
}

var (
	sensitiveLevels     = []string{"confidential", "restricted"}
	sensitiveCategories = []string{"phi", "personal", "special_category"}
)

// sensitive sets derived.sensitive, derived.personal and derived.phi.
func (d *deriver) sensitive(e *evidence.Entity) {
	level, levelKnown := d.label(e, "data.classification")
	cats, catsKnown := d.categories(e)
	hasSensitive := slices.ContainsFunc(cats, func(c string) bool { return slices.Contains(sensitiveCategories, c) })
	switch {
	case slices.Contains(sensitiveLevels, level) || hasSensitive:
		set(e, "derived.sensitive", true)
	case !levelKnown || !catsKnown:
		missing(e, "derived.sensitive", "data.classification", "data.categories")
	case level == "" && len(cats) == 0:
		set(e, "derived.sensitive", true) // unlabelled after its labels were read: sensitive until shown otherwise
	default:
		set(e, "derived.sensitive", false)
	}
	if e.Kind == "host" {
		return
	}
	d.category(e, cats, catsKnown, "derived.personal", sensitiveCategories)
	d.category(e, cats, catsKnown, "derived.phi", []string{"phi"})
}

// category sets whether the store holds data of one of the categories. A store without any category label is not known to
// hold none.
func (d *deriver) category(e *evidence.Entity, cats []string, read bool, path string, of []string) {
	switch {
	case slices.ContainsFunc(cats, func(c string) bool { return slices.Contains(of, c) }):
		set(e, path, true)
	case read && len(cats) > 0:
		set(e, path, false)
	default:
		missing(e, path, "data.categories")
	}
}

// label reads a string label of the entity, else of an asset that represents it; "" where it is known to have none.
func (d *deriver) label(e *evidence.Entity, path string) (string, bool) {
	v, known := e.Attrs[path]
	if s, ok := v.(string); ok {
		return s, true
	}
	for _, a := range d.assets[e.UID] {
		if s, ok := a.Attrs[assetPath(path)].(string); ok {
			return s, true
		}
	}
	return "", known
}

func assetPath(path string) string {
	if path == "data.classification" {
		return "classification"
	}
	return path
}

func (d *deriver) categories(e *evidence.Entity) ([]string, bool) {
	v, known := e.Attrs["data.categories"]
	list, _ := v.([]any)
	var out []string
	for _, c := range list {
		if s, ok := c.(string); ok {
			out = append(out, s)
		}
	}
	for _, a := range d.assets[e.UID] {
		if a.Attrs["holds_phi"] == true {
			out = append(out, "phi")
		}
	}
	return out, known || len(out) > 0
}

var levels = map[string]int{"low": 1, "medium": 2, "high": 3, "critical": 4}

// criticality is the entity's own label, else the highest of the processes that depend on it, else its asset's.
func (d *deriver) criticality(e *evidence.Entity) {
	const path = "derived.criticality"
	if own, ok := e.Attrs["criticality"].(string); ok {
		set(e, path, own)
		return
	}
	if c := highest(d.dependents[e.UID]); c != "" {
		set(e, path, c)
		return
	}
	if c := highest(d.assets[e.UID]); c != "" {
		set(e, path, c)
		return
	}
	if _, known := e.Attrs["criticality"]; known {
		set(e, path, nil)
		return
	}
	missing(e, path, "criticality")
}

func highest(entities []*evidence.Entity) string {
	best := ""
	for _, e := range entities {
		if c, ok := e.Attrs["criticality"].(string); ok && levels[c] > levels[best] {
			best = c
		}
	}
	return best
}

// rpo is the smallest recovery point objective of the processes that depend on the entity; null where the impact analysis was
// read and states none, unknown where it was not read.
func (d *deriver) rpo(e *evidence.Entity) {
	const path = "derived.rpo_minutes"
	var found []int64
	for _, p := range d.dependents[e.UID] {
		if m, ok := p.Attrs["rpo_minutes"].(int64); ok {
			found = append(found, m)
		}
	}
	switch {
	case len(found) > 0:
		set(e, path, slices.Min(found))
	case d.bia:
		set(e, path, nil)
	default:
		unknown(e, path, evidence.Unknown{Reason: evidence.NotCollected, Detail: "no business impact analysis was collected"})
	}
}

func set(e *evidence.Entity, path string, v any) {
	e.Attrs[path] = v
	delete(e.Unknown, path)
}

// missing makes the path unknown for the reason of the first of the attributes that it is derived from.
func missing(e *evidence.Entity, path string, from ...string) {
	for _, f := range from {
		if u, ok := e.Unknown[f]; ok {
			unknown(e, path, u)
			return
		}
	}
	unknown(e, path, evidence.Unknown{Reason: evidence.NotCollected, Detail: "no label states it"})
}

func unknown(e *evidence.Entity, path string, u evidence.Unknown) {
	if e.Unknown == nil {
		e.Unknown = map[string]evidence.Unknown{}
	}
	delete(e.Attrs, path)
	e.Unknown[path] = u
}

// Sources are the attributes that each derived attribute is computed from, besides governance records, by its path.
func Sources() map[string][]string {
	labels := []string{"data.classification", "data.categories"}
	return map[string][]string{
		"derived.sensitive": labels, "derived.personal": labels, "derived.phi": labels, "derived.criticality": {"criticality"},
	}
}
