package hcleval

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// Bounds that keep hostile input from exhausting memory or time. They are far above what real configurations need; the
// function table has bounds of its own.
const (
	maxStringBytes = tffunc.MaxBytes // of one string that a template makes
	maxParts       = 2000            // pieces of one partly known string
	maxTextBytes   = 512 << 20       // of all strings that one run makes
	maxSteps       = 20 << 20        // expression nodes evaluated in one run
	maxWork        = 200 << 20       // elements of values that one run looks at
	maxValueDepth  = 200             // collections within each other
	checkEvery     = 1 << 12         // steps between two looks at whether the run is cancelled
	maxDepth       = 2000            // references resolved within each other
	maxNodeDepth   = 50_000          // expression nodes evaluated within each other, through references too
)

var errDepth = errors.New("expressions nest too deep")

var errInfinite = errors.New("the number is too large")

var errSteps = errors.New("the configuration needs more evaluation steps than the limit allows")

// enter counts one evaluated node, and how deep it stands; the caller takes the depth back.
func (p *program) enter() error {
	p.steps++
	p.depth++
	switch {
	case p.steps > maxSteps || p.work > maxWork:
		return errSteps
	case p.depth > maxNodeDepth:
		return errDepth
	case p.steps%checkEvery == 0 && p.cancelled() != nil:
		return p.cancelled()
	}
	return nil
}

// resolved checks a value before it is remembered: values that share parts, such as b = [local.a, local.a], can describe
// more than memory holds.
func (x *evaluation) resolved(v cty.Value, rng hcl.Range) cty.Value {
	var m meter
	err := m.add(v, 0)
	x.program.work += m.elements
	if err != nil {
		return x.failLimit(rng, err)
	}
	return v
}

// meter adds up the size of a value.
type meter struct{ elements, bytes int }

func (m *meter) add(v cty.Value, depth int) error {
	v, _ = v.Unmark()
	m.elements++
	switch {
	case m.elements > tffunc.MaxElements:
		return fmt.Errorf("the value has more than %d elements", tffunc.MaxElements)
	case depth > maxValueDepth:
		return fmt.Errorf("the value nests deeper than %d levels", maxValueDepth)
	case !v.IsKnown() || v.IsNull():
		return nil
	case v.Type() == cty.String:
		if m.bytes += len(v.AsString()); m.bytes > tffunc.MaxBytes {
			return fmt.Errorf("the value holds more than %d bytes of text", tffunc.MaxBytes)
		}
		return nil
	case v.Type() == cty.Number:
		return checkNumber(v)
	case !v.CanIterateElements():
		return nil
	}
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		if err := m.add(item, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkNumber refuses numbers whose decimal form is too long to handle.
func checkNumber(v cty.Value) error {
	if v.AsBigFloat().IsInf() {
		return errInfinite
	}
	return tffunc.CheckSize(v)
}

// failLimit reports that a bound of this package, not a rule of Terraform, was passed. Functions that swallow errors do
// not swallow these.
func (x *evaluation) failLimit(rng hcl.Range, err error) cty.Value {
	detail := fmt.Sprintf("The value is left unknown: %s.", err)
	// A bound that stops an inner expression stops those around it too; one report is enough.
	if !slices.ContainsFunc(x.diags, func(d *hcl.Diagnostic) bool { return d.Detail == detail }) {
		x.diags = append(x.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Not evaluated", Detail: detail, Subject: &rng,
			Extra: &tffunc.LimitError{Reason: err.Error()},
		})
	}
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
	err := checkNumber(plain)
	if err != nil {
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
