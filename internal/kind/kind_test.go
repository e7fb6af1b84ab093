package kind_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// TestFillPutsEveryPathInOnePlace holds the central rule of the evidence model, whatever the states of the attributes.
func TestFillPutsEveryPathInOnePlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		attr := func(label string) kind.Attr[bool] {
			return rapid.SampledFrom([]kind.Attr[bool]{
				{}, kind.Known(true), kind.Null[bool](), kind.NA[bool](), kind.Unknown[bool](evidence.Computed, "later"),
			}).Draw(t, label)
		}
		e := &evidence.Entity{Kind: "bucket", Plane: rapid.SampledFrom([]evidence.Plane{evidence.Declared, evidence.Observed}).Draw(t, "plane")}
		kind.Fill(e, kind.Datastore{EncryptionAtRest: attr("at rest"), Versioning: attr("versioning"), ExposurePublic: attr("public")})
		for _, path := range kind.Paths("bucket") {
			if strings.HasPrefix(path, "derived.") {
				continue
			}
			places := 0
			if _, ok := e.Attrs[path]; ok {
				places++
			}
			if u, ok := e.Unknown[path]; ok {
				places++
				if u.Reason == "" {
					t.Fatalf("%s is unknown without a reason", path)
				}
			}
			if slices.Contains(e.NA, path) {
				places++
			}
			if places != 1 {
				t.Fatalf("%s is in %d places", path, places)
			}
		}
	})
}

func TestFillKeepsWhatIsKnownOfAList(t *testing.T) {
	place := &evidence.Provenance{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf", Line: 9}}
	e := &evidence.Entity{
		Kind: "network_boundary", Plane: evidence.Declared,
		Prov: []evidence.Provenance{{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf", Line: 1}}},
	}
	kind.Fill(e, kind.NetworkBoundary{Rules: kind.AtLeast([]kind.NetworkBoundaryRule{
		{Direction: kind.Known("in").From(place), PortFrom: kind.Known(int64(22)), CIDRs: kind.Unknown[[]string](evidence.Unresolved, "var.office")},
	}, evidence.Unknown{Reason: evidence.Computed, Detail: "dynamic block"})})
	want := []any{map[string]any{"direction": "in", "port_from": int64(22)}}
	if diff := cmp.Diff(want, e.Attrs["rules"]); diff != "" {
		t.Error(diff)
	}
	if e.Unknown["rules[].cidrs"].Detail != "var.office" || e.Unknown["rules[]"].Reason != evidence.Computed {
		t.Errorf("unknown: %v", e.Unknown)
	}
	if p, _ := e.ProvOf("rules[0]"); p.Locator.Line != 9 {
		t.Errorf("the rule's place is line %d, want 9", p.Locator.Line)
	}
}

// TestSchemasAcceptWhatFillWrites holds the generated schemas to the values that collectors write.
func TestSchemasAcceptWhatFillWrites(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("datastore.json", kind.Schema("datastore")); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("datastore.json")
	if err != nil {
		t.Fatal(err)
	}
	e := &evidence.Entity{Kind: "bucket", Plane: evidence.Declared}
	kind.Fill(e, kind.Datastore{
		KindDetail: kind.Known("bucket"), EncryptionAtRest: kind.Known(true), DataClassification: kind.Null[string](),
		DataCategories: kind.Known([]string{"phi"}), LifecycleExpireDays: kind.Null[int64](),
	})
	entity := map[string]any{"uid": "x", "id": "x", "kind": "bucket", "attrs": e.Attrs}
	if err := schema.Validate([]any{entity}); err != nil {
		t.Error(err)
	}
	e.Attrs["encryption.at_rest"] = "yes"
	if err := schema.Validate([]any{entity}); err == nil {
		t.Error("a text was accepted where a boolean belongs")
	}
}

func TestEveryKindIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range slices.Concat(kind.Facets(), kind.All()) {
		if seen[s.Name] {
			t.Errorf("%s is listed twice", s.Name)
		}
		seen[s.Name] = true
		if s.Doc == "" || len(s.Planes) == 0 || len(s.Collectors) == 0 || len(kind.Paths(s.Name)) == 0 {
			t.Errorf("%s lacks a description, planes, collectors or attributes", s.Name)
		}
	}
}
