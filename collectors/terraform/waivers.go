package terraform

import (
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/waiver"
)

// inlineWaivers turns the comments that waive a check on a resource into exceptions. Whether such a waiver counts is decided later:
// assay.yaml may refuse comments. The instances of one block share its comments, and so one exception.
func (r *run) inlineWaivers(root root) []*evidence.Entity {
	var out []*evidence.Entity
	seen := map[string]bool{}
	for _, inst := range root.instances {
		if inst.Mode != resource.Managed {
			continue
		}
		for _, c := range inst.Comments {
			w, ok := waiver.ParseComment(c.Text)
			if !ok {
				continue
			}
			e := waiver.Inline(w, root.scope, inst.Resource, evidence.Provenance{
				Source: r.req.Source, Locator: evidence.Locator{File: c.File, Line: c.Line, EndLine: c.Line, Module: inst.Module, Address: inst.Resource},
			})
			if !seen[e.UID] {
				seen[e.UID] = true
				out = append(out, e)
			}
		}
	}
	return out
}
