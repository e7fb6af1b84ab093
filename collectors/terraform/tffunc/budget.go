package tffunc

import (
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Budget is the work that expressions may do. All expressions that it was given to share it.
type Budget struct {
	iterations atomic.Int64
	bytes      atomic.Int64
}

// NewBudget returns a budget of so many iterations of for expressions and so many bytes of text, which
// interpolations and iterations yield.
func NewBudget(iterations, bytes int64) *Budget {
	b := &Budget{}
	b.iterations.Store(iterations)
	b.bytes.Store(bytes)

	return b
}

// LimitWork changes the for expressions and templates below node so that they use up the budget. Once nothing
// is left they return an error with a [LimitError] behind it (see [Limit]). Without it, a few nested loops run
// for years, and "${v}${v}..." fills any memory. Call it at most once for an expression, and before the
// expression is evaluated; the variables and ranges of the expression stay what they were.
func LimitWork(node hclsyntax.Node, budget *Budget) {
	//nolint:errcheck // the visitor returns no diagnostics
	hclsyntax.VisitAll(node, func(node hclsyntax.Node) hcl.Diagnostics {
		switch node := node.(type) {
		case *hclsyntax.ForExpr:
			condition := node.CondExpr
			if condition == nil {
				condition = &hclsyntax.LiteralValueExpr{Val: cty.True, SrcRange: node.SrcRange}
			}

			node.CondExpr = &meteredExpr{ParenthesesExpr: parentheses(condition), spend: budget.iteration}
			node.ValExpr = &meteredExpr{ParenthesesExpr: parentheses(node.ValExpr), spend: budget.text}
		case *hclsyntax.TemplateExpr:
			for i, part := range node.Parts {
				if _, literal := part.(*hclsyntax.LiteralValueExpr); !literal {
					node.Parts[i] = &meteredExpr{ParenthesesExpr: parentheses(part), spend: budget.text}
				}
			}
		}

		return nil
	})
}

func (b *Budget) iteration(cty.Value) error {
	if b.iterations.Add(-1) < 0 {
		return limitf("the for expressions take too many iterations")
	}

	return nil
}

func (b *Budget) text(v cty.Value) error {
	if b.bytes.Add(-int64(textSize(v))) < 0 {
		return limitf("the expressions put too much text together")
	}

	return nil
}

func parentheses(expr hclsyntax.Expression) *hclsyntax.ParenthesesExpr {
	return &hclsyntax.ParenthesesExpr{Expression: expr, SrcRange: expr.Range()}
}

// meteredExpr spends part of a budget whenever it is evaluated. It embeds parentheses, and not just an
// expression, so that what walks the syntax tree still sees the expression inside.
type meteredExpr struct {
	*hclsyntax.ParenthesesExpr

	spend func(v cty.Value) error
}

// Value evaluates the expression and spends what the value costs.
func (e *meteredExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.ParenthesesExpr.Value(ctx)
	if diags.HasErrors() {
		return v, diags
	}

	if err := e.spend(v); err != nil {
		return cty.DynamicVal, append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError,
			Summary:  "Too much work",
			Detail:   err.Error() + ".",
			Subject:  e.Range().Ptr(),
			Extra:    asLimit(err),
		})
	}

	return v, diags
}
