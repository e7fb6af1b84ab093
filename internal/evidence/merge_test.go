package evidence_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// TestMergePlanAndCode holds that of the same resource in code and in a plan the plan's values stand, whatever the order of the
// targets.
func TestMergePlanAndCode(t *testing.T) {
	t.Parallel()
	entity := func(method string, attrs map[string]any, unknown map[string]evidence.Unknown) *evidence.Entity {
		return &evidence.Entity{
			UID: "tf:infra:aws_ebs_volume.v", ID: "aws_ebs_volume.v", Kind: "volume", Plane: evidence.Declared, Scope: "tf:infra", Attrs: attrs, Unknown: unknown,
			Prov: []evidence.Provenance{{Source: "s1", Method: method}},
		}
	}
	code := func() *evidence.Entity {
		return entity("terraform:hcl", map[string]any{"encryption.at_rest": false, "size_bytes": int64(1)},
			map[string]evidence.Unknown{"location.region": {Reason: evidence.Unresolved}})
	}
	planned := func() *evidence.Entity {
		return entity("terraform:plan", map[string]any{"encryption.at_rest": true, "location.region": "eu-west-1"},
			map[string]evidence.Unknown{"size_bytes": {Reason: evidence.Computed}})
	}
	want := map[string]any{"encryption.at_rest": true, "location.region": "eu-west-1", "size_bytes": int64(1)}
	for name, entities := range map[string][]*evidence.Entity{"code first": {code(), planned()}, "plan first": {planned(), code()}} {
		s := &evidence.Snapshot{Entities: entities}
		s.Merge()
		if len(s.Entities) != 1 {
			t.Fatalf("%s: %d entities", name, len(s.Entities))
		}
		if diff := cmp.Diff(want, s.Entities[0].Attrs); diff != "" || len(s.Entities[0].Unknown) > 0 {
			t.Errorf("%s: %s unknown %v", name, diff, s.Entities[0].Unknown)
		}
	}
}
