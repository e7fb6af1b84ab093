package aws

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Readers of small JSON documents as the evaluator holds them. What is missing, unknown or of another type reads as absent.

// member returns the named member of an object.
func member(val cty.Value, name string) cty.Value {
	val, _ = val.Unmark()
	if val == cty.NilVal || !val.IsKnown() || val.IsNull() {
		return cty.NilVal
	}
	ty := val.Type()
	switch {
	case ty.IsObjectType() && ty.HasAttribute(name):
		out, _ := val.GetAttr(name).Unmark()
		return out
	case ty.IsMapType():
		key := cty.StringVal(name)
		if has := val.HasIndex(key); has.IsKnown() && has.True() {
			out, _ := val.Index(key).Unmark()
			return out
		}
	}
	return cty.NilVal
}

// elements returns the elements of the named list.
func elements(val cty.Value, name string) []cty.Value {
	list := member(val, name)
	if list == cty.NilVal || !list.IsKnown() || list.IsNull() || !list.CanIterateElements() {
		return nil
	}
	var out []cty.Value
	for it := list.ElementIterator(); it.Next(); {
		_, el := it.Element()
		el, _ = el.Unmark()
		out = append(out, el)
	}
	return out
}

// text returns the named string, "" where it is not one.
func text(val cty.Value, name string) string {
	s := member(val, name)
	if s == cty.NilVal || !s.IsKnown() || s.IsNull() || s.Type() != cty.String {
		return ""
	}
	return s.AsString()
}

// isTrue says whether the named member is true.
func isTrue(val cty.Value, name string) bool {
	b := member(val, name)
	return b != cty.NilVal && b.IsKnown() && !b.IsNull() && b.Type() == cty.Bool && b.True()
}

// number returns the named whole number; a string that holds one counts.
func number(val cty.Value, name string) (int64, bool) {
	n := member(val, name)
	if n == cty.NilVal || !n.IsKnown() || n.IsNull() {
		return 0, false
	}
	if n.Type() == cty.String {
		parsed, err := cty.ParseNumberVal(n.AsString())
		if err != nil {
			return 0, false
		}
		n = parsed
	}
	if n.Type() != cty.Number || !n.AsBigFloat().IsInt() {
		return 0, false
	}
	i, _ := n.AsBigFloat().Int64()
	return i, true
}

// reasonOf is why an attribute is not known, for the use of another one.
func reasonOf[T any](a kind.Attr[T], what string) evidence.Unknown {
	if why, unknown := a.Reason(); unknown {
		return why
	}
	return evidence.Unknown{Reason: evidence.Unresolved, Detail: what}
}

// plain is a value as encoding/json would decode it; what is not known is null.
func plain(val cty.Value) any {
	val, _ = val.Unmark()
	if val == cty.NilVal || !val.IsKnown() || val.IsNull() {
		return nil
	}
	ty := val.Type()
	switch {
	case ty == cty.String:
		return val.AsString()
	case ty == cty.Bool:
		return val.True()
	case ty == cty.Number:
		n, _ := val.AsBigFloat().Float64()
		return n
	case ty.IsObjectType() || ty.IsMapType():
		out := map[string]any{}
		for it := val.ElementIterator(); it.Next(); {
			k, v := it.Element()
			k, _ = k.Unmark()
			out[k.AsString()] = plain(v)
		}
		return out
	case val.CanIterateElements():
		out := []any{}
		for it := val.ElementIterator(); it.Next(); {
			_, v := it.Element()
			out = append(out, plain(v))
		}
		return out
	}
	return nil
}
