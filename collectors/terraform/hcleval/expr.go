package hcleval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// evaluation evaluates one expression and gathers its diagnostics. It follows the semantics of hclsyntax's own
// Value methods, and adds lazy lookup of names and the marks of marks.go.
type evaluation struct {
	program *program
	diags   hcl.Diagnostics
	// inTemplate is set inside a template file, which may not read another.
	inTemplate bool
}

// fresh is an evaluation with diagnostics of its own.
func (x *evaluation) fresh() *evaluation {
	return &evaluation{program: x.program, inTemplate: x.inTemplate}
}

// fail reports an error at the place and returns the value that takes the failed expression's place.
func (x *evaluation) fail(rng hcl.Range, summary, detail string) cty.Value {
	x.diags = append(x.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &rng,
	})
	return errorValue(rng)
}

// failWith takes over a library's diagnostics.
func (x *evaluation) failWith(diags hcl.Diagnostics, rng hcl.Range) cty.Value {
	x.diags = append(x.diags, diags...)
	return errorValue(rng)
}

// errorValue is what an expression with an error evaluates to.
func errorValue(rng hcl.Range) cty.Value {
	detail := fmt.Sprintf("the expression at %s:%d has an error", rng.Filename, rng.Start.Line)
	return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, detail)
}

// ofType gives a value that stands for an error the type that the expression would have had.
func ofType(v cty.Value, ty cty.Type) cty.Value {
	return cty.UnknownVal(ty).WithMarks(v.Marks())
}

// value evaluates the expression in the scope.
func (x *evaluation) value(e hclsyntax.Expression, s *scope) cty.Value {
	if err := x.program.enter(); err != nil {
		x.program.depth--
		return x.failLimit(e.Range(), err)
	}
	v := x.node(e, s)
	x.program.depth--
	return v
}

// node evaluates one node of the tree.
func (x *evaluation) node(e hclsyntax.Expression, s *scope) cty.Value {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return x.checked(e.Val, e.SrcRange)
	case *hclsyntax.TemplateExpr:
		return x.template(e, s)
	case *hclsyntax.TemplateWrapExpr:
		return x.value(e.Wrapped, s)
	case *hclsyntax.TemplateJoinExpr:
		return x.templateJoin(e, s)
	case *hclsyntax.ParenthesesExpr:
		return x.value(e.Expression, s)
	case *hclsyntax.ScopeTraversalExpr:
		return x.reference(e.Traversal, s)
	case *hclsyntax.RelativeTraversalExpr:
		return x.traverse(x.value(e.Source, s), e.Traversal)
	case *hclsyntax.IndexExpr:
		return x.index(x.value(e.Collection, s), x.value(e.Key, s), e.BracketRange)
	case *hclsyntax.FunctionCallExpr:
		return x.call(e, s)
	case *hclsyntax.ConditionalExpr:
		return x.conditional(e, s)
	case *hclsyntax.BinaryOpExpr:
		return x.binary(e, s)
	case *hclsyntax.UnaryOpExpr:
		return x.unary(e, s)
	case *hclsyntax.TupleConsExpr:
		vals := make([]cty.Value, len(e.Exprs))
		for i, item := range e.Exprs {
			vals[i] = x.value(item, s)
		}
		return cty.TupleVal(vals)
	case *hclsyntax.ObjectConsExpr:
		return x.object(e, s)
	case jsonObject:
		return x.object(e.ObjectConsExpr, s)
	case *hclsyntax.ObjectConsKeyExpr:
		return x.objectKey(e, s)
	case *hclsyntax.ForExpr:
		return x.forExpr(e, s)
	case *hclsyntax.SplatExpr:
		return x.splat(e, s)
	case *hclsyntax.AnonSymbolExpr:
		if v, ok := s.anonymous(e); ok {
			return v
		}
		return cty.DynamicVal
	case *hclsyntax.ExprSyntaxError:
		// The parser has reported it already.
		return errorValue(e.SrcRange)
	}
	return x.fail(e.Range(), "Unsupported expression", fmt.Sprintf("Expressions of type %T are not supported.", e))
}

// template renders a quoted or heredoc template. Where a piece is unknown the result is an unknown string that keeps
// its pieces.
func (x *evaluation) template(e *hclsyntax.TemplateExpr, s *scope) cty.Value {
	if len(e.Parts) == 1 {
		if lit, ok := e.Parts[0].(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String {
			return lit.Val
		}
	}
	t := templateRun{x: x, rng: e.SrcRange}
	for _, item := range e.Parts {
		if !t.add(x.value(item, s), item.Range()) && t.limit {
			break
		}
	}
	return t.result()
}

// templateRun puts the pieces of one template together.
type templateRun struct {
	x       *evaluation
	rng     hcl.Range
	parts   []resource.Part
	marks   []cty.ValueMarks
	unknown bool
	failed  bool
	limit   bool
	bytes   int
}

// add appends a value's pieces.
func (t *templateRun) add(v cty.Value, rng hcl.Range) bool {
	if v.ContainsMarked() {
		t.marks = append(t.marks, deepTaint(v))
	}
	piece, ok := t.x.templatePiece(v, rng)
	if !ok {
		t.failed = true
		return false
	}
	for _, p := range piece {
		t.unknown = t.unknown || p.Hole
		t.bytes += len(p.Text)
	}
	t.limit = t.bytes > maxStringBytes
	if t.unknown {
		t.parts = appendParts(t.parts, piece...)
	} else {
		t.parts = append(t.parts, piece...)
	}
	return !t.limit
}

// result is the text, or an unknown string with its pieces.
func (t *templateRun) result() cty.Value {
	if t.failed {
		return ofType(errorValue(t.rng), cty.String).WithMarks(t.marks...)
	}
	if err := t.x.program.produceText(t.bytes); err != nil {
		return t.x.failLimit(t.rng, err).WithMarks(t.marks...)
	}
	if t.unknown {
		return withParts(cty.UnknownVal(cty.String).RefineNotNull(), t.parts).WithMarks(t.marks...)
	}
	var text strings.Builder
	text.Grow(t.bytes)
	for _, p := range t.parts {
		text.WriteString(p.Text)
	}
	return cty.StringVal(text.String()).WithMarks(t.marks...)
}

// templatePiece turns an interpolated value into text or holes.
func (x *evaluation) templatePiece(v cty.Value, rng hcl.Range) ([]resource.Part, bool) {
	if v.IsNull() {
		x.fail(rng, "Invalid template interpolation value",
			"The expression result is null. Cannot include a null value in a string template.")
		return nil, false
	}
	if !v.IsKnown() {
		if parts, ok := partsOf(v); ok {
			return parts, true
		}
		return []resource.Part{{Hole: true}}, true
	}
	plain, _ := v.UnmarkDeep()
	text, err := convert.Convert(plain, cty.String)
	if err != nil {
		x.fail(rng, "Invalid template interpolation value",
			fmt.Sprintf("Cannot include the given value in a string template: %s.", err))
		return nil, false
	}
	return []resource.Part{{Text: text.AsString()}}, true
}

// templateJoin joins the results of a template's "for" directive.
func (x *evaluation) templateJoin(e *hclsyntax.TemplateJoinExpr, s *scope) cty.Value {
	tuple := x.value(e.Tuple, s)
	marks := deepTaint(tuple)
	plain, _ := tuple.Unmark()
	if !plain.IsKnown() || plain.IsNull() || !plain.CanIterateElements() {
		return withParts(cty.UnknownVal(cty.String), []resource.Part{{Hole: true}}).WithMarks(marks)
	}
	t := templateRun{x: x, rng: e.Range(), marks: []cty.ValueMarks{marks}}
	for it := plain.ElementIterator(); it.Next(); {
		if _, v := it.Element(); !t.add(v, e.Range()) && t.limit {
			break
		}
	}
	return t.result()
}

// traverse applies attribute and index steps.
func (x *evaluation) traverse(v cty.Value, steps hcl.Traversal) cty.Value {
	for _, step := range steps {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			v = x.getAttr(v, step.Name, step.SrcRange)
		case hcl.TraverseIndex:
			v = x.index(v, step.Key, step.SrcRange)
		default:
			return x.fail(step.SourceRange(), "Unsupported traversal", "This kind of traversal is not supported here.")
		}
	}
	return v
}

// getAttr is v.name.
func (x *evaluation) getAttr(v cty.Value, name string, rng hcl.Range) cty.Value {
	if lazy := lazyOf(v); lazy != nil {
		return lazy.attr(x, name, rng)
	}
	if ref, ok := plainRef(v); ok {
		return extendRef(v, ref, "."+name)
	}
	plain, marks := v.Unmark()
	out, diags := hcl.GetAttr(plain, name, &rng)
	if diags.HasErrors() {
		return x.failWith(diags, rng).WithMarks(taintOf(marks))
	}
	return out.WithMarks(taintOf(marks))
}

// index is v[key].
func (x *evaluation) index(v, key cty.Value, rng hcl.Range) cty.Value {
	plainKey, keyMarks := key.Unmark()
	if lazy := lazyOf(v); lazy != nil {
		return lazy.index(x, plainKey, rng).WithMarks(taintOf(keyMarks))
	}
	if ref, ok := plainRef(v); ok && plainKey.IsKnown() && !plainKey.IsNull() {
		return extendRef(v, ref, indexText(plainKey)).WithMarks(taintOf(keyMarks))
	}
	plain, marks := v.Unmark()
	out, diags := hcl.Index(plain, plainKey, &rng)
	if diags.HasErrors() {
		return x.failWith(diags, rng).WithMarks(taintOf(marks), taintOf(keyMarks))
	}
	return out.WithMarks(taintOf(marks), taintOf(keyMarks))
}

// extendRef makes the reference of an unknown value one step longer.
func extendRef(v cty.Value, ref resource.Ref, step string) cty.Value {
	_, marks := v.Unmark()
	longer := resource.Ref{Address: ref.Address, Attr: ref.Attr + step}
	out := cty.ValueMarks{refMark(longer): {}}
	for m := range taintOf(marks) {
		if m != refMark(ref) {
			out[m] = struct{}{}
		}
	}
	return withParts(cty.DynamicVal, []resource.Part{{Hole: true, Ref: longer}}).WithMarks(out)
}

// indexText is a key in brackets as Terraform writes it in addresses.
func indexText(key cty.Value) string {
	switch {
	case key == cty.NilVal || !key.IsKnown() || key.IsNull():
		return ""
	case key.Type() == cty.Number:
		return "[" + key.AsBigFloat().Text('f', -1) + "]"
	case key.Type() == cty.String:
		return "[" + quoteKey(key.AsString()) + "]"
	}
	return ""
}

// quoteKey quotes an instance key as Terraform does in addresses.
func quoteKey(s string) string {
	quoted := fmt.Sprintf("%q", s)
	quoted = strings.ReplaceAll(quoted, "${", "$${")
	return strings.ReplaceAll(quoted, "%{", "%%{")
}

// conditional is cond ? a : b. Only the chosen side's marks reach the result (and both sides' where the condition is
// unknown), except that sensitivity of either side does.
func (x *evaluation) conditional(e *hclsyntax.ConditionalExpr, s *scope) cty.Value {
	cond := x.value(e.Condition, s)
	condPlain, condMarks := cond.Unmark()
	condMarks = taintOf(condMarks)

	yesX, noX := x.fresh(), x.fresh()
	yes, no := yesX.value(e.TrueResult, s), noX.value(e.FalseResult, s)
	ty, toYes, toNo := unifyBranches(yes, no)
	if ty == cty.NilType {
		return x.fail(hcl.RangeBetween(e.TrueResult.Range(), e.FalseResult.Range()), "Inconsistent conditional result types",
			fmt.Sprintf("The true and false result expressions must have consistent types: the 'true' value is %s, "+
				"but the 'false' value is %s.", yes.Type().FriendlyName(), no.Type().FriendlyName()))
	}
	if condPlain.IsNull() {
		return x.fail(e.Condition.Range(), "Null condition", "The condition value is null. Conditions must be true or false.")
	}
	if !condPlain.IsKnown() {
		return cty.UnknownVal(ty).WithMarks(condMarks, deepTaint(yes, no))
	}
	condBool, err := convert.Convert(condPlain, cty.Bool)
	if err != nil {
		return x.fail(e.Condition.Range(), "Incorrect condition type", "The condition expression must be of type bool.")
	}
	chosen, other, conv, chosenX, chosenExpr := yes, no, toYes, yesX, e.TrueResult
	if condBool.False() {
		chosen, other, conv, chosenX, chosenExpr = no, yes, toNo, noX, e.FalseResult
	}
	x.diags = append(x.diags, chosenX.diags...)
	if conv != nil {
		converted, err := conv(chosen)
		if err != nil {
			return x.fail(chosenExpr.Range(), "Inconsistent conditional result types",
				fmt.Sprintf("The result value has the wrong type: %s.", err))
		}
		chosen = converted
	}
	if other.HasMark(sensitive) {
		chosen = chosen.Mark(sensitive)
	}
	return chosen.WithMarks(condMarks)
}

// unifyBranches finds the type of a conditional and the conversions of both sides; NilType where there is none.
func unifyBranches(yes, no cty.Value) (cty.Type, convert.Conversion, convert.Conversion) {
	yesPlain, _ := yes.Unmark()
	noPlain, _ := no.Unmark()
	dynamicNull := cty.NullVal(cty.DynamicPseudoType)
	switch {
	case yesPlain.IsNull() && yesPlain.RawEquals(dynamicNull):
		return no.Type(), convert.GetConversionUnsafe(cty.DynamicPseudoType, no.Type()), nil
	case noPlain.IsNull() && noPlain.RawEquals(dynamicNull):
		return yes.Type(), nil, convert.GetConversionUnsafe(cty.DynamicPseudoType, yes.Type())
	case yes.Type() == cty.DynamicPseudoType, no.Type() == cty.DynamicPseudoType:
		return cty.DynamicPseudoType, nil, nil
	}
	ty, convs := convert.UnifyUnsafe([]cty.Type{yes.Type(), no.Type()})
	if ty == cty.NilType {
		return cty.NilType, nil, nil
	}
	return ty, convs[0], convs[1]
}

// binary is an infix operation. As in HCL, && and || are decided by one known side.
func (x *evaluation) binary(e *hclsyntax.BinaryOpExpr, s *scope) cty.Value {
	leftX, rightX := x.fresh(), x.fresh()
	left, right := leftX.value(e.LHS, s), rightX.value(e.RHS, s)
	if v, ok := lazyEquality(e.Op, left, right); ok {
		return v.WithMarks(deepTaint(left, right))
	}
	params := e.Op.Impl.Params()
	left, lerr := convert.Convert(left, params[0].Type)
	right, rerr := convert.Convert(right, params[1].Type)
	if lerr != nil || rerr != nil {
		x.diags = append(append(x.diags, leftX.diags...), rightX.diags...)
		rng, err, side := e.LHS.Range(), lerr, "left"
		if lerr == nil {
			rng, err, side = e.RHS.Range(), rerr, "right"
		}
		return ofType(x.fail(rng, "Invalid operand", fmt.Sprintf("Unsuitable value for %s operand: %s.", side, err)), e.Op.Type)
	}
	x.program.work += roughSize(left) + roughSize(right)
	marks := deepTaint(left, right)
	left, _ = left.UnmarkDeep()
	right, _ = right.UnmarkDeep()
	if e.Op.ShortCircuit != nil {
		forced, diags := e.Op.ShortCircuit(left, right, leftX.diags, rightX.diags)
		if forced != cty.NilVal {
			x.diags = append(x.diags, diags...)
			return forced.WithMarks(marks)
		}
	}
	x.diags = append(append(x.diags, leftX.diags...), rightX.diags...)
	if leftX.diags.HasErrors() || rightX.diags.HasErrors() {
		return cty.UnknownVal(e.Op.Type).WithMarks(marks)
	}
	out, err := e.Op.Impl.Call([]cty.Value{left, right})
	if err != nil {
		return ofType(x.fail(e.SrcRange, "Operation failed", fmt.Sprintf("Error during operation: %s.", err)), e.Op.Type)
	}
	return x.checked(out, e.SrcRange).WithMarks(marks)
}

// lazyEquality decides == and != between an object whose attributes are found on demand, which is never null, and null.
func lazyEquality(op *hclsyntax.Operation, left, right cty.Value) (cty.Value, bool) {
	if op != hclsyntax.OpEqual && op != hclsyntax.OpNotEqual {
		return cty.NilVal, false
	}
	if (lazyOf(left) != nil && right.IsNull()) || (lazyOf(right) != nil && left.IsNull()) {
		return cty.BoolVal(op == hclsyntax.OpNotEqual), true
	}
	return cty.NilVal, false
}

// unary is a prefix operation.
func (x *evaluation) unary(e *hclsyntax.UnaryOpExpr, s *scope) cty.Value {
	before := len(x.diags)
	v, err := convert.Convert(x.value(e.Val, s), e.Op.Impl.Params()[0].Type)
	if x.diags[before:].HasErrors() {
		return ofType(v, e.Op.Type)
	}
	if err != nil {
		return ofType(x.fail(e.Val.Range(), "Invalid operand", fmt.Sprintf("Unsuitable value for unary operand: %s.", err)), e.Op.Type)
	}
	plain, marks := v.Unmark()
	out, err := e.Op.Impl.Call([]cty.Value{plain})
	if err != nil {
		return ofType(x.fail(e.SrcRange, "Operation failed", fmt.Sprintf("Error during operation: %s.", err)), e.Op.Type)
	}
	return out.WithMarks(taintOf(marks))
}

// object is {key = value}.
func (x *evaluation) object(e *hclsyntax.ObjectConsExpr, s *scope) cty.Value {
	vals := make(map[string]cty.Value, len(e.Items))
	var marks []cty.ValueMarks
	var taint []cty.Value
	known := true
	for _, item := range e.Items {
		before := len(x.diags)
		key := x.value(item.KeyExpr, s)
		keyFailed := x.diags[before:].HasErrors()
		val := x.value(item.ValueExpr, s)
		taint = append(taint, val)
		if keyFailed {
			known = false
			taint = append(taint, key)
			continue
		}
		plain, keyMarks := key.Unmark()
		marks = append(marks, taintOf(keyMarks))
		if plain.IsNull() {
			x.fail(item.KeyExpr.Range(), "Null value as key", "Can't use a null value as a key.")
			known = false
			continue
		}
		text, err := convert.Convert(plain, cty.String)
		if err != nil {
			x.fail(item.KeyExpr.Range(), "Incorrect key type", fmt.Sprintf("Can't use this value as a key: %s.", err))
			known = false
			continue
		}
		if !text.IsKnown() {
			known = false
			continue
		}
		vals[text.AsString()] = val
	}
	if !known {
		return cty.DynamicVal.WithMarks(marks...).WithMarks(deepTaint(taint...))
	}
	return cty.ObjectVal(vals).WithMarks(marks...)
}

// objectKey is a key of an object: a bare name is text.
func (x *evaluation) objectKey(e *hclsyntax.ObjectConsKeyExpr, s *scope) cty.Value {
	if !e.ForceNonLiteral {
		if trav, ok := e.Wrapped.(*hclsyntax.ScopeTraversalExpr); ok && len(trav.Traversal) > 1 {
			return x.fail(e.Range(), "Ambiguous attribute key", "If this expression is intended to be a reference, wrap it in "+
				"parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes.")
		}
		if word := hcl.ExprAsKeyword(e.Wrapped); word != "" {
			return cty.StringVal(word)
		}
	}
	return x.value(e.Wrapped, s)
}

// forExpr is [for ...] and {for ...}.
func (x *evaluation) forExpr(e *hclsyntax.ForExpr, s *scope) cty.Value {
	coll := x.materialise(x.value(e.CollExpr, s))
	plain, collMarks := coll.Unmark()
	collMarks = taintOf(collMarks)
	switch {
	case plain.IsNull():
		return x.fail(e.CollExpr.Range(), "Iteration over null value", "A null value cannot be used as the collection in a 'for' expression.")
	case plain.Type() == cty.DynamicPseudoType:
		return cty.DynamicVal.WithMarks(collMarks)
	case !plain.CanIterateElements() && plain.IsKnown():
		return x.fail(e.CollExpr.Range(), "Iteration over non-iterable value",
			fmt.Sprintf("A value of type %s cannot be used as the collection in a 'for' expression.", plain.Type().FriendlyName()))
	case !plain.IsKnown():
		return cty.DynamicVal.WithMarks(collMarks)
	}
	f := forRun{x: x, e: e, marks: []cty.ValueMarks{collMarks}, known: true, object: map[string]cty.Value{}, groups: map[string][]cty.Value{}}
	for it := plain.ElementIterator(); it.Next(); {
		if err := x.program.produceElement(); err != nil {
			return x.failLimit(e.SrcRange, err)
		}
		k, v := it.Element()
		names := map[string]cty.Value{e.ValVar: v}
		if e.KeyVar != "" {
			names[e.KeyVar] = k
		}
		f.element(s.child(names))
	}
	return f.result()
}

// forRun is the state of one "for" expression.
type forRun struct {
	x      *evaluation
	e      *hclsyntax.ForExpr
	marks  []cty.ValueMarks // of the collection, the conditions and the keys
	seen   []cty.Value      // every value, for the taint of an unknown result
	known  bool
	tuple  []cty.Value
	object map[string]cty.Value
	groups map[string][]cty.Value
}

func (f *forRun) element(s *scope) {
	if f.e.CondExpr != nil && !f.includes(s) {
		return
	}
	if f.e.KeyExpr == nil {
		f.tuple = append(f.tuple, f.x.value(f.e.ValExpr, s))
		return
	}
	key := f.x.value(f.e.KeyExpr, s)
	plain, marks := key.Unmark()
	f.marks = append(f.marks, taintOf(marks))
	if plain.IsNull() || !plain.IsKnown() {
		if plain.IsNull() {
			f.x.fail(f.e.KeyExpr.Range(), "Invalid object key", "Key expression in 'for' expression must not produce a null value.")
		}
		f.known = false
		// The result depends on the element all the same.
		f.seen = append(f.seen, key, f.x.fresh().value(f.e.ValExpr, s))
		return
	}
	text, err := convert.Convert(plain, cty.String)
	if err != nil {
		f.x.fail(f.e.KeyExpr.Range(), "Invalid object key", fmt.Sprintf("The key expression produced an invalid result: %s.", err))
		f.known = false
		return
	}
	val := f.x.value(f.e.ValExpr, s)
	f.seen = append(f.seen, val)
	name := text.AsString()
	if f.e.Group {
		f.groups[name] = append(f.groups[name], val)
		return
	}
	if _, exists := f.object[name]; exists {
		f.x.fail(f.e.KeyExpr.Range(), "Duplicate object key", fmt.Sprintf("Two different items produced the key %q in this 'for' "+
			"expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.", name))
		return
	}
	f.object[name] = val
}

// includes evaluates the "if" clause.
func (f *forRun) includes(s *scope) bool {
	v := f.x.value(f.e.CondExpr, s)
	plain, marks := v.Unmark()
	f.marks = append(f.marks, taintOf(marks))
	if plain.IsNull() {
		f.x.fail(f.e.CondExpr.Range(), "Invalid 'for' condition", "The value of the 'if' clause must not be null.")
		f.known = false
		return false
	}
	if !plain.IsKnown() {
		f.known = false
		return false
	}
	include, err := convert.Convert(plain, cty.Bool)
	if err != nil {
		f.x.fail(f.e.CondExpr.Range(), "Invalid 'for' condition", fmt.Sprintf("The 'if' clause value is invalid: %s.", err))
		f.known = false
		return false
	}
	return include.True()
}

func (f *forRun) result() cty.Value {
	if !f.known {
		return cty.DynamicVal.WithMarks(f.marks...).WithMarks(deepTaint(f.seen...), deepTaint(f.tuple...))
	}
	if f.e.KeyExpr == nil {
		return cty.TupleVal(f.tuple).WithMarks(f.marks...)
	}
	if f.e.Group {
		for k, group := range f.groups {
			f.object[k] = cty.TupleVal(group)
		}
	}
	return cty.ObjectVal(f.object).WithMarks(f.marks...)
}

// splat is v[*].x and v.*.x.
func (x *evaluation) splat(e *hclsyntax.SplatExpr, s *scope) cty.Value {
	before := len(x.diags)
	source := x.value(e.Source, s)
	if x.diags[before:].HasErrors() {
		return source
	}
	lazy := lazyOf(source)
	if c, ok := lazy.(interface{ uncertainCollection() bool }); ok && c.uncertainCollection() {
		lazy = nil
	}
	plain, marks := source.Unmark()
	ty := plain.Type()
	sequence := ty.IsTupleType() || ty.IsListType() || ty.IsSetType()
	switch {
	case lazy != nil:
		// One object stands for a sequence of itself.
		return cty.TupleVal([]cty.Value{x.value(e.Each, &scope{parent: s, anon: e.Item, anonValue: source})})
	case plain.IsNull() && !sequence:
		return cty.EmptyTupleVal.WithMarks(taintOf(marks))
	case plain.IsNull():
		return x.fail(e.Source.Range(), "Splat of null value", "Splat expressions (with the * symbol) cannot be applied to null sequences.")
	case ty == cty.DynamicPseudoType, !plain.IsKnown():
		return cty.DynamicVal.WithMarks(taintOf(marks))
	}
	if !sequence {
		plain = cty.TupleVal([]cty.Value{source})
		ty, marks = plain.Type(), nil
	}
	vals := make([]cty.Value, 0, plain.LengthInt())
	for it := plain.ElementIterator(); it.Next(); {
		if err := x.program.produceElement(); err != nil {
			return x.failLimit(e.SrcRange, err)
		}
		_, item := it.Element()
		vals = append(vals, x.value(e.Each, &scope{parent: s, anon: e.Item, anonValue: item}))
	}
	marks = taintOf(marks)
	if ty.IsTupleType() || len(vals) == 0 || !cty.CanListVal(vals) {
		return cty.TupleVal(vals).WithMarks(marks)
	}
	return cty.ListVal(vals).WithMarks(marks)
}

// materialise turns an object whose attributes are found on demand into a plain value where all of its attributes are
// known by name: a module instance's outputs.
func (x *evaluation) materialise(v cty.Value) cty.Value {
	if m, ok := lazyOf(v).(interface{ whole(x *evaluation) cty.Value }); ok {
		return m.whole(x)
	}
	return v
}
