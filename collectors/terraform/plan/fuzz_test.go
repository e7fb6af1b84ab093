package plan_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/plan"
)

// FuzzPlan holds that no input makes the reader panic or hang, and that instances are in order and have what all of them need.
func FuzzPlan(f *testing.F) {
	for _, name := range []string{"terraform-data.json", "newer-format-2.0.json", "not-a-plan.json"} {
		data, err := os.ReadFile(filepath.Join(fixtures, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add(document(creation(`module.m["a"].aws_b.b[0]`, `module.m["a"]`, "aws_b", "b", "0", "a"),
		`{"module_calls":{"m":{"expressions":{"i":{"references":["each.value","module.m.o"]}},"module":{"variables":{"i":{}},"outputs":{"o":{"expression":{"references":["var.i"]}}},
		  "resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["var.i","aws_b.b[count.index]"]}}}]}}}}`))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := plan.Read(strings.NewReader(text), plan.Options{MaxBytes: 1 << 20})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		last := ""
		for _, i := range p.Instances {
			if i.Body == nil || i.Type == "" || i.Address <= last {
				t.Errorf("instance %+v after %q", i, last)
			}
			last = i.Address
			for name, a := range i.Body.Attributes {
				if a.Set && !a.Value.IsWhollyKnown() && a.Unknown == nil {
					t.Errorf("%s.%s is unknown without a reason", i.Address, name)
				}
			}
		}
	})
}
