package hcleval

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// moduleInstance is one instance of a module: the root module, or a module call after count and for_each.
type moduleInstance struct {
	program *program
	config  *moduleConfig
	address string // module.a["eu"]; "" for the root
	parent  *moduleInstance
	call    *moduleCall
	key     cty.Value
	scope   *scope // of the call's arguments, in the parent
	own     *scope // of the module's own expressions
	// unexpanded is set where count or for_each of the call, or of one around it, is not known.
	unexpanded *evidence.Unknown

	variables map[string]*memo
	locals    map[string]*memo
	outputs   map[string]*memo
	resources map[string]*resourceNode // by type.name, data.type.name
	modules   map[string]*moduleNode
	providers map[string]*resource.Provider // by name.alias, evaluated on demand
}

// newModuleInstance makes the instance with nothing evaluated.
func newModuleInstance(p *program, config *moduleConfig, address string) *moduleInstance {
	m := &moduleInstance{
		program: p, config: config, address: address, key: cty.NilVal,
		variables: map[string]*memo{}, locals: map[string]*memo{}, outputs: map[string]*memo{},
		resources: map[string]*resourceNode{}, modules: map[string]*moduleNode{}, providers: map[string]*resource.Provider{},
	}
	m.own = &scope{module: m}
	for name := range config.variables {
		m.variables[name] = &memo{}
	}
	for name := range config.locals {
		m.locals[name] = &memo{}
	}
	for name := range config.outputs {
		m.outputs[name] = &memo{}
	}
	for name, decl := range config.resources {
		m.resources[name] = &resourceNode{module: m, decl: decl}
	}
	for name, call := range config.calls {
		m.modules[name] = &moduleNode{module: m, call: call}
	}
	return m
}

// join is the absolute address of something in the module.
func (m *moduleInstance) join(local string) string {
	if m.address == "" {
		return local
	}
	return m.address + "." + local
}

// local returns the value of a local.
func (m *moduleInstance) local(x *evaluation, name string, rng hcl.Range) cty.Value {
	attr, ok := m.config.locals[name]
	if !ok {
		return x.undeclared(rng, "local value", "local."+name, m.config.localNames())
	}
	return m.program.resolve(m.locals[name], m.join("local."+name), attr.NameRange, func(x *evaluation) cty.Value {
		return x.value(attr.Expr, m.own)
	})
}

// output returns the value of an output, as a caller sees it.
func (m *moduleInstance) output(x *evaluation, name string, rng hcl.Range) cty.Value {
	block, ok := m.config.outputs[name]
	if !ok {
		return x.undeclared(rng, "output", m.address+"."+name, sortedKeys(m.config.outputs))
	}
	return m.program.resolve(m.outputs[name], m.join("output."+name), block.DefRange(), func(x *evaluation) cty.Value {
		attr := block.Body.Attributes["value"]
		if attr == nil {
			return x.fail(block.DefRange(), "Missing required argument", "The argument \"value\" is required, but no definition was found.")
		}
		v := x.value(attr.Expr, m.own)
		if literalTrue(block.Body.Attributes["sensitive"]) {
			v = v.Mark(sensitive)
		}
		return v
	})
}

// attr makes a module instance an object of its outputs.
func (m *moduleInstance) attr(x *evaluation, name string, rng hcl.Range) cty.Value {
	return m.output(x, name, rng)
}

func (m *moduleInstance) index(x *evaluation, key cty.Value, rng hcl.Range) cty.Value {
	if key.IsKnown() && !key.IsNull() && key.Type() == cty.String {
		return m.output(x, key.AsString(), rng)
	}
	return x.fail(rng, "Invalid index", fmt.Sprintf("%s has neither count nor for_each, so it cannot be indexed.", m.address))
}

// whole returns all outputs as an object.
func (m *moduleInstance) whole(x *evaluation) cty.Value {
	vals := make(map[string]cty.Value, len(m.config.outputs))
	for name, block := range m.config.outputs {
		vals[name] = m.output(x, name, block.DefRange())
	}
	return cty.ObjectVal(vals)
}

// moduleNode is a module call and its instances.
type moduleNode struct {
	module    *moduleInstance
	call      *moduleCall
	state     memoState
	expansion expansion
	instances []*moduleInstance
	whole     cty.Value         // with count or for_each: what the call is referred to as, made at the first use
	refused   *evidence.Unknown // why there are no instances, where the limit does not allow them
}

func (n *moduleNode) label() string { return n.module.join("module." + n.call.name) }

// expanded evaluates the call's count or for_each once.
func (n *moduleNode) expanded() bool {
	switch n.state {
	case done:
		return true
	case running:
		n.module.program.cycle(n.label())
		return false
	case pending:
	}
	n.state = running
	p := n.module.program
	var m memo
	p.resolve(&m, n.label(), n.call.rng, func(x *evaluation) cty.Value {
		n.expansion = n.module.expand(x, n.call.body, n.module.own, n.label())
		return cty.True
	})
	if n.call.config != nil && (n.expansion.kind == single || n.expansion.kind == unknownKeys) && !p.admitOne(n.call.rng) {
		n.refused = &evidence.Unknown{Reason: evidence.Truncated, Detail: n.label() + " is beyond the limit of instances"}
	}
	if n.call.config != nil && n.refused == nil {
		for i, key := range n.expansion.keys {
			child := newModuleInstance(p, n.call.config, n.label()+indexText(key))
			child.parent, child.call, child.key = n.module, n.call, key
			child.unexpanded = cmp.Or(n.expansion.unknown, n.module.unexpanded)
			child.scope = &scope{parent: n.module.own, instance: n.expansion.scopes[i]}
			n.instances = append(n.instances, child)
		}
	}
	n.state = done
	return true
}

// value is what module.name refers to.
func (n *moduleNode) value() cty.Value {
	if n.call.config == nil {
		return n.absent()
	}
	if !n.expanded() {
		return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, n.label()+" depends on itself")
	}
	if n.refused != nil {
		return unknownBecause(cty.DynamicPseudoType, n.refused.Reason, n.refused.Detail)
	}
	switch n.expansion.kind {
	case single:
		return lazyValue(n.instances[0], nil)
	case unknownKeys:
		return lazyValue(anyInstance{object: n.instances[0]}, n.expansion.marks)
	case byCount, byKey:
	}
	if n.whole == cty.NilVal {
		n.whole = collect(n.expansion, n.instances)
	}
	return n.whole
}

// absent is the value of a call whose module is not there.
func (n *moduleNode) absent() cty.Value {
	return unknownBecause(cty.DynamicPseudoType, n.call.absent.Reason, n.module.join(n.call.absent.Detail))
}
