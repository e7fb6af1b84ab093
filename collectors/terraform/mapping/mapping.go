// Package mapping is the ground on which resource types are mapped to kinds.
//
// A [Service] declares, in one file of a provider's folder (collectors/terraform/aws), which resource types it knows
// and how each becomes entities. A [Type] either maps to entities of its own, or is a part of another resource's entity
// (a split S3 resource, a security-group rule), which finds it through [Context.Parts]. Mapping functions read a resource
// through a [View], whose readers keep "absent", "unknown" and "known" apart and carry the file and line of every value
// into provenance:
//
//	Encrypted: v.Bool("storage_encrypted").Or(false),
//
// reads: the argument where it is set, unknown with its reason where it cannot be known, and the provider's default where
// it is absent. Nothing else may supply a default.
package mapping

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/label"
)

// Service is the mapping of one service's resource types.
type Service struct {
	Name  string // the service, such as "s3"
	Types []Type
	// Finish is called once after all instances of all services are mapped, for what needs all entities: relations between
	// the entities of several services, and entities that stand for no single resource. Nil where there is none.
	Finish func(c *Context)
}

// Type is the mapping of one resource type.
type Type struct {
	// Name is the Terraform resource type, such as "aws_s3_bucket".
	Name string
	// Data is true for a data source.
	Data bool
	// Kinds are the kinds that it yields or contributes to; coverage of a kind depends on it.
	Kinds []string
	// PartOf names the resource types whose entities read this one through Context.Parts; empty where Map yields its own.
	PartOf []string
	// Map turns an instance into entities; nil for a mere part.
	Map func(c *Context, v View)
	// Note says why a type is deliberately not mapped (it carries no evidence); Map is nil and PartOf empty then.
	Note string
}

// Context is one run of the mapping over one root module (or plan).
type Context struct {
	Scope  string // tf:<root module>
	Source string // id of the source
	Labels label.Keys

	instances []*resource.Instance
	byType    map[string][]*resource.Instance
	byAddress map[string]*resource.Instance
	byRes     map[string][]*resource.Instance
	parts     map[partKey]*partIndex

	entities  []*evidence.Entity
	relations []evidence.Relation
	coverage  []evidence.Coverage

	memos map[string]any
}

// NewContext indexes the instances, which must be sorted by address.
func NewContext(scope, source string, labels label.Keys, instances []*resource.Instance) *Context {
	c := &Context{
		Scope: scope, Source: source, Labels: labels, instances: instances,
		byType:    make(map[string][]*resource.Instance),
		byAddress: make(map[string]*resource.Instance, len(instances)),
		byRes:     make(map[string][]*resource.Instance),
		parts:     make(map[partKey]*partIndex),
		memos:     make(map[string]any),
	}
	for _, r := range instances {
		key := r.Type
		if r.Mode == resource.Data {
			key = "data." + r.Type
		}
		c.byType[key] = append(c.byType[key], r)
		c.byAddress[r.Address] = r
		c.byRes[r.Resource] = append(c.byRes[r.Resource], r)
	}
	return c
}

// All returns the instances of the resource type ("data.<type>" for a data source), by address.
func (c *Context) All(typ string) []View {
	out := make([]View, 0, len(c.byType[typ]))
	for _, r := range c.byType[typ] {
		out = append(out, c.View(r))
	}
	return out
}

// Managed returns every instance of a managed resource, by address: for an index that does not go by type.
func (c *Context) Managed() []View {
	out := make([]View, 0, len(c.instances))
	for _, r := range c.instances {
		if r.Mode == resource.Managed {
			out = append(out, c.View(r))
		}
	}
	return out
}

// View returns the reader of the instance's body.
func (c *Context) View(r *resource.Instance) View { return View{Instance: r, Body: r.Body, ctx: c} }

// UID returns the entity UID of an address in this run. Suffix tells entities of one resource apart; usually empty.
func (c *Context) UID(address string, suffix ...string) string {
	return strings.Join(append([]string{c.Scope, address}, suffix...), ":")
}

// AccountUID is the UID of the account into which the root module is applied.
func (c *Context) AccountUID() string { return c.UID("account") }

// Emit adds an entity of the given kind for the view's instance, filled from the parts (kind and facet structs), and
// returns it. The suffix tells several entities of one resource apart: it is added to UID and ID after a "#".
func (c *Context) Emit(v View, kindName, name, suffix string, parts ...any) *evidence.Entity {
	e := &evidence.Entity{
		UID: c.UID(v.Instance.Address), ID: v.Instance.Address, Kind: kindName, Plane: evidence.Declared, Scope: c.Scope,
		Name: name, Facets: facetsOf(kindName), Prov: []evidence.Provenance{*v.Provenance()},
	}
	e.Former = slices.Clone(v.Instance.MovedFrom)
	if v.Instance.ARN != "" { // what the AWS collector calls it: the two are one
		e.Aliases = []string{v.Instance.ARN}
	}
	if suffix != "" {
		for i := range e.Aliases {
			e.Aliases[i] += "#" + suffix
		}
		e.UID += "#" + suffix
		e.ID += "#" + suffix
		for i := range e.Former {
			e.Former[i] += "#" + suffix
		}
	}
	kind.Fill(e, parts...)
	c.entities = append(c.entities, e)
	return e
}

// EmitEntity adds an entity that does not stand for one resource, such as the account.
func (c *Context) EmitEntity(e *evidence.Entity, parts ...any) *evidence.Entity {
	e.Facets = facetsOf(e.Kind)
	kind.Fill(e, parts...)
	c.entities = append(c.entities, e)
	return e
}

// Relate adds a complete relation between two UIDs.
func (c *Context) Relate(typ, from, to string) {
	c.relations = append(c.relations, evidence.Relation{Type: typ, From: from, To: to, Complete: true})
}

// RelateOpen says that further relations of the type may lead from the UID, for the reason.
func (c *Context) RelateOpen(typ, from string, u evidence.Unknown) {
	c.relations = append(c.relations, evidence.Relation{
		Type: typ, From: from, Attrs: map[string]string{"reason": string(u.Reason), "detail": u.Detail},
	})
}

// Cover adds a coverage statement about a kind beyond what the collector says by itself (which is: complete, or partial
// where a module is missing or a file was not read).
func (c *Context) Cover(kindName string, status evidence.CoverageStatus, detail string, items ...string) {
	slices.Sort(items)
	c.coverage = append(c.coverage, evidence.Coverage{
		Kind: kindName, Scope: c.Scope, Source: c.Source, Status: status, Detail: detail, Items: items,
	})
}

// Result returns what was emitted, sorted, with repeated relations removed.
func (c *Context) Result() ([]*evidence.Entity, []evidence.Relation, []evidence.Coverage) {
	slices.SortStableFunc(c.entities, func(a, b *evidence.Entity) int { return cmp.Compare(a.UID, b.UID) })
	slices.SortStableFunc(c.relations, func(a, b evidence.Relation) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	c.relations = slices.CompactFunc(c.relations, func(a, b evidence.Relation) bool {
		return a.Type == b.Type && a.From == b.From && a.To == b.To
	})
	c.plainIDs()
	return c.entities, c.relations, c.coverage
}

// plainIDs names an entity that a resource has besides its main one by the resource's address alone where that says enough: what a
// resource logs, or how it is backed up, is judged by checks that judge nothing else of it.
func (c *Context) plainIDs() {
	groups := make(map[string][]*evidence.Entity)
	for _, e := range c.entities {
		if e.Kind != "log_source" && e.Kind != "backup_plan" {
			continue
		}
		address := e.ID
		if i := strings.LastIndexByte(address, '#'); i > strings.LastIndexByte(address, ']') { // not a "#" inside an instance key
			address = address[:i]
		}
		groups[e.Kind+" "+address] = append(groups[e.Kind+" "+address], e)
	}
	for key, group := range groups {
		if len(group) == 1 {
			_, group[0].ID, _ = strings.Cut(key, " ")
		}
	}
}

var facets = func() map[string][]string {
	out := make(map[string][]string)
	for _, k := range kind.All() {
		out[k.Name] = k.Facets
	}
	return out
}()

func facetsOf(kindName string) []string { return facets[kindName] }
