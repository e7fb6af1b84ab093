package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/strictyaml"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	const doc = "# settings\ntargets: [a]\nparameters: &p\n  days: 1\nmore: *p\n"
	tests := map[string]struct {
		doc, path string
		want      strictyaml.Pos
	}{
		"top":            {doc, "targets", strictyaml.Pos{Line: 2, Column: 1}},
		"nested":         {doc, "parameters.days", strictyaml.Pos{Line: 4, Column: 3}},
		"behind alias":   {doc, "more.days", strictyaml.Pos{Line: 4, Column: 3}},
		"not there":      {doc, "parameters.weeks", strictyaml.Pos{}},
		"not a mapping":  {doc, "targets.a", strictyaml.Pos{}},
		"empty document": {"", "targets", strictyaml.Pos{}},
		"not YAML":       {"\t", "targets", strictyaml.Pos{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := strictyaml.Place([]byte(test.doc), strings.Split(test.path, ".")...); got != test.want {
				t.Errorf("Place = %+v, want %+v", got, test.want)
			}
		})
	}
}
