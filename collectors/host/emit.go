package host

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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
	groups := map[string]bool{}
	for i := range readings {
		groups[hosts[i].Group] = true
		if err := r.emitHost(sink, &hosts[i], &readings[i], claimed, &source); err != nil {
			return err
		}
	}
	source.Scope = collectorName
	if len(groups) == 1 {
		source.Scope += ":" + hosts[0].Group
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

// emitHost hands on one host. Each is a scope of its own, so that one that does not answer leaves what was read of the others decided.
func (r *run) emitHost(sink collectors.Sink, host *inventory.Host, got *reading, claimed map[string]string, source *evidence.Source) error {
	if got.failed != nil {
		source.Problems = append(source.Problems, got.failed.problem)
		id := facts.Identity{Name: cmp.Or(host.Name, "localhost"), Group: host.Group, Source: r.req.Source, Labels: host.Labels}
		e := cleaned(facts.Unreached(id, r.env.Clock(), got.failed.why))
		status := evidence.Partial
		if got.failed.why.Reason == evidence.AccessDenied {
			status = evidence.Denied
		}
		return errors.Join(sink.Entity(e), sink.Coverage(evidence.Coverage{
			Kind: "*", Scope: e.Scope, Source: r.req.Source, Status: status, Detail: script.Line(got.failed.why.Detail, maxText),
		}))
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
	for _, c := range r.coverage(h) {
		if err := sink.Coverage(c); err != nil {
			return err
		}
	}
	return nil
}

// coverage says of each kind that the chosen checks read how completely it was read on a host. A kind that the collector could yield and no
// area reads is skipped.
func (r *run) coverage(h *facts.Host) []evidence.Coverage {
	scope, source := script.Line(h.Scope, maxText), r.req.Source
	out := []evidence.Coverage{{Kind: "*", Scope: scope, Source: source, Status: evidence.Complete}}
	for _, k := range kind.All() {
		if !r.req.Needs.Any(k.Name) {
			continue
		}
		if k.Name == "host" || k.Name == "threat_feed" || k.Name == "advisory" || !slices.Contains(k.Collectors, collectorName) {
			continue
		}
		c := evidence.Coverage{Kind: k.Name, Scope: scope, Source: source, Status: evidence.Skipped, Detail: "no area of the host collector reads it"}
		if said, ok := h.Covered[k.Name]; ok {
			c.Status, c.Detail = said.Status, script.Line(said.Detail, maxText)
		}
		out = append(out, c)
	}
	return out
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
