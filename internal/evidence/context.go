package evidence

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Context is a stored snapshot that a run takes as context: evidence that it does not collect again.
type Context struct {
	Snapshot *Snapshot
	// ID is the id of the target among those of the run; the sources of the snapshot are called ID.s1, ID.s2, ...
	ID string
	// Ref is the target's reference as the user gave it.
	Ref string
	// Leave tells sources whose evidence the run has of its own, whatever their scope; nil leaves none.
	Leave func(Source) bool
	// Yield lets an entity that the run has collected stand as it is, where the snapshot knows it too: a pull request is judged by
	// what its code will do, not by what is there now. Otherwise the two are merged as any others.
	Yield bool
}

// AddContext adds a stored snapshot after everything that the run itself has collected, and before [Snapshot.Merge]. What the run has read
// itself is taken from the run alone: sources whose scope is one of the run's, or a part of one, are left out with all that rests on
// them. The other sources say how old their evidence is. AsOf stays that of the run, so policies see the age too.
func (s *Snapshot) AddContext(c Context) {
	left := map[string]bool{}
	var own []string
	for i := range s.Sources {
		own = append(own, s.Sources[i].Scope)
	}
	rename := func(id string) string { return c.ID + "." + id }
	for _, src := range c.Snapshot.Sources {
		if slices.ContainsFunc(own, func(scope string) bool { return Within(src.Scope, scope) }) || c.Leave != nil && c.Leave(src) {
			left[src.ID] = true
			continue
		}
		src.ID = rename(src.ID)
		src.Problems = append([]Problem{{
			Severity: "warning", Code: "stored_evidence", Summary: "Not collected in this run; the evidence is " + age(s.AsOf.Sub(c.Snapshot.AsOf)),
			Detail: fmt.Sprintf("It was collected on %s and is read from %s. What has changed since is not seen.",
				c.Snapshot.AsOf.UTC().Format("2006-01-02 15:04 UTC"), c.Ref),
		}}, src.Problems...)
		s.Sources = append(s.Sources, src)
	}
	for _, cov := range c.Snapshot.Coverage {
		if !left[cov.Source] {
			cov.Source = rename(cov.Source)
			s.Coverage = append(s.Coverage, cov)
		}
	}
	s.addStored(c, left, rename)
}

// addStored adds entities, relations and files.
func (s *Snapshot) addStored(c Context, left map[string]bool, rename func(string) string) {
	fresh := map[[2]string]string{} // kind and name to the uid of an entity of the run
	for _, e := range s.Entities {
		for _, name := range append([]string{e.UID}, e.Aliases...) {
			fresh[[2]string{e.Kind, name}] = e.UID
		}
	}
	renamed, gone := map[string]string{}, map[string]bool{}
	for _, whole := range c.Snapshot.Entities {
		pieces := 0
		for _, e := range whole.split() {
			if len(e.Prov) > 0 && left[e.Prov[0].Source] {
				continue
			}
			if uid := e.among(fresh); uid != "" && c.Yield {
				renamed[e.UID] = uid
				continue
			}
			for i := range e.Prov {
				e.Prov[i].Source = rename(e.Prov[i].Source)
			}
			s.Entities = append(s.Entities, e)
			pieces++
		}
		if _, stays := renamed[whole.UID]; pieces == 0 && !stays {
			gone[whole.UID] = true
		}
	}
	for _, r := range c.Snapshot.Relations {
		if !gone[r.From] {
			s.Relations = append(s.Relations, r)
		}
	}
	s.rewire(renamed)
	has := map[string]bool{}
	for _, f := range s.Files {
		has[f.Path] = true
	}
	for _, f := range c.Snapshot.Files {
		if !has[f.Path] {
			s.Files = append(s.Files, f)
		}
	}
}

// among returns the uid that the entity has among those of the map, by kind and name; "" where it is not there.
func (e *Entity) among(known map[[2]string]string) string {
	for _, name := range append([]string{e.UID}, e.Aliases...) {
		if uid := known[[2]string{e.Kind, name}]; uid != "" {
			return uid
		}
	}
	return ""
}

// split undoes a merge: one entity for each plane that knows it, the strongest first. What cannot apply to the entity is said by the
// strongest of them.
func (e *Entity) split() []*Entity {
	if len(e.Planes) == 0 {
		return []*Entity{e}
	}
	planes := slices.SortedFunc(maps.Keys(e.Planes), func(a, b Plane) int { return b.Rank() - a.Rank() })
	out := make([]*Entity, 0, len(planes))
	for i, p := range planes {
		view := e.Planes[p]
		piece := &Entity{
			UID: e.UID, ID: e.ID, Kind: e.Kind, Facets: e.Facets, Plane: p, Scope: e.Scope, Name: e.Name, Aliases: e.Aliases, Former: e.Former,
			Attrs: view.Attrs, Unknown: view.Unknown, Prov: slices.Clone(view.Prov), AttrProv: view.AttrProv,
		}
		if i == 0 {
			piece.NA = e.NA
		}
		out = append(out, piece)
	}
	return out
}

// Within reports whether a scope is the other one or a part of it: a directory below, a region of an account. "tf:." holds every
// Terraform directory below the working directory.
func Within(scope, whole string) bool {
	rest, below := strings.CutPrefix(scope, whole)
	if below && (rest == "" || rest[0] == '/' || rest[0] == ':') {
		return true
	}
	dir, terraform := strings.CutPrefix(scope, "tf:")
	return whole == "tf:." && terraform && !strings.HasPrefix(dir, "/") && dir != ".." && !strings.HasPrefix(dir, "../")
}

// age says how old evidence is, in the unit that a reader thinks in.
func age(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 0:
		return "dated later than this run: one of the two clocks is wrong"
	case d < time.Hour:
		return "less than an hour old"
	case d < 2*day:
		return fmt.Sprintf("%d hours old", d/time.Hour)
	}
	return fmt.Sprintf("%d days old", d/day)
}
