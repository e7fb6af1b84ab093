package plan

import (
	"maps"
	"slices"
	"strings"
)

// configuration is the plan's member of the same name: the blocks as they are written, with references instead of values.
// It has no locals and no dynamic blocks.
type configuration struct {
	providers map[string]*providerConfig
	root      *module
}

// module is the configuration of a module call, or of the root module.
type module struct {
	path      string // names of the calls that lead to it, joined by "."; "" for the root module
	variables map[string]*variable
	outputs   map[string]*expression
	resources map[string]*block // by type.name, data.type.name
	calls     map[string]*block
}

// block is a resource, data source or module call.
type block struct {
	provider    string // provider_config_key
	expressions map[string]*expression
	repeat      *expression // count_expression or for_each_expression
	module      *module     // of a module call
	dependsOn   []string
}

type variable struct {
	def       any // default; nil where there is none
	sensitive bool
}

type providerConfig struct {
	name, alias string
	expressions map[string]*expression
}

// expression is an argument or the nested blocks of one type.
type expression struct {
	constant   any
	isConstant bool
	refs       []string
	blocks     []map[string]*expression // nested blocks, in order
	isBlocks   bool
}

// newConfiguration reads the member; what has an unexpected form is left out.
func newConfiguration(raw any) *configuration {
	c := &configuration{providers: map[string]*providerConfig{}}
	top := object(raw)
	for key, p := range object(top["provider_config"]) {
		p := object(p)
		c.providers[key] = &providerConfig{name: text(p["name"]), alias: text(p["alias"]), expressions: expressions(p["expressions"], 0)}
	}
	c.root = newModule(object(top["root_module"]), "", 0)
	return c
}

func newModule(raw map[string]any, path string, depth int) *module {
	m := &module{
		path: path, variables: map[string]*variable{}, outputs: map[string]*expression{},
		resources: map[string]*block{}, calls: map[string]*block{},
	}
	for name, v := range object(raw["variables"]) {
		v := object(v)
		sensitive, _ := v["sensitive"].(bool)
		m.variables[name] = &variable{def: v["default"], sensitive: sensitive}
	}
	for name, v := range object(raw["outputs"]) {
		m.outputs[name] = newExpression(object(v)["expression"], 0)
	}
	for _, v := range list(raw["resources"]) {
		r := object(v)
		name := text(r["type"]) + "." + text(r["name"])
		if text(r["mode"]) == "data" {
			name = "data." + name
		}
		m.resources[name] = newBlock(r)
	}
	for name, v := range object(raw["module_calls"]) {
		if depth >= maxModules {
			break
		}
		call := object(v)
		b := newBlock(call)
		b.module = newModule(object(call["module"]), strings.TrimPrefix(path+"."+name, "."), depth+1)
		m.calls[name] = b
	}
	return m
}

func newBlock(raw map[string]any) *block {
	b := &block{provider: text(raw["provider_config_key"]), expressions: expressions(raw["expressions"], 0)}
	for _, key := range []string{"count_expression", "for_each_expression"} {
		if e, ok := raw[key]; ok {
			b.repeat = newExpression(e, 0)
		}
	}
	for _, v := range list(raw["depends_on"]) {
		b.dependsOn = append(b.dependsOn, text(v))
	}
	return b
}

func expressions(raw any, depth int) map[string]*expression {
	out := map[string]*expression{}
	for name, v := range object(raw) {
		out[name] = newExpression(v, depth)
	}
	return out
}

func newExpression(raw any, depth int) *expression {
	e := &expression{}
	if depth > maxDepth {
		return e
	}
	switch v := raw.(type) {
	case []any:
		e.isBlocks = true
		for _, item := range v {
			e.blocks = append(e.blocks, expressions(item, depth+1))
		}
	case map[string]any:
		if !isPlain(v) { // one nested block
			e.isBlocks = true
			e.blocks = []map[string]*expression{expressions(v, depth+1)}
			break
		}
		e.constant, e.isConstant = v["constant_value"]
		for _, ref := range list(v["references"]) {
			e.refs = append(e.refs, text(ref))
		}
		e.refs = longest(e.refs)
	}
	return e
}

// isPlain tells an argument's expression from a nested block.
func isPlain(v map[string]any) bool {
	for key := range v {
		if key != "constant_value" && key != "references" {
			return false
		}
	}
	return true
}

// longest removes the references that others begin with: Terraform lists aws_s3_bucket.b.id, then aws_s3_bucket.b. Their
// order is kept.
func longest(refs []string) []string {
	var out []string
	for i, ref := range refs {
		covered := slices.Contains(refs[:i], ref)
		for _, other := range refs {
			if rest, ok := strings.CutPrefix(other, ref); ok && rest != "" && (rest[0] == '.' || rest[0] == '[') {
				covered = true
				break
			}
		}
		if !covered && ref != "" {
			out = append(out, ref)
		}
	}
	return out
}

// literals lists the constant texts of the configuration in the order of their paths.
func (c *configuration) literals() []Literal {
	var out []Literal
	add := func(path string, value any) {
		for _, t := range texts(nil, value, 0) {
			out = append(out, Literal{Text: t, Path: path})
		}
	}
	var walk func(prefix string, exprs map[string]*expression)
	walk = func(prefix string, exprs map[string]*expression) {
		for _, name := range slices.Sorted(maps.Keys(exprs)) {
			e := exprs[name]
			if e.isConstant {
				named(prefix+"."+name, e.constant, add, 0)
			}
			for _, b := range e.blocks {
				walk(prefix+"."+name, b)
			}
		}
	}
	var modules func(m *module, prefix string)
	modules = func(m *module, prefix string) {
		for _, name := range slices.Sorted(maps.Keys(m.variables)) {
			named(prefix+"var."+name+".default", m.variables[name].def, add, 0)
		}
		for _, name := range slices.Sorted(maps.Keys(m.resources)) {
			walk(prefix+name, m.resources[name].expressions)
		}
		for _, name := range slices.Sorted(maps.Keys(m.calls)) {
			walk(prefix+"module."+name, m.calls[name].expressions)
			modules(m.calls[name].module, prefix+"module."+name+".")
		}
	}
	if c == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.providers)) {
		walk("provider."+c.providers[name].name, c.providers[name].expressions)
	}
	modules(c.root, "")
	return out
}

// named calls add for the value, key by key.
func named(path string, value any, add func(string, any), depth int) {
	m, ok := value.(map[string]any)
	if !ok || depth > maxDepth {
		add(path, value)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		named(path+"."+key, m[key], add, depth+1)
	}
}

// sensitiveDefaults lists the texts in the defaults of sensitive variables.
func (m *module) sensitiveDefaults(out []string) []string {
	for _, v := range m.variables {
		if v.sensitive {
			out = texts(out, v.def, 0)
		}
	}
	for _, c := range m.calls {
		out = c.module.sensitiveDefaults(out)
	}
	return out
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
