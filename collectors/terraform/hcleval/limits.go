package hcleval

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Bounds that keep hostile input from exhausting memory or time. They are far above what real configurations need.
const (
	maxStringBytes = 16 << 20 // of one string value
	maxElements    = 1 << 20  // of one collection value
	maxExponent    = 1 << 12  // binary exponent of a number: more would print as thousands of digits
	maxSteps       = 50 << 20 // expression nodes evaluated in one run
	maxDepth       = 4000     // references resolved within each other
)

var errSteps = errors.New("the configuration needs more evaluation steps than the limit allows; the values that remain are unknown")

// step counts one evaluated node.
func (p *program) step() error {
	p.steps++
	if p.steps > maxSteps {
		return errSteps
	}
	return nil
}

// checked refuses values whose size would make later operations explode.
func (x *evaluation) checked(v cty.Value, rng hcl.Range) cty.Value {
	plain, _ := v.Unmark()
	if !plain.IsKnown() || plain.IsNull() {
		return v
	}
	switch ty := plain.Type(); {
	case ty == cty.Number:
		if exp := plain.AsBigFloat().MantExp(nil); exp > maxExponent || exp < -maxExponent {
			return x.fail(rng, "Number out of range", "The number is too large or too small to be handled.")
		}
	case ty == cty.String:
		if len(plain.AsString()) > maxStringBytes {
			return x.fail(rng, "String too long", fmt.Sprintf("The result is longer than %d bytes.", maxStringBytes))
		}
	case ty.IsCollectionType() || ty.IsTupleType():
		if plain.LengthInt() > maxElements {
			return x.fail(rng, "Collection too large", fmt.Sprintf("The result has more than %d elements.", maxElements))
		}
	}
	return v
}

// guardCall refuses calls whose result would be too large to build.
func guardCall(name string, args []cty.Value) error {
	switch name {
	case "setproduct":
		return guardProduct(args)
	case "format", "formatlist":
		return guardFormat(args)
	case "replace":
		return guardReplace(args)
	case "indent":
		return guardIndent(args)
	}
	return nil
}

func guardProduct(args []cty.Value) error {
	product := 1
	for _, a := range args {
		plain, _ := a.Unmark()
		if !plain.IsKnown() || plain.IsNull() || !plain.CanIterateElements() {
			return nil
		}
		product *= max(plain.LengthInt(), 1)
		if product > maxElements {
			return fmt.Errorf("the product has more than %d elements", maxElements)
		}
	}
	return nil
}

// guardFormat refuses widths and precisions of more than five digits.
func guardFormat(args []cty.Value) error {
	text, ok := knownString(args, 0)
	if !ok {
		return nil
	}
	digits := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			digits = 0
			continue
		}
		if digits++; digits > 5 && i > digits && (text[i-digits] == '%' || text[i-digits] == '.' || text[i-digits] == '-' || text[i-digits] == '+') {
			return errors.New("a width in the format is too large")
		}
	}
	return nil
}

func guardReplace(args []cty.Value) error {
	text, ok1 := knownString(args, 0)
	with, ok2 := knownString(args, 2)
	if ok1 && ok2 && (len(text)+1)*(len(with)+1) > 16*maxStringBytes {
		return fmt.Errorf("the result can be longer than %d bytes", maxStringBytes)
	}
	return nil
}

func guardIndent(args []cty.Value) error {
	if len(args) == 0 {
		return nil
	}
	plain, _ := args[0].Unmark()
	if plain.IsKnown() && !plain.IsNull() && plain.Type() == cty.Number && plain.AsBigFloat().Cmp(big.NewFloat(10_000)) > 0 {
		return errors.New("the indentation is too large")
	}
	return nil
}

func knownString(args []cty.Value, i int) (string, bool) {
	if i >= len(args) {
		return "", false
	}
	plain, _ := args[i].Unmark()
	if !plain.IsKnown() || plain.IsNull() || plain.Type() != cty.String {
		return "", false
	}
	return plain.AsString(), true
}
