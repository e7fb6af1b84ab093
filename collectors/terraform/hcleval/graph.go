package hcleval

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/assay-audit/assay/collectors/terraform/resource"
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

// undeclared reports a reference to something that does not exist.
func (x *evaluation) undeclared(rng hcl.Range, what, name string, known []string) cty.Value {
	hint := ""
	if near := nearest(name[strings.LastIndex(name, ".")+1:], known); near != "" {
		hint = fmt.Sprintf(" Did you mean %q?", near)
	}
	x.diags = append(x.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Reference to undeclared " + what,
		Detail: fmt.Sprintf("%s is not declared.%s", name, hint), Subject: &rng,
	})
	return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, name+" is not declared")
}

// expansion is what count or for_each of a block came to.
type expansion struct {
	kind    expansionKind
	scopes  []*instanceScope // one per instance; one for notExpanded and unknownKeys
	keys    []cty.Value
	unknown *evidence.Unknown // with unknownKeys: why
	marks   cty.ValueMarks    // taint of the count or for_each argument
}

type expansionKind uint8

const (
	single      expansionKind = iota // neither count nor for_each
	byCount                          // tuple
	byKey                            // object
	unknownKeys                      // count or for_each is not known
)

// expand evaluates count or for_each of a resource or module block.
func (m *moduleInstance) expand(x *evaluation, body *hclsyntax.Body, s *scope, label string) expansion {
	if attr := body.Attributes["count"]; attr != nil {
		return m.expandCount(x, attr, s, label)
	}
	if attr := body.Attributes["for_each"]; attr != nil {
		return m.expandForEach(x, attr, s, label)
	}
	return expansion{kind: single, scopes: []*instanceScope{nil}, keys: []cty.Value{cty.NilVal}}
}

// unexpanded is the expansion of a block whose count or for_each is not known.
func unexpanded(attr *hclsyntax.Attribute, why *evidence.Unknown, marks cty.ValueMarks) expansion {
	sc := &instanceScope{}
	reason := unknownBecause(cty.DynamicPseudoType, why.Reason, why.Detail)
	if attr.Name == "count" {
		sc.countIndex = cty.UnknownVal(cty.Number).WithSameMarks(reason)
	} else {
		sc.eachKey = cty.UnknownVal(cty.String).WithSameMarks(reason)
		sc.eachValue = reason.WithMarks(marks)
	}
	return expansion{kind: unknownKeys, scopes: []*instanceScope{sc}, keys: []cty.Value{cty.UnknownVal(cty.DynamicPseudoType)}, unknown: why, marks: marks}
}

func (m *moduleInstance) expandCount(x *evaluation, attr *hclsyntax.Attribute, s *scope, label string) expansion {
	before := len(x.diags)
	raw := x.value(attr.Expr, s)
	v := convertOr(x, raw, cty.Number, attr.Expr.Range())
	marks := deepTaint(raw, v)
	if why := whyUnknown(v); why != nil {
		return unexpanded(attr, why, marks)
	}
	plain, _ := v.UnmarkDeep()
	if plain.IsNull() {
		x.fail(attr.Expr.Range(), "Invalid count argument", "The given \"count\" argument value is null. A whole number is required.")
		return unexpanded(attr, failedWhy(label, "count"), marks)
	}
	f := plain.AsBigFloat()
	n, accuracy := f.Int64()
	if accuracy != 0 || n < 0 || x.diags[before:].HasErrors() {
		x.fail(attr.Expr.Range(), "Invalid count argument", "The given \"count\" argument value is unsuitable: a whole number of zero or more is required.")
		return unexpanded(attr, failedWhy(label, "count"), marks)
	}
	if why := m.program.admit(x, int(min(n, 1<<40)), attr, label); why != nil {
		return unexpanded(attr, why, marks)
	}
	out := expansion{kind: byCount, marks: marks}
	for i := range n {
		index := cty.NumberIntVal(i)
		out.keys = append(out.keys, index)
		out.scopes = append(out.scopes, &instanceScope{countIndex: index.WithMarks(sensitiveOf(marks))})
	}
	return out
}

func (m *moduleInstance) expandForEach(x *evaluation, attr *hclsyntax.Attribute, s *scope, label string) expansion {
	v := x.materialise(x.value(attr.Expr, s))
	marks := deepTaint(v)
	plain, outer := v.Unmark()
	if !plain.IsKnown() {
		return unexpanded(attr, whyUnknown(v), marks)
	}
	ty := plain.Type()
	iterable := ty.IsMapType() || ty.IsObjectType() || (ty.IsSetType() && (ty.ElementType() == cty.String || plain.LengthInt() == 0))
	if ty.IsSetType() && !plain.IsNull() && !plain.IsWhollyKnown() {
		return unexpanded(attr, whyUnknown(v), marks)
	}
	if plain.IsNull() || !iterable {
		detail := "The given \"for_each\" argument value is null. A map, or set of strings is allowed."
		if !plain.IsNull() {
			detail = fmt.Sprintf("The \"for_each\" argument must be a map, or set of strings, and you have provided a value of type %s.", ty.FriendlyName())
		}
		x.fail(attr.Expr.Range(), "Invalid for_each argument", detail)
		return unexpanded(attr, failedWhy(label, "for_each"), marks)
	}
	if why := m.program.admit(x, plain.LengthInt(), attr, label); why != nil {
		return unexpanded(attr, why, marks)
	}
	out := expansion{kind: byKey, marks: taintOf(outer)}
	for it := plain.ElementIterator(); it.Next(); {
		k, item := it.Element()
		key, _ := k.Unmark()
		if ty.IsSetType() {
			key, _ = item.Unmark()
			item = key
		}
		if key.IsNull() {
			continue
		}
		out.keys = append(out.keys, key)
		out.scopes = append(out.scopes, &instanceScope{eachKey: key, eachValue: item.WithMarks(sensitiveOf(outer))})
	}
	return out
}

// sensitiveOf keeps only the sensitive mark.
func sensitiveOf(marks cty.ValueMarks) cty.ValueMarks {
	if _, ok := marks[sensitive]; ok {
		return cty.NewValueMarks(sensitive)
	}
	return nil
}

func failedWhy(label, argument string) *evidence.Unknown {
	return &evidence.Unknown{Reason: evidence.Unresolved, Detail: fmt.Sprintf("%s of %s has an error", argument, label)}
}

// admit counts n more instances, and refuses them where the total passes the limit.
func (p *program) admit(x *evaluation, n int, attr *hclsyntax.Attribute, label string) *evidence.Unknown {
	if p.instances+n > p.options.MaxInstances {
		x.fail(attr.Expr.Range(), "Too many instances", fmt.Sprintf("%s would bring the configuration to more than %d instances; it is judged as one. "+
			"Scan a smaller part of the configuration.", label, p.options.MaxInstances))
		return &evidence.Unknown{Reason: evidence.Truncated, Detail: fmt.Sprintf("%s has more instances than the limit of %d", label, p.options.MaxInstances)}
	}
	p.instances += n
	return nil
}

// admitOne counts one instance of a block without count or for_each. The limit is reported once.
func (p *program) admitOne(rng hcl.Range) bool {
	if p.instances < p.options.MaxInstances {
		p.instances++
		return true
	}
	if !p.full {
		p.full = true
		p.diags = append(p.diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Too many instances", Subject: &rng, Extra: &tffunc.LimitError{Reason: "too many instances"},
			Detail: fmt.Sprintf("The configuration has more than %d instances; the rest is left out. Scan a smaller part of it.", p.options.MaxInstances),
		})
	}
	return false
}

// moduleNode is a module call and its instances.
type moduleNode struct {
	module    *moduleInstance
	call      *moduleCall
	state     memoState
	expansion expansion
	instances []*moduleInstance
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
	vals := make([]cty.Value, len(n.instances))
	for i, child := range n.instances {
		vals[i] = lazyValue(child, nil)
	}
	return collect(n.expansion, vals)
}

// absent is the value of a call whose module is not there.
func (n *moduleNode) absent() cty.Value {
	v := unknownBecause(cty.DynamicPseudoType, n.call.absent.Reason, n.module.join(n.call.absent.Detail))
	return v.WithMarks(v.Marks())
}

// collect makes the tuple or object that a block with count or for_each is referred to as.
func collect(e expansion, vals []cty.Value) cty.Value {
	if e.kind == byCount {
		return cty.TupleVal(vals).WithMarks(e.marks)
	}
	object := make(map[string]cty.Value, len(vals))
	for i, v := range vals {
		object[e.keys[i].AsString()] = v
	}
	return cty.ObjectVal(object).WithMarks(e.marks)
}

// lazyValue is a reference to an object whose attributes are found on demand.
func lazyValue(object lazyObject, marks cty.ValueMarks) cty.Value {
	v := cty.DynamicVal.Mark(lazyMark{object: object}).WithMarks(marks)
	if inst, ok := object.(*instance); ok {
		return v.WithMarks(cty.NewValueMarks(refMark{Address: inst.address}, whyMark(inst.why(""))))
	}
	return v
}

// anyInstance stands for the instances of a block whose count or for_each is not known.
type anyInstance struct{ object lazyObject }

func (a anyInstance) attr(x *evaluation, _ string, _ hcl.Range) cty.Value {
	return lazyValue(a.object, nil)
}

func (a anyInstance) index(*evaluation, cty.Value, hcl.Range) cty.Value {
	return lazyValue(a.object, nil)
}

func (a anyInstance) uncertainCollection() bool { return true }

// resourceNode is a resource or data block and its instances.
type resourceNode struct {
	module    *moduleInstance
	decl      *resourceDecl
	state     memoState
	expansion expansion
	instances []*instance
}

func (n *resourceNode) label() string { return n.module.join(n.decl.localAddress()) }

func (n *resourceNode) expanded() bool {
	switch n.state {
	case done:
		return true
	case running:
		n.module.program.cycle(n.label())
		return false
	case pending:
	}
	n.state = running
	var m memo
	n.module.program.resolve(&m, n.label(), n.decl.block.DefRange(), func(x *evaluation) cty.Value {
		n.expansion = n.module.expand(x, n.decl.body, n.module.own, n.label())
		return cty.True
	})
	for i, key := range n.expansion.keys {
		inst := &instance{node: n, key: key, address: n.label() + indexText(key)}
		sc := n.expansion.scopes[i]
		if sc == nil {
			sc = &instanceScope{}
		}
		own := *sc
		own.self = inst
		inst.body = &bodyNode{owner: inst, src: n.decl.body, scope: &scope{parent: n.module.own, instance: &own}, header: n.decl.block.DefRange(), top: true}
		n.instances = append(n.instances, inst)
	}
	n.state = done
	return true
}

// value is what type.name refers to.
func (n *resourceNode) value() cty.Value {
	if n.decl.broken {
		rng := n.decl.block.DefRange()
		return unknownBecause(cty.DynamicPseudoType, evidence.ParseError,
			fmt.Sprintf("%s has a syntax error in its block (%s:%d)", n.label(), rng.Filename, rng.Start.Line))
	}
	if !n.expanded() {
		return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, n.label()+" depends on itself")
	}
	switch n.expansion.kind {
	case single:
		return lazyValue(n.instances[0], nil)
	case unknownKeys:
		inst := n.instances[0]
		return lazyValue(anyInstance{object: inst}, n.expansion.marks).WithMarks(
			cty.NewValueMarks(refMark{Address: inst.address}, whyMark(*n.expansion.unknown)))
	case byCount, byKey:
	}
	vals := make([]cty.Value, len(n.instances))
	for i, inst := range n.instances {
		vals[i] = lazyValue(inst, nil)
	}
	return collect(n.expansion, vals)
}

// instance is one resource or data source.
type instance struct {
	node    *resourceNode
	key     cty.Value
	address string
	body    *bodyNode

	doc      memo                 // of a policy document: the document
	computed map[string]cty.Value // and its attributes
}

// why says why an attribute that the configuration does not set is unknown.
func (i *instance) why(attr string) evidence.Unknown {
	path := i.address
	if attr != "" {
		path += "." + attr
	}
	if i.node.decl.mode == resource.Data {
		return evidence.Unknown{Reason: evidence.Unresolved, Detail: path + " is known only to the provider"}
	}
	return evidence.Unknown{Reason: evidence.Computed, Detail: path + " is known only after apply"}
}

// unset is the value of an attribute that the configuration does not set.
func (i *instance) unset(path string) cty.Value {
	ref := resource.Ref{Address: i.address, Attr: path}
	v := cty.DynamicVal
	if name := path[strings.LastIndex(path, ".")+1:]; name == "id" || name == "arn" {
		// These are text in every resource; of all others only the provider knows the type.
		v = cty.UnknownVal(cty.String)
	}
	return withParts(v.WithMarks(cty.NewValueMarks(refMark(ref), whyMark(i.why(path)))), []resource.Part{{Hole: true, Ref: ref}})
}

func (i *instance) attr(x *evaluation, name string, _ hcl.Range) cty.Value {
	return i.body.reference(x, name)
}

func (i *instance) index(x *evaluation, key cty.Value, rng hcl.Range) cty.Value {
	if key.IsKnown() && !key.IsNull() && key.Type() == cty.String {
		return i.body.reference(x, key.AsString())
	}
	return x.fail(rng, "Invalid index", fmt.Sprintf("%s has neither count nor for_each, so it cannot be indexed.", i.address))
}
