package terraform

import (
	"maps"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// overlay adds to a plan's instances what only the configuration knows: places, references through locals, the parts of
// values that are known in part, which blocks are written at all, and comments. Values stay those of the plan. It returns how
// many instances it found in the configuration.
func overlay(planned, written []*resource.Instance) int {
	exact := make(map[string]*resource.Instance, len(written))
	general := make(map[string]*resource.Instance, len(written))
	for _, w := range written {
		exact[w.Address] = w
		if key := withoutKeys(w.Address); general[key] == nil {
			general[key] = w
		}
	}
	found := 0
	for _, p := range planned {
		w, same := exact[p.Address], true
		if w == nil {
			// An instance of the same block: its places are right, its references are another instance's.
			w, same = general[withoutKeys(p.Address)], false
		}
		if w == nil {
			continue
		}
		found++
		p.Comments = w.Comments
		if w.Provider.Config != nil && p.Provider.Name == w.Provider.Name && p.Provider.Alias == w.Provider.Alias {
			p.Provider.Config = w.Provider.Config
		}
		overlayBody(p.Body, w.Body, same)
	}
	return found
}

// overlayBody overlays one body. Same says that both are of the same instance.
func overlayBody(p, w *resource.Body, same bool) {
	p.Range, p.Label = w.Range, w.Label
	for name, a := range p.Attributes {
		from, ok := w.Attributes[name]
		switch {
		case ok:
			a.Range = from.Range
			if same && a.Unknown != nil && from.Unknown != nil {
				a.Refs, a.Parts, a.Doc = from.Refs, from.Parts, from.Doc
			}
		case len(w.Nested[name]) > 0:
			a.Range = w.Nested[name][0].Range
		}
		p.Attributes[name] = a
	}
	for name := range p.UnknownNested {
		_, isArgument := w.Attributes[name]
		switch why := w.UnknownNested[name]; {
		case why != nil:
			p.UnknownNested[name] = why
		case len(w.Nested[name]) == 0 && !isArgument:
			delete(p.UnknownNested, name) // nobody writes it: the provider will compute it
		}
	}
	for name, bodies := range p.Nested {
		from := w.Nested[name]
		for i, b := range bodies {
			switch {
			case len(from) == len(bodies):
				overlayBody(b, from[i], same)
			case len(from) > 0:
				setRange(b, from[0].Range)
			default:
				setRange(b, w.Range)
			}
		}
	}
}

// setRange gives a body and all below it one place.
func setRange(b *resource.Body, rng resource.Range) {
	b.Range = rng
	for _, bodies := range b.Nested {
		for _, inner := range bodies {
			setRange(inner, rng)
		}
	}
}

// withoutKeys removes the instance keys from an address.
func withoutKeys(address string) string {
	if !strings.Contains(address, "[") {
		return address
	}
	var b strings.Builder
	quoted, depth := false, 0
	for i := 0; i < len(address); i++ {
		c := address[i]
		switch {
		case quoted && c == '\\':
			i++
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
			continue
		}
		if depth == 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}
