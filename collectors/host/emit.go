package host

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// collectorName is the collector's name in the kinds' lists.
const collectorName = "host"

// emit hands on what was read, in the order of the inventory.
func (r *run) emit(sink collectors.Sink, started time.Time, hosts []inventory.Host, readings []reading) error {
	source := evidence.Source{
		ID: r.req.Source, Collector: collectorName, Version: r.env.Version, Target: r.req.Target.Ref, StartedAt: started, EndedAt: r.env.Clock(),
	}
	for _, note := range r.notes {
		source.Problems = append(source.Problems, evidence.Problem{Severity: "warning", Code: "host_config", Summary: note})
	}
	claimed := map[string]string{} // alias to the host that has it
	covered := map[string]*scope{}
	for i := range readings {
		host := &hosts[i]
		s := covered["host:"+host.Group]
		if s == nil {
			s = &scope{kinds: map[string][]statement{}}
			covered["host:"+host.Group] = s
		}
		if err := r.emitHost(sink, host, &readings[i], s, claimed, &source); err != nil {
			return err
		}
	}
	scopes := slices.Sorted(maps.Keys(covered))
	if len(scopes) == 1 {
		source.Scope = scopes[0]
	} else {
		source.Scope = "host:*"
	}
	for _, name := range scopes {
		for _, c := range covered[name].coverage(name, r.req.Source) {
			if err := sink.Coverage(c); err != nil {
				return err
			}
		}
	}
	if err := r.emitCatalogue(sink); err != nil {
		return err
	}
	for i := range source.Problems {
		p := &source.Problems[i]
		p.Summary, p.Detail = script.Line(p.Summary, maxText), script.Line(p.Detail, maxText)
	}
	return sink.Source(source)
}

// emitHost hands on one host.
func (r *run) emitHost(
	sink collectors.Sink, host *inventory.Host, got *reading, s *scope, claimed map[string]string, source *evidence.Source,
) error {
	s.hosts++
	if got.failed != nil {
		name := cmp.Or(host.Name, "localhost")
		s.missed = append(s.missed, name)
		s.why = append(s.why, name+": "+got.failed.why.Detail)
		s.denied = s.denied && got.failed.why.Reason == evidence.AccessDenied || len(s.missed) == 1 && got.failed.why.Reason == evidence.AccessDenied
		source.Problems = append(source.Problems, got.failed.problem)
		id := facts.Identity{Name: name, Group: host.Group, Source: r.req.Source, Labels: host.Labels}
		return sink.Entity(cleaned(facts.Unreached(id, r.env.Clock(), got.failed.why)))
	}
	h := got.host
	source.Problems = append(source.Problems, h.Problems...)
	h.Aliases = slices.DeleteFunc(h.Aliases, func(alias string) bool {
		other, taken := claimed[alias]
		if taken {
			source.Problems = append(source.Problems, evidence.Problem{
				Severity: "warning", Code: "host_alias", Summary: fmt.Sprintf("%s says that it is %s, and so does %s", h.Name, alias, other),
				Detail: "Only the first is joined with it. Look at how the hosts were made, or whether one of them lies.", Locator: evidence.Locator{Host: h.Name},
			})
		}
		claimed[alias] = h.Name
		return taken
	})
	for _, e := range append([]*evidence.Entity{h.Entity()}, h.Entities...) {
		if err := sink.Entity(cleaned(e)); err != nil {
			return err
		}
	}
	for _, rel := range h.Relations {
		rel.From, rel.To = script.Line(rel.From, maxText), script.Line(rel.To, maxText)
		if err := sink.Relation(rel); err != nil {
			return err
		}
	}
	for name, c := range h.Covered {
		s.kinds[name] = append(s.kinds[name], statement{h.Name, c})
	}
	return nil
}

// scope gathers what was said of the hosts of one group.
type scope struct {
	hosts  int
	missed []string // names of the hosts that were not read
	why    []string // why, by host
	denied bool     // all of the missed refused the login
	kinds  map[string][]statement
}

// statement is what one host says of a kind.
type statement struct {
	host  string
	cover facts.Cover
}

// coverage folds what the hosts said into one statement per kind. A kind that the collector could yield and no area reads is skipped.
func (s *scope) coverage(name, source string) []evidence.Coverage {
	whole := evidence.Coverage{Kind: "*", Scope: name, Source: source, Status: evidence.Complete}
	if len(s.missed) > 0 {
		whole.Status = evidence.Partial
		if s.denied && len(s.missed) == s.hosts {
			whole.Status = evidence.Denied
		}
		whole.Detail = fmt.Sprintf("%d of %d hosts not read: %s", len(s.missed), s.hosts, script.Line(strings.Join(s.why, "; "), maxText))
		whole.Items = sorted(s.missed)
	}
	out := []evidence.Coverage{whole}
	for _, k := range kind.All() {
		if k.Name == "host" || k.Name == "threat_feed" || k.Name == "advisory" || !slices.Contains(k.Collectors, collectorName) {
			continue
		}
		out = append(out, s.kind(k.Name, name, source))
	}
	return out
}

// kind folds what the hosts said of one kind. The worst of them is the scope's.
func (s *scope) kind(kindName, name, source string) evidence.Coverage {
	c := evidence.Coverage{Kind: kindName, Scope: name, Source: source, Status: evidence.Complete}
	if len(s.kinds[kindName]) == 0 {
		c.Status, c.Detail = evidence.Skipped, "the host collector does not read "+kindName
		if len(s.missed) == s.hosts {
			c.Detail = "no host was read"
		}
		return c
	}
	order := []evidence.CoverageStatus{evidence.Complete, evidence.Partial, evidence.Cut, evidence.Denied, evidence.Skipped}
	details := map[string][]string{}
	for _, st := range s.kinds[kindName] {
		if st.cover.Status == evidence.Complete {
			continue
		}
		if slices.Index(order, st.cover.Status) > slices.Index(order, c.Status) {
			c.Status = st.cover.Status
		}
		details[st.cover.Detail] = append(details[st.cover.Detail], st.host)
		c.Items = append(c.Items, st.host)
	}
	var parts []string
	for _, d := range slices.Sorted(maps.Keys(details)) {
		part := d
		if n := len(details[d]); n > 1 || s.hosts > 1 {
			part = fmt.Sprintf("%s (%d of %d hosts)", d, n, s.hosts)
		}
		parts = append(parts, part)
	}
	c.Detail = script.Line(strings.Join(parts, "; "), maxText)
	c.Items = sorted(c.Items)
	return c
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// maxText is the longest text that is kept of a host, in bytes.
const maxText = 2000

// cleaned makes every text of an entity safe once more: JSON that a host prints can hide control characters from the first cleaning.
func cleaned(e *evidence.Entity) *evidence.Entity {
	e.UID, e.ID, e.Name = script.Line(e.UID, maxText), script.Line(e.ID, maxText), script.Line(e.Name, maxText)
	for i := range e.Aliases {
		e.Aliases[i] = script.Line(e.Aliases[i], maxText)
	}
	for path, v := range e.Attrs {
		e.Attrs[path] = cleanedValue(v)
	}
	for path, u := range e.Unknown {
		u.Detail = script.Line(u.Detail, maxText)
		e.Unknown[path] = u
	}
	return e
}

func cleanedValue(v any) any {
	switch v := v.(type) {
	case string:
		return script.Line(v, maxText)
	case []any:
		for i := range v {
			v[i] = cleanedValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = cleanedValue(v[k])
		}
	}
	return v
}
