package hcleval

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// After a syntax error the parser goes on as well as it can, and what it returns can lie: an argument is missing that is
// there, or the blocks that follow an unclosed brace look like nested blocks. So a block with an error in it is marked as
// broken (nothing is concluded from its arguments), and top-level blocks that were taken for nested ones are put back.

// salvage puts a file's blocks in order after syntax errors.
func (f *sourceFile) salvage(errs hcl.Diagnostics) {
	if f.body == nil || !errs.HasErrors() {
		return
	}
	body := &hclsyntax.Body{Attributes: f.body.Attributes, SrcRange: f.body.SrcRange, EndRange: f.body.EndRange}
	hoist(f.body.Blocks, body)
	sortByPlace(body.Blocks, func(b *hclsyntax.Block) hcl.Range { return b.TypeRange })
	f.body = body
	f.broken = map[*hclsyntax.Block]bool{}
	for _, d := range errs {
		if d.Severity != hcl.DiagError || d.Subject == nil {
			continue
		}
		// The block with the error is the last one that starts before it.
		i, _ := slices.BinarySearchFunc(body.Blocks, d.Subject.Start.Byte+1, func(b *hclsyntax.Block, at int) int {
			return b.TypeRange.Start.Byte - at
		})
		if i > 0 {
			f.broken[body.Blocks[i-1]] = true
		}
	}
}

// hoist collects the blocks and, from within them, every block that starts a line and has a top-level type.
func hoist(blocks hclsyntax.Blocks, to *hclsyntax.Body) {
	for _, b := range blocks {
		to.Blocks = append(to.Blocks, b)
		b.Body.Blocks = slices.DeleteFunc(b.Body.Blocks, func(inner *hclsyntax.Block) bool {
			labels, known := blockLabels(inner.Type)
			if !known || len(inner.Labels) != labels || inner.TypeRange.Start.Column != 1 {
				return false
			}
			hoist(hclsyntax.Blocks{inner}, to)
			return true
		})
	}
}
