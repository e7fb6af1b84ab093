package hcleval

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/collectors/terraform/tffunc"
)

// structural evaluates functions that only move their arguments' elements about, for arguments that are known in part.
// The table's functions would give the same value, but the elements would lose their identity marks: which reference
// an element is, and the known pieces of its text. It returns false where the table's function serves.
func (x *evaluation) structural(name string, args []cty.Value) (cty.Value, bool) {
	if len(args) == 0 || !needsIdentity(args) {
		return cty.NilVal, false
	}
	for i := range args {
		args[i] = x.materialise(args[i])
	}
	switch name {
	case "jsonencode":
		return encodedDoc(args[0]), len(args) == 1
	case "jsondecode":
		doc, ok := docOf(args[0])
		return doc.WithMarks(taintOf(args[0].Marks())), ok && len(args) == 1
	case "concat":
		return concatenate(args)
	case "merge":
		return mergeObjects(args)
	case "flatten":
		return flatten(args[0])
	case "element":
		return element(args)
	case "lookup":
		return lookup(args)
	case "values":
		return values(args[0])
	case "one":
		return one(args[0])
	case "tolist", "tomap", "sensitive", "nonsensitive":
		return relabel(name, args[0])
	case "tostring":
		return asText(args[0])
	case "coalesce":
		return coalesce(args)
	case "join":
		return joinParts(args)
	case "format":
		return formatParts(args)
	}
	return cty.NilVal, false
}

// needsIdentity reports whether a value has an identity mark at any depth.
func needsIdentity(args []cty.Value) bool {
	for _, v := range args {
		if !v.ContainsMarked() {
			continue
		}
		_, marks := v.UnmarkDeep()
		for m := range marks {
			if isIdentity(m) {
				return true
			}
		}
	}
	return false
}

// encodedDoc is the unknown string that encodes the value, which it carries.
func encodedDoc(v cty.Value) cty.Value {
	doc := v
	return cty.UnknownVal(cty.String).RefineNotNull().Mark(docMark{value: &doc}).WithMarks(deepTaint(v))
}

// sequence returns the elements of a known list, set or tuple, and false for all else.
func sequence(v cty.Value) ([]cty.Value, cty.ValueMarks, bool) {
	plain, marks := v.Unmark()
	ty := plain.Type()
	if !plain.IsKnown() || plain.IsNull() || (!ty.IsTupleType() && !ty.IsListType() && !ty.IsSetType()) {
		return nil, nil, false
	}
	return plain.AsValueSlice(), taintOf(marks), true
}

// mapping returns the elements of a known map or object, and false for all else.
func mapping(v cty.Value) (map[string]cty.Value, cty.ValueMarks, bool) {
	plain, marks := v.Unmark()
	ty := plain.Type()
	if !plain.IsKnown() || plain.IsNull() || (!ty.IsObjectType() && !ty.IsMapType()) {
		return nil, nil, false
	}
	return plain.AsValueMap(), taintOf(marks), true
}

func concatenate(args []cty.Value) (cty.Value, bool) {
	var out []cty.Value
	var marks []cty.ValueMarks
	for _, a := range args {
		items, m, ok := sequence(a)
		if !ok {
			return cty.NilVal, false
		}
		out, marks = append(out, items...), append(marks, m)
	}
	if len(out) > tffunc.MaxElements {
		return cty.NilVal, false
	}
	return cty.TupleVal(out).WithMarks(marks...), true
}

func mergeObjects(args []cty.Value) (cty.Value, bool) {
	out := map[string]cty.Value{}
	var marks []cty.ValueMarks
	for _, a := range args {
		if a.IsNull() {
			continue
		}
		items, m, ok := mapping(a)
		if !ok {
			return cty.NilVal, false
		}
		maps.Copy(out, items)
		marks = append(marks, m)
	}
	return cty.ObjectVal(out).WithMarks(marks...), true
}

func flatten(v cty.Value) (cty.Value, bool) {
	items, marks, ok := sequence(v)
	if !ok {
		return cty.NilVal, false
	}
	var out []cty.Value
	for _, item := range items {
		if _, _, nested := sequence(item); nested {
			inner, _ := flatten(item)
			bare, innerMarks := inner.Unmark()
			if !bare.IsKnown() {
				return inner.WithMarks(marks), true
			}
			for _, v := range bare.AsValueSlice() {
				out = append(out, v.WithMarks(innerMarks))
			}
			continue
		}
		if bare, _ := item.Unmark(); !bare.IsKnown() && !bare.Type().IsPrimitiveType() && lazyOf(item) == nil {
			// It can turn out to be a list, whose elements would take its place.
			return cty.DynamicVal.WithMarks(marks, deepTaint(items...)), true
		}
		out = append(out, item)
	}
	return cty.TupleVal(out).WithMarks(marks), true
}

func element(args []cty.Value) (cty.Value, bool) {
	if len(args) != 2 {
		return cty.NilVal, false
	}
	items, marks, ok := sequence(args[0])
	index, indexMarks := args[1].Unmark()
	if !ok || len(items) == 0 || !index.IsKnown() || index.IsNull() || index.Type() != cty.Number || args[0].Type().IsSetType() {
		return cty.NilVal, false
	}
	i, accuracy := index.AsBigFloat().Int64()
	if accuracy != 0 {
		return cty.NilVal, false
	}
	n := int64(len(items))
	return items[((i%n)+n)%n].WithMarks(marks, taintOf(indexMarks)), true
}

func lookup(args []cty.Value) (cty.Value, bool) {
	if len(args) < 2 {
		return cty.NilVal, false
	}
	items, marks, ok := mapping(args[0])
	key, known := knownString(args, 1)
	if !ok || !known {
		return cty.NilVal, false
	}
	if v, found := items[key]; found {
		return v.WithMarks(marks, taintOf(args[1].Marks())), true
	}
	if len(args) == 3 {
		return args[2].WithMarks(marks, taintOf(args[1].Marks())), true
	}
	return cty.NilVal, false
}

func values(v cty.Value) (cty.Value, bool) {
	items, marks, ok := mapping(v)
	if !ok {
		return cty.NilVal, false
	}
	var out []cty.Value
	for _, k := range sortedKeys(items) {
		out = append(out, items[k])
	}
	return cty.TupleVal(out).WithMarks(marks), true
}

func one(v cty.Value) (cty.Value, bool) {
	items, marks, ok := sequence(v)
	if !ok || len(items) != 1 {
		return cty.NilVal, false
	}
	return items[0].WithMarks(marks), true
}

// relabel keeps the value where a conversion would only change the collection's type.
func relabel(name string, v cty.Value) (cty.Value, bool) {
	switch name {
	case "sensitive":
		return v.Mark(sensitive), true
	case "nonsensitive":
		plain, marks := v.Unmark()
		rest := cty.ValueMarks{}
		for m := range marks {
			if m != sensitive {
				rest[m] = struct{}{}
			}
		}
		return plain.WithMarks(rest), true
	case "tolist":
		items, marks, ok := sequence(v)
		if !ok {
			return cty.NilVal, false
		}
		return cty.TupleVal(items).WithMarks(marks), true
	}
	_, _, ok := mapping(v)
	return v, ok
}

func asText(v cty.Value) (cty.Value, bool) {
	if plain, _ := v.Unmark(); plain.IsKnown() || lazyOf(v) != nil {
		return cty.NilVal, false
	}
	out, err := convert.Convert(v, cty.String)
	return out, err == nil
}

// coalesce takes the first argument that is known to be there; an unknown one before it may be there or not.
func coalesce(args []cty.Value) (cty.Value, bool) {
	for _, a := range args {
		plain, _ := a.Unmark()
		switch {
		case !plain.IsKnown():
			return cty.NilVal, false
		case plain.IsNull(), plain.Type() == cty.String && plain.AsString() == "":
			continue
		}
		return a, true
	}
	return cty.NilVal, false
}

// textParts returns the pieces of a value in a string.
func textParts(v cty.Value) ([]resource.Part, bool) {
	plain, _ := v.UnmarkDeep()
	switch {
	case plain.IsNull():
		return nil, false
	case plain.IsKnown():
		text, err := convert.Convert(plain, cty.String)
		if err != nil {
			return nil, false
		}
		return []resource.Part{{Text: text.AsString()}}, true
	}
	if parts, ok := partsOf(v); ok {
		return parts, true
	}
	return []resource.Part{{Hole: true}}, true
}

// partial makes the string of the pieces.
func partial(parts []resource.Part, args []cty.Value) cty.Value {
	return withParts(cty.UnknownVal(cty.String).RefineNotNull(), parts).WithMarks(deepTaint(args...))
}

// joinParts is join for a list whose length is known and some of whose elements are not.
func joinParts(args []cty.Value) (cty.Value, bool) {
	separator, ok := knownString(args, 0)
	if !ok || len(args) != 2 || args[1].Type().IsSetType() {
		return cty.NilVal, false
	}
	items, _, ok := sequence(args[1])
	if !ok {
		return cty.NilVal, false
	}
	var parts []resource.Part
	for i, item := range items {
		piece, ok := textParts(item)
		if !ok {
			return cty.NilVal, false
		}
		if i > 0 {
			parts = appendParts(parts, resource.Part{Text: separator})
		}
		parts = appendParts(parts, piece...)
	}
	return partial(parts, args), true
}

// formatParts is format with the verbs %s, %v and %d without flags, and %%.
func formatParts(args []cty.Value) (cty.Value, bool) {
	layout, ok := knownString(args, 0)
	if !ok {
		return cty.NilVal, false
	}
	rest := args[1:]
	var parts []resource.Part
	for layout != "" {
		text, after, found := strings.Cut(layout, "%")
		parts = appendParts(parts, resource.Part{Text: text})
		if !found {
			break
		}
		if after == "" {
			return cty.NilVal, false
		}
		verb := after[0]
		layout = after[1:]
		switch {
		case verb == '%':
			parts = appendParts(parts, resource.Part{Text: "%"})
			continue
		case (verb != 's' && verb != 'v' && verb != 'd') || len(rest) == 0:
			return cty.NilVal, false
		}
		piece, ok := formatPiece(verb, rest[0])
		if !ok {
			return cty.NilVal, false
		}
		parts, rest = appendParts(parts, piece...), rest[1:]
	}
	if len(rest) > 0 {
		return cty.NilVal, false
	}
	return partial(parts, args), true
}

// formatPiece is one verb's pieces. For known values of %v and %d other than text and whole numbers the table's function
// has rules of its own.
func formatPiece(verb byte, v cty.Value) ([]resource.Part, bool) {
	plain, _ := v.Unmark()
	if plain.IsKnown() && !plain.IsNull() {
		number := plain.Type() == cty.Number && plain.AsBigFloat().IsInt()
		if verb == 'd' && !number {
			return nil, false
		}
		if plain.Type() != cty.String && !number {
			return nil, false
		}
	}
	if verb == 'd' && !plain.IsKnown() {
		// "007" is the number 7.
		return []resource.Part{{Hole: true}}, true
	}
	return textParts(v)
}

// maxTemplateBytes bounds the size of a template; its parser is recursive.
const maxTemplateBytes = 256 << 10

// renderTemplate is templatefile and templatestring, evaluated here so that the known pieces around unknown variables
// stay known.
func (x *evaluation) renderTemplate(e *hclsyntax.FunctionCallExpr, function string, s *scope) cty.Value {
	failed := func(why string) cty.Value {
		return x.fail(e.Range(), "Error in function call", fmt.Sprintf("Call to function %q failed: %s.", function, why))
	}
	args, ok := x.arguments(e, s)
	switch {
	case !ok:
		return errorValue(e.Range()).WithMarks(deepTaint(args...))
	case len(args) != 2:
		return failed("it takes a template and an object of variables")
	case x.inTemplate:
		return failed("it cannot be called from inside a template")
	}
	name, source := "<template>", args[0]
	if function == "templatefile" {
		name, _ = knownString(args, 0)
		source = x.callTable(e, x.program.table()["file"], []cty.Value{args[0]})
	}
	taint := deepTaint(args[0], source)
	text, ok := knownString([]cty.Value{source}, 0)
	if !ok {
		return cty.UnknownVal(cty.String).WithMarks(taint)
	}
	names, marks, ok := mapping(x.materialise(args[1]))
	if plain, _ := args[1].Unmark(); !ok && !plain.IsKnown() {
		return cty.UnknownVal(cty.String).WithMarks(taint, deepTaint(args[1]))
	}
	if !ok {
		return failed("the variables must be a map or an object")
	}
	if _, err := checkNesting([]byte(text), name, template); err != nil || len(text) > maxTemplateBytes {
		return x.failLimit(e.Range(), errTemplateSize)
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if diags.HasErrors() {
		return failed(diags.Error())
	}
	inner := &evaluation{program: x.program, inTemplate: true}
	out := inner.value(expr, &scope{names: names})
	if inner.diags.HasErrors() {
		if limit := tffunc.Limit(inner.diags); limit != nil {
			return x.failLimit(e.Range(), limit)
		}
		return failed(inner.diags.Error()).WithMarks(deepTaint(args...))
	}
	return out.WithMarks(taint, marks)
}

var errTemplateSize = errors.New("the template is larger or nests deeper than the limits allow")
