package tffunc

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

const (
	// MaxBytes is the most text, in bytes over all strings and map keys, that one value may hold.
	MaxBytes = 10 << 20

	// MaxElements is the most nested values that one value may hold, itself included.
	MaxElements = 100_000

	// maxExponent bounds a number's size: beyond 2^±4096 its decimal form grows without use.
	maxExponent = 4096

	// maxNumberText bounds the digits that are parsed as a number; parsing takes quadratic time.
	maxNumberText = 8 << 10

	// maxPairs bounds the comparisons of functions that compare every element with every other.
	maxPairs = 10_000_000
)

// LimitError says that a call was refused although Terraform might have returned a value: it would have read a
// file that is out of reach, or exceeded a bound. Its result is therefore unknown rather than wrong.
type LimitError struct {
	// Reason is lower case and names the path or the bound.
	Reason string
	// Err is the cause, for instance of the file system; nil when there is none.
	Err error
}

// Error returns the reason and, where there is one, the cause.
func (e *LimitError) Error() string {
	if e.Err == nil {
		return e.Reason
	}

	return e.Reason + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *LimitError) Unwrap() error { return e.Err }

func limitf(format string, args ...any) error {
	return &LimitError{Reason: fmt.Sprintf(format, args...)}
}

// Limit finds the first [LimitError] behind a set of diagnostics, or nil. A function that panicked counts as
// one, because nothing is known about its result.
func Limit(diags hcl.Diagnostics) *LimitError {
	for _, diag := range diags {
		call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](diag)
		if ok && call.FunctionCallError() != nil {
			if limit := asLimit(call.FunctionCallError()); limit != nil {
				return limit
			}
		}

		if limit, ok := hcl.DiagnosticExtra[*LimitError](diag); ok {
			return limit
		}
	}

	return nil
}

func asLimit(err error) *LimitError {
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return limit
	}

	if diags, ok := errors.AsType[hcl.Diagnostics](err); ok {
		return Limit(diags)
	}

	if _, ok := errors.AsType[function.PanicError](err); ok {
		return &LimitError{Reason: "the function cannot handle this argument"}
	}

	return nil
}

// CheckSize returns a [LimitError] if v exceeds [MaxBytes] or [MaxElements] or holds a number too large to
// print. It stops at the bound, so it is safe on values that share parts and would be huge if written out. An
// evaluator should call it on every value that an expression of untrusted configuration returns: a few lines
// such as b = [local.a, local.a] describe more values than any memory holds, and even comparing them does not end.
func CheckSize(v cty.Value) error {
	var m meter

	return m.add(v)
}

// meter adds up the size of values.
type meter struct {
	elements int
	bytes    int
}

func (m *meter) add(v cty.Value) error {
	v, _ = v.Unmark()
	m.elements++

	if v == cty.NilVal || !v.IsKnown() || v.IsNull() {
		return m.check()
	}

	switch ty := v.Type(); {
	case ty == cty.String:
		m.bytes += len(v.AsString())
	case ty == cty.Number:
		if err := checkNumber(v); err != nil {
			return err
		}
	case v.CanIterateElements():
		return m.addElements(v)
	}

	return m.check()
}

func (m *meter) addElements(v cty.Value) error {
	// Counted before iterating, because iterating already allocates.
	if m.elements+v.LengthInt() > MaxElements {
		return limitf("the value has more than %d elements", MaxElements)
	}

	keyed := v.Type().IsMapType() || v.Type().IsObjectType()

	for it := v.ElementIterator(); it.Next(); {
		key, element := it.Element()
		if keyed {
			m.bytes += len(key.AsString())
		}

		if err := m.add(element); err != nil {
			return err
		}
	}

	return m.check()
}

func (m *meter) check() error {
	switch {
	case m.elements > MaxElements:
		return limitf("the value has more than %d elements", MaxElements)
	case m.bytes > MaxBytes:
		return limitf("the value holds more than %d bytes of text", MaxBytes)
	default:
		return nil
	}
}

func checkNumber(v cty.Value) error {
	f := v.AsBigFloat()
	if f.IsInf() {
		return nil
	}

	if exponent := f.MantExp(nil); exponent > maxExponent || exponent < -maxExponent {
		return limitf("the number is beyond 2^%d or below 2^-%d", maxExponent, maxExponent)
	}

	return nil
}

// textSize returns the bytes that the value takes at most when it is printed, without escapes.
func textSize(v cty.Value) int {
	var m meter
	if m.add(v) != nil {
		return MaxBytes + 1
	}

	// No number or punctuation is longer than its mantissa of 512 bits and an exponent.
	return m.bytes + m.elements*8
}
