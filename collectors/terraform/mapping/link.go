package mapping

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// Targets is what an argument that names other resources refers to.
type Targets struct {
	// Instances are the instances in this configuration, by address, without repeats.
	Instances []*resource.Instance
	// Literals are known values that name nothing in this configuration (an ARN or id of something elsewhere).
	Literals []string
	// Open is why further targets may exist that could not be determined; nil where there are none.
	Open *evidence.Unknown
}

// UIDs are the targets' UIDs: of instances, then the literals as they stand.
func (t Targets) UIDs(c *Context) []string {
	var out []string
	for _, r := range t.Instances {
		out = append(out, c.UID(r.Address))
	}
	return append(out, t.Literals...)
}

// First is the first instance, or nil.
func (t Targets) First() *resource.Instance {
	if len(t.Instances) == 0 {
		return nil
	}
	return t.Instances[0]
}

// Targets resolves an argument (a string, or a list or set of strings) to instances of the given resource types: through
// references, or through a literal that equals one of the type's identifying arguments or is an ARN that ends in it.
func (v View) Targets(name string, types ...string) Targets {
	a := v.Body.Attr(name)
	if !a.Set {
		return Targets{}
	}
	var t Targets
	add := func(r *resource.Instance) {
		if !slices.Contains(t.Instances, r) {
			t.Instances = append(t.Instances, r)
		}
	}
	if a.Value.IsKnown() {
		for _, s := range knownStrings(a) {
			found := v.ctx.named(s, types)
			for _, r := range found {
				add(r)
			}
			if len(found) == 0 {
				t.Literals = append(t.Literals, s)
			}
		}
	}
	if a.Unknown != nil && !v.ctx.unknownTargets(a, types, add) {
		u := *a.Unknown
		t.Open = &u
	}
	slices.SortFunc(t.Instances, func(a, b *resource.Instance) int { return strings.Compare(a.Address, b.Address) })
	return t
}

// Mentions returns the instances of the given types to which an argument refers in any way, be it as a part of a longer string
// or through a function: "${aws_cloudwatch_log_group.l.arn}:*". Where Targets gives an answer, prefer it.
func (v View) Mentions(name string, types ...string) []*resource.Instance {
	var out []*resource.Instance
	for _, ref := range v.Body.Attr(name).Refs {
		for _, r := range v.ctx.referred(ref, types) {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// unknownTargets adds the instances to which the unknown part of an argument refers, and reports whether every unknown part is
// accounted for.
func (c *Context) unknownTargets(a resource.Attribute, types []string, add func(*resource.Instance)) bool {
	byRefs := func() bool {
		hit := false
		for _, ref := range a.Refs {
			for _, r := range c.referred(ref, types) {
				add(r)
				hit = true
			}
		}
		return hit
	}
	// Where something that nobody resolved had a part in the value, it may name more than the references do.
	resolved := func() bool { return byRefs() && a.Unknown.Reason == evidence.Computed }
	if c.sameTargets(a.Same, types, add) {
		return true
	}
	switch ty := a.Value.Type(); {
	case ty.IsCollectionType() || ty.IsTupleType():
		if !a.Value.IsKnown() || a.Doc == cty.NilVal || !a.Doc.IsKnown() {
			return resolved()
		}
		return c.elementTargets(a.Doc, types, add, resolved)
	case len(a.Parts) == 1 && a.Parts[0].Hole && !ty.HasDynamicTypes():
		return byRefs()
	case ty.HasDynamicTypes():
		if len(a.Parts) == 1 && a.Parts[0].Ref.Address != "" {
			return byRefs()
		}
		return resolved()
	}
	return false // part of a longer string names something else
}

// elementTargets goes through the unknown elements of a list. An element that is plainly a reference stands for what it refers
// to; the others stand for what the whole argument refers to.
func (c *Context) elementTargets(list cty.Value, types []string, add func(*resource.Instance), others func() bool) bool {
	list, _ = list.Unmark()
	all := true
	for it := list.ElementIterator(); it.Next(); {
		_, el := it.Element()
		if el.IsKnown() {
			continue
		}
		if c.sameTargets(sameRefs(el), types, add) {
			continue
		}
		ref, plain := plainRef(el)
		if !plain {
			all = others() && all
			continue
		}
		found := c.referred(ref, types)
		for _, r := range found {
			add(r)
		}
		all = all && len(found) > 0
	}
	return all
}

// sameTargets adds the instances of the types whose own argument the value is, and reports whether there are any.
func (c *Context) sameTargets(refs []resource.Ref, types []string, add func(*resource.Instance)) bool {
	hit := false
	for _, ref := range refs {
		for _, r := range c.referred(ref, types) {
			add(r)
			hit = true
		}
	}
	return hit
}

// sameRefs returns the arguments whose value an unknown element is.
func sameRefs(el cty.Value) []resource.Ref {
	var out []resource.Ref
	for m := range cty.ValueMarksOfType[resource.SameMark](el) {
		out = append(out, resource.Ref(m))
	}
	return out
}

// plainRef returns the reference that an unknown element is, and false where it is none or more than one.
func plainRef(el cty.Value) (resource.Ref, bool) {
	_, marks := el.Unmark()
	for m := range marks {
		if p, ok := m.(resource.PartsMark); ok && len(*p.Parts) == 1 && (*p.Parts)[0].Hole {
			ref := (*p.Parts)[0].Ref
			return ref, ref.Address != ""
		}
	}
	return resource.Ref{}, false
}

// referred returns the instances of the types that a reference denotes: one, or all of a resource where its key is unknown.
func (c *Context) referred(ref resource.Ref, types []string) []*resource.Instance {
	var found []*resource.Instance
	if r := c.byAddress[ref.Address]; r != nil {
		found = []*resource.Instance{r}
	} else {
		found = c.byRes[ref.Address]
	}
	if len(found) > 0 && len(types) > 0 && !slices.Contains(types, found[0].Type) {
		return nil
	}
	return found
}

// named returns the instances of the types that a literal names.
func (c *Context) named(literal string, types []string) []*resource.Instance {
	if literal == "" {
		return nil
	}
	var out []*resource.Instance
	for _, typ := range types {
		out = append(out, c.names(typ)[literal]...)
		if len(out) == 0 && strings.HasPrefix(literal, "arn:") {
			out = append(out, c.names(typ)[literal[strings.LastIndexAny(literal, ":/")+1:]]...)
		}
	}
	return out
}

// identifying are the arguments by which other resources, or people, name a resource. They are the same words all over the
// provider, so one list serves every type.
var identifying = []string{
	"bucket", "name", "identifier", "cluster_identifier", "replication_group_id", "domain_name", "function_name", "arn", "id",
	"db_name_prefix", "cluster_id", "group_name", "user_name", "key_id", "table_name", "creation_token", "namespace_name",
}

func (c *Context) names(typ string) map[string][]*resource.Instance {
	key := partKey{typ, ""}
	if ix := c.parts[key]; ix != nil {
		return ix.byTarget
	}
	ix := &partIndex{byTarget: make(map[string][]*resource.Instance)}
	for _, r := range c.byType[typ] {
		for _, arg := range identifying {
			a := r.Body.Attr(arg)
			if a.Set && a.Value.IsKnown() {
				if s, ok := stringOf(a.Value); ok && s != "" && !slices.Contains(ix.byTarget[s], r) {
					ix.byTarget[s] = append(ix.byTarget[s], r)
				}
			}
		}
	}
	c.parts[key] = ix
	return ix.byTarget
}

// namesOthers says whether every unknown part of an argument plainly names a managed resource by what identifies it. Where that
// resource is not of the wanted type, the argument names something else: it is not in question.
func (c *Context) namesOthers(a resource.Attribute) bool {
	if slices.ContainsFunc(a.Same, c.identified) {
		return true
	}
	if len(a.Parts) == 1 && a.Parts[0].Hole {
		return c.identified(a.Parts[0].Ref)
	}
	if a.Doc == cty.NilVal { // a plan has no parts: it says only what the value depends on
		return a.Unknown.Reason == evidence.Computed && len(a.Refs) > 0 &&
			!slices.ContainsFunc(a.Refs, func(ref resource.Ref) bool { return !c.identified(ref) })
	}
	if !a.Doc.IsKnown() || !a.Doc.CanIterateElements() {
		return false
	}
	list, _ := a.Doc.Unmark()
	for it := list.ElementIterator(); it.Next(); {
		_, el := it.Element()
		if el.IsKnown() {
			continue
		}
		if slices.ContainsFunc(sameRefs(el), c.identified) {
			continue
		}
		if ref, plain := plainRef(el); !plain || !c.identified(ref) {
			return false
		}
	}
	return true
}

// identified says whether a reference is to what identifies a managed resource, or a part that its provider makes with it.
func (c *Context) identified(ref resource.Ref) bool {
	switch ref.Attr {
	case "id", "arn", "name", "bucket", "function_name", "default_security_group_id", "default_network_acl_id",
		"default_route_table_id", "main_route_table_id", "primary_network_interface_id":
	default:
		return false
	}
	found := c.referred(ref, nil)
	return len(found) > 0 && found[0].Mode == resource.Managed
}

func knownStrings(a resource.Attribute) []string {
	ty := a.Value.Type()
	if !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType() {
		if s, ok := stringOf(a.Value); ok && s != "" {
			return []string{s}
		}
		return nil
	}
	var out []string
	for it := a.Value.ElementIterator(); it.Next(); {
		_, el := it.Element()
		el, _ = el.UnmarkDeep()
		if s, ok := stringOf(el); ok && s != "" {
			out = append(out, s)
		}
	}
	return out
}

type partKey struct{ typ, arg string }

type partIndex struct {
	byTarget map[string][]*resource.Instance
	open     []openPart
}

type openPart struct {
	part *resource.Instance
	why  evidence.Unknown
}

// Parts returns the instances of a resource type whose argument refers to the view's instance: the split resources and
// rules that belong to it. Open is not nil where such a part may exist that cannot be told (its argument is unknown, or its
// count is): what the part would say is then unknown, not absent.
func (v View) Parts(typ, arg string) (parts []View, open *evidence.Unknown) {
	ix := v.ctx.partsBy(typ, arg, v.Instance.Type)
	for _, r := range ix.byTarget[v.Instance.Address] {
		parts = append(parts, v.ctx.View(r))
	}
	for _, o := range ix.open {
		if !slices.ContainsFunc(parts, func(p View) bool { return p.Instance == o.part }) {
			why := o.why
			return parts, &why
		}
	}
	return parts, nil
}

// Part returns the first of Parts. Where there is none the view does not exist and its arguments are absent, or unknown
// where a part may exist that cannot be told.
func (v View) Part(typ, arg string) View {
	parts, open := v.Parts(typ, arg)
	if len(parts) == 0 {
		return View{Instance: v.Instance, ctx: v.ctx, maybe: open}
	}
	return parts[0]
}

func (c *Context) partsBy(typ, arg, parent string) *partIndex {
	key := partKey{typ, arg + ">" + parent}
	if ix := c.parts[key]; ix != nil {
		return ix
	}
	ix := &partIndex{byTarget: make(map[string][]*resource.Instance)}
	for _, r := range c.byType[typ] {
		t := c.View(r).Targets(arg, parent)
		for _, target := range t.Instances {
			if r.Unexpanded != nil {
				continue
			}
			ix.byTarget[target.Address] = append(ix.byTarget[target.Address], r)
		}
		switch {
		case t.Open != nil && !c.namesOthers(c.View(r).Attr(arg)):
			ix.open = append(ix.open, openPart{r, *t.Open})
		case r.Unexpanded != nil && len(t.Instances) > 0:
			ix.open = append(ix.open, openPart{r, *r.Unexpanded})
		}
	}
	c.parts[key] = ix
	return ix
}
