package kind

import "github.com/assay-audit/assay/internal/evidence"

// Three-valued logic over attributes (package tri explains it). The result keeps the provenance of the operand that decides it.

// Both is true where both are true, and false as soon as one is.
func Both(a, b Attr[bool]) Attr[bool] {
	for _, x := range []Attr[bool]{a, b} {
		if yes, known := x.Value(); known && !yes {
			return x
		}
	}
	if _, known := a.Value(); known {
		if _, known := b.Value(); !known {
			return b
		}
	}
	return a
}

// Either is true as soon as one is true, and false where both are false.
func Either(a, b Attr[bool]) Attr[bool] {
	if yes, known := a.Value(); known && !yes {
		return b
	}
	return AnyOf([]Attr[bool]{a, b})
}

// AnyOf is true as soon as one is true, false where all are known to be false (or there are none), else unknown for the first reason.
func AnyOf(list []Attr[bool]) Attr[bool] {
	out := Known(false)
	for _, a := range list {
		switch yes, known := a.Value(); {
		case known && yes:
			return a
		case !known && out.IsKnown():
			out = a
		}
	}
	return out
}

// Not is true where a is false.
func Not(a Attr[bool]) Attr[bool] {
	return Convert(a, func(yes bool) bool { return !yes })
}

// Choose turns a boolean into one of two words.
func Choose(a Attr[bool], yes, no string) Attr[string] {
	return Convert(a, func(b bool) string {
		if b {
			return yes
		}
		return no
	})
}

// IfNull replaces a known null by a value, and leaves everything else. The provenance stays.
func (a Attr[T]) IfNull(v T) Attr[T] {
	if a.state == null {
		return Attr[T]{state: known, value: v, prov: a.prov}
	}
	return a
}

// Listed is a list attribute of which more may exist for the reason; nil where the list is whole. A list that is nil is an empty one.
func Listed[T any](list []T, open *evidence.Unknown) Attr[[]T] {
	if list == nil {
		list = []T{}
	}
	if open != nil {
		return AtLeast(list, *open)
	}
	return Known(list)
}
