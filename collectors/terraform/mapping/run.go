package mapping

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// Map maps every instance by the services' types, and then calls what each service has to say at the end. It is the whole run:
// Result has the outcome.
func (c *Context) Map(services []Service) {
	for _, s := range services {
		for _, t := range s.Types {
			if t.Map == nil {
				continue
			}
			name := t.Name
			if t.Data {
				name = "data." + name
			}
			for _, v := range c.All(name) {
				t.Map(c, v)
			}
		}
	}
	for _, s := range services {
		if s.Finish != nil {
			s.Finish(c)
		}
	}
}

// RelatePartly adds a relation that holds by all that is known, while what is not known could add to it or take it away.
func (c *Context) RelatePartly(typ, from, to string, u evidence.Unknown) {
	c.relations = append(c.relations, evidence.Relation{
		Type: typ, From: from, To: to, Attrs: map[string]string{"reason": string(u.Reason), "detail": u.Detail},
	})
}

// Instances returns every instance, managed and data, by address.
func (c *Context) Instances() []View {
	out := make([]View, 0, len(c.instances))
	for _, r := range c.instances {
		out = append(out, c.View(r))
	}
	return out
}

// Entities returns the entities that were emitted so far, in the order of their emission. It is meant for Service.Finish.
func (c *Context) Entities() []*evidence.Entity { return c.entities }

// ViewOf returns the resource for which an entity was emitted, and false for one that stands for no single resource.
func (c *Context) ViewOf(e *evidence.Entity) (View, bool) {
	if r := c.byAddress[e.ID]; r != nil {
		return c.View(r), true
	}
	if i := strings.LastIndexByte(e.ID, '#'); i > 0 {
		if r := c.byAddress[e.ID[:i]]; r != nil {
			return c.View(r), true
		}
	}
	return View{}, false
}

// At returns the instance with the address, or all instances of the resource with it.
func (c *Context) At(address string) []*resource.Instance {
	if r := c.byAddress[address]; r != nil {
		return []*resource.Instance{r}
	}
	return c.byRes[address]
}
