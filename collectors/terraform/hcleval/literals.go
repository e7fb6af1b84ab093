package hcleval

import (
	"iter"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// Literal is a piece of constant text in the configuration. Text between two interpolations is one piece.
type Literal struct {
	Text string
	// Path says where it stands: the block's address in its module, then arguments, blocks and keys, such as
	// aws_instance.web.user_data, var.password.default or local.users.admin.token.
	Path  string
	Range resource.Range
}

// Literals yields every string literal of the configuration and of the variable files, in the order of the files' paths
// and of the source. Text that is given on the command line or in the environment is not among them.
func (r *Result) Literals() iter.Seq[Literal] {
	return func(yield func(Literal) bool) {
		for _, name := range sortedKeys(r.sources) {
			body := r.sources[name].body
			if body == nil {
				continue
			}
			w := &literalWalk{yield: yield}
			if w.body(body, ""); w.stopped {
				return
			}
		}
	}
}

// literalWalk carries the consumer through the syntax trees.
type literalWalk struct {
	yield   func(Literal) bool
	stopped bool
}

func (w *literalWalk) emit(text, path string, rng hcl.Range) {
	if !w.stopped && text != "" && !w.yield(Literal{Text: text, Path: path, Range: toRange(rng)}) {
		w.stopped = true
	}
}

// body walks arguments and blocks in the order of the source.
func (w *literalWalk) body(b *hclsyntax.Body, path string) {
	type item struct {
		place hcl.Range
		walk  func()
	}
	items := make([]item, 0, len(b.Attributes)+len(b.Blocks))
	for _, name := range sortedKeys(b.Attributes) {
		attr := b.Attributes[name]
		items = append(items, item{attr.SrcRange, func() { w.expression(attr.Expr, below(path, attr.Name)) }})
	}
	for _, block := range b.Blocks {
		items = append(items, item{block.TypeRange, func() { w.body(block.Body, below(path, blockPath(block))) }})
	}
	sortByPlace(items, func(i item) hcl.Range { return i.place })
	for _, i := range items {
		if !w.stopped {
			i.walk()
		}
	}
}

// below joins two paths.
func below(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// blockPath is the address of a top-level block, or the name of a nested one.
func blockPath(b *hclsyntax.Block) string {
	labels := strings.Join(b.Labels, ".")
	switch b.Type {
	case "resource":
		return labels
	case "variable":
		return "var." + labels
	case "locals":
		return "local"
	case "dynamic":
		return labels
	}
	if labels == "" {
		return b.Type
	}
	return b.Type + "." + labels
}

// expression walks an expression.
func (w *literalWalk) expression(e hclsyntax.Expression, path string) {
	if w.stopped {
		return
	}
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		w.value(e.Val, path, e.SrcRange)
	case *hclsyntax.TemplateExpr:
		w.template(e, path)
	case *hclsyntax.ObjectConsExpr:
		w.object(e, path)
	case jsonObject:
		w.object(e.ObjectConsExpr, path)
	case *hclsyntax.TupleConsExpr:
		for _, item := range e.Exprs {
			w.expression(item, path)
		}
	case *hclsyntax.ParenthesesExpr:
		w.expression(e.Expression, path)
	case *hclsyntax.TemplateWrapExpr:
		w.expression(e.Wrapped, path)
	case *hclsyntax.FunctionCallExpr:
		for _, arg := range e.Args {
			w.expression(arg, path)
		}
	case *hclsyntax.ConditionalExpr:
		w.all(path, e.Condition, e.TrueResult, e.FalseResult)
	case *hclsyntax.BinaryOpExpr:
		w.all(path, e.LHS, e.RHS)
	case *hclsyntax.IndexExpr:
		w.all(path, e.Collection, e.Key)
	case *hclsyntax.ForExpr:
		w.all(path, e.CollExpr, e.KeyExpr, e.ValExpr, e.CondExpr)
	case *hclsyntax.SplatExpr:
		w.all(path, e.Source, e.Each)
	case *hclsyntax.RelativeTraversalExpr:
		w.expression(e.Source, path)
	case *hclsyntax.TemplateJoinExpr:
		w.expression(e.Tuple, path)
	}
}

func (w *literalWalk) all(path string, es ...hclsyntax.Expression) {
	for _, e := range es {
		if e != nil {
			w.expression(e, path)
		}
	}
}

func (w *literalWalk) object(e *hclsyntax.ObjectConsExpr, path string) {
	for _, item := range e.Items {
		inner := path
		if name, ok := literalText(item.KeyExpr); ok {
			inner = below(path, name)
		}
		w.expression(item.ValueExpr, inner)
	}
}

// template yields each run of text between interpolations.
func (w *literalWalk) template(e *hclsyntax.TemplateExpr, path string) {
	var run strings.Builder
	var rng hcl.Range
	flush := func() {
		w.emit(run.String(), path, rng)
		run.Reset()
	}
	for _, item := range e.Parts {
		lit, ok := item.(*hclsyntax.LiteralValueExpr)
		if !ok || lit.Val.Type() != cty.String {
			flush()
			w.expression(item, path)
			continue
		}
		if run.Len() == 0 {
			rng = lit.SrcRange
		}
		rng.End = lit.SrcRange.End
		run.WriteString(lit.Val.AsString())
	}
	flush()
}

// value yields the strings inside a constant (a JSON variable file has collections).
func (w *literalWalk) value(v cty.Value, path string, rng hcl.Range) {
	switch {
	case v.IsNull() || !v.IsKnown():
	case v.Type() == cty.String:
		w.emit(v.AsString(), path, rng)
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			k, item := it.Element()
			inner := path
			if k.Type() == cty.String {
				inner = below(path, k.AsString())
			}
			w.value(item, inner, rng)
		}
	}
}
