package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// frame is a module instance in which references are read.
type frame struct {
	steps  []moduleStep
	module *module
}

func (f frame) address() string { return joinModules(f.steps) }

// child is the frame of a call in this frame.
func (f frame) child(name, key string, call *block) frame {
	return frame{steps: append(slices.Clone(f.steps), moduleStep{name, key}), module: call.module}
}

// caller says from where a reference is read: the block whose argument it is, and that block's key.
type caller struct {
	block *block
	key   string // ["eu"] or [0]
	many  bool   // the argument holds a list, so a reference with a key may stand for many
}

// resolver turns the references of the configuration into references between instances.
type resolver struct {
	config  *configuration
	keys    map[string][]string   // keys of the instances of each resource, by address without key
	modules map[string][][]string // keys of the instances of each module call, by the path of the call
	frames  map[string]frame      // by module address
}

func newResolver(c *configuration) *resolver {
	return &resolver{config: c, keys: map[string][]string{}, modules: map[string][][]string{}, frames: map[string]frame{}}
}

// add makes an instance known.
func (r *resolver) add(module, resource, key string) {
	r.keys[resource] = append(r.keys[resource], key)
	steps, _ := splitModules(module)
	for n := 1; n <= len(steps); n++ {
		path := configPath(steps[:n])
		keys := make([]string, 0, n)
		for _, s := range steps[:n] {
			keys = append(keys, s.key)
		}
		if !slices.ContainsFunc(r.modules[path], func(have []string) bool { return slices.Equal(have, keys) }) {
			r.modules[path] = append(r.modules[path], keys)
		}
	}
}

// frame returns the frame of a module instance; its module is nil where the configuration does not have it.
func (r *resolver) frame(address string) frame {
	if f, ok := r.frames[address]; ok {
		return f
	}
	f := frame{}
	f.steps, _ = splitModules(address)
	if r.config != nil {
		f.module = r.config.root
		for _, s := range f.steps {
			call := f.module.calls[s.name]
			if call == nil {
				f.module = nil
				break
			}
			f.module = call.module
		}
	}
	r.frames[address] = f
	return f
}

// maxRefs bounds how many references one argument has; maxChain how many modules a reference is followed through.
const (
	maxRefs  = 500
	maxChain = 500
)

// refs resolves an argument's references, sorted, without repeats.
func (r *resolver) refs(e *expression, f frame, from caller) []resource.Ref {
	if e == nil || f.module == nil {
		return nil
	}
	w := &walk{resolver: r, seen: map[*expression]map[string]bool{}}
	w.expression(e, f, from, 0)
	slices.SortFunc(w.out, func(a, b resource.Ref) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Attr, b.Attr))
	})
	return slices.Compact(w.out)
}

// walk is the resolution of one argument.
type walk struct {
	*resolver
	out  []resource.Ref
	seen map[*expression]map[string]bool // expressions already followed, by module address
}

func (w *walk) expression(e *expression, f frame, from caller, depth int) {
	if e == nil || f.module == nil || depth > maxChain || len(w.out) >= maxRefs {
		return
	}
	at := f.address() + from.key
	if w.seen[e] == nil {
		w.seen[e] = map[string]bool{}
	}
	if w.seen[e][at] {
		return
	}
	w.seen[e][at] = true
	keyed := slices.ContainsFunc(e.refs, func(ref string) bool { return ref == "each.key" || ref == "count.index" })
	for _, ref := range e.refs {
		w.reference(ref, keyed && !from.many, f, from, depth)
	}
	for _, b := range e.blocks {
		for _, name := range sortedKeys(b) {
			w.expression(b[name], f, from, depth+1)
		}
	}
}

// reference resolves one reference. Keyed says that the expression also names each.key or count.index, so that an index that
// the plan does not print is most likely the own key.
func (w *walk) reference(ref string, keyed bool, f frame, from caller, depth int) {
	root, rest, _ := strings.Cut(ref, ".")
	switch root {
	case "count", "path", "terraform", "self", "local":
	case "each":
		if after, ok := strings.CutPrefix(rest, "value"); ok && from.block != nil && from.block.repeat != nil {
			w.eachValue(strings.TrimPrefix(after, "."), f, from, depth)
		}
	case "var":
		name, _, _ := strings.Cut(rest, ".")
		name, _, _ = strings.Cut(name, "[")
		w.variable(name, f, depth)
	case "module":
		w.module(ref, keyed, f, from, depth)
	default:
		w.resource(ref, keyed, f, from)
	}
}

// eachValue follows each.value: where for_each is a resource, to the instance with the own key; else to whatever for_each
// refers to.
func (w *walk) eachValue(attr string, f frame, from caller, depth int) {
	for _, ref := range from.block.repeat.refs {
		target, inner := resourceRef(ref)
		if target != "" && inner == "" && slices.Contains(w.keys[join(f.address(), target)], from.key) {
			w.out = append(w.out, resource.Ref{Address: join(f.address(), target) + from.key, Attr: attr})
			continue
		}
		w.reference(ref, false, f, caller{}, depth+1)
	}
}

// variable follows an input variable to the call's argument.
func (w *walk) variable(name string, f frame, depth int) {
	if len(f.steps) == 0 {
		return // a value of the root module's variable, which refers to nothing
	}
	last := f.steps[len(f.steps)-1]
	parent := w.frame(joinModules(f.steps[:len(f.steps)-1]))
	if parent.module == nil || parent.module.calls[last.name] == nil {
		return
	}
	call := parent.module.calls[last.name]
	w.expression(call.expressions[name], parent, caller{block: call, key: last.key}, depth+1)
}

// module follows module.name[key].output to the output's expression in every instance that is meant.
func (w *walk) module(ref string, keyed bool, f frame, from caller, depth int) {
	steps, output := splitModules(ref)
	if len(steps) != 1 || output == "" {
		return
	}
	call := f.module.calls[steps[0].name]
	if call == nil {
		return
	}
	output, _, _ = strings.Cut(output, ".")
	output, _, _ = strings.Cut(output, "[")
	keys := []string{steps[0].key}
	if steps[0].key == "" && call.repeat != nil {
		keys = w.callKeys(f, steps[0].name)
		if keyed && slices.Contains(keys, from.key) {
			keys = []string{from.key}
		}
	}
	for _, key := range keys {
		w.expression(call.module.outputs[output], f.child(steps[0].name, key, call), caller{many: from.many}, depth+1)
	}
}

// callKeys lists the keys of the call's instances in the frame.
func (w *walk) callKeys(f frame, name string) []string {
	var out []string
	for _, keys := range w.modules[configPath(append(slices.Clone(f.steps), moduleStep{name: name}))] {
		same := true
		for i, s := range f.steps {
			same = same && keys[i] == s.key
		}
		if same {
			out = append(out, keys[len(keys)-1])
		}
	}
	return out
}

// resource adds a reference to a resource or data source.
func (w *walk) resource(ref string, keyed bool, f frame, from caller) {
	target, rest := resourceRef(ref)
	if target == "" {
		return
	}
	address := join(f.address(), target)
	key, rest := splitKey(rest)
	if key == "" && keyed && slices.Contains(w.keys[address], from.key) {
		key = from.key
	}
	w.out = append(w.out, resource.Ref{Address: address + key, Attr: strings.TrimPrefix(rest, ".")})
}

// resourceRef splits aws_s3_bucket.b["eu"].arn into aws_s3_bucket.b and ["eu"].arn.
func resourceRef(ref string) (target, rest string) {
	local := strings.TrimPrefix(ref, "resource.")
	names := 2
	if strings.HasPrefix(local, "data.") {
		names = 3
	}
	end := 0
	for range names {
		if end > 0 {
			if end >= len(local) || local[end] != '.' {
				return "", ""
			}
			end++
		}
		n := strings.IndexAny(local[end:], ".[")
		switch {
		case n < 0:
			end = len(local)
		default:
			end += n
		}
	}
	return local[:end], local[end:]
}
