package derive_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/evidence"
)

func TestRegionsAreUsedByWhatIsFoundInThem(t *testing.T) {
	account := &evidence.Entity{
		UID: "aws:1", Kind: "account", Scope: "aws:1", Plane: evidence.Observed,
		Attrs: map[string]any{"regions": []any{
			map[string]any{"name": "af-south-1", "enabled": false, "used": false},
			map[string]any{"name": "eu-central-1", "enabled": true},
			map[string]any{"name": "eu-north-1", "enabled": true},
			map[string]any{"name": "eu-west-1", "enabled": true},
			map[string]any{"name": "us-east-1", "enabled": true},
			map[string]any{"name": "us-west-2", "enabled": true},
		}},
		Unknown: map[string]evidence.Unknown{"regions[].used": {Reason: evidence.NotCollected}},
	}
	s := &evidence.Snapshot{Entities: []*evidence.Entity{
		account,
		{UID: "h", Kind: "host", Scope: "aws:1:eu-central-1"},
		{UID: "b", Kind: "bucket", Facets: []string{"datastore"}, Scope: "aws:1", Attrs: map[string]any{"account": "aws:1", "location.region": "eu-west-1"}},
		{UID: "n", Kind: "network", Scope: "aws:1:us-east-1", Attrs: map[string]any{"cidrs": []any{"172.31.0.0/16"}}},
		{UID: "k", Kind: "key", Scope: "aws:1:us-east-1"},
	}}
	for _, region := range []string{"us-east-1", "us-west-2"} {
		for _, k := range []string{"host", "database", "volume", "network"} {
			s.Coverage = append(s.Coverage, evidence.Coverage{Kind: k, Scope: "aws:1:" + region, Status: evidence.Complete})
		}
	}
	s.Coverage = append(s.Coverage,
		evidence.Coverage{Kind: "bucket", Scope: "aws:1", Status: evidence.Complete},
		evidence.Coverage{Kind: "queue", Scope: "aws:1:us-west-2", Status: evidence.Denied},
	)
	derive.Derive(s)
	want := []any{
		map[string]any{"name": "af-south-1", "enabled": false, "used": false},
		map[string]any{"name": "eu-central-1", "enabled": true, "used": true}, // a host
		map[string]any{"name": "eu-north-1", "enabled": true},                 // nothing was enumerated
		map[string]any{"name": "eu-west-1", "enabled": true, "used": true},    // a bucket that lies there
		map[string]any{"name": "us-east-1", "enabled": true, "used": false},   // AWS's default network, and a key
		map[string]any{"name": "us-west-2", "enabled": true},                  // queues were denied
	}
	if diff := cmp.Diff(want, account.Attrs["regions"]); diff != "" {
		t.Error(diff)
	}
	if account.Unknown["regions[].used"].Reason != evidence.NotCollected {
		t.Error("regions of which nothing is known are forgotten")
	}
}
