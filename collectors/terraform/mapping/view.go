package mapping

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// View reads one body: a resource's, or one of its nested blocks'.
type View struct {
	Instance *resource.Instance
	Body     *resource.Body // nil for a block that is absent; every reader then sees absent arguments
	ctx      *Context
	// maybe is set where the body is absent but may exist: every argument is then unknown for this reason.
	maybe *evidence.Unknown
}

// Context is the run to which the view belongs.
func (v View) Context() *Context { return v.ctx }

// Sibling is the reader of another instance of the same run.
func Sibling(v View, r *resource.Instance) View { return View{Instance: r, Body: r.Body, ctx: v.ctx} }

// Exists reports whether there is a body.
func (v View) Exists() bool { return v.Body != nil }

// Maybe says why a body may exist although none is known; nil where there is one, or there cannot be.
func (v View) Maybe() *evidence.Unknown { return v.maybe }

// UID is the UID of the view's instance.
func (v View) UID() string { return v.ctx.UID(v.Instance.Address) }

// Provenance is the place of the body's header.
func (v View) Provenance() *evidence.Provenance {
	if v.Body != nil {
		return v.at(v.Body.Range)
	}
	return v.at(v.Instance.Body.Range)
}

func (v View) at(r resource.Range) *evidence.Provenance {
	return &evidence.Provenance{Source: v.ctx.Source, Method: v.Instance.Method, Locator: evidence.Locator{
		File: r.File, Line: r.Line, Column: r.Column, EndLine: r.EndLine, EndColumn: r.EndColumn,
		Module: v.Instance.Module, Address: v.Instance.Address,
	}}
}

// ProvenanceOf is the place of the argument, or of the body's header where it is absent.
func (v View) ProvenanceOf(name string) *evidence.Provenance {
	if a := v.Body.Attr(name); !a.Range.IsZero() {
		return v.at(a.Range)
	}
	return v.Provenance()
}

// Attr is the raw argument.
func (v View) Attr(name string) resource.Attribute { return v.Body.Attr(name) }

// Has reports whether the argument or a nested block of the name is written (even if its value is unknown).
func (v View) Has(name string) bool {
	if v.Body.Attr(name).Set {
		return true
	}
	blocks, more := v.Body.Blocks(name)
	return len(blocks) > 0 || more != nil
}

// Block returns the first nested block of the type. Where there is none the view does not exist and its arguments are
// absent, or unknown where the block may exist.
func (v View) Block(typ string) View {
	out := View{Instance: v.Instance, Body: v.Body.Block(typ), ctx: v.ctx}
	if out.Body == nil {
		out.maybe = v.maybe
		if more := v.MayHave(typ); more != nil {
			out.maybe = more
		}
	}
	return out
}

// Blocks returns the nested blocks of the type, and why there may be more of them (nil where there cannot be).
func (v View) Blocks(typ string) ([]View, *evidence.Unknown) {
	blocks, more := v.Body.Blocks(typ)
	out := make([]View, len(blocks))
	for i, b := range blocks {
		out[i] = View{Instance: v.Instance, Body: b, ctx: v.ctx}
	}
	if more == nil {
		more = v.maybe
	}
	return out, more
}

// MayHave says why a nested block of the type may exist although none is known; nil where it cannot.
func (v View) MayHave(typ string) *evidence.Unknown {
	_, more := v.Body.Blocks(typ)
	return more
}

// Read is an argument on its way to an attribute: it still has to be said what absence means.
type Read[T any] struct {
	attr   kind.Attr[T]
	absent bool
	prov   *evidence.Provenance
}

// Or supplies the provider's default for an absent argument.
func (r Read[T]) Or(def T) kind.Attr[T] {
	if r.absent {
		return kind.Known(def).From(r.prov)
	}
	return r.attr
}

// OrNull says that absence is a fact: null.
func (r Read[T]) OrNull() kind.Attr[T] {
	if r.absent {
		return kind.Null[T]().From(r.prov)
	}
	return r.attr
}

// OrUnknown says that the value of an absent argument cannot be known.
func (r Read[T]) OrUnknown(reason evidence.Reason, detail string) kind.Attr[T] {
	if r.absent {
		return kind.Unknown[T](reason, detail).From(r.prov)
	}
	return r.attr
}

// OrNA says that without the argument the attribute does not apply.
func (r Read[T]) OrNA() kind.Attr[T] {
	if r.absent {
		return kind.NA[T]()
	}
	return r.attr
}

// Else falls back to another reading where the argument is absent.
func (r Read[T]) Else(other Read[T]) Read[T] {
	if r.absent {
		return other
	}
	return r
}

// ElseAttr falls back to an attribute where the argument is absent.
func (r Read[T]) ElseAttr(other kind.Attr[T]) kind.Attr[T] {
	if r.absent {
		return other
	}
	return r.attr
}

// Absent reports whether the argument is not written.
func (r Read[T]) Absent() bool { return r.absent }

// Known returns the value where it is written and known.
func (r Read[T]) Known() (T, bool) {
	if r.absent {
		var zero T
		return zero, false
	}
	return r.attr.Value()
}

// Bool reads a boolean ("true" and "false" strings included, as Terraform converts them).
func (v View) Bool(name string) Read[bool] {
	return read(v, name, func(val cty.Value) (bool, bool) {
		switch val.Type() {
		case cty.Bool:
			return val.True(), true
		case cty.String:
			b, err := strconv.ParseBool(val.AsString())
			return b, err == nil
		}
		return false, false
	})
}

// String reads a string; numbers and booleans are converted as Terraform does.
func (v View) String(name string) Read[string] { return read(v, name, stringOf) }

// Int reads a whole number; numeric strings are converted.
func (v View) Int(name string) Read[int64] {
	return read(v, name, func(val cty.Value) (int64, bool) {
		switch val.Type() {
		case cty.Number:
			i, acc := val.AsBigFloat().Int64()
			return i, acc == big.Exact
		case cty.String:
			i, err := strconv.ParseInt(strings.TrimSpace(val.AsString()), 10, 64)
			return i, err == nil
		}
		return 0, false
	})
}

// Strings reads a list or set of strings. Where some elements are unknown, the known ones are kept and the attribute says
// that more exist.
func (v View) Strings(name string) Read[[]string] {
	a, r := v.begin(name)
	out := Read[[]string]{absent: !a.Set, prov: r}
	if out.absent {
		return possibly(v, out)
	}
	if !a.Value.IsKnown() {
		out.attr = kind.Because[[]string](v.why(a, name)).From(r)
		return out
	}
	ty := a.Value.Type()
	if !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType() {
		if s, ok := stringOf(a.Value); ok {
			out.attr = kind.Known([]string{s}).From(r)
			return out
		}
		out.attr = wrongType[[]string](name, "a list of strings").From(r)
		return out
	}
	list := []string{}
	gap := false
	for it := a.Value.ElementIterator(); it.Next(); {
		_, el := it.Element()
		el, _ = el.UnmarkDeep()
		if !el.IsKnown() {
			gap = true
			continue
		}
		if el.IsNull() {
			continue
		}
		s, ok := stringOf(el)
		if !ok {
			out.attr = wrongType[[]string](name, "a list of strings").From(r)
			return out
		}
		list = append(list, s)
	}
	if gap {
		out.attr = kind.AtLeast(list, v.why(a, name)).From(r)
		return out
	}
	out.attr = kind.Known(list).From(r)
	return out
}

// StringMap reads a map of strings: the known entries, and why others may exist or differ (nil where all are known).
func (v View) StringMap(name string) (map[string]string, *evidence.Unknown) {
	known, gaps, open := v.entries(name)
	for _, key := range slices.Sorted(maps.Keys(gaps)) {
		if open == nil {
			why := gaps[key]
			open = &why
		}
	}
	return known, open
}

// entries reads a map of strings: the known entries, why the values of other keys are not known, and why there may be further
// keys.
func (v View) entries(name string) (known map[string]string, gaps map[string]evidence.Unknown, open *evidence.Unknown) {
	a := v.Body.Attr(name)
	if !a.Set {
		return nil, nil, v.maybe
	}
	if !a.Value.IsKnown() || (!a.Value.Type().IsMapType() && !a.Value.Type().IsObjectType()) {
		u := v.why(a, name)
		return nil, nil, &u
	}
	known, gaps = make(map[string]string), make(map[string]evidence.Unknown)
	for it := a.Value.ElementIterator(); it.Next(); {
		k, el := it.Element()
		k, _ = k.Unmark()
		el, _ = el.UnmarkDeep()
		if !el.IsKnown() {
			gaps[k.AsString()] = v.why(a, name)
			continue
		}
		if s, ok := stringOf(el); ok {
			known[k.AsString()] = s
		}
	}
	return known, gaps, nil
}

// JSON reads a string argument that holds a JSON document (a policy), as a cty value. A document made by jsonencode or
// aws_iam_policy_document from values that are known in part has unknown leaves.
func (v View) JSON(name string) Read[cty.Value] {
	a, r := v.begin(name)
	out := Read[cty.Value]{absent: !a.Set, prov: r}
	switch {
	case out.absent:
		return possibly(v, out)
	case a.Value.IsKnown():
		s, ok := stringOf(a.Value)
		if !ok {
			out.attr = wrongType[cty.Value](name, "a JSON string").From(r)
			return out
		}
		out.attr = parseJSON(name, []byte(s)).From(r)
	case a.Doc != cty.NilVal:
		out.attr = kind.Known(a.Doc).From(r)
	case len(a.Parts) > 1:
		out.attr = v.partsJSON(name, a).From(r)
	default:
		out.attr = kind.Because[cty.Value](v.why(a, name)).From(r)
	}
	return out
}

func parseJSON(name string, data []byte) kind.Attr[cty.Value] {
	if !json.Valid(data) {
		return kind.Unknown[cty.Value](evidence.ParseError, name+" is not valid JSON")
	}
	ty, err := ctyjson.ImpliedType(data)
	if err != nil {
		return kind.Unknown[cty.Value](evidence.ParseError, name+": "+err.Error())
	}
	val, err := ctyjson.Unmarshal(data, ty)
	if err != nil {
		return kind.Unknown[cty.Value](evidence.ParseError, name+": "+err.Error())
	}
	return kind.Known(val)
}

// partsJSON parses a JSON text that has holes inside its strings: each hole stands for a sentinel while parsing, and the
// strings that held one come back as unknown strings marked with their parts.
func (v View) partsJSON(name string, a resource.Attribute) kind.Attr[cty.Value] {
	const open, shut = "\ue000", "\ue001"
	var text strings.Builder
	var holes []resource.Part
	for _, p := range a.Parts {
		if !p.Hole {
			if strings.ContainsAny(p.Text, open+shut) {
				return kind.Because[cty.Value](v.why(a, name))
			}
			text.WriteString(p.Text)
			continue
		}
		text.WriteString(open + strconv.Itoa(len(holes)) + shut)
		holes = append(holes, p)
	}
	doc := parseJSON(name, []byte(text.String()))
	val, ok := doc.Value()
	if !ok { // a hole outside a string: the document's shape itself is unknown
		return kind.Because[cty.Value](v.why(a, name))
	}
	restored, err := cty.Transform(val, func(_ cty.Path, el cty.Value) (cty.Value, error) {
		if el.Type() != cty.String || el.IsNull() || !strings.Contains(el.AsString(), open) {
			return el, nil
		}
		var parts []resource.Part
		for i, piece := range strings.Split(el.AsString(), open) {
			if i > 0 {
				n, rest, _ := strings.Cut(piece, shut)
				if k, err := strconv.Atoi(n); err == nil && k < len(holes) {
					parts = append(parts, holes[k])
				}
				piece = rest
			}
			if piece != "" {
				parts = append(parts, resource.Part{Text: piece})
			}
		}
		return cty.UnknownVal(cty.String).Mark(resource.PartsMark{Parts: &parts}), nil
	})
	if err != nil {
		return kind.Because[cty.Value](v.why(a, name))
	}
	return kind.Known(restored)
}

func (v View) begin(name string) (resource.Attribute, *evidence.Provenance) {
	return v.Body.Attr(name), v.ProvenanceOf(name)
}

func read[T any](v View, name string, convert func(cty.Value) (T, bool)) Read[T] {
	a, prov := v.begin(name)
	out := Read[T]{absent: !a.Set, prov: prov}
	switch {
	case out.absent:
		return possibly(v, out)
	case !a.Value.IsKnown():
		out.attr = kind.Because[T](v.why(a, name)).From(prov)
	default:
		val, ok := convert(a.Value)
		if !ok {
			out.attr = wrongType[T](name, "a "+typeName[T]()).From(prov)
			break
		}
		out.attr = kind.Known(val).From(prov)
	}
	return out
}

// possibly turns an absent argument into an unknown one where its whole body may exist.
func possibly[T any](v View, r Read[T]) Read[T] {
	if v.maybe != nil {
		r.absent = false
		r.attr = kind.Because[T](*v.maybe).From(r.prov)
	}
	return r
}

// why is the reason that an argument is not known; every unknown argument has one.
func (v View) why(a resource.Attribute, name string) evidence.Unknown {
	if a.Unknown != nil {
		return *a.Unknown
	}
	return evidence.Unknown{Reason: evidence.Computed, Detail: name + " is known after apply"}
}

func wrongType[T any](name, want string) kind.Attr[T] {
	return kind.Unknown[T](evidence.ParseError, name+" is not "+want)
}

func typeName[T any]() string {
	var zero T
	switch any(zero).(type) {
	case bool:
		return "boolean"
	case int64:
		return "whole number"
	}
	return "string"
}

func stringOf(val cty.Value) (string, bool) {
	if val.IsNull() || !val.IsKnown() {
		return "", false
	}
	switch val.Type() {
	case cty.String:
		return val.AsString(), true
	case cty.Number:
		const largest = 1 << 10 // a larger exponent would take long to write out
		if n := val.AsBigFloat(); n.MantExp(nil) < largest && n.MantExp(nil) > -largest {
			return n.Text('f', -1), true
		}
		return "", false
	case cty.Bool:
		return strconv.FormatBool(val.True()), true
	}
	return "", false
}

// Fixed is a reading of a value that the type of the resource settles, at a place.
func Fixed[T any](val T, prov *evidence.Provenance) Read[T] {
	return Read[T]{attr: kind.Known(val).From(prov), prov: prov}
}
