// Package tri is three-valued logic: true, false and unknown.
//
// A fact about audited infrastructure may be known to hold, known not to hold,
// or not known at all: access was denied, or a value is only computed when the
// infrastructure is applied. Treating "not known" as either of the others would
// turn a gap in the evidence into a verdict, so it is carried as a value of its own.
//
// The operators are Kleene's strong logic of indeterminacy: false and unknown
// is false, true or unknown is true, and otherwise unknown stays unknown. They are
// monotone: learning an unknown input can settle an unknown result, but never
// reverses a settled one.
package tri

// Value is one of [Unknown], [False] and [True].
// The zero Value is Unknown, so that a forgotten value is never a proof.
type Value uint8

const (
	// Unknown means that neither of the others could be proved.
	Unknown Value = iota
	// False means proved not to hold.
	False
	// True means proved to hold.
	True
)

// Of converts a known boolean.
func Of(known bool) Value {
	if known {
		return True
	}
	return False
}

// And is true if both are true, false if either is false, and otherwise unknown.
func (v Value) And(w Value) Value {
	switch {
	case v == False || w == False:
		return False
	case v == True && w == True:
		return True
	default:
		return Unknown
	}
}

// Or is true if either is true, false if both are false, and otherwise unknown.
func (v Value) Or(w Value) Value {
	switch {
	case v == True || w == True:
		return True
	case v == False && w == False:
		return False
	default:
		return Unknown
	}
}

// Not swaps true and false and leaves unknown alone.
func (v Value) Not() Value {
	switch v {
	case True:
		return False
	case False:
		return True
	default:
		return Unknown
	}
}

// All is the conjunction of the values; it is true for none.
// Where an empty list is no proof, the caller must test for it.
func All(values ...Value) Value {
	result := True
	for _, v := range values {
		result = result.And(v)
	}
	return result
}

// Any is the disjunction of the values; it is false for none.
func Any(values ...Value) Value {
	result := False
	for _, v := range values {
		result = result.Or(v)
	}
	return result
}

// Bool returns the value as a boolean; known is false if it is unknown,
// and then the first result means nothing.
func (v Value) Bool() (value, known bool) {
	return v == True, v != Unknown
}

// String is "true", "false" or "unknown".
func (v Value) String() string {
	switch v {
	case True:
		return "true"
	case False:
		return "false"
	default:
		return "unknown"
	}
}
