package evidence

import (
	"cmp"
	"maps"
	"slices"
)

// Merge joins entities that share a UID or an alias into one logical entity each, so that a bucket from code and the same bucket
// from the cloud are judged once. The strongest plane names the merged entity. A known value of a stronger plane wins over a
// weaker plane's; a value that one plane does not know is taken from the next; of two classifications the more sensitive one
// stands. Each plane's own view is kept under Planes. Relations follow their entities.
func (s *Snapshot) Merge() {
	groups := s.groups()
	if groups == nil {
		return
	}
	renamed := make(map[string]string)
	var out []*Entity
	for _, g := range groups {
		merged := g[0]
		if len(g) > 1 {
			merged = mergeGroup(g)
			for _, e := range g {
				renamed[e.UID] = merged.UID
			}
		}
		out = append(out, merged)
	}
	s.Entities = out
	s.rewire(renamed)
}

// groups returns the entities by identity, in order of first appearance; nil where no two share one.
func (s *Snapshot) groups() [][]*Entity {
	parent := make([]int, len(s.Entities))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	owner := make(map[string]int, len(s.Entities))
	joined := false
	for i, e := range s.Entities {
		for _, name := range append([]string{e.UID}, e.Aliases...) {
			j, seen := owner[name]
			if !seen {
				owner[name] = i
				continue
			}
			if a, b := find(i), find(j); a != b && s.Entities[a].Kind == s.Entities[b].Kind {
				parent[max(a, b)] = min(a, b)
				joined = true
			}
		}
	}
	if !joined {
		return nil
	}
	index := make(map[int]int)
	var out [][]*Entity
	for i, e := range s.Entities {
		root := find(i)
		at, ok := index[root]
		if !ok {
			at = len(out)
			index[root] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], e)
	}
	return out
}

// planned is 1 for an entity from a plan, which knows more of the same resource than its code does, else 0.
func (e *Entity) planned() int {
	if len(e.Prov) > 0 && e.Prov[0].Method == "terraform:plan" {
		return 1
	}
	return 0
}

// stronger orders entities that are one: the first names them.
func stronger(a, b *Entity) int {
	return cmp.Or(cmp.Compare(b.Plane.Rank(), a.Plane.Rank()), cmp.Compare(a.UID, b.UID), cmp.Compare(b.planned(), a.planned()))
}

func mergeGroup(group []*Entity) *Entity {
	slices.SortStableFunc(group, stronger)
	first := group[0]
	m := &Entity{
		UID: first.UID, ID: first.ID, Kind: first.Kind, Plane: first.Plane, Scope: first.Scope, Name: first.Name,
		Attrs: map[string]any{}, Unknown: map[string]Unknown{}, AttrProv: map[string]int{}, Planes: map[Plane]PlaneView{},
	}
	na := map[string]int{}
	for _, e := range group {
		m.Facets = append(m.Facets, e.Facets...)
		m.Aliases = append(append(m.Aliases, e.Aliases...), e.UID)
		m.Former = append(m.Former, e.Former...)
		base := len(m.Prov)
		m.Prov = append(m.Prov, e.Prov...)
		m.take(e, base)
		for _, p := range e.NA {
			na[p]++
		}
		if _, ok := m.Planes[e.Plane]; !ok {
			m.Planes[e.Plane] = PlaneView{Attrs: e.Attrs, Unknown: e.Unknown, Prov: e.Prov, AttrProv: e.AttrProv}
		}
	}
	for path := range m.Attrs {
		delete(m.Unknown, path)
	}
	for path := range na {
		_, known := m.Attrs[path]
		_, unknown := m.Unknown[path]
		if !known && !unknown {
			m.NA = append(m.NA, path)
		}
	}
	slices.Sort(m.NA)
	m.Facets = unique(m.Facets)
	m.Aliases = slices.DeleteFunc(unique(m.Aliases), func(a string) bool { return a == m.UID })
	return m
}

// take adds what an entity of an equal or weaker plane says. base is where its provenance begins in the merged list.
func (m *Entity) take(e *Entity, base int) {
	for path, v := range e.Attrs {
		old, known := m.Attrs[path]
		if known && (path != classification || rankOf(v) <= rankOf(old)) {
			continue
		}
		m.Attrs[path] = v
		if at := base + e.AttrProv[path]; at > 0 && len(e.Prov) > 0 {
			m.AttrProv[path] = at
		}
		for sub, i := range e.AttrProv { // places inside a list belong to the list's value
			if len(sub) > len(path) && sub[:len(path)] == path && (sub[len(path)] == '[' || sub[len(path)] == '.') {
				m.AttrProv[sub] = base + i
			}
		}
	}
	for path, u := range e.Unknown {
		if _, said := m.Unknown[path]; !said {
			m.Unknown[path] = u
		}
	}
}

const classification = "data.classification"

func rankOf(v any) int {
	return slices.Index([]any{"public", "internal", "confidential", "restricted"}, v)
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// rewire lets relations and references follow merged entities.
func (s *Snapshot) rewire(renamed map[string]string) {
	if len(renamed) == 0 {
		return
	}
	for i := range s.Relations {
		r := &s.Relations[i]
		r.From, r.To = cmp.Or(renamed[r.From], r.From), cmp.Or(renamed[r.To], r.To)
	}
	for _, e := range s.Entities {
		rewireEntity(e, renamed)
	}
}

func rewireEntity(e *Entity, renamed map[string]string) {
	rewireAttrs(e.Attrs, renamed)
	for _, view := range e.Planes { // so that planes which name the same entity say the same
		rewireAttrs(view.Attrs, renamed)
	}
}

func rewireAttrs(attrs map[string]any, renamed map[string]string) {
	for _, path := range slices.Sorted(maps.Keys(attrs)) {
		attrs[path] = follow(attrs[path], renamed)
	}
}

func follow(v any, renamed map[string]string) any {
	switch v := v.(type) {
	case string:
		return cmp.Or(renamed[v], v)
	case []any:
		for i := range v {
			v[i] = follow(v[i], renamed)
		}
	case map[string]any:
		for k := range v {
			v[k] = follow(v[k], renamed)
		}
	}
	return v
}
