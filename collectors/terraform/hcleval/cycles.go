package hcleval

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Terraform orders whole resources, so two resources that refer to each other are a cycle even where the attributes in
// question are not. Evaluation on demand would not notice those; this file finds them in the configuration's text. Cycles
// that lead through variables, outputs or modules are found during evaluation.

// moduleCycles are the cycles of one module directory, found once.
type moduleCycles struct {
	once   sync.Once
	blocks []hcl.Range
	diags  hcl.Diagnostics
}

// cyclesOf returns the cycles of a module directory.
func (c *fileCache) cyclesOf(config *moduleConfig) ([]hcl.Range, hcl.Diagnostics) {
	c.mu.Lock()
	found := c.cycles[config.dir]
	if found == nil {
		found = &moduleCycles{}
		c.cycles[config.dir] = found
	}
	c.mu.Unlock()
	found.once.Do(func() { found.blocks, found.diags = resourceCycles(config) })
	return found.blocks, found.diags
}

// resourceCycles reports the cycles of a module's locals and resources in which a resource takes part. It returns the
// places of the blocks that take part.
func resourceCycles(c *moduleConfig) ([]hcl.Range, hcl.Diagnostics) {
	g := &cycleSearch{edges: map[string][]string{}, state: map[string]memoState{}}
	for name, decl := range c.resources {
		g.edges[name] = c.references(decl.body, nil)
	}
	for name, attr := range c.locals {
		g.edges["local."+name] = c.expressionReferences(attr.Expr, nil)
	}
	for _, name := range sortedKeys(c.resources) {
		g.visit(name)
	}
	var blocks []hcl.Range
	diags := make(hcl.Diagnostics, 0, len(g.cycles))
	for _, chain := range g.cycles {
		rng := c.place(chain[0])
		diags = append(diags, cycleDiagnostic(chain, rng))
		for _, name := range chain {
			blocks = append(blocks, c.place(name))
		}
	}
	return blocks, diags
}

// cycleDiagnostic describes a cycle.
func cycleDiagnostic(chain []string, rng hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Reference cycle", Subject: &rng,
		Detail: fmt.Sprintf("These depend on each other: %s -> %s. Break the cycle by removing one of the references; "+
			"Terraform refuses the configuration until then.", strings.Join(chain, " -> "), chain[0]),
	}
}

// place is where a resource or local is declared.
func (c *moduleConfig) place(name string) hcl.Range {
	if decl := c.resources[name]; decl != nil {
		return decl.block.Range()
	}
	return c.locals[strings.TrimPrefix(name, "local.")].SrcRange
}

// references appends the names of the locals and resources that a body refers to.
func (c *moduleConfig) references(b *hclsyntax.Body, to []string) []string {
	for _, name := range sortedKeys(b.Attributes) {
		to = c.expressionReferences(b.Attributes[name].Expr, to)
	}
	for _, block := range b.Blocks {
		// What these hold is not needed to create the resource, or is names.
		if block.Type != "lifecycle" && block.Type != "provisioner" && block.Type != "connection" {
			to = c.references(block.Body, to)
		}
	}
	return to
}

func (c *moduleConfig) expressionReferences(e hclsyntax.Expression, to []string) []string {
	// A constant, which most arguments are, refers to nothing.
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return to
	case *hclsyntax.TemplateExpr:
		if e.IsStringLiteral() {
			return to
		}
	}
	for _, t := range hclsyntax.Variables(e) {
		if name := c.target(t); name != "" && !slices.Contains(to, name) {
			to = append(to, name)
		}
	}
	return to
}

// target is the local or resource of this module that a traversal refers to, or "".
func (c *moduleConfig) target(t hcl.Traversal) string {
	root := t.RootName()
	first, ok := stepName(t, 1)
	if !ok {
		return ""
	}
	name := root + "." + first
	switch root {
	case "local":
		if c.locals[first] == nil {
			return ""
		}
		return name
	case "data":
		second, _ := stepName(t, 2)
		name = name + "." + second
	}
	if c.resources[name] == nil {
		return ""
	}
	return name
}

// cycleSearch is a depth-first search for cycles.
type cycleSearch struct {
	edges  map[string][]string
	state  map[string]memoState
	path   []string
	cycles [][]string
}

func (g *cycleSearch) visit(name string) {
	switch {
	case g.state[name] == done:
		return
	case g.state[name] == running:
		chain := slices.Clone(g.path[slices.Index(g.path, name):])
		if slices.ContainsFunc(chain, func(n string) bool { return !strings.HasPrefix(n, "local.") }) {
			g.cycles = append(g.cycles, chain)
		}
		return
	case len(g.path) > maxDepth:
		return // evaluation reports chains that are too long
	}
	g.state[name] = running
	g.path = append(g.path, name)
	for _, next := range g.edges[name] {
		g.visit(next)
	}
	g.path = g.path[:len(g.path)-1]
	g.state[name] = done
}
