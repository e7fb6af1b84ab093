package aws

import (
	"context"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
)

// reach relates the identities of an account to what they can read, write or administer. It needs what all units of the account found, of
// which their notes keep names and policies only, so that it works after an interruption too; the journal keeps it like a unit.
func (r *run) reach(ctx context.Context, a *account) error {
	if a.closed != "" || !r.req.Needs.Any("can_read", "can_write", "can_admin") {
		return nil
	}
	iam := r.shared.Catalogue.Service("iam")
	var found []api.Reachable
	for i := range a.notes {
		found = append(found, a.notes[i].Reachable...)
		a.notes[i].Reachable = nil // read once
	}
	// Its own name in the journal, and a place for its note behind those of the units.
	u := unit{account: a, index: len(a.notes), service: iam, region: "reach"}
	a.notes = append(a.notes, api.Note{})
	return r.keep(ctx, u, func(ctx context.Context) *api.Batch {
		c := api.NewContext(r.shared, a.Account, iam, a.Home)
		services.Reach(ctx, c, found)
		return c.Batch()
	})
}
