package hcleval

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// bodyNode is a block's body in the scope of one instance; what it holds is evaluated on demand, once.
type bodyNode struct {
	owner  *instance // the resource it belongs to; nil in provider and backend blocks
	src    *hclsyntax.Body
	scope  *scope
	header hcl.Range
	label  string
	path   string // of a nested body below its instance, such as "root_block_device[0]"
	top    bool   // a resource's own body, with meta-arguments
	meta   bool   // a lifecycle, provisioner or connection block, some of whose arguments are names, not values

	attrs  map[string]*memo
	nested *nestedBlocks
}

// nestedBlocks are a body's nested blocks after expansion of dynamic ones.
type nestedBlocks struct {
	byType  map[string][]*bodyNode
	unknown map[string]*evidence.Unknown
}

// isMeta reports whether a resource's argument or block is Terraform's own, not the provider's.
func isMeta(name string) bool {
	switch name {
	case "count", "for_each", "provider", "depends_on":
		return true
	}
	return false
}

// label of an attribute in cycles.
func (b *bodyNode) attrLabel(name string) string {
	switch {
	case b.owner == nil:
		return b.path + "." + name
	case b.path == "":
		return b.owner.address + "." + name
	}
	return b.owner.address + "." + b.path + "." + name
}

// value evaluates an argument once.
func (b *bodyNode) value(p *program, attr *hclsyntax.Attribute) cty.Value {
	if b.attrs == nil {
		b.attrs = make(map[string]*memo, len(b.src.Attributes))
	}
	m := b.attrs[attr.Name]
	if m == nil {
		m = &memo{}
		b.attrs[attr.Name] = m
	}
	return p.resolve(m, b.attrLabel(attr.Name), attr.NameRange, func(x *evaluation) cty.Value { return x.value(attr.Expr, b.scope) })
}

// reference resolves a reference to an attribute of the body: what the configuration sets, else a value that only the
// provider knows.
func (b *bodyNode) reference(x *evaluation, name string) cty.Value {
	path := name
	if b.path != "" {
		path = b.path + "." + name
	}
	if b.top {
		if v, ok := b.owner.document(x.program)[name]; ok {
			return v.WithMarks(cty.NewValueMarks(refMark{Address: b.owner.address, Attr: path}))
		}
	}
	if attr := b.src.Attributes[name]; attr != nil && (!b.top || !isMeta(name)) {
		v := b.value(x.program, attr)
		if !v.IsNull() {
			ref := resource.Ref{Address: b.owner.address, Attr: path}
			if !v.IsKnown() {
				v = v.Mark(resource.SameMark(ref))
			}
			return v.Mark(refMark(ref))
		}
		return b.owner.unset(path)
	}
	blocks := b.blocks(x.program)
	if nodes := blocks.byType[name]; len(nodes) > 0 && blocks.unknown[name] == nil {
		vals := make([]cty.Value, len(nodes))
		for i, n := range nodes {
			vals[i] = cty.DynamicVal.WithMarks(cty.NewValueMarks(lazyMark{object: n},
				refMark{Address: b.owner.address, Attr: n.path}, whyMark(b.owner.why(n.path))))
		}
		return cty.TupleVal(vals)
	}
	return b.owner.unset(path)
}

// attr makes a nested body an object.
func (b *bodyNode) attr(x *evaluation, name string, _ hcl.Range) cty.Value {
	return b.reference(x, name)
}

func (b *bodyNode) index(x *evaluation, key cty.Value, rng hcl.Range) cty.Value {
	if key.IsKnown() && !key.IsNull() && key.Type() == cty.String {
		return b.reference(x, key.AsString())
	}
	return x.fail(rng, "Invalid index", "A nested block cannot be indexed here.")
}

// blocks expands the nested blocks once.
func (b *bodyNode) blocks(p *program) *nestedBlocks {
	if b.nested != nil {
		return b.nested
	}
	out := &nestedBlocks{byType: map[string][]*bodyNode{}, unknown: map[string]*evidence.Unknown{}}
	b.nested = out
	x := &evaluation{program: p}
	for _, block := range b.src.Blocks {
		if b.meta && (block.Type == "precondition" || block.Type == "postcondition") {
			continue
		}
		if block.Type == "dynamic" && len(block.Labels) == 1 {
			b.dynamic(x, block, out)
			continue
		}
		b.add(out, block.Type, &bodyNode{
			owner: b.owner, src: block.Body, scope: b.scope, header: block.DefRange(), label: strings.Join(block.Labels, " "),
		})
	}
	p.diags = append(p.diags, x.diags...)
	return out
}

func (b *bodyNode) add(out *nestedBlocks, typ string, n *bodyNode) {
	n.meta = b.meta || b.top && (typ == "lifecycle" || typ == "provisioner" || typ == "connection")
	n.path = fmt.Sprintf("%s[%d]", typ, len(out.byType[typ]))
	if b.path != "" {
		n.path = b.path + "." + n.path
	}
	out.byType[typ] = append(out.byType[typ], n)
}

// dynamic expands one dynamic block.
func (b *bodyNode) dynamic(x *evaluation, block *hclsyntax.Block, out *nestedBlocks) {
	typ := block.Labels[0]
	iterator := typ
	if attr := block.Body.Attributes["iterator"]; attr != nil {
		if word := hcl.ExprAsKeyword(attr.Expr); word != "" {
			iterator = word
		}
	}
	var content *hclsyntax.Block
	for _, inner := range block.Body.Blocks {
		if inner.Type == "content" {
			content = inner
		}
	}
	forEach := block.Body.Attributes["for_each"]
	if content == nil || forEach == nil {
		x.fail(block.DefRange(), "Invalid dynamic block", "A dynamic block needs a for_each argument and a content block.")
		out.unknown[typ] = failedWhy(b.attrLabel(typ), "for_each")
		return
	}
	v := x.materialise(x.value(forEach.Expr, b.scope))
	plain, outer := v.Unmark()
	switch {
	case !plain.IsKnown():
		out.unknown[typ] = whyUnknown(v)
		return
	case plain.IsNull() || !plain.CanIterateElements():
		x.fail(forEach.Expr.Range(), "Invalid dynamic for_each value",
			"Cannot use this value in for_each: a list, map or set that is not null is required.")
		out.unknown[typ] = failedWhy(b.attrLabel(typ), "for_each")
		return
	}
	if why := x.program.admit(x, plain.LengthInt(), forEach, b.attrLabel(typ)); why != nil {
		out.unknown[typ] = why
		return
	}
	for it := plain.ElementIterator(); it.Next(); {
		k, item := it.Element()
		if plain.Type().IsSetType() {
			k = item
		}
		element := cty.ObjectVal(map[string]cty.Value{"key": k, "value": item.WithMarks(taintOf(outer))})
		inner := b.scope.child(map[string]cty.Value{iterator: element})
		b.add(out, typ, &bodyNode{
			owner: b.owner, src: content.Body, scope: inner, header: block.DefRange(), label: dynamicLabels(x, block, inner),
		})
	}
}

// dynamicLabels evaluates the labels argument of a dynamic block as far as it is known.
func dynamicLabels(x *evaluation, block *hclsyntax.Block, s *scope) string {
	attr := block.Body.Attributes["labels"]
	if attr == nil {
		return ""
	}
	v, _ := x.value(attr.Expr, s).UnmarkDeep()
	if !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() {
		return ""
	}
	var words []string
	for it := v.ElementIterator(); it.Next(); {
		if _, item := it.Element(); item.Type() == cty.String && !item.IsNull() {
			words = append(words, item.AsString())
		}
	}
	return strings.Join(words, " ")
}

// build turns the body into its final form.
func (b *bodyNode) build(p *program) *resource.Body {
	out := &resource.Body{
		Range: toRange(b.header), Label: b.label,
		Attributes: make(map[string]resource.Attribute, len(b.src.Attributes)), Nested: map[string][]*resource.Body{},
	}
	for _, name := range sortedKeys(b.src.Attributes) {
		if b.top && isMeta(name) {
			continue
		}
		attr := b.src.Attributes[name]
		v, ok := cty.NilVal, false
		if b.meta {
			v, ok = names(attr)
		}
		if !ok {
			v = b.value(p, attr)
		}
		p.noteSensitive(v)
		built := finalise(v)
		built.Range = toRange(attr.SrcRange)
		out.Attributes[name] = built
		if bodies := objectBodies(v, attr); bodies != nil {
			out.Nested[name] = bodies
		}
	}
	if b.top {
		for name, v := range b.owner.document(p) {
			built := finalise(v)
			built.Range = toRange(b.header)
			out.Attributes[name] = built
		}
	}
	blocks := b.blocks(p)
	for typ, nodes := range blocks.byType {
		for _, n := range nodes {
			out.Nested[typ] = append(out.Nested[typ], n.build(p))
		}
	}
	if len(blocks.unknown) > 0 {
		out.UnknownNested = blocks.unknown
	}
	return out
}

// names returns the value of an argument of a lifecycle or provisioner block that is written as names: the names as text.
func names(attr *hclsyntax.Attribute) (cty.Value, bool) {
	switch attr.Name {
	case "ignore_changes", "replace_triggered_by", "when", "on_failure":
	default:
		return cty.NilVal, false
	}
	if word := hcl.ExprAsKeyword(attr.Expr); word != "" {
		return cty.StringVal(word), true
	}
	tuple, ok := attr.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return cty.NilVal, false
	}
	vals := make([]cty.Value, 0, len(tuple.Exprs))
	for _, item := range tuple.Exprs {
		text, isText := literalText(item)
		if t, diags := hcl.AbsTraversalForExpr(item); !diags.HasErrors() {
			text, isText = traversalText(t), true
		}
		if isText {
			vals = append(vals, cty.StringVal(text))
		}
	}
	return cty.TupleVal(vals), true
}

// finalise turns an evaluated value into an attribute without its range. Null becomes an absent attribute.
func finalise(v cty.Value) resource.Attribute {
	if v.IsNull() {
		return resource.Attribute{Sensitive: v.HasMark(sensitive)}
	}
	if !v.ContainsMarked() {
		return resource.Attribute{Set: true, Value: v, Unknown: whyUnknown(v)}
	}
	out := resource.Attribute{Set: true, Unknown: whyUnknown(v)}
	plain, marks := v.UnmarkDeep()
	out.Value = plain
	for m := range marks {
		switch m := m.(type) {
		case refMark:
			out.Refs = append(out.Refs, resource.Ref(m))
		case tffunc.Mark:
			out.Sensitive = out.Sensitive || m == sensitive
		}
	}
	sortRefs(out.Refs)
	if out.Unknown == nil {
		return out
	}
	if parts, ok := partsOf(v); ok {
		out.Parts = parts
	}
	if !v.IsKnown() {
		for m := range cty.ValueMarksOfType[resource.SameMark](v) {
			out.Same = append(out.Same, resource.Ref(m))
		}
		sortRefs(out.Same)
	}
	if doc, ok := docOf(v); ok {
		out.Doc = onlyParts(doc)
	} else if !isScalar(plain) {
		out.Doc = onlyParts(v)
	}
	return out
}

func isScalar(v cty.Value) bool { return !v.IsKnown() || !v.CanIterateElements() }

// onlyParts keeps only PartsMark and SameMark of the marks at every depth.
func onlyParts(v cty.Value) cty.Value {
	plain, paths := v.UnmarkDeepWithPaths()
	kept := paths[:0]
	for _, p := range paths {
		marks := cty.ValueMarks{}
		for m := range p.Marks {
			switch m.(type) {
			case resource.PartsMark, resource.SameMark:
				marks[m] = struct{}{}
			}
		}
		if len(marks) > 0 {
			kept = append(kept, cty.PathValueMarks{Path: p.Path, Marks: marks})
		}
	}
	return plain.MarkWithPaths(kept)
}

func sortRefs(refs []resource.Ref) {
	slices.SortFunc(refs, func(a, b resource.Ref) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Attr, b.Attr))
	})
}

// objectBodies gives an argument that is a list of objects the form of nested blocks too, since both ways of writing
// mean the same to many providers.
func objectBodies(v cty.Value, attr *hclsyntax.Attribute) []*resource.Body {
	plain, marks := v.Unmark()
	if plain.IsNull() || !plain.IsKnown() {
		return nil
	}
	ty := plain.Type()
	if _, ok := attr.Expr.(jsonObject); ok && ty.IsObjectType() {
		return []*resource.Body{objectBody(v, attr.Expr, attr.SrcRange)}
	}
	if !ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType() {
		return nil
	}
	var out []*resource.Body
	for it := plain.ElementIterator(); it.Next(); {
		_, item := it.Element()
		if !item.Type().IsObjectType() || item.IsNull() || !item.IsKnown() {
			return nil
		}
		expr, rng := writtenElement(attr, len(out))
		out = append(out, objectBody(item.WithMarks(taintOf(marks)), expr, rng))
	}
	return out
}

// writtenElement returns the expression and the place of the list's i-th element where the list is written out, else nil
// and the argument's place.
func writtenElement(attr *hclsyntax.Attribute, i int) (hclsyntax.Expression, hcl.Range) {
	if tuple, ok := attr.Expr.(*hclsyntax.TupleConsExpr); ok && i < len(tuple.Exprs) {
		return tuple.Exprs[i], tuple.Exprs[i].Range()
	}
	return nil, attr.SrcRange
}

// objectBody makes a body of an object. Where the object is written out, each attribute has its own place.
func objectBody(v cty.Value, expr hclsyntax.Expression, rng hcl.Range) *resource.Body {
	plain, marks := v.Unmark()
	body := &resource.Body{Range: toRange(rng), Attributes: map[string]resource.Attribute{}, Nested: map[string][]*resource.Body{}}
	places := itemPlaces(expr)
	for name := range plain.Type().AttributeTypes() {
		built := finalise(plain.GetAttr(name).WithMarks(taintOf(marks)))
		built.Range = toRange(rng)
		if place, ok := places[name]; ok {
			built.Range = toRange(place)
		}
		body.Attributes[name] = built
	}
	return body
}

// itemPlaces returns the places of an object's items by key.
func itemPlaces(e hclsyntax.Expression) map[string]hcl.Range {
	if object, ok := e.(jsonObject); ok {
		e = object.ObjectConsExpr
	}
	object, ok := e.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	out := make(map[string]hcl.Range, len(object.Items))
	for _, item := range object.Items {
		if name, ok := literalText(item.KeyExpr); ok {
			out[name] = hcl.RangeBetween(item.KeyExpr.Range(), item.ValueExpr.Range())
		}
	}
	return out
}

// toRange converts a range of the library.
func toRange(r hcl.Range) resource.Range {
	return resource.Range{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column, EndLine: r.End.Line, EndColumn: r.End.Column}
}
