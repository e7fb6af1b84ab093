package derive_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/evidence"
)

func labels(classification any, categories any) *evidence.Entity {
	e := &evidence.Entity{UID: "b", Kind: "bucket", Facets: []string{"datastore"}, Plane: evidence.Declared, Attrs: map[string]any{}, Unknown: map[string]evidence.Unknown{}}
	for path, v := range map[string]any{"data.classification": classification, "data.categories": categories} {
		if r, ok := v.(evidence.Reason); ok {
			e.Unknown[path] = evidence.Unknown{Reason: r}
			continue
		}
		e.Attrs[path] = v
	}
	return e
}

func TestSensitivity(t *testing.T) {
	for name, c := range map[string]struct {
		entity *evidence.Entity
		want   any // true, false, or the reason why it is unknown
	}{
		"restricted":                   {labels("restricted", evidence.Computed), true},
		"phi, whatever the level":      {labels(evidence.Computed, []any{"phi"}), true},
		"public and no categories":     {labels("public", []any{}), false},
		"internal and none":            {labels("internal", []any{"none"}), false},
		"no label at all":              {labels(nil, nil), true},
		"level not known":              {labels(evidence.AccessDenied, []any{"none"}), evidence.AccessDenied},
		"internal, categories unknown": {labels("internal", evidence.Unresolved), evidence.Unresolved},
	} {
		t.Run(name, func(t *testing.T) {
			derive.Derive(&evidence.Snapshot{Entities: []*evidence.Entity{c.entity}})
			var got any = c.entity.Unknown["derived.sensitive"].Reason
			if v, ok := c.entity.Attrs["derived.sensitive"]; ok {
				got = v
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCriticalityAndObjectiveComeFromTheProcesses(t *testing.T) {
	db := labels("internal", []any{})
	db.Attrs["criticality"] = nil
	s := &evidence.Snapshot{
		Sources:  []evidence.Source{{ID: "s1", Collector: "governance"}},
		Coverage: []evidence.Coverage{{Kind: "*", Source: "s1", Status: evidence.Complete}},
		Entities: []*evidence.Entity{
			db,
			{UID: "p1", Kind: "business_process", Attrs: map[string]any{"criticality": "medium", "rpo_minutes": int64(240)}},
			{UID: "p2", Kind: "business_process", Attrs: map[string]any{"criticality": "critical", "rpo_minutes": int64(60)}},
			{UID: "a1", Kind: "asset", Attrs: map[string]any{}},
		},
		Relations: []evidence.Relation{
			{Type: "depends_on", From: "p1", To: "b", Complete: true},
			{Type: "depends_on", From: "p2", To: "a1", Complete: true},
			{Type: "represents", From: "a1", To: "b", Complete: true},
		},
	}
	derive.Derive(s)
	if db.Attrs["derived.criticality"] != "critical" || db.Attrs["derived.rpo_minutes"] != int64(60) {
		t.Errorf("criticality %v, objective %v", db.Attrs["derived.criticality"], db.Attrs["derived.rpo_minutes"])
	}
}

func TestTheOrganizationIsAlwaysThere(t *testing.T) {
	s := &evidence.Snapshot{Entities: []*evidence.Entity{labels(nil, nil)}}
	derive.Derive(s)
	derive.Derive(s)
	n := 0
	for _, e := range s.Entities {
		if e.Kind == "organization" {
			n++
			if len(e.Attrs) != 0 || e.Unknown["headcount"].Reason != evidence.NotCollected {
				t.Errorf("the organization claims to know %v", e.Attrs)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d organizations, want 1", n)
	}
}
