package plan

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// source is what the configuration says of a body.
type source struct {
	expressions map[string]*expression
	known       bool // the configuration has the body; else nothing can be said of what is written in it
}

// converter turns the values of one instance into a body.
type converter struct {
	resolver *resolver
	frame    frame
	caller   caller
	// mirrored is set where lists that the configuration does not write repeat resources that this plan changes.
	mirrored bool
}

// field is one member of an object with its masks and what the configuration says of it.
type field struct {
	name             string
	value            any
	unknown, secret  any
	expr             *expression // nil where it is not written, or where that is not known
	unwritten        bool        // the configuration is known not to write it
	whollyUnknown    bool
	list             bool // it is a list or set, whether its value is known or not
	depth            int
	elementsExpected bool // its elements are nested blocks of the configuration, one for one
}

// body converts an object.
func (c converter) body(values map[string]any, unknown, secret any, src source, depth int) *resource.Body {
	out := &resource.Body{Attributes: map[string]resource.Attribute{}, Nested: map[string][]*resource.Body{}}
	if depth > maxDepth {
		return out
	}
	masks, secrets := object(unknown), object(secret)
	names := sortedKeys(values)
	for _, name := range sortedKeys(masks) {
		if _, ok := values[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f := field{name: name, value: values[name], unknown: masks[name], secret: secrets[name], depth: depth}
		f.expr = src.expressions[name]
		f.unwritten = src.known && f.expr == nil
		f.whollyUnknown, _ = f.unknown.(bool)
		f.list = isList(f.value) || isList(f.secret) || isList(f.unknown)
		f.elementsExpected = f.expr != nil && f.expr.isBlocks && len(f.expr.blocks) == len(list(f.value))
		c.field(out, f)
	}
	return out
}

// field converts one member of an object.
func (c converter) field(out *resource.Body, f field) {
	switch {
	case f.whollyUnknown && f.unwritten:
		// The provider computes it, unless it is a block type whose blocks a dynamic block makes: the plan prints none.
		if f.list {
			setUnknownNested(out, f.name, evidence.Unknown{Reason: evidence.Computed, Detail: f.name + " is known after apply, and a plan does not " +
				"say whether a dynamic block sets it; name the configuration to tell: plan:FILE,dir=DIR"})
		}
		return
	case f.whollyUnknown && f.expr != nil && f.expr.isBlocks:
		setUnknownNested(out, f.name, evidence.Unknown{Reason: evidence.Computed, Detail: "blocks of type " + f.name + " are known after apply"})
		return
	case f.value == nil && !anyTrue(f.unknown, 0):
		return
	case f.unwritten && (isEmpty(f.value) || c.mirrored && f.list):
		return // nothing is there, or it repeats what other resources say better
	}
	out.Attributes[f.name] = c.attribute(f)
	if bodies := c.nested(f); bodies != nil {
		out.Nested[f.name] = bodies
	}
}

func setUnknownNested(b *resource.Body, name string, u evidence.Unknown) {
	if b.UnknownNested == nil {
		b.UnknownNested = map[string]*evidence.Unknown{}
	}
	b.UnknownNested[name] = &u
}

// attribute converts a member to an attribute. Unknown ones carry the references that the configuration names.
func (c converter) attribute(f field) resource.Attribute {
	a := resource.Attribute{Set: true, Sensitive: anyTrue(f.secret, 0)}
	tooBig := false
	a.Value = build(f.value, f.unknown, 0, &tooBig)
	if a.Value.IsWhollyKnown() {
		return a
	}
	from := c.caller
	from.many = f.list
	a.Refs = c.resolver.refs(f.expr, c.frame, from)
	detail := f.name + " is known after apply"
	if len(a.Refs) > 0 {
		ref := a.Refs[0].Address
		if attr := a.Refs[0].Attr; attr != "" {
			ref += "." + attr
		}
		detail = ref + " is known after apply"
	}
	a.Unknown = &evidence.Unknown{Reason: evidence.Computed, Detail: detail}
	if tooBig {
		a.Unknown = &evidence.Unknown{Reason: evidence.ParseError, Detail: f.name + " holds a number or nesting that is too large"}
	}
	return a
}

// nested gives a list of objects the form of nested blocks too; nil where the member is none.
func (c converter) nested(f field) []*resource.Body {
	items, masks, secrets := list(f.value), list(f.unknown), list(f.secret)
	if one := object(f.value); one != nil && f.expr != nil && f.expr.isBlocks { // a block type that allows one block
		items, masks, secrets = []any{one}, []any{f.unknown}, []any{f.secret}
		f.elementsExpected = len(f.expr.blocks) == 1
	}
	if len(items) == 0 {
		return nil
	}
	var out []*resource.Body
	for i, item := range items {
		values, ok := item.(map[string]any)
		if !ok {
			return nil
		}
		src := source{}
		if f.elementsExpected {
			src = source{expressions: f.expr.blocks[i], known: true}
		}
		out = append(out, c.body(values, at(masks, i), at(secrets, i), src, f.depth+1))
	}
	return out
}

func at(l []any, i int) any {
	if i < len(l) {
		return l[i]
	}
	return nil
}

// build converts a value; where the mask is true it is unknown.
func build(value, unknown any, depth int, tooBig *bool) cty.Value {
	if whole, _ := unknown.(bool); whole {
		return cty.DynamicVal
	}
	if depth > maxDepth {
		*tooBig = true
		return cty.DynamicVal
	}
	switch v := value.(type) {
	case string:
		return cty.StringVal(v)
	case bool:
		return cty.BoolVal(v)
	case json.Number:
		return number(v, tooBig)
	case []any:
		return tuple(v, list(unknown), depth, tooBig)
	case map[string]any:
		return buildObject(v, object(unknown), depth, tooBig)
	}
	switch mask := unknown.(type) {
	case []any:
		if anyTrue(mask, 0) {
			return tuple(nil, mask, depth, tooBig)
		}
	case map[string]any:
		if anyTrue(mask, 0) {
			return buildObject(nil, mask, depth, tooBig)
		}
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

// number converts a number that a double-precision number could hold; any larger one only wastes memory.
func number(n json.Number, tooBig *bool) cty.Value {
	const most = 100 // digits
	f, err := strconv.ParseFloat(n.String(), 64)
	if err != nil || math.IsInf(f, 0) || len(n) > most || (f == 0 && len(n) > 1 && n[0] != '0' && n[0] != '-') {
		*tooBig = true
		return cty.UnknownVal(cty.Number)
	}
	v, err := cty.ParseNumberVal(n.String())
	if err != nil {
		*tooBig = true
		return cty.UnknownVal(cty.Number)
	}
	return v
}

func tuple(items, masks []any, depth int, tooBig *bool) cty.Value {
	vals := make([]cty.Value, max(len(items), len(masks)))
	for i := range vals {
		vals[i] = build(at(items, i), at(masks, i), depth+1, tooBig)
	}
	return cty.TupleVal(vals)
}

func buildObject(values, masks map[string]any, depth int, tooBig *bool) cty.Value {
	out := make(map[string]cty.Value, len(values))
	for name, v := range values {
		out[name] = build(v, masks[name], depth+1, tooBig)
	}
	for name, mask := range masks {
		if _, ok := values[name]; !ok && anyTrue(mask, 0) {
			out[name] = build(nil, mask, depth+1, tooBig)
		}
	}
	return cty.ObjectVal(out)
}

// anyTrue reports whether a mask is true anywhere.
func anyTrue(mask any, depth int) bool {
	switch m := mask.(type) {
	case bool:
		return m
	case []any:
		return depth < maxDepth && slices.ContainsFunc(m, func(v any) bool { return anyTrue(v, depth+1) })
	case map[string]any:
		for _, v := range m {
			if depth < maxDepth && anyTrue(v, depth+1) {
				return true
			}
		}
	}
	return false
}

func isList(v any) bool {
	_, ok := v.([]any)
	return ok
}

// isEmpty reports whether a value is one that providers use for "nothing".
func isEmpty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// changeName is the name of a plan's action; "" for one that leaves nothing behind.
func changeName(actions []string) string {
	switch {
	case slices.Contains(actions, "create") && slices.Contains(actions, "delete"):
		return "replace"
	case len(actions) == 1:
		switch actions[0] {
		case "create", "update", "no-op", "read":
			return actions[0]
		}
	case slices.Contains(actions, "create"): // create, then forget
		return "create"
	}
	return ""
}
