package hcleval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// Two sorts of cty marks travel with values during evaluation.
//
// Taint marks say what a value depends on; every operation passes them on: refMark (a resource instance), whyMark
// (the reason why it is unknown) and the sensitive mark.
//
// Identity marks say what a value is; they are true only of the value itself, so every operation that computes a new
// value drops them: resource.PartsMark (the pieces of an unknown string), resource.SameMark (the argument whose unknown value it
// is), docMark (the value that was encoded into an unknown string) and lazyMark (the object behind an unknown value, whose
// attributes are found on demand).
type (
	refMark  resource.Ref
	whyMark  evidence.Unknown
	docMark  struct{ value *cty.Value }
	lazyMark struct{ object lazyObject }
)

// sensitive marks sensitive values.
const sensitive = tffunc.Sensitive

// isIdentity reports whether the mark is an identity mark.
func isIdentity(mark any) bool {
	switch mark.(type) {
	case resource.PartsMark, resource.SameMark, docMark, lazyMark:
		return true
	}
	return false
}

// taintOf returns the marks without the identity marks.
func taintOf(marks cty.ValueMarks) cty.ValueMarks {
	clean := true
	for m := range marks {
		if isIdentity(m) {
			clean = false
			break
		}
	}
	if clean {
		return marks
	}
	out := make(cty.ValueMarks, len(marks))
	for m := range marks {
		if !isIdentity(m) {
			out[m] = struct{}{}
		}
	}
	return out
}

// dropIdentity removes the identity marks at every depth.
func dropIdentity(v cty.Value) cty.Value {
	if !v.ContainsMarked() {
		return v
	}
	plain, paths := v.UnmarkDeepWithPaths()
	for i := range paths {
		paths[i].Marks = taintOf(paths[i].Marks)
	}
	return plain.MarkWithPaths(paths)
}

// deepTaint returns the taint marks found at any depth of the values.
func deepTaint(vals ...cty.Value) cty.ValueMarks {
	out := cty.ValueMarks{}
	for _, v := range vals {
		if !v.ContainsMarked() {
			continue
		}
		_, marks := v.UnmarkDeep()
		for m := range marks {
			if !isIdentity(m) {
				out[m] = struct{}{}
			}
		}
	}
	return out
}

// partsOf returns the pieces of an unknown string, and false where none or several sets of pieces are attached.
func partsOf(v cty.Value) ([]resource.Part, bool) {
	var found *[]resource.Part
	for p := range cty.ValueMarksOfType[resource.PartsMark](v) {
		if found != nil {
			return nil, false
		}
		found = p.Parts
	}
	if found == nil || v.IsKnown() {
		return nil, false
	}
	return *found, true
}

// docOf returns the value that was encoded into an unknown string, and false where there is none.
func docOf(v cty.Value) (cty.Value, bool) {
	var found *cty.Value
	for d := range cty.ValueMarksOfType[docMark](v) {
		if found != nil {
			return cty.NilVal, false
		}
		found = d.value
	}
	if found == nil || v.IsKnown() {
		return cty.NilVal, false
	}
	return *found, true
}

// lazyOf returns the object behind an unknown value, or nil.
func lazyOf(v cty.Value) lazyObject {
	if !v.IsMarked() || v.IsKnown() {
		return nil
	}
	var found lazyObject
	for l := range cty.ValueMarksOfType[lazyMark](v) {
		if found != nil {
			return nil
		}
		found = l.object
	}
	return found
}

// withParts attaches pieces to an unknown value; adjoining text is joined. Pieces that hold too much text become one hole.
func withParts(v cty.Value, parts []resource.Part) cty.Value {
	joined := make([]resource.Part, 0, len(parts))
	size := 0
	for i := 0; i < len(parts); i++ {
		if parts[i].Hole {
			joined = append(joined, parts[i])
			continue
		}
		end := i
		for ; end < len(parts) && !parts[end].Hole; end++ {
			if size += len(parts[end].Text); size > maxStringBytes {
				return v.Mark(resource.PartsMark{Parts: &[]resource.Part{{Hole: true}}})
			}
		}
		var text strings.Builder
		for _, p := range parts[i:end] {
			text.WriteString(p.Text)
		}
		if text.Len() > 0 {
			joined = append(joined, resource.Part{Text: text.String()})
		}
		i = end - 1
	}
	return v.Mark(resource.PartsMark{Parts: &joined})
}

// appendParts appends the pieces of a value to those of the string that it becomes part of. Pieces of pieces can grow without end
// (a = "${local.b}${local.b}"), so too many become one hole, which stands for any text.
func appendParts(parts []resource.Part, more ...resource.Part) []resource.Part {
	if len(parts)+len(more) > maxParts {
		return []resource.Part{{Hole: true}}
	}
	return append(parts, more...)
}

// unknownBecause is an unknown value of the type with its reason and one hole.
func unknownBecause(ty cty.Type, reason evidence.Reason, detail string) cty.Value {
	return withParts(cty.UnknownVal(ty).Mark(whyMark{Reason: reason, Detail: detail}), []resource.Part{{Hole: true}})
}

// plainRef returns the reference that an unknown value is, and false where it is no plain reference.
func plainRef(v cty.Value) (resource.Ref, bool) {
	parts, ok := partsOf(v)
	if !ok || len(parts) != 1 || !parts[0].Hole || parts[0].Ref.Address == "" {
		return resource.Ref{}, false
	}
	return parts[0].Ref, true
}

// whyRank orders reasons by their use to a reader: what the reader can supply comes first.
func whyRank(u evidence.Unknown) int {
	switch {
	case strings.HasSuffix(u.Detail, noValueSuffix):
		return 0
	case u.Reason == evidence.ParseError:
		return 1
	case strings.HasPrefix(u.Detail, "module."):
		return 2
	case u.Reason == evidence.Unresolved:
		return 3
	}
	return 4
}

// maxDetails is how many reasons one unknown value names.
const maxDetails = 3

// foldWhy makes one reason of many, the most useful first; the zero set gives a general one.
func foldWhy(set map[whyMark]struct{}) *evidence.Unknown {
	if len(set) == 0 {
		return &evidence.Unknown{Reason: evidence.Unresolved, Detail: "the value depends on something that is not known"}
	}
	all := make([]evidence.Unknown, 0, len(set))
	for w := range set {
		all = append(all, evidence.Unknown(w))
	}
	slices.SortFunc(all, func(a, b evidence.Unknown) int {
		return cmp.Or(cmp.Compare(whyRank(a), whyRank(b)), cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.Reason, b.Reason))
	})
	out := all[0]
	details := []string{}
	for _, u := range all {
		if len(details) < maxDetails && !slices.Contains(details, u.Detail) {
			details = append(details, u.Detail)
		}
	}
	out.Detail = strings.Join(details, "; ")
	return &out
}

// whyUnknown gathers the reasons of the unknown parts of the value; nil where it is wholly known.
func whyUnknown(v cty.Value) *evidence.Unknown {
	if plain, _ := v.Unmark(); !v.ContainsMarked() && plain.IsWhollyKnown() {
		return nil
	}
	set := map[whyMark]struct{}{}
	unknown := false
	// The callback never fails, so neither does the walk.
	_ = cty.Walk(v, func(_ cty.Path, part cty.Value) (bool, error) {
		if part.IsKnown() {
			return true, nil
		}
		unknown = true
		for w := range cty.ValueMarksOfType[whyMark](part) {
			set[w] = struct{}{}
		}
		return false, nil
	})
	if !unknown {
		return nil
	}
	if len(set) == 0 {
		// A set carries the marks of its elements.
		for w := range cty.ValueMarksOfTypeDeep[whyMark](v) {
			set[w] = struct{}{}
		}
	}
	return foldWhy(set)
}
