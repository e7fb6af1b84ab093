package hcleval

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// program is one run: the module tree, what has been evaluated so far, and what was reported.
type program struct {
	options   Options
	files     func() tffunc.Options        // what the functions may read
	functions map[string]function.Function // made at the first call
	tree      *os.Root                     // open for the functions; nil before the first call
	diags     hcl.Diagnostics
	steps     int // expression nodes evaluated so far
	depth     int // expression nodes that are being evaluated
	work      int // elements of values looked at so far
	cancelled func() error
	text      int      // bytes of text made so far
	produced  int      // elements that loops made for the value that is being resolved
	full      bool     // the limit of instances was reported
	instances int      // expanded instances so far, of resources and modules
	stack     []string // what is being resolved, for the description of a cycle
	ranges    []hcl.Range
	cycles    map[string]bool // cycles already reported, by their sorted members
	sensitive map[string]bool // texts that are marked sensitive
	cyclic    []hcl.Range     // blocks in cycles that resourceCycles has reported
	inputs    *inputs
}

// table returns the function table.
func (p *program) table() map[string]function.Function {
	if p.functions == nil {
		o := p.files()
		p.tree = o.Root
		p.functions = tffunc.Table(o)
	}
	return p.functions
}

// close closes what the functions read from.
func (p *program) close() {
	if p.tree != nil {
		_ = p.tree.Close() // opened for reading only
	}
}

// memo is a value that is computed once.
type memo struct {
	state memoState
	value cty.Value
}

type memoState uint8

const (
	pending memoState = iota
	running
	done
)

// resolve returns the memo's value and computes it at the first use. A value that is needed for its own computation is
// a cycle: it is reported and becomes unknown.
func (p *program) resolve(m *memo, label string, rng hcl.Range, compute func(x *evaluation) cty.Value) cty.Value {
	switch m.state {
	case done:
		return m.value
	case running:
		return p.cycle(label)
	case pending:
	}
	if len(p.stack) >= maxDepth {
		p.diags = append(p.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "References nested too deeply",
			Detail:  fmt.Sprintf("More than %d values depend on each other in one chain; %s is left unknown.", maxDepth, label),
			Subject: &rng,
		})
		return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, label+" is at the end of a chain of too many references")
	}
	m.state = running
	p.stack, p.ranges = append(p.stack, label), append(p.ranges, rng)
	x := &evaluation{program: p}
	m.value = p.guarded(x, rng, compute)
	p.stack, p.ranges = p.stack[:len(p.stack)-1], p.ranges[:len(p.ranges)-1]
	p.diags = append(p.diags, x.diags...)
	m.state = done
	return m.value
}

// guarded computes a value with loop counts of its own. A panic of a library, which no input should cause, costs only
// this value.
func (p *program) guarded(x *evaluation, rng hcl.Range, compute func(x *evaluation) cty.Value) (v cty.Value) {
	produced, depth := p.produced, p.depth
	p.produced = 0
	defer func() {
		p.produced, p.depth = produced, depth
		if r := recover(); r != nil {
			v = x.failLimit(rng, fmt.Errorf("the evaluation failed: %v", r))
		}
	}()
	return x.resolved(compute(x), rng)
}

// cycle reports that the label's value depends on itself.
func (p *program) cycle(label string) cty.Value {
	start := len(p.stack) - 1
	for start > 0 && p.stack[start] != label {
		start--
	}
	chain := slices.Clone(p.stack[start:])
	p.reportCycle(chain, p.ranges[start:])
	detail := fmt.Sprintf("%s depends on itself (%s)", label, strings.Join(append(chain, label), " -> "))
	return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, detail)
}

// reportCycle reports a cycle once, whichever member it was entered by, and unless resourceCycles has reported it.
func (p *program) reportCycle(chain []string, ranges []hcl.Range) {
	for _, rng := range ranges {
		for _, block := range p.cyclic {
			if block.Filename == rng.Filename && block.Start.Byte <= rng.Start.Byte && rng.End.Byte <= block.End.Byte {
				return
			}
		}
	}
	key := strings.Join(slices.Sorted(slices.Values(chain)), " ")
	if p.cycles[key] {
		return
	}
	p.cycles[key] = true
	p.diags = append(p.diags, cycleDiagnostic(chain, ranges[0]))
}
