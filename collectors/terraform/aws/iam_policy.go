package aws

import (
	"maps"
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
)

func iamPolicy(c *mapping.Context, v mapping.View) {
	emitPolicy(c, v, "", named(v, "name"), "customer", inlinePolicy(v, v.UID(), "policy"))
}

func iamInlinePolicy(_ string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		emitPolicy(c, v, "", named(v, "name"), "inline", inlinePolicy(v, v.UID(), "policy"))
	}
}

// emitPolicy adds the entity of a policy that is declared here.
func emitPolicy(c *mapping.Context, v mapping.View, suffix, name, by string, p holding) {
	c.Emit(v, "policy", name, suffix, kind.Policy{
		ManagedBy: kind.Known(by), Statements: permission.Statements(p.doc, p.gap, p.at), AttachedTo: attachedTo(c, p.uid),
	})
}

// attachedTo lists the UIDs of the holders of a policy. That nobody holds it is known only where every attachment is.
func attachedTo(c *mapping.Context, uid string) kind.Attr[[]string] {
	h := holdingsOf(c)
	list := slices.Sorted(slices.Values(h.holders[uid]))
	if list == nil {
		list = []string{}
	}
	for _, why := range []*evidence.Unknown{h.openHolder[uid], h.anyPolicy} {
		if why != nil {
			return kind.AtLeast(list, *why)
		}
	}
	return kind.Known(list)
}

// policiesOfAWS adds an entity for each policy of AWS that somebody holds.
func policiesOfAWS(c *mapping.Context) {
	h := holdingsOf(c)
	held := make(map[string]holding)
	for _, holder := range slices.Sorted(maps.Keys(h.of)) {
		for _, p := range h.of[holder] {
			if _, seen := held[p.uid]; !seen && p.aws != "" {
				held[p.uid] = p
			}
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(held)) {
		p := held[uid]
		e := &evidence.Entity{
			UID: c.Scope + ":" + uid, ID: uid, Kind: "policy", Plane: evidence.Declared, Scope: c.Scope, Name: p.aws,
			Aliases: []string{uid}, Prov: []evidence.Provenance{*p.at},
		}
		c.EmitEntity(e, kind.Policy{
			ManagedBy: kind.Known("provider"), Statements: permission.Statements(p.doc, p.gap, p.at), AttachedTo: attachedTo(c, uid),
		})
	}
}
