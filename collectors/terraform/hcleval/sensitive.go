package hcleval

import (
	"math/big"
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// noteSensitive remembers the text of every part of the value that is marked sensitive.
func (p *program) noteSensitive(v cty.Value) {
	if !v.HasMarkDeep(sensitive) {
		return
	}
	plain, paths := v.UnmarkDeepWithPaths()
	for _, at := range paths {
		if _, ok := at.Marks[sensitive]; !ok {
			continue
		}
		part, err := at.Path.Apply(plain)
		if err != nil { // the way leads through a set, whose elements have no place: take the whole
			part = plain
		}
		p.noteText(part)
	}
}

// noteText remembers every string and whole number in the value.
func (p *program) noteText(v cty.Value) {
	if p.sensitive == nil {
		p.sensitive = map[string]bool{}
	}
	// The callback never fails, so neither does the walk.
	_ = cty.Walk(v, func(_ cty.Path, leaf cty.Value) (bool, error) {
		if !leaf.IsKnown() || leaf.IsNull() {
			return false, nil
		}
		switch leaf.Type() {
		case cty.String:
			if text := leaf.AsString(); text != "" {
				p.sensitive[text] = true
			}
		case cty.Number:
			if n, acc := leaf.AsBigFloat().Int64(); acc == big.Exact {
				p.sensitive[strconv.FormatInt(n, 10)] = true
			}
		}
		return true, nil
	})
}

// noteVariables evaluates the module instance's sensitive variables, so that their values are remembered even where nothing
// uses them.
func (p *program) noteVariables(x *evaluation, m *moduleInstance) {
	for _, name := range sortedKeys(m.config.variables) {
		block := m.config.variables[name]
		if !literalTrue(block.Body.Attributes["sensitive"]) {
			continue
		}
		p.noteSensitive(m.variable(x, name, block.DefRange()))
		p.noteWritten(block.Body.Attributes["default"])
		if m.call == nil {
			in := p.inputs.values[name]
			p.noteText(cty.StringVal(in.text))
			if in.expr != nil {
				p.noteWritten(&hclsyntax.Attribute{Expr: in.expr})
			}
		}
	}
}

// noteWritten remembers the constant texts of an expression as they are written, since a value that does not suit its
// variable is unknown.
func (p *program) noteWritten(attr *hclsyntax.Attribute) {
	if attr == nil {
		return
	}
	w := &literalWalk{yield: func(l Literal) bool {
		p.noteText(cty.StringVal(l.Text))
		return true
	}}
	w.expression(attr.Expr, "")
}

// noteOutput remembers the value of an output that is sensitive.
func (p *program) noteOutput(m *moduleInstance, name string, v cty.Value) {
	if literalTrue(m.config.outputs[name].Body.Attributes["sensitive"]) {
		v = v.Mark(sensitive)
	}
	p.noteSensitive(v)
}

// Text returns a file that was read, and false where there is none of the path.
func (r *Result) Text(file string) ([]byte, bool) {
	f := r.sources[file]
	if f == nil || f.source == nil {
		return nil, false
	}
	return f.source, true
}
