package hcleval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/internal/evidence"
)

// expansion is what count or for_each of a block came to.
type expansion struct {
	kind    expansionKind
	scopes  []*instanceScope // one per instance; one for notExpanded and unknownKeys
	keys    []cty.Value
	unknown *evidence.Unknown // with unknownKeys: why
	marks   cty.ValueMarks    // taint of the count or for_each argument
}

type expansionKind uint8

const (
	single      expansionKind = iota // neither count nor for_each
	byCount                          // tuple
	byKey                            // object
	unknownKeys                      // count or for_each is not known
)

// expand evaluates count or for_each of a resource or module block.
func (m *moduleInstance) expand(x *evaluation, body *hclsyntax.Body, s *scope, label string) expansion {
	if attr := body.Attributes["count"]; attr != nil {
		return m.expandCount(x, attr, s, label)
	}
	if attr := body.Attributes["for_each"]; attr != nil {
		return m.expandForEach(x, attr, s, label)
	}
	return expansion{kind: single, scopes: []*instanceScope{nil}, keys: []cty.Value{cty.NilVal}}
}

// unexpanded is the expansion of a block whose count or for_each is not known.
func unexpanded(attr *hclsyntax.Attribute, why *evidence.Unknown, marks cty.ValueMarks) expansion {
	sc := &instanceScope{}
	reason := unknownBecause(cty.DynamicPseudoType, why.Reason, why.Detail)
	if attr.Name == "count" {
		sc.countIndex = cty.UnknownVal(cty.Number).WithSameMarks(reason)
	} else {
		sc.eachKey = cty.UnknownVal(cty.String).WithSameMarks(reason)
		sc.eachValue = reason.WithMarks(marks)
	}
	return expansion{kind: unknownKeys, scopes: []*instanceScope{sc}, keys: []cty.Value{cty.UnknownVal(cty.DynamicPseudoType)}, unknown: why, marks: marks}
}

func (m *moduleInstance) expandCount(x *evaluation, attr *hclsyntax.Attribute, s *scope, label string) expansion {
	before := len(x.diags)
	raw := x.value(attr.Expr, s)
	v := convertOr(x, raw, cty.Number, attr.Expr.Range())
	marks := deepTaint(raw, v)
	if why := whyUnknown(v); why != nil {
		return unexpanded(attr, why, marks)
	}
	plain, _ := v.UnmarkDeep()
	if plain.IsNull() {
		x.fail(attr.Expr.Range(), "Invalid count argument", "The given \"count\" argument value is null. A whole number is required.")
		return unexpanded(attr, failedWhy(label, "count"), marks)
	}
	f := plain.AsBigFloat()
	n, accuracy := f.Int64()
	if accuracy != 0 || n < 0 || x.diags[before:].HasErrors() {
		x.fail(attr.Expr.Range(), "Invalid count argument", "The given \"count\" argument value is unsuitable: a whole number of zero or more is required.")
		return unexpanded(attr, failedWhy(label, "count"), marks)
	}
	if why := m.program.admit(x, int(min(n, 1<<40)), attr, label); why != nil {
		return unexpanded(attr, why, marks)
	}
	out := expansion{kind: byCount, marks: marks}
	for i := range n {
		index := cty.NumberIntVal(i)
		out.keys = append(out.keys, index)
		out.scopes = append(out.scopes, &instanceScope{countIndex: index.WithMarks(sensitiveOf(marks))})
	}
	return out
}

func (m *moduleInstance) expandForEach(x *evaluation, attr *hclsyntax.Attribute, s *scope, label string) expansion {
	v := x.materialise(x.value(attr.Expr, s))
	marks := deepTaint(v)
	plain, outer := v.Unmark()
	if !plain.IsKnown() {
		return unexpanded(attr, whyUnknown(v), marks)
	}
	ty := plain.Type()
	iterable := ty.IsMapType() || ty.IsObjectType() || (ty.IsSetType() && (ty.ElementType() == cty.String || plain.LengthInt() == 0))
	if ty.IsSetType() && !plain.IsNull() && !plain.IsWhollyKnown() {
		return unexpanded(attr, whyUnknown(v), marks)
	}
	if plain.IsNull() || !iterable {
		detail := "The given \"for_each\" argument value is null. A map, or set of strings is allowed."
		if !plain.IsNull() {
			detail = fmt.Sprintf("The \"for_each\" argument must be a map, or set of strings, and you have provided a value of type %s.", ty.FriendlyName())
		}
		x.fail(attr.Expr.Range(), "Invalid for_each argument", detail)
		return unexpanded(attr, failedWhy(label, "for_each"), marks)
	}
	if why := m.program.admit(x, plain.LengthInt(), attr, label); why != nil {
		return unexpanded(attr, why, marks)
	}
	out := expansion{kind: byKey, marks: taintOf(outer)}
	for it := plain.ElementIterator(); it.Next(); {
		k, item := it.Element()
		key, _ := k.Unmark()
		if ty.IsSetType() {
			key, _ = item.Unmark()
			item = key
		}
		if key.IsNull() {
			continue
		}
		out.keys = append(out.keys, key)
		out.scopes = append(out.scopes, &instanceScope{eachKey: key, eachValue: item.WithMarks(sensitiveOf(outer))})
	}
	return out
}

// sensitiveOf keeps only the sensitive mark.
func sensitiveOf(marks cty.ValueMarks) cty.ValueMarks {
	if _, ok := marks[sensitive]; ok {
		return cty.NewValueMarks(sensitive)
	}
	return nil
}

func failedWhy(label, argument string) *evidence.Unknown {
	return &evidence.Unknown{Reason: evidence.Unresolved, Detail: fmt.Sprintf("%s of %s has an error", argument, label)}
}

// admit counts n more instances, and refuses them where the total passes the limit.
func (p *program) admit(x *evaluation, n int, attr *hclsyntax.Attribute, label string) *evidence.Unknown {
	if p.instances+n > p.options.MaxInstances {
		x.fail(attr.Expr.Range(), "Too many instances", fmt.Sprintf("%s would bring the configuration to more than %d instances; it is judged as one. "+
			"Scan a smaller part of the configuration.", label, p.options.MaxInstances))
		return &evidence.Unknown{Reason: evidence.Truncated, Detail: fmt.Sprintf("%s has more instances than the limit of %d", label, p.options.MaxInstances)}
	}
	p.instances += n
	return nil
}

// admitOne counts one instance of a block without count or for_each. The limit is reported once.
func (p *program) admitOne(rng hcl.Range) bool {
	if p.instances < p.options.MaxInstances {
		p.instances++
		return true
	}
	if !p.full {
		p.full = true
		p.diags = append(p.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Too many instances", Subject: &rng,
			Detail: fmt.Sprintf("The configuration has more than %d instances; the rest is left out. Scan a smaller part of it.", p.options.MaxInstances),
		})
	}
	return false
}

// collect makes the tuple or object that a block with count or for_each is referred to as.
func collect[T lazyObject](e expansion, instances []T) cty.Value {
	if e.kind == byCount {
		vals := make([]cty.Value, len(instances))
		for i, inst := range instances {
			vals[i] = lazyValue(inst, nil)
		}
		return cty.TupleVal(vals).WithMarks(e.marks)
	}
	object := make(map[string]cty.Value, len(instances))
	for i, inst := range instances {
		object[e.keys[i].AsString()] = lazyValue(inst, nil)
	}
	return cty.ObjectVal(object).WithMarks(e.marks)
}

// lazyValue is a reference to an object whose attributes are found on demand.
func lazyValue(object lazyObject, marks cty.ValueMarks) cty.Value {
	v := cty.DynamicVal.Mark(lazyMark{object: object}).WithMarks(marks)
	if inst, ok := object.(*instance); ok {
		return v.WithMarks(cty.NewValueMarks(refMark{Address: inst.address}, whyMark(inst.why(""))))
	}
	return v
}

// anyInstance stands for the instances of a block whose count or for_each is not known.
type anyInstance struct{ object lazyObject }

func (a anyInstance) attr(x *evaluation, _ string, _ hcl.Range) cty.Value {
	return lazyValue(a.object, nil)
}

func (a anyInstance) index(*evaluation, cty.Value, hcl.Range) cty.Value {
	return lazyValue(a.object, nil)
}

func (a anyInstance) uncertainCollection() bool { return true }
