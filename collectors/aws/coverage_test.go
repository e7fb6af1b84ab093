package aws

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

// A facet is complete where all of its kinds are, so a kind of store that no service shows must be said to be unread.
func TestKindsOfStoresThatNoServiceShows(t *testing.T) {
	words := func(list ...string) *collectors.Needs {
		n := &collectors.Needs{Words: map[string]struct{}{}}
		for _, w := range list {
			n.Words[w] = struct{}{}
		}
		return n
	}
	skipped := evidence.Coverage{Kind: "volume", Scope: "aws:111111111111", Source: "s", Status: evidence.Skipped, Detail: "the AWS collector does not read volume"}
	for name, tc := range map[string]struct {
		needs  *collectors.Needs
		closed string
		want   []evidence.Coverage
	}{
		"needed":                        {words("bucket", "volume", "share"), "", []evidence.Coverage{skipped}},
		"not needed":                    {words("bucket", "account"), "", nil},
		"the account cannot be entered": {words("bucket", "volume"), "denied", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := &run{
				req:    collectors.Request{Needs: tc.needs},
				shared: &api.Run{Catalogue: api.NewCatalogue([]api.Service{{Name: "s3", Kinds: []string{"bucket"}}})},
			}
			a := &account{Account: &api.Account{ID: "111111111111", Source: "s"}, closed: tc.closed}
			if diff := cmp.Diff(tc.want, r.unread(a)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
