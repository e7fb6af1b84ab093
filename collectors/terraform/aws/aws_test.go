package aws

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/label"
)

// scanned is what a configuration maps to.
type scanned struct {
	entities  map[string]*evidence.Entity // by ID
	relations map[string][]string         // "type from" to the sorted IDs they lead to; "?" for an open one
}

// scan evaluates a configuration of one file and maps it, and returns the entities by ID (address, and "#" suffix).
func scan(t *testing.T, hcl string) map[string]*evidence.Entity {
	t.Helper()
	return scanAll(t, hcl).entities
}

// scanAll is scan with the relations.
func scanAll(t *testing.T, hcl string) scanned {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := hcleval.Evaluate(t.Context(), dir, hcleval.Options{DisplayDir: "."})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range result.Diagnostics {
		t.Logf("%+v", d)
	}
	c := mapping.NewContext("tf:t", "s1", label.Default(), result.Instances)
	c.Map(Services())
	entities, relations, _ := c.Result()
	return index(t, entities, relations)
}

func index(t *testing.T, entities []*evidence.Entity, relations []evidence.Relation) scanned {
	t.Helper()
	out := scanned{entities: make(map[string]*evidence.Entity), relations: make(map[string][]string)}
	ids := make(map[string]string)
	for _, e := range entities {
		key := strings.TrimPrefix(e.UID, e.Scope+":") // unlike the id, unique: one resource can be a host and a volume
		if out.entities[key] != nil {
			t.Errorf("two entities have the uid %s", e.UID)
		}
		out.entities[key] = e
		ids[e.UID] = key
	}
	short := func(uid string) string {
		if id, ok := ids[uid]; ok {
			return id
		}
		return strings.TrimPrefix(uid, "tf:t:")
	}
	for _, r := range relations {
		to := short(r.To)
		if r.To == "" {
			to = "?"
		}
		key := r.Type + " " + short(r.From)
		out.relations[key] = append(out.relations[key], to)
	}
	return out
}

// attrs returns the value of each path: the value itself, "unknown: <reason>", "n/a" or nil for null.
func attrs(e *evidence.Entity, paths ...string) map[string]any {
	out := make(map[string]any)
	if e == nil {
		return out
	}
	for _, p := range paths {
		out[p] = attr(e, p)
	}
	return out
}

func attr(e *evidence.Entity, path string) any {
	if e == nil {
		return "no entity"
	}
	if v, ok := e.Attrs[path]; ok {
		return v
	}
	if u, ok := e.Unknown[path]; ok {
		return "unknown: " + string(u.Reason)
	}
	if slices.Contains(e.NA, path) {
		return "n/a"
	}
	return "missing"
}

// keysOf returns the keys of a map, sorted.
func keysOf(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

// asSet compares lists of strings without regard to order.
var asSet = cmpopts.SortSlices(func(a, b string) bool { return a < b })
