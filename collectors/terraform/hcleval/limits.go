package hcleval

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// Bounds that keep hostile input from exhausting memory or time. They are far above what real configurations need; the
// function table has bounds of its own.
const (
	maxStringBytes = tffunc.MaxBytes // of one string that a template makes
	maxTextBytes   = 512 << 20       // of all strings that one run makes
	maxSteps       = 50 << 20        // expression nodes evaluated in one run
	maxDepth       = 2000            // references resolved within each other
)

var errSteps = errors.New("the configuration needs more evaluation steps than the limit allows")

// step counts one evaluated node.
func (p *program) step() error {
	p.steps++
	if p.steps > maxSteps {
		return errSteps
	}
	return nil
}

// resolved checks a value before it is remembered: values that share parts, such as b = [local.a, local.a], can describe
// more than memory holds.
func (x *evaluation) resolved(v cty.Value, rng hcl.Range) cty.Value {
	if err := tffunc.CheckSize(v); err != nil {
		return x.failLimit(rng, err)
	}
	return v
}

// failLimit reports that a bound of this package, not a rule of Terraform, was passed. Functions that swallow errors do
// not swallow these.
func (x *evaluation) failLimit(rng hcl.Range, err error) cty.Value {
	limit := &tffunc.LimitError{Reason: err.Error()}
	x.diags = append(x.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Not evaluated", Subject: &rng, Extra: limit,
		Detail: fmt.Sprintf("The value is left unknown: %s.", err),
	})
	return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, fmt.Sprintf("the expression at %s:%d was not evaluated: %s", rng.Filename, rng.Start.Line, err))
}

// produceText counts text that the evaluation makes.
func (p *program) produceText(n int) error {
	if n > maxStringBytes {
		return fmt.Errorf("the text is longer than %d bytes", maxStringBytes)
	}
	p.text += n
	if p.text > maxTextBytes {
		return fmt.Errorf("the configuration makes more than %d bytes of text", maxTextBytes)
	}
	return nil
}

// produceElement counts an element that a "for" makes for the value that is being resolved.
func (p *program) produceElement() error {
	p.produced++
	if p.produced > tffunc.MaxElements {
		return fmt.Errorf("the loops of one value make more than %d elements", tffunc.MaxElements)
	}
	return nil
}

// checked refuses numbers whose decimal form is too long to handle.
func (x *evaluation) checked(v cty.Value, rng hcl.Range) cty.Value {
	plain, _ := v.Unmark()
	if !plain.IsKnown() || plain.IsNull() || plain.Type() != cty.Number {
		return v
	}
	if err := tffunc.CheckSize(plain); err != nil {
		return ofType(x.failLimit(rng, err), cty.Number)
	}
	return v
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
