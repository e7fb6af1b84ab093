package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// collectorName is the collector's name in the kinds' lists.
const collectorName = "host"

// outcome is what remains of a host once its entities are handed on: what concerns the other hosts too.
type outcome struct {
	// self is the host itself where it has aliases, of which two hosts may claim the same; nil = it was handed on.
	self     *evidence.Entity
	problems []evidence.Problem
	waiting  *waiting
}

// waiting is what is held of a host where advisories about what all hosts have installed are yet to be read.
type waiting struct {
	id      facts.Identity
	at      time.Time
	answers facts.Answers
	covered map[string]facts.Cover
}

// handOn reads the answers of a host and hands on what they mean. Each host is a scope of its own, so that one that does not answer leaves
// what was read of the others decided.
func (r *run) handOn(sink collectors.Sink, host inventory.Host, got reading) (outcome, error) {
	id := facts.Identity{Name: host.Name, Group: host.Group, Source: r.req.Source, Labels: host.Labels}
	if got.failed != nil {
		return r.handOnFailure(sink, id, got.failed)
	}
	r.reading <- struct{}{}
	defer func() { <-r.reading }()
	now, later := parted(r.areas)
	h := facts.Read(now, id, got.at, got.answers)
	out := outcome{problems: h.Problems}
	entities := h.Entities
	if self := h.Entity(); len(self.Aliases) > 0 {
		out.self = cleaned(self)
	} else {
		entities = append(entities, self)
	}
	said := r.coverage(h)
	if len(later) > 0 {
		id.Name = h.Name
		out.waiting, said = &waiting{id, got.at, got.answers.Only(later), h.Covered}, nil
	}
	if journal := r.journal(); journal != nil && got.answers.Lost == "" { // else it is asked again by a run that resumes
		note, err := out.note(said)
		if err != nil {
			return out, err
		}
		err = journal.Commit(r.unit(host), note, cleanedAll(entities), cleanedRelations(h.Relations))
		return out, errors.Join(err, emitCoverage(sink, said))
	}
	return out, errors.Join(emitAll(sink, entities, h.Relations), emitCoverage(sink, said))
}

// parted are the areas that can be read when a host has answered, and those that wait for all hosts.
func parted(areas []facts.Area) (now, later []facts.Area) {
	for _, a := range areas {
		if a.Waits {
			later = append(later, a)
		} else {
			now = append(now, a)
		}
	}
	return now, later
}

// handOnFailure hands on a host of which nothing is known.
func (r *run) handOnFailure(sink collectors.Sink, id facts.Identity, failed *failure) (outcome, error) {
	id.Name = cmp.Or(id.Name, "localhost")
	e := cleaned(facts.Unreached(id, r.env.Clock(), failed.why))
	status := evidence.Partial
	if failed.why.Reason == evidence.AccessDenied {
		status = evidence.Denied
	}
	return outcome{problems: []evidence.Problem{failed.problem}}, errors.Join(sink.Entity(e), sink.Coverage(evidence.Coverage{
		Kind: "*", Scope: e.Scope, Source: r.req.Source, Status: status, Detail: script.Line(failed.why.Detail, maxText),
	}))
}

// finish hands on what had to wait for all hosts, in the order of the inventory.
func (r *run) finish(ctx context.Context, sink collectors.Sink, started time.Time, hosts []inventory.Host, outcomes []outcome) error {
	if err := r.readWaiting(ctx, sink, outcomes); err != nil {
		return err
	}
	source := evidence.Source{ID: r.req.Source, Collector: collectorName, Version: r.env.Version, Target: r.req.Target.Ref, StartedAt: started}
	for _, note := range r.notes {
		source.Problems = append(source.Problems, evidence.Problem{Severity: "warning", Code: "host_config", Summary: note})
	}
	claimed := map[string]string{} // alias to the host that has it
	groups := map[string]bool{}
	for i := range outcomes {
		groups[hosts[i].Group] = true
		o := &outcomes[i]
		source.Problems = append(source.Problems, o.problems...)
		if o.self == nil {
			continue
		}
		source.Problems = append(source.Problems, dropClaimed(o.self, claimed)...)
		if err := sink.Entity(o.self); err != nil {
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
	source.EndedAt = r.env.Clock()
	return sink.Source(source)
}

// dropClaimed takes from a host the aliases that another one has, and says so.
func dropClaimed(self *evidence.Entity, claimed map[string]string) []evidence.Problem {
	var problems []evidence.Problem
	self.Aliases = slices.DeleteFunc(self.Aliases, func(alias string) bool {
		other, taken := claimed[alias]
		if taken {
			problems = append(problems, evidence.Problem{
				Severity: "warning", Code: "host_alias", Summary: fmt.Sprintf("%s says that it is %s, and so does %s", self.Name, alias, other),
				Detail: "Only the first is joined with it. Look at how the hosts were made, or whether one of them lies.", Locator: evidence.Locator{Host: self.Name},
			})
		}
		claimed[alias] = self.Name
		return taken
	})
	return problems
}

// readWaiting reads the advisories about what the hosts have installed, and then the answers that rest on them.
func (r *run) readWaiting(ctx context.Context, sink collectors.Sink, outcomes []outcome) error {
	if r.database == nil {
		return nil
	}
	wanted := map[advisory.Package]struct{}{}
	for _, o := range outcomes {
		if o.waiting != nil {
			facts.Installed(o.waiting.answers, wanted)
		}
	}
	r.env.Progress.Stage("reading advisories", 0)
	var err error
	if r.reads.Advisories, err = r.database.Find(ctx, wanted); err != nil {
		return err
	}
	r.areas = r.needed()
	_, later := parted(r.areas)
	for i := range outcomes {
		o := &outcomes[i]
		if o.waiting == nil {
			continue
		}
		h := facts.Read(later, o.waiting.id, o.waiting.at, o.waiting.answers)
		o.problems = append(o.problems, h.Problems...)
		maps.Copy(h.Covered, o.waiting.covered)
		o.waiting = nil
		if err := errors.Join(emitAll(sink, h.Entities, h.Relations), emitCoverage(sink, r.coverage(h))); err != nil {
			return err
		}
	}
	return nil
}

// journal is where hosts go one by one, to be there when an interrupted collection goes on; nil where there is none. Advisories are held
// against the packages of all hosts together, so with them nothing is resumed.
func (r *run) journal() collectors.Journal {
	if r.database != nil {
		return nil
	}
	return r.req.Journal
}

// unit is the name of a host in the journal. A host of which a restore was tested is not the same as without.
func (r *run) unit(h inventory.Host) string {
	return strings.Join(append([]string{r.req.Source, h.Group, h.Name}, r.options.RestoreTest...), " ")
}

// journalNote is what the journal keeps of a host besides its entities.
type journalNote struct {
	Self     *evidence.Entity    `json:"self,omitempty"`
	Problems []evidence.Problem  `json:"problems,omitempty"`
	Coverage []evidence.Coverage `json:"coverage"`
}

func (o outcome) note(said []evidence.Coverage) ([]byte, error) {
	return json.Marshal(journalNote{o.self, o.problems, said})
}

// resumed is the outcome of a host that an earlier run read.
func resumed(sink collectors.Sink, kept []byte) (outcome, error) {
	var note struct {
		journalNote

		Self json.RawMessage `json:"self"`
	}
	if err := json.Unmarshal(kept, &note); err != nil {
		return outcome{}, err
	}
	out := outcome{problems: note.Problems}
	if note.Self != nil {
		var err error
		if out.self, err = evidence.DecodeEntity(note.Self); err != nil {
			return out, err
		}
	}
	return out, emitCoverage(sink, note.Coverage)
}

func emitAll(sink collectors.Sink, entities []*evidence.Entity, relations []evidence.Relation) error {
	for _, e := range cleanedAll(entities) {
		if err := sink.Entity(e); err != nil {
			return err
		}
	}
	for _, rel := range cleanedRelations(relations) {
		if err := sink.Relation(rel); err != nil {
			return err
		}
	}
	return nil
}

func emitCoverage(sink collectors.Sink, said []evidence.Coverage) error {
	for _, c := range said {
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

func cleanedAll(entities []*evidence.Entity) []*evidence.Entity {
	for _, e := range entities {
		cleaned(e)
	}
	return entities
}

func cleanedRelations(relations []evidence.Relation) []evidence.Relation {
	for i := range relations {
		rel := &relations[i]
		rel.From, rel.To = fit(rel.From), fit(rel.To)
	}
	return relations
}

// maxText is the longest text that is kept of a host, in bytes.
const maxText = 2000

// cleaned makes every text of an entity safe once more: JSON that a host prints can hide control characters from the first cleaning.
func cleaned(e *evidence.Entity) *evidence.Entity {
	e.UID, e.ID, e.Name = fit(e.UID), fit(e.ID), fit(e.Name)
	for i := range e.Aliases {
		e.Aliases[i] = fit(e.Aliases[i])
	}
	for path, v := range e.Attrs {
		e.Attrs[path] = cleanedValue(v)
	}
	for path, u := range e.Unknown {
		u.Detail = fit(u.Detail)
		e.Unknown[path] = u
	}
	return e
}

// fit is a text as it may be kept and shown. It is a copy: a part of an answer would hold the whole of it in memory.
func fit(text string) string { return strings.Clone(script.Line(text, maxText)) }

func cleanedValue(v any) any {
	switch v := v.(type) {
	case string:
		return fit(v)
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
