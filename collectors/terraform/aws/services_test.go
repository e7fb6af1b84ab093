package aws

import (
	"slices"
	"testing"

	"github.com/assay-audit/assay/internal/kind"
)

func TestServicesAreWellFormed(t *testing.T) {
	t.Parallel()
	kinds := make(map[string]bool)
	for _, k := range kind.All() {
		kinds[k.Name] = true
	}
	seen := make(map[string][]string)
	for _, s := range Services() {
		for _, typ := range s.Types {
			name := typ.Name
			if typ.Data {
				name = "data." + name
			}
			key := name
			if typ.Map != nil { // one type may yield entities of several services, such as an instance its volumes
				key += " for " + s.Name
			}
			if slices.Contains(seen[key], s.Name) {
				t.Errorf("%s lists %s twice", s.Name, name)
			}
			seen[key] = append(seen[key], s.Name)
			if (typ.Map == nil && len(typ.PartOf) == 0) == (typ.Note == "") {
				t.Errorf("%s: %s needs either a mapping, or a whole that it is part of, or a note why it has neither", s.Name, name)
			}
			if typ.Note == "" && len(typ.Kinds) == 0 {
				t.Errorf("%s: %s names no kind", s.Name, name)
			}
			for _, k := range typ.Kinds {
				if !kinds[k] {
					t.Errorf("%s: %s yields kind %q, which does not exist", s.Name, name, k)
				}
			}
		}
	}
}

// TestEmptyAndUnknown maps a resource of every type without arguments, and one of which not even the number is known: nothing
// may panic, and every attribute that code can state must be decided.
func TestEmptyAndUnknown(t *testing.T) {
	t.Parallel()
	for _, s := range Services() {
		for _, typ := range s.Types {
			if typ.Map == nil || typ.Data {
				continue
			}
			t.Run(s.Name+"/"+typ.Name, func(t *testing.T) {
				t.Parallel()
				for _, e := range scan(t, sprintf(`
variable "n" { type = number }
resource %q "empty" {}
resource %q "unknown" { count = var.n }
`, typ.Name, typ.Name)) {
					decided(t, e)
					if len(e.Prov) == 0 || e.Prov[0].Locator.Line == 0 && e.Kind != "account" {
						t.Errorf("%s has no place", e.ID)
					}
				}
			})
		}
	}
}
